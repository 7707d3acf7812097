"""Charts of watching: what moved, whether probabilities come true, rates by group, capacity."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

from analytics import formats
from analytics.charts.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    empty,
    figure,
    row_labels,
    safe,
    safe_all,
)

ROW_HEIGHT: Final = 24
SHOWN: Final = 20
NAMES: Final = {"precision": BLUE, "recall": GREEN}


def drift_bars(found: pd.DataFrame, labels: Mapping[str, str], limit: float) -> go.Figure:
    """Stability index of the features or scores that moved most, with what chance gives each.

    Args:
        found: As from `monitoring.drift.distribution_drift`.
        labels: Plain name of each feature.
        limit: Index from which one counts as moved.
    """
    shown = found.head(SHOWN)
    if shown.empty:
        return empty("Too few known values to compare")
    names = [labels.get(f, f) for f in shown["feature"]]
    rows = list(range(len(shown)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "name": "Stability index",
        "x": list(shown["psi"]),
        "y": rows,
        "marker": {"color": [ORANGE if d else GREY for d in shown["is_drifted"]]},
        "customdata": list(
            zip(safe_all(names), shown["distance"], shown["q_value"], shown["noise"], strict=True)
        ),
        "hovertemplate": "%{customdata[0]}<br>index %{x:.2f}, by chance up to %{customdata[3]:.2f}"
        "<br>distance %{customdata[1]:.2f} standard deviations, q %{customdata[2]:.2g}"
        "<extra></extra>",
    }
    chance = {
        "type": "scatter",
        "mode": "markers",
        "name": "Chance alone stays below (95 %)",
        "x": list(shown["noise"]),
        "y": rows,
        "marker": {"color": BLUE, "symbol": "line-ns-open", "size": 12, "line": {"width": 2}},
        "hoverinfo": "skip",
    }
    return figure(
        [bars, chance],
        height=80 + ROW_HEIGHT * len(shown),
        shapes=[_line(x=limit)],
        xaxis={"title": {"text": "Population stability index"}, "rangemode": "tozero"},
        yaxis=row_labels(names),
    )


def drift_bars_alt(found: pd.DataFrame, labels: Mapping[str, str], limit: float) -> str:
    """Say what `drift_bars` shows."""
    if found.empty:
        return "Too few known values to compare."
    first = found.head(3)
    parts = [
        f"{labels.get(name, name)} {formats.number(psi)}"
        for name, psi in zip(first["feature"], first["psi"], strict=True)
    ]
    moved = int(found["is_drifted"].sum())
    return (
        f"{moved:,} of {len(found):,} drifted, limit {formats.number(limit)}; "
        f"largest stability index: {', '.join(parts)}."
    )


def verdicts(months: pd.DataFrame, shifts: pd.DataFrame) -> go.Figure:
    """Share confirmed by month with its interval, what was expected, and changes of the policies.

    Args:
        months: As from `monitoring.outcomes.calibration_by_month`.
        shifts: As from `monitoring.outcomes.policy_shifts`.
    """
    if months.empty:
        return empty("Nothing was decided yet")
    observed, times = months["observed"], list(months["period"])
    confirmed = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Confirmed",
        "x": times,
        "y": list(observed),
        "error_y": _error(months, "observed"),
        "line": {"color": BLUE},
        "customdata": [formats.count(n) for n in months["cases"]],
        "hovertemplate": "%{x|%Y-%m}: %{y:.1%} of %{customdata} cases confirmed<extra></extra>",
    }
    expected = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Expected by the model",
        "x": times,
        "y": list(months["predicted"]),
        "line": {"color": ORANGE, "dash": "dash"},
        "marker": {"symbol": "diamond"},
        "hovertemplate": "%{x|%Y-%m}: %{y:.1%} expected<extra></extra>",
    }
    return figure(
        [confirmed, expected],
        height=340,
        legend=True,
        shapes=[_line(x=at) for at in shifts["at"]],
        annotations=[
            _mark(at, f"policies {v}") for at, v in zip(shifts["at"], shifts["after"], strict=True)
        ],
        xaxis={"tickformat": "%Y-%m", "dtick": "M1"},
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
    )


def verdicts_alt(months: pd.DataFrame, shifts: pd.DataFrame) -> str:
    """Say what `verdicts` shows."""
    if months.empty:
        return "Nothing was decided yet."
    last = months.iloc[-1]
    changed = f" The policies changed {formats.plural(len(shifts), 'time')}." if len(shifts) else ""
    return (
        f"In {last['period']:%Y-%m}, {formats.share(last['observed'])} of "
        f"{formats.plural(int(last['cases']), 'case')} were confirmed, "
        f"{formats.share(last['predicted'])} expected.{changed}"
    )


def group_rates(rates: pd.DataFrame) -> go.Figure:
    """One rate by group, with intervals; groups apart from all others stand out.

    Args:
        rates: group, cases, value, low, high, is_apart; known values only.
    """
    if rates.empty:
        return empty("No group has enough cases")
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": list(rates["value"]),
        "y": list(range(len(rates))),
        "error_x": _error(rates, "value") | {"color": GREY},
        "marker": {"color": [ORANGE if a else BLUE for a in rates["is_apart"]], "size": 9},
        "customdata": list(zip(safe_all(rates["group"]), rates["cases"], strict=True)),
        "hovertemplate": "%{customdata[0]}: %{x:.1%} of %{customdata[1]:,}<extra></extra>",
    }
    return figure(
        [trace],
        height=70 + ROW_HEIGHT * len(rates),
        xaxis={"tickformat": ".0%", "rangemode": "tozero"},
        yaxis=row_labels(rates["group"]),
    )


def group_rates_alt(rates: pd.DataFrame) -> str:
    """Say what `group_rates` shows."""
    if rates.empty:
        return "No group has enough cases."
    return "; ".join(
        f"{group} {formats.share(value)} ({formats.share(low)} to {formats.share(high)})"
        for group, value, low, high in zip(
            rates["group"], rates["value"], rates["low"], rates["high"], strict=True
        )
    )


def capacity_shares(points: pd.DataFrame, capacity: int) -> go.Figure:
    """Precision and recall against the capacity, with 90 % bands.

    Args:
        points: As in `selection.capacity.CapacityPlan`.
        capacity: Marked.
    """
    traces = [
        trace
        for name, color in NAMES.items()
        for trace in _banded(points, name, color, name.capitalize(), "%{x} cases: %{y:.1%}")
    ]
    return figure(
        traces,
        height=320,
        legend=True,
        shapes=[_line(x=capacity)],
        annotations=[_mark(capacity, "capacity")],
        xaxis={"title": {"text": "Cases reviewed a day"}, "rangemode": "tozero"},
        yaxis={"tickformat": ".0%", "range": [0, 1.02]},
    )


def capacity_shares_alt(points: pd.DataFrame, capacity: int) -> str:
    """Say what `capacity_shares` shows."""
    row = points[points["capacity"] == capacity].iloc[0]
    parts = [
        f"{name} {formats.share(row[name])} ({formats.share(row[f'{name}_low'])} to "
        f"{formats.share(row[f'{name}_high'])})"
        for name in NAMES
    ]
    return f"At {formats.count(capacity)} cases a day: {', '.join(parts)}."


def capacity_cost(points: pd.DataFrame, capacity: int, cheapest: int) -> go.Figure:
    """Cost against the capacity with its 90 % band, the cheapest capacity marked.

    Args:
        points: As in `selection.capacity.CapacityPlan`.
        capacity: Marked.
        cheapest: Marked.
    """
    marks = {capacity: "capacity"} if capacity != cheapest else {}
    marks[cheapest] = "least cost"
    return figure(
        _banded(points, "cost", RED, "Cost", "%{x} cases: %{y:,.0f}"),
        height=300,
        shapes=[_line(x=at) for at in marks],
        annotations=[_mark(at, text) for at, text in marks.items()],
        xaxis={"title": {"text": "Cases reviewed a day"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "Cost, in honest ones hit"}, "rangemode": "tozero"},
    )


def capacity_cost_alt(points: pd.DataFrame, capacity: int, cheapest: int) -> str:
    """Say what `capacity_cost` shows."""
    cost = points.set_index("capacity")["cost"]
    return (
        f"Cost at {formats.plural(capacity, 'case')} a day {formats.count(cost[capacity])}, "
        f"least at {formats.count(cheapest)} cases: {formats.count(cost[cheapest])}."
    )


def _banded(
    points: pd.DataFrame, name: str, color: str, label: str, hover: str
) -> list[dict[str, Any]]:
    x = list(points["capacity"])
    band = {
        "type": "scatter",
        "x": x + x[::-1],
        "y": list(points[f"{name}_high"]) + list(points[f"{name}_low"])[::-1],
        "fill": "toself",
        "fillcolor": color,
        "opacity": 0.15,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": label,
        "x": x,
        "y": list(points[name]),
        "line": {"color": color},
        "hovertemplate": f"{hover}<extra>{label}</extra>",
    }
    return [band, line]


def _error(rows: pd.DataFrame, column: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": list(rows["high"] - rows[column]),
        "arrayminus": list(rows[column] - rows["low"]),
        "thickness": 1,
    }


def _line(*, x: Any) -> dict[str, Any]:
    return {
        "type": "line",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": GREY, "dash": "dot", "width": 1},
    }


def _mark(x: Any, text: str) -> dict[str, Any]:
    return {
        "x": x,
        "y": 1,
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "left",
        "showarrow": False,
        "text": safe(text),
    }
