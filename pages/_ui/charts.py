"""Figures of `analytics.charts` on a page, always with their sentence for screen readers."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics import charts
from pages._ui.text import clean

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation
    from analytics.explain.waterfall import Waterfall

CONFIG = {"displayModeBar": False, "scrollZoom": False}


def show(figure: Any, alt: str, **options: Any) -> Any:
    """Show a figure with the page's fonts."""
    return st.plotly_chart(figure, config=CONFIG, alt=clean(alt, 500), **options)


def show_timeline(
    points: pd.DataFrame, bands: pd.DataFrame | None, case: "CaseExplanation"
) -> None:
    """Show everything dated on one axis, with the stretches that stand out shaded."""
    currency = case.harm.currency
    show(charts.timeline(points, currency, bands), charts.timeline_alt(points, currency, bands))
    if (bucket := points["bucket"].iloc[0]) != "":
        st.caption(f"There are too many rows for single points: counted by {bucket}.")


def show_history(history: pd.DataFrame, case: "CaseExplanation") -> None:
    """Show how the scores went from snapshot to snapshot."""
    st.subheader("Risk over snapshots", anchor=False)
    currency = case.harm.currency
    show(charts.risk_history(history, currency), charts.risk_history_alt(history, currency))


def show_waterfall(waterfall: "Waterfall") -> None:
    """Show how a raw score adds up, in plain names."""
    st.caption(
        "From the average to this one: what each feature adds to the model's log-odds. "
        "The probability is a calibrated, monotone function of their sum."
    )
    parts = pd.DataFrame([vars(step) for step in waterfall.steps])
    labels = dict(zip(parts["feature"], parts["label"], strict=True))
    parts = parts[["feature", "contribution", "value"]].rename(columns={"value": "value_text"})
    if waterfall.rest_count:
        rest = {"feature": "_rest", "contribution": waterfall.rest, "value_text": ""}
        labels["_rest"] = f"{waterfall.rest_count} other features"
        parts = pd.concat([parts, pd.DataFrame([rest])], ignore_index=True)
    arguments = (parts, labels, waterfall.base, len(parts))
    show(charts.waterfall(*arguments), charts.waterfall_alt(*arguments))
