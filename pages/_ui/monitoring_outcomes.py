"""Reviewers' verdicts against the model's probabilities, and what the order of a case page does."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import charts, services, tables
from pages._ui.frame import empty
from pages._ui.learning import show_estimates

if TYPE_CHECKING:
    from analytics.pipeline.watching import Verdicts

ARMS = {"evidence_first": "Evidence first", "score_first": "Score first"}
MEASURES = {"seconds": "Seconds (median)", "share": "Share overturned later"}


def show_outcomes(live: Live, entity: EntityType) -> None:
    """Show what was confirmed and what was expected, by month and by version of the policies."""
    found = services.workbench().monitoring.verdicts(entity)
    if found.months.empty:
        empty("No case was decided yet, so there is nothing to compare.", icon=":material/gavel:")
    else:
        _show_months(found)
        _show_versions(found)
    st.subheader("On random cases", anchor=False)
    estimates = services.estimates(entity)
    if estimates.is_enough:
        show_estimates(entity, estimates)
    else:
        empty(
            "Too few random cases are decided for an estimate.",
            command=f"portreeve estimate --entity {entity}",
            icon=":material/casino:",
        )


def _show_months(found: "Verdicts") -> None:
    st.subheader("Confirmed and expected", anchor=False)
    arguments = (found.months, found.shifts)
    charts.show(figures.verdicts(*arguments), figures.verdicts_alt(*arguments), key="verdicts")
    st.caption(
        "The queue chooses the cases, so a month with riskier ones has more confirmed. What "
        "matters is the distance of the two lines. Intervals are 90 %."
    )
    st.subheader("Calibration, then and now", anchor=False)
    curves = found.reliability
    charts.show(figures.calibration(curves), figures.calibration_alt(curves), key="reliability")


def _show_versions(found: "Verdicts") -> None:
    st.subheader("Changes of the policies", anchor=False)
    if found.shifts.empty:
        empty("All cases were decided under one version of the policies.", icon=":material/rule:")
        return
    columns = {
        "at": tables.day("Since"),
        "before": tables.text("From version"),
        "after": tables.text("To version"),
        "cases_before": tables.count("Cases before"),
        "cases_after": tables.count("Cases since"),
        "change": tables.share("More confirmed than expected"),
        "low": tables.share("5 % bound"),
        "high": tables.share("95 % bound"),
        "is_shifted": tables.flag("Shifted"),
    }
    tables.show(found.shifts, columns, alt="Verdicts by version", height="content")


def show_order() -> None:
    """Show time and overturned share by what a case page showed first."""
    arms, differences = services.workbench().monitoring.presentation()
    if not services.settings().randomise_presentation:
        st.caption(
            ":material/info: Every case shows the evidence first. With the setting "
            "`randomise_presentation` half of them show the score first, drawn by their number."
        )
    if arms.empty:
        empty("No case was decided with the score first.", icon=":material/swap_vert:")
        return
    columns = {
        "arm": tables.text("Shown first", width=160),
        "decisions": tables.count("Decisions"),
        "seconds": _seconds("Seconds (median)"),
        "seconds_low": _seconds("5 % bound"),
        "seconds_high": _seconds("95 % bound"),
        "share": tables.share("Overturned later"),
        "share_low": tables.share("5 % bound "),
        "share_high": tables.share("95 % bound "),
    }
    tables.show(
        arms.assign(arm=arms["arm"].map(ARMS)), columns, alt="By what was shown first",
        height="content",
    )  # fmt: skip
    figures = (differences[name] for name in ("measure", "value", "low", "high"))
    for measure, value, low, high in zip(*figures, strict=True):
        st.markdown(_compared(measure, value, low, high))
    st.caption(
        "Counted since the score was first shown before the evidence. Recent decisions had less "
        "time to be overturned; this holds for both orders alike."
    )


def _compared(measure: str, value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return f"**{MEASURES[measure]}**: not known"
    if measure == "seconds":
        ends = f"{value:+.0f} ({low:+.0f} to {high:+.0f})"
    else:
        ends = f"{100 * value:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})"
    clear = "" if low <= 0 <= high else ", more than chance"
    return f"**{MEASURES[measure]}**, score first minus evidence first: {ends}{clear}"


def _seconds(label: str) -> tables.Column:
    return st.column_config.NumberColumn(label, format="%.0f")
