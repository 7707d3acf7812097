"""Alerts on the Monitoring page and on the Overview, and how fresh everything is."""

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import services, site, state, tables
from pages._ui.frame import empty
from pages._ui.text import plain
from pages._ui.words import ENTITIES

NAMED = 3


def choose_entity(live: Live) -> EntityType:
    """Let the user choose whom to look at."""
    entities = [entity for entity in ENTITIES if entity in live.models]
    chosen = st.segmented_control(
        "Watched", entities, format_func=lambda e: ENTITIES[e], default=entities[0],
        required=True, key=state.WATCHED_ENTITY, bind="query-params",
    )  # fmt: skip
    return chosen or entities[0]


def show_alerts_briefly(live: Live) -> None:
    """Say in one line how many alerts there are and what about, with the way to them."""
    alerts = services.alerts(live)
    if not alerts:
        return
    kinds = list(dict.fromkeys(alert.title.lower() for alert in alerts))
    more = f" and {len(kinds) - NAMED} more" if len(kinds) > NAMED else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/warning: **{formats.plural(len(alerts), 'alert')}**: "
            f"{', '.join(kinds[:NAMED])}{more}",
            width="stretch",
        )
        st.page_link(site.MONITORING, label="Monitoring", icon=":material/arrow_forward:")


def show_alerts(live: Live) -> None:
    """Show every alert, and the newest row of each table."""
    alerts = services.alerts(live)
    if not alerts:
        empty("Nothing crosses a limit of the settings.", icon=":material/check_circle:")
    for alert in alerts:
        with st.container(border=True, gap=None):
            st.markdown(f":material/warning: **{alert.title}**")
            st.markdown(plain(alert.message, None))
    chosen = services.settings()
    where = "set" if chosen.alert_webhook else "not set"
    st.caption(
        "Compared with the snapshot before. Limits are settings (`monitor_…`); "
        f"`portreeve monitor --json` gives the same as lines. A webhook is {where}."
    )
    st.subheader("Newest rows", anchor=False)
    rows = services.workbench().monitoring.newest_rows(live)
    as_of = pd.Timestamp(services.freshness(live)["as_of"])
    rows["age"] = (as_of - rows["newest"]) / pd.Timedelta(days=1)
    columns = {
        "name": tables.text("Table", width=140),
        "rows": tables.count("Rows"),
        "newest": tables.moment("Newest row"),
        "age": st.column_config.NumberColumn("Days before the as-of", format="%.1f"),
    }
    tables.show(rows, columns, alt="Newest row of each table", height="content")
