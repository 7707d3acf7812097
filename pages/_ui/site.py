"""Which pages there are.

Imports nothing but Streamlit: a fresh server shows the files of `pages/` until the first call of
`st.navigation`, so that call must not wait for pandas and DuckDB. Icons stand in the titles: as
`icon` the browser would also fetch them from a remote server, for the tab.
"""

from pathlib import Path

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
FOLDER = Path(__file__).parent.parent

OVERVIEW = st.Page(
    FOLDER / "overview.py",
    title=":material/monitoring: Overview",
    default=True,
    help="What needs attention now: harm at risk, what is new, what moved, how fresh it is.",
)
QUEUE = st.Page(
    FOLDER / "queue.py",
    title=":material/format_list_numbered: Queue",
    help="Everybody ranked by expected harm, with reasons. Filter it, open a case, export it.",
)
CASE = st.Page(
    FOLDER / "case.py",
    title=":material/folder_open: Case",
    help="One merchant, product or creator: the evidence, the reasons and the score.",
)
RINGS = st.Page(
    FOLDER / "rings.py",
    title=":material/hub: Rings",
    help="Who belongs together by what they share: the picture, what ties them, one decision.",
)
INCIDENTS = st.Page(
    FOLDER / "incidents.py",
    title=":material/notification_important: Incidents",
    help="What changed suddenly, since when, how surely, and what happened just before.",
)
SECOND_REVIEW = st.Page(
    FOLDER / "second_review.py",
    title=":material/visibility_off: Second review",
    help="Judge cases again that somebody else decided, without knowing how.",
)
LABELS = st.Page(
    FOLDER / "labels.py",
    title=":material/fact_check: Labels",
    help="For leads: decisions in doubt, judgements that differ, and how well reviewers agree.",
)
RULES = st.Page(
    FOLDER / "rules.py",
    title=":material/rule: Rules",
    help="Conditions beside the model: write one, try it on the data, put it in shadow, then live.",
)
EXPLORE = st.Page(
    FOLDER / "explore.py",
    title=":material/travel_explore: Explore",
    help="Find anybody by name or id, and see how risk spreads over categories, regions and sizes.",
)
MODEL = st.Page(
    FOLDER / "model.py",
    title=":material/model_training: Model",
    help="How good the models are against honest baselines, how calibrated, and what drives them.",
)
MONITORING = st.Page(
    FOLDER / "monitoring.py",
    title=":material/ecg_heart: Monitoring",
    help="What drifted, whether probabilities come true, whom errors hit, what capacity buys.",
)
DATA = st.Page(
    FOLDER / "data.py",
    title=":material/database: Data",
    help="Snapshots, tables, rejected rows and what is missing. Bring in new data here.",
)

PAGES = {
    "Review": [OVERVIEW, QUEUE, CASE, RINGS, INCIDENTS, SECOND_REVIEW],
    "Understand": [EXPLORE, MODEL, RULES, MONITORING, LABELS],
    "Set up": [DATA],
}
