"""A daily series around an incident, with the change marked."""

from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analytics import formats
from analytics.charts.style import BLUE, GREY, ORANGE, RED, empty, figure, safe

HEIGHT: Final = 320
ROLLING_DAYS: Final = 7
_BAND: Final = "rgba(213, 94, 0, 0.12)"


def incident(
    days: pd.DataFrame,
    label: str,
    started_on: pd.Timestamp,
    seen_on: pd.Timestamp,
    ended_on: pd.Timestamp | None,
) -> go.Figure:
    """Return the days around an incident: what was counted, what was usual, and the change.

    Args:
        days: day, value, usual, and trials where the value is a share of them (null elsewhere).
        label: What is counted, such as "Late dispatch".
        started_on: Since when it holds.
        seen_on: First day on which the series shows it.
        ended_on: Its last day; None while it goes on.
    """
    if days.empty:
        return empty("No days are stored around this incident")
    is_share = bool(days["trials"].notna().any())
    traces = _share_traces(days, label) if is_share else _count_traces(days, label)
    stop = days["day"].iloc[-1] if ended_on is None else ended_on
    return figure(
        traces,
        height=HEIGHT,
        legend=True,
        shapes=[_band(seen_on, stop), _line(started_on)],
        annotations=[_note(started_on, "Since")],
        hovermode="x unified",
        bargap=0.15,
        yaxis={"rangemode": "tozero", "tickformat": ".0%" if is_share else None},
    )


def incident_alt(
    days: pd.DataFrame, label: str, seen_on: pd.Timestamp, ended_on: pd.Timestamp | None
) -> str:
    """Return the same in a sentence."""
    if days.empty:
        return f"{label}: no days are stored."
    inside = days["day"] >= seen_on
    if ended_on is not None:
        inside &= days["day"] <= ended_on
    until = "until now" if ended_on is None else f"to {ended_on:%Y-%m-%d}"
    return (
        f"{label} by day: {_level(days[~inside])} outside, {_level(days[inside])} from "
        f"{seen_on:%Y-%m-%d} {until}."
    )


def _level(days: pd.DataFrame) -> str:
    if days.empty:
        return "nothing"
    if days["trials"].notna().any():
        return formats.share(days["value"].sum() / max(days["trials"].sum(), 1e-9))
    return f"{formats.number(days['value'].mean())} a day"


def _count_traces(days: pd.DataFrame, label: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "bar",
            "name": safe(label),
            "x": list(days["day"]),
            "y": list(days["value"]),
            "marker": {"color": BLUE},
            "hovertemplate": "%{y:,.4~g}",
        },
        _dashed("Usual", days["day"], days["usual"]),
    ]


def _share_traces(days: pd.DataFrame, label: str) -> list[dict[str, Any]]:
    rolled = days[["value", "usual", "trials"]].rolling(ROLLING_DAYS, min_periods=1).sum()
    trials = rolled["trials"].where(rolled["trials"] > 0)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": safe(f"{label}, share over {ROLLING_DAYS} days"),
            "x": list(days["day"]),
            "y": _values(rolled["value"] / trials),
            "line": {"color": BLUE, "width": 2},
            "customdata": list(zip(rolled["value"], rolled["trials"], strict=True)),
            "hovertemplate": "%{y:.0%} (%{customdata[0]:.0f} of %{customdata[1]:.0f})",
        },
        _dashed("Usual", days["day"], rolled["usual"] / trials),
    ]


def _dashed(name: str, day: pd.Series, value: pd.Series) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(day),
        "y": _values(value),
        "line": {"color": ORANGE, "width": 2, "dash": "dash"},
        "hovertemplate": "%{y:,.3~g}",
    }


def _values(numbers: pd.Series) -> list[float | None]:
    return [None if np.isnan(number) else float(number) for number in numbers]


def _band(start: pd.Timestamp, stop: pd.Timestamp) -> dict[str, Any]:
    half = pd.Timedelta(hours=12)
    return {
        "type": "rect", "xref": "x", "yref": "paper", "x0": start - half, "x1": stop + half,
        "y0": 0, "y1": 1, "fillcolor": _BAND, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _line(day: pd.Timestamp) -> dict[str, Any]:
    return {
        "type": "line", "xref": "x", "yref": "paper", "x0": day, "x1": day, "y0": 0, "y1": 1,
        "line": {"color": RED, "width": 2, "dash": "dot"},
    }  # fmt: skip


def _note(day: pd.Timestamp, word: str) -> dict[str, Any]:
    return {
        "x": day, "y": 1, "xref": "x", "yref": "paper", "text": f"{word} {day:%d %b}",
        "showarrow": False, "xanchor": "right", "yanchor": "top", "xshift": -4,
        "font": {"color": GREY},
    }  # fmt: skip
