"""Charts of the queue, the overview and an entity's history."""

from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics import formats
from analytics.charts.style import BLUE, GREY, GRID, ORANGE, empty, figure, rows_axis, safe_all

ROW_HEIGHT: Final = 24
NOTHING: Final = "Nothing to show"


def queue_harm(queue: pd.DataFrame, currency: str, rows: int = 20) -> go.Figure:
    """Expected harm of the first of a queue, split into quality and violations.

    Args:
        queue: As from `Warehouse.queue`.
        currency: Currency of the dataset.
        rows: How many to show.
    """
    shown = queue.head(rows)
    if shown.empty:
        return empty(NOTHING)
    made = figure(height=60 + ROW_HEIGHT * len(shown), legend=True, barmode="stack")
    names = safe_all(_names(shown))
    parts = (("quality_harm", "Bad quality", BLUE), ("policy_harm", "Violations", ORANGE))
    for column, label, color in parts:
        amounts = [_harm(x, u, currency) for x, u in zip(shown[column], _units(shown), strict=True)]
        made.add_bar(
            x=shown[column],
            y=list(range(len(shown))),
            orientation="h",
            name=label,
            marker_color=color,
            customdata=list(zip(names, amounts, strict=True)),
            hovertemplate="%{customdata[0]}<br>" + label + ": %{customdata[1]}<extra></extra>",
        )
    rows_axis(made, _names(shown))
    made.update_xaxes(title_text=harm_title(shown, currency))
    return made


def queue_harm_alt(queue: pd.DataFrame, currency: str, rows: int = 20) -> str:
    """Say what `queue_harm` shows."""
    shown = queue.head(rows)
    if shown.empty:
        return "The queue is empty."
    first = shown.iloc[0]
    harm = _harm(first["expected_harm"], first["harm_unit"], currency)
    return (
        f"Expected harm of the first {formats.plural(len(shown), 'entity', 'entities')} of the "
        f"queue; most: {next(iter(_names(shown)))} with {harm}."
    )


def slice_bars(slices: pd.DataFrame, currency: str, rows: int = 20) -> go.Figure:
    """Expected harm by group, with the number of entities.

    Args:
        slices: As from `Warehouse.slice`.
        currency: Currency of the dataset.
        rows: How many groups to show.
    """
    shown = slices.head(rows)
    if shown.empty:
        return empty(NOTHING)
    made = figure(height=50 + ROW_HEIGHT * len(shown))
    harms = [
        _harm(x, u, currency)
        for x, u in zip(shown["expected_harm"], shown["harm_unit"], strict=True)
    ]
    counts = [formats.count(n) for n in shown["entities"]]
    made.add_bar(
        x=shown["expected_harm"],
        y=list(range(len(shown))),
        orientation="h",
        marker_color=BLUE,
        customdata=list(zip(safe_all(shown["group"]), harms, counts, strict=True)),
        hovertemplate="%{customdata[0]}<br>%{customdata[1]} over %{customdata[2]} entities"
        "<extra></extra>",
    )
    rows_axis(made, shown["group"])
    made.update_xaxes(title_text=harm_title(shown, currency))
    return made


def slice_bars_alt(slices: pd.DataFrame, currency: str, rows: int = 20) -> str:
    """Say what `slice_bars` shows."""
    shown = slices.head(rows)
    if shown.empty:
        return "There are no groups."
    first = shown.iloc[0]
    harm = _harm(first["expected_harm"], first["harm_unit"], currency)
    return f"Expected harm of {len(shown)} groups; most: {first['group']} with {harm}."


def risk_history(history: pd.DataFrame, currency: str) -> go.Figure:
    """Expected harm and both probabilities of one entity over the snapshots.

    Args:
        history: As from `Warehouse.risk_history`.
        currency: Currency of the dataset.
    """
    if history.empty:
        return empty("No scores yet")
    harms = [
        _harm(x, u, currency)
        for x, u in zip(history["expected_harm"], history["harm_unit"], strict=True)
    ]
    ranks = [formats.ordinal(int(rank)) for rank in history["rank"]]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": history["as_of"],
            "y": history["expected_harm"],
            "name": "Expected harm",
            "mode": "lines+markers",
            "fill": "tozeroy",
            "fillcolor": GRID,
            "line": {"color": GREY},
            "customdata": list(zip(harms, ranks, strict=True)),
            "hovertemplate": "%{x|%Y-%m-%d}<br>%{customdata[0]}, %{customdata[1]} in the queue"
            "<extra></extra>",
        }
    ]
    lines = (
        ("quality_probability", "Bad quality", BLUE, "solid"),
        ("violation_probability", "Violation", ORANGE, "dash"),
    )
    traces += [
        {
            "type": "scatter",
            "x": history["as_of"],
            "y": history[column],
            "yaxis": "y2",
            "name": label,
            "mode": "lines+markers",
            "line": {"color": color, "dash": dash},
            "customdata": [formats.probability(p) for p in history[column]],
            "hovertemplate": "%{x|%Y-%m-%d}<br>" + label + ": %{customdata}<extra></extra>",
        }
        for column, label, color, dash in lines
    ]
    return figure(
        traces,
        height=260,
        legend=True,
        yaxis={"title": {"text": harm_title(history, currency)}, "rangemode": "tozero"},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.02],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "tickformat": ".0%",
            "showgrid": False,
            "automargin": True,
            "title": {"text": "Probability", "standoff": 12},
        },
    )


def risk_history_alt(history: pd.DataFrame, currency: str) -> str:
    """Say what `risk_history` shows."""
    if history.empty:
        return "There are no scores over time."
    first, last = history.iloc[0], history.iloc[-1]
    return (
        f"Expected harm over {formats.plural(len(history), 'snapshot')}: from "
        f"{_harm(first['expected_harm'], first['harm_unit'], currency)} on "
        f"{formats.date(first['as_of'])} to "
        f"{_harm(last['expected_harm'], last['harm_unit'], currency)} on "
        f"{formats.date(last['as_of'])}."
    )


def harm_title(frame: pd.DataFrame, currency: str) -> str:
    """Title of an axis of expected harm; units do not mix."""
    units = set(_units(frame))
    if units == {"money"}:
        return f"Expected harm, {currency}"
    return "Expected harm, severity" if units == {"severity"} else "Expected harm"


def _harm(amount: float, unit: str, currency: str) -> str:
    return formats.money(amount, currency) if unit == "money" else formats.number(amount)


def _units(frame: pd.DataFrame) -> list[str]:
    return list(frame["harm_unit"].fillna("money"))


def _names(frame: pd.DataFrame) -> list[str]:
    return list(frame["name"].fillna(frame["entity_id"]).astype(str))
