"""Drift of features, missing values and scores between two snapshots."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import charts, services, tables
from pages._ui.frame import empty
from pages._ui.words import feature_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.pipeline.watching import Drift

SCORES = {
    "violation_probability": "Probability of a violation",
    "quality_probability": "Probability of bad quality",
    "expected_harm": "Expected harm",
}
SHARE = tables.share


def show_drift(live: Live, entity: EntityType) -> None:
    """Let the user choose what to compare with, and show what moved since."""
    known = services.workbench().monitoring.references(live, entity)
    if not known:
        empty(
            "There is no earlier snapshot of this marketplace to compare with.",
            command="portreeve ingest tables DIR && portreeve build",
            icon=":material/history:",
        )
        return
    moments = services.as_ofs()
    chosen = st.selectbox(
        "Compared with",
        known,
        format_func=lambda i: formats.time(moments.get(i)),
        width=320,
        key=f"reference-{entity}",
    )
    drift = services.drift(live, entity, chosen or known[0])
    if drift is None:
        return
    _show_summary(drift)
    limit = services.settings().monitor_psi
    labels = feature_labels(live, entity)
    st.subheader("Scores", anchor=False)
    arguments = (drift.scores, SCORES, limit)
    charts.show(figures.drift_bars(*arguments), figures.drift_bars_alt(*arguments), key="scores")
    st.subheader("Features", anchor=False)
    features = (drift.features, labels, limit)
    charts.show(figures.drift_bars(*features), figures.drift_bars_alt(*features), key="features")
    st.caption(
        f"Orange: drifted. Dotted: the limit of {formats.number(limit)}. Blue: what chance alone "
        "stays below 19 times of 20. What drifted also moved far in its own spread, and "
        "significantly so."
    )
    with st.expander("All features", icon=":material/table:", type="compact"):
        _show_features(drift, labels)
    st.subheader("Missing values", anchor=False)
    _show_missing(drift, labels)


def _show_summary(drift: "Drift") -> None:
    with st.grid(3, min_column_width=200):
        for name, found in (
            ("Features drifted", drift.features),
            ("Scores drifted", drift.scores),
            ("Features with other gaps", drift.missing),
        ):
            moved = int(found["is_drifted"].sum())
            of = f"of {len(found):,}"
            st.metric(
                name, formats.count(moved), of, delta_color="off", delta_arrow="off", border=True
            )
    notes = []
    if not drift.is_same_model:
        notes.append("Different models scored the two snapshots, so scores moved by that, too.")
    if not drift.is_same_version:
        notes.append("Features are declared otherwise than then: compared is what has one name.")
    for note in notes:
        st.caption(f":material/info: {note}")


def _show_features(drift: "Drift", labels: "Mapping[str, str]") -> None:
    rows = drift.features.assign(name=[labels.get(f, f) for f in drift.features["feature"]])
    columns = {
        "name": tables.text("Feature", width=280),
        "is_drifted": tables.flag("Drifted"),
        "psi": tables.number("Stability index"),
        "noise": tables.number("By chance"),
        "distance": tables.number("Distance (SD)"),
        "q_value": tables.number("q-value"),
        "reference_median": tables.number("Median before"),
        "current_median": tables.number("Median now"),
        "reference_known": tables.count("Known before"),
        "current_known": tables.count("Known now"),
    }
    tables.show(rows, columns, alt="Drift of all features", height=tables.height_of(rows, 15))


def _show_missing(drift: "Drift", labels: "Mapping[str, str]") -> None:
    rows = drift.missing[drift.missing["is_drifted"]]
    if rows.empty:
        empty(
            "No share of missing values changed beyond the limit.", icon=":material/check_circle:"
        )
        return
    rows = rows.assign(name=[labels.get(f, f) for f in rows["feature"]])
    columns = {
        "name": tables.text("Feature", width=280),
        "reference_missing": SHARE("Missing before"),
        "current_missing": SHARE("Missing now"),
        "q_value": tables.number("q-value"),
    }
    tables.show(rows, columns, alt="Missing values that changed", height=tables.height_of(rows, 12))
