"""Parts of the Model page: how good each prediction is, how calibrated, and what drives it."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.columns import TARGETS, EntityType, Target
from analytics.review.store import Live
from analytics.warehouse.about import ModelReport
from analytics.warehouse.measured import Measured
from pages._ui import charts, services, state, tables
from pages._ui.frame import empty
from pages._ui.metric_table import METRICS
from pages._ui.text import plain
from pages._ui.words import ENTITIES, curve_name, feature_name
from pages._ui.words import TARGETS as TARGET_NAMES

HEADLINES = ("average_precision", "auroc", "precision_at_k", "calibration_error")


@dataclass(frozen=True)
class View:
    """One prediction of one live model."""

    live: Live
    entity: EntityType
    target: Target
    report: ModelReport

    @property
    def measured(self) -> Measured | None:
        """How well it did on data that it had not seen; None where nothing was measured."""
        return self.report.measured(self.target)


def choose_view(live: Live) -> View:
    """Let the user choose entity type and prediction."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        entities = [entity for entity in ENTITIES if entity in live.models]
        entity = st.segmented_control(
            "Model of", entities, format_func=lambda e: ENTITIES[e], default=entities[0],
            required=True, key=state.MODEL_ENTITY, bind="query-params",
        )  # fmt: skip
        target = st.segmented_control(
            "Prediction", list(TARGETS), format_func=lambda t: TARGET_NAMES[t],
            default=TARGETS[0], required=True, key=state.MODEL_TARGET, bind="query-params",
        )  # fmt: skip
    entity = entity or entities[0]
    report = services.warehouse().model_report(live.models[entity])
    return View(live, entity, target or TARGETS[0], report)


def show_summary(view: View) -> None:
    """Say what kind of model it is, with its headline metrics."""
    card = view.report.card
    part = card.get(view.target) or {}
    source = part.get("source")
    if view.target == "violation" and source == "prior":
        st.info(
            "A prior, not a trained model: there are too few decisions to learn from. It says how "
            "unusual an entity is in harmful directions.",
            icon=":material/science:",
        )
    trained = formats.date(pd.Timestamp(card["trained_as_of"])) if card else formats.MISSING
    st.caption(f"Model {plain(view.report.model_version)}, trained as of {trained}")
    if view.measured is None:
        return
    with st.grid(4, min_column_width=150):
        for metric in HEADLINES:
            _show_metric(view.measured, metric)


def _show_metric(measured: Measured, metric: str) -> None:
    rows = measured.of(metric)
    if rows.empty:
        return
    ours = rows.iloc[0]
    others = rows.iloc[1:]
    baseline = ""
    if len(others):
        is_less = metric in ("brier", "calibration_error")
        best = others.sort_values("value", ascending=is_less).iloc[0]
        baseline = f"best baseline {best['value']:.3f}"
    st.metric(
        METRICS[metric],
        f"{ours['value']:.3f}",
        baseline or None,
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=f"Interval {ours['low']:.3f} to {ours['high']:.3f} (5 % and 95 %).",
    )


def show_metrics(view: View) -> None:
    """Show one metric of the model beside the baselines, and the paired differences."""
    measured = view.measured
    if measured is None:
        _say_unmeasured(view)
        return
    present = [m for m in METRICS if not measured.of(m).empty]
    metric = st.selectbox("Metric", present, format_func=lambda m: METRICS[m], width=320)
    rows = _named(measured.of(metric))
    charts.show(figures.metric_intervals(rows), figures.metric_intervals_alt(rows))
    st.caption(f"Measured on {plain(measured.protocol, None)}.")
    differences = _named(measured.differences[measured.differences["metric"] == metric])
    if len(differences):
        st.markdown("**Ours minus the baseline's, paired**")
        tables.show(differences, DIFFERENCES, alt="Paired differences", height="content")
    for note in measured.notes:
        st.text(note)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(curve=frame["curve"].map(curve_name))


DIFFERENCES: dict[str, Any] = {
    "curve": tables.text("Baseline", width=260),
    "value": st.column_config.NumberColumn("Difference", format="%+.4f"),
    "low": st.column_config.NumberColumn("5 % bound", format="%+.4f"),
    "high": st.column_config.NumberColumn("95 % bound", format="%+.4f"),
}


def show_calibration(view: View) -> None:
    """Show what came true against the probability given."""
    measured = view.measured
    if measured is None or measured.calibration.empty:
        _say_unmeasured(view)
        return
    curves = _named(measured.calibration)
    charts.show(figures.calibration(curves), figures.calibration_alt(curves))


def show_capacity(view: View) -> None:
    """Show precision and recall against the cases reviewed a day."""
    measured = view.measured
    if measured is None or measured.capacity.empty:
        _say_unmeasured(view)
        return
    capacity = services.settings().review_capacity
    curves = _named(measured.capacity)
    charts.show(
        figures.precision_recall(curves, capacity), figures.precision_recall_alt(curves, capacity)
    )
    st.caption(f"The team's capacity is {capacity:,} cases a day (setting `review_capacity`).")


def show_importance(view: View) -> None:
    """Show what the model looks at: mean absolute contribution over all entities."""
    live = view.live
    found = services.warehouse().importance(live.snapshot_id, live.models[view.entity], view.target)
    if found.empty:
        empty("There are no contributions of this prediction.", icon=":material/bar_chart:")
        return
    specs = services.case_sources(live).declarations(view.entity).specs
    labels = {name: feature_name(specs[name]) for name in found["feature"] if name in specs}
    charts.show(figures.importance(found, labels), figures.importance_alt(found, labels))


def show_card(view: View) -> None:
    """Show the model card: data, labels, metrics, limits."""
    if not view.report.card:
        empty("This model has no card.", icon=":material/description:")
        return
    for line in view.report.card.get("limits", ()):
        st.markdown(f"- {plain(line, None)}")
    with st.expander("All of it", icon=":material/data_object:", type="compact"):
        st.json(view.report.card, expanded=1)


def _say_unmeasured(view: View) -> None:
    name = f"{view.entity} --target {view.target}"
    empty(
        "Nothing was measured: there were too few known outcomes to hold some back.",
        command=f"portreeve evaluate --entity {name}",
        icon=":material/query_stats:",
    )
