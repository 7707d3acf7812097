"""Charts of learning: how good a model gets with how many labels."""

import pandas as pd
import plotly.graph_objects as go

from analytics import formats
from analytics.charts.style import DASHES, GREY, PALETTE, empty, figure, safe


def learning_curves(curves: pd.DataFrame, reach: float) -> go.Figure:
    """Average precision, as a share of that with all labels, against the number of labels.

    Args:
        curves: policy, labels (rising within a policy), share.
        reach: Share that is marked.
    """
    if curves.empty:
        return empty("Nothing was measured")
    lines = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": safe(_named(policy)),
            "x": list(rows["labels"]),
            "y": list(rows["share"]),
            "line": {"color": PALETTE[i % len(PALETTE)], "dash": DASHES[i % len(DASHES)]},
            "marker": {"size": 5},
            "hovertemplate": "%{x:,.0f} labels: %{y:.1%}<extra>%{fullData.name}</extra>",
        }
        for i, (policy, rows) in enumerate(curves.groupby("policy", sort=False))
    ]
    mark = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": reach,
        "y1": reach,
        "line": {"color": GREY, "dash": "dot", "width": 1},
    }
    return figure(
        lines,
        height=360,
        legend=True,
        shapes=[mark],
        xaxis={"title": {"text": "Labels"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "Of the average precision with all labels"}, "tickformat": ".0%"},
    )


def learning_curves_alt(curves: pd.DataFrame, reach: float) -> str:
    """Say what `learning_curves` shows."""
    if curves.empty:
        return "Nothing was measured."
    reached = curves[curves["share"] >= reach].groupby("policy", sort=False)["labels"].min()
    parts = [f"{_named(policy).lower()} {formats.count(n)}" for policy, n in reached.items()]
    return (
        f"Labels after which average precision is {formats.share(reach)} of that with all labels, "
        f"by how they were chosen: {', '.join(parts)}."
    )


def _named(policy: object) -> str:
    return str(policy).replace("_", " ").capitalize()
