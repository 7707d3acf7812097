"""How a ring grew, and by what it is tied since when."""

from itertools import cycle

import pandas as pd
import plotly.graph_objects as go

from analytics import formats, relations
from analytics.charts.style import BLUE, PALETTE, empty, figure, safe


def ring_timeline(members: pd.DataFrame, edges: pd.DataFrame) -> go.Figure:
    """Draw how a ring grew: members over time, and each tie on its day.

    Args:
        members: entity_type, entity_id, joined_at.
        edges: relation, first_seen.
    """
    joined = members["joined_at"].dropna().sort_values()
    dated = edges.dropna(subset=["first_seen"])
    if joined.empty:
        return empty("Nothing about it has a date")
    growth = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(joined),
        "y": list(range(1, len(joined) + 1)),
        "name": "Members",
        "line": {"color": BLUE, "shape": "hv"},
        "hovertemplate": "%{x|%d %b %Y}: %{y} members<extra></extra>",
    }
    kinds = dated.groupby("relation", sort=True)["first_seen"]
    ties = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": list(times),
            "y": [0] * len(times),
            "name": safe(relations.in_words(str(kind))),
            "marker": {"symbol": "line-ns-open", "size": 14, "color": color},
            "hovertemplate": "%{x|%d %b %Y}<extra>%{fullData.name}</extra>",
        }
        for (kind, times), color in zip(kinds, cycle(PALETTE[1:]), strict=False)
    ]
    return figure(
        [growth, *ties],
        height=300,
        legend=True,
        yaxis={"title": {"text": "Members"}, "rangemode": "tozero", "tickformat": ",d"},
    )


def ring_timeline_alt(members: pd.DataFrame, edges: pd.DataFrame) -> str:
    """Say what `ring_timeline` shows."""
    joined = members["joined_at"].dropna()
    if joined.empty:
        return "Nothing about it has a date."
    first, last = formats.date(joined.min()), formats.date(joined.max())
    ties = formats.plural(int(edges["first_seen"].notna().sum()), "tie")
    return f"{formats.plural(len(joined), 'member')} joined from {first} to {last}, by {ties}."
