"""Alerts on the Monitoring page and on the Overview, and how fresh everything is."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.features.spec import FeatureSpec
from analytics.review.store import Live
from pages._ui import services, site, state, tables
from pages._ui.frame import empty, guarded
from pages._ui.monitoring_drift import SCORES
from pages._ui.text import plain
from pages._ui.words import ENTITIES, family_name, feature_name

if TYPE_CHECKING:
    from analytics.monitoring.alerts import Alert

NAMED = 3
ASK_EVERY_S = 2.0
WORST = {
    "feature_drift": ("Largest stability index", formats.number),
    "missing_drift": ("Largest change of a share of missing values", formats.share),
}
ALERTED = {
    "name": tables.text("Feature", width=420),
    "family": tables.text("Family", width=180),
    "column": tables.text("Column", width=260),
}


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


def show_alerts(live: Live, entity: EntityType) -> None:
    """Show the alerts about a type and about all data, and the newest row of each table."""
    alerts = services.alerts(live)
    shown = [alert for alert in alerts if alert.entity in (None, entity)]
    if not shown:
        about = f" for {ENTITIES[entity].lower()}" if alerts else ""
        empty(f"Nothing crosses a limit of the settings{about}.", icon=":material/check_circle:")
    for alert in shown:
        with st.container(border=True, gap="xxsmall"):
            _show_alert(live, alert)
    if others := _elsewhere(alerts, entity):
        st.caption(f":material/info: Not shown here: {others}.")
    chosen = services.settings()
    where = "set" if chosen.alert_webhook else "not set"
    st.caption(
        "Compared with the snapshot before. Limits are settings (`monitor_…`); "
        f"`portreeve monitor --json` gives the same as lines. A webhook is {where}."
    )
    _show_newest(live)


def _show_alert(live: Live, alert: "Alert") -> None:
    st.markdown(f":material/warning: **{alert.title}**")
    if alert.entity is None or alert.kind not in WORST:
        st.markdown(plain(_in_words(alert.message), None))
        return
    specs = services.case_sources(live).declarations(alert.entity).specs
    _show_families(alert, specs)
    worst, written = WORST[alert.kind]
    st.caption(f"{worst}: {written(alert.value)}, where the limit is {written(alert.limit)}.")
    label = f"All {len(alert.subjects)}, the worst first"
    with st.expander(label, icon=":material/table:", type="compact"):
        _list_features(alert, specs)


def _show_families(alert: "Alert", specs: Mapping[str, FeatureSpec]) -> None:
    from analytics.monitoring.alerts import by_family

    for family, features in by_family(alert.subjects, specs).items():
        named = [feature_name(spec) for spec in features[:NAMED]]
        more = f" and {len(features) - NAMED} more" if len(features) > NAMED else ""
        st.markdown(
            f"**{plain(family_name(family))}**, {formats.plural(len(features), 'feature')}: "
            f"{plain('; '.join(named), None)}{more}"
        )


def _list_features(alert: "Alert", specs: Mapping[str, FeatureSpec]) -> None:
    rows = pd.DataFrame(
        [
            (name, feature_name(spec), family_name(spec.family)) if spec else (name, name, "")
            for name, spec in ((name, specs.get(name)) for name in alert.subjects)
        ],
        columns=["column", "name", "family"],
    )
    tables.show(
        rows, ALERTED, alt=f"{alert.title}: all of them", height=tables.height_of(rows, 10),
        key=f"alerted-{alert.kind}-{alert.entity}",
    )  # fmt: skip


def _in_words(message: str) -> str:
    """Return a message with the names of scores in words."""
    for column, words in SCORES.items():
        message = message.replace(column, words.lower())
    return message


def _elsewhere(alerts: "list[Alert]", entity: EntityType) -> str:
    """Say how many alerts are about the other types."""
    counts = Counter(alert.entity for alert in alerts)
    return ", ".join(
        f"{formats.plural(counts[other], 'alert')} about {ENTITIES[other].lower()}"
        for other in ENTITIES
        if other != entity and counts[other]
    )


def _show_newest(live: Live) -> None:
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
