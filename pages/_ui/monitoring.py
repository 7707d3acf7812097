"""Alerts on the Monitoring page and on the Overview, and how fresh everything is."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import services, site, state, tables
from pages._ui.frame import empty, guarded
from pages._ui.text import plain
from pages._ui.words import ENTITIES, feature_labels

if TYPE_CHECKING:
    from analytics.monitoring.alerts import Alert

NAMED = 3
ASK_EVERY_S = 2.0
OF_FEATURES = ("feature_drift", "missing_drift")


def choose_entity(live: Live) -> EntityType:
    """Let the user choose whom to look at."""
    entities = [entity for entity in ENTITIES if entity in live.models]
    chosen = st.segmented_control(
        "Watched", entities, format_func=lambda e: ENTITIES[e], default=entities[0],
        required=True, key=state.WATCHED_ENTITY, bind="query-params",
    )  # fmt: skip
    return chosen or entities[0]


def show_alerts_briefly(live: Live) -> None:
    """Say in one line how many alerts there are and what about, once that is known."""
    if (alerts := services.alerts_if_known(live)) is None:
        st.fragment(_wait_for_alerts, run_every=ASK_EVERY_S)(live)
    elif alerts:
        _show_briefly(alerts)


def _wait_for_alerts(live: Live) -> None:
    with guarded("look for alerts"):
        if services.alerts_if_known(live) is not None:
            st.rerun()


def _show_briefly(alerts: "list[Alert]") -> None:
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
            if alert.entity is not None and alert.kind in OF_FEATURES:
                labels = feature_labels(live, alert.entity)
                worst = [labels.get(name, name) for name in alert.subjects[:NAMED]]
                st.caption(plain("In words: " + "; ".join(worst), None))
    chosen = services.settings()
    where = "set" if chosen.alert_webhook else "not set"
    st.caption(
        "Compared with the snapshot before. Limits are settings (`monitor_…`); "
        f"`portreeve monitor --json` gives the same as lines. A webhook is {where}."
    )
    st.subheader("Newest rows", anchor=False)
    rows = services.workbench().monitoring.newest_rows(live)
    as_of = pd.Timestamp(services.freshness(live)["as_of"])
    rows["age"] = (as_of - rows["newest"]).dt.total_seconds() / pd.Timedelta(days=1).total_seconds()
    columns = {
        "name": tables.text("Table", width=140),
        "rows": tables.count("Rows"),
        "newest": tables.moment("Newest row"),
        "age": st.column_config.NumberColumn("Days before the as-of", format="%.1f"),
    }
    tables.show(rows, columns, alt="Newest row of each table", height="content")
