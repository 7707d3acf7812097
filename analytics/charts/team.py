"""Charts of the team's work: what waits, and for how long."""

from collections.abc import Mapping
from typing import Final

import plotly.graph_objects as go

from analytics import formats
from analytics.charts.style import BLUE, GREY, ORANGE, empty, figure, safe

COLORS: Final = {"open": BLUE, "held": GREY, "escalated": ORANGE}
PATTERNS: Final = {"open": "", "held": "/", "escalated": "x"}

Backlog = Mapping[str, Mapping[str, int]]


def backlog(waiting: Backlog) -> go.Figure:
    """Cases that are not closed, by how long they wait and by status.

    Args:
        waiting: Status → age → cases, as `Statistics.backlog`.
    """
    if not _total(waiting):
        return empty("No case waits")
    bars = [
        {
            "type": "bar",
            "name": safe(status.capitalize()),
            "x": [safe(age) for age in ages],
            "y": list(ages.values()),
            "marker": {
                "color": COLORS.get(status, GREY),
                "pattern": {"shape": PATTERNS.get(status, "")},
            },
            "hovertemplate": "%{x}: %{y} " + safe(status) + "<extra></extra>",
        }
        for status, ages in waiting.items()
    ]
    axis = {"title": {"text": "Cases"}, "rangemode": "tozero"}
    return figure(bars, height=240, legend=True, barmode="stack", yaxis=axis)


def backlog_alt(waiting: Backlog) -> str:
    """Say what `backlog` shows."""
    if not _total(waiting):
        return "No case waits."
    parts = [
        f"{status} {sum(ages.values())} ({', '.join(f'{age} {n}' for age, n in ages.items() if n)})"
        for status, ages in waiting.items()
        if sum(ages.values())
    ]
    return f"{formats.plural(_total(waiting), 'case')} waiting: {'; '.join(parts)}."


def _total(waiting: Backlog) -> int:
    return sum(sum(ages.values()) for ages in waiting.values())
