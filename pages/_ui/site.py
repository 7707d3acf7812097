"""Which pages there are.

Imports nothing but Streamlit: a fresh server shows the files of `pages/` until the first call of
`st.navigation`, so that call must not wait for pandas and DuckDB.
"""

from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent / "assets"

OVERVIEW = st.Page(
    "pages/overview.py",
    title="Overview",
    icon=":material/monitoring:",
    default=True,
    help="What needs attention now: harm at risk, what is new, what moved, how fresh it is.",
)
QUEUE = st.Page(
    "pages/queue.py",
    title="Queue",
    icon=":material/format_list_numbered:",
    help="Everybody ranked by expected harm, with reasons. Filter it, open a case, export it.",
)
CASE = st.Page(
    "pages/case.py",
    title="Case",
    icon=":material/folder_open:",
    help="One merchant, product or creator: the evidence, the reasons and the score.",
)
EXPLORE = st.Page(
    "pages/explore.py",
    title="Explore",
    icon=":material/travel_explore:",
    help="Find anybody by name or id, and see how risk spreads over categories, regions and sizes.",
)
MODEL = st.Page(
    "pages/model.py",
    title="Model",
    icon=":material/model_training:",
    help="How good the models are against honest baselines, how calibrated, and what drives them.",
)
DATA = st.Page(
    "pages/data.py",
    title="Data",
    icon=":material/database:",
    help="Snapshots, tables, rejected rows and what is missing. Bring in new data here.",
)

PAGES = {"Review": [OVERVIEW, QUEUE, CASE], "Understand": [EXPLORE, MODEL], "Set up": [DATA]}
