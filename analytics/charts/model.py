"""Charts of a model: how well it ranks, how honest its probabilities are, what it looks at."""

from collections.abc import Mapping
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics import formats
from analytics.charts.style import (
    BLUE,
    DASHES,
    GREY,
    PALETTE,
    SYMBOLS,
    empty,
    figure,
    rows_axis,
    safe,
    safe_all,
)

ROW_HEIGHT: Final = 24


def calibration(curves: pd.DataFrame) -> go.Figure:
    """Share that came true against the probability given, against the diagonal.

    Args:
        curves: curve (model or baseline), predicted (mean of the bin), observed (share),
            entities, and optionally low, high (interval of the share).
    """
    if curves.empty:
        return empty("No calibration was measured")
    made = figure(height=340, legend=True)
    made.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="Perfect",
        hoverinfo="skip",
        line={"color": GREY, "dash": "dot", "width": 1},
    )
    for i, (curve, rows) in enumerate(curves.groupby("curve", sort=False)):
        made.add_scatter(
            x=rows["predicted"],
            y=rows["observed"],
            error_y=_error(rows, "observed"),
            mode="lines+markers",
            name=safe(curve),
            line={"color": PALETTE[i % len(PALETTE)], "dash": DASHES[i % len(DASHES)]},
            marker={"symbol": SYMBOLS[i % len(SYMBOLS)]},
            customdata=[formats.count(n) for n in rows["entities"]],
            hovertemplate="Predicted %{x:.1%}, came true %{y:.1%}<br>%{customdata} entities"
            "<extra>%{fullData.name}</extra>",
        )
    made.update_xaxes(title_text="Predicted probability", tickformat=".0%", rangemode="tozero")
    made.update_yaxes(title_text="Share that came true", tickformat=".0%", rangemode="tozero")
    return made


def calibration_alt(curves: pd.DataFrame) -> str:
    """Say what `calibration` shows."""
    if curves.empty:
        return "No calibration was measured."
    gaps = (curves["predicted"] - curves["observed"]).abs() * curves["entities"]
    sizes = curves["entities"].groupby(curves["curve"], sort=False).sum()
    means = gaps.groupby(curves["curve"], sort=False).sum() / sizes
    parts = ", ".join(f"{curve} {gap:.3f}" for curve, gap in means.items())
    return f"Calibration: mean distance of predicted from observed share: {parts}."


def precision_recall(curves: pd.DataFrame, capacity: int | None = None) -> go.Figure:
    """Precision and recall against the number of cases reviewed a day.

    Args:
        curves: curve (model or baseline), capacity (cases), precision, recall.
        capacity: The team's capacity, marked.
    """
    if curves.empty:
        return empty("No precision was measured")
    made = figure(height=340, legend=True)
    for i, (curve, rows) in enumerate(curves.groupby("curve", sort=False)):
        for column, dash in (("precision", "solid"), ("recall", "dash")):
            made.add_scatter(
                x=rows["capacity"],
                y=rows[column],
                mode="lines+markers" if len(rows) < 30 else "lines",
                name=f"{safe(curve)}: {column}",
                line={"color": PALETTE[i % len(PALETTE)], "dash": dash},
                hovertemplate="%{x} cases: " + column + " %{y:.1%}<extra>%{fullData.name}</extra>",
            )
    if capacity:
        made.add_vline(x=capacity, line={"color": GREY, "dash": "dot"}, annotation_text="capacity")
    made.update_xaxes(title_text="Cases reviewed", rangemode="tozero")
    made.update_yaxes(tickformat=".0%", range=[0, 1.02])
    return made


def precision_recall_alt(curves: pd.DataFrame, capacity: int | None = None) -> str:
    """Say what `precision_recall` shows."""
    if curves.empty:
        return "No precision was measured."
    at = capacity or int(curves["capacity"].max())
    distance = (curves["capacity"] - at).abs()
    nearest = curves.loc[distance.groupby(curves["curve"], sort=False).idxmin()]
    parts = [
        f"{curve} {formats.share(precision)} and {formats.share(recall)}"
        for curve, precision, recall in zip(
            nearest["curve"], nearest["precision"], nearest["recall"], strict=True
        )
    ]
    return f"Precision and recall at about {formats.count(at)} cases: {'; '.join(parts)}."


def metric_intervals(metrics: pd.DataFrame) -> go.Figure:
    """One metric of the model and of the baselines, with intervals.

    Args:
        metrics: curve (model or baseline), value, low, high; of one metric.
    """
    if metrics.empty:
        return empty("Nothing was measured")
    made = figure(height=60 + ROW_HEIGHT * len(metrics))
    made.add_scatter(
        x=metrics["value"],
        y=list(range(len(metrics))),
        error_x=_error(metrics, "value"),
        mode="markers",
        marker={"color": BLUE, "size": 9},
        customdata=safe_all(metrics["curve"]),
        hovertemplate="%{customdata}: %{x:.3f}<extra></extra>",
    )
    rows_axis(made, metrics["curve"])
    return made


def metric_intervals_alt(metrics: pd.DataFrame) -> str:
    """Say what `metric_intervals` shows."""
    if metrics.empty:
        return "Nothing was measured."
    return "; ".join(
        f"{row.curve} {row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
        if "low" in metrics
        else f"{row.curve} {row.value:.3f}"
        for row in metrics.itertuples()
    )


def importance(
    importances: pd.DataFrame, labels: Mapping[str, str], features: int = 20
) -> go.Figure:
    """Share of each feature in all that the model's contributions add up to.

    Args:
        importances: As from `Warehouse.importance`.
        labels: Plain name of each feature.
        features: How many to show.
    """
    shown = importances.head(features)
    if shown.empty:
        return empty("No contributions are stored")
    made = figure(height=50 + ROW_HEIGHT * len(shown))
    names = [labels.get(f, f) for f in shown["feature"]]
    made.add_bar(
        x=shown["share"],
        y=list(range(len(shown))),
        orientation="h",
        marker_color=BLUE,
        customdata=list(zip(safe_all(names), shown["mean_abs"], strict=True)),
        hovertemplate="%{customdata[0]}<br>%{x:.1%} of all contributions, "
        "%{customdata[1]:.3f} log-odds on average<extra></extra>",
    )
    rows_axis(made, names)
    made.update_xaxes(title_text="Share of all contributions", tickformat=".0%")
    return made


def importance_alt(importances: pd.DataFrame, labels: Mapping[str, str], features: int = 20) -> str:
    """Say what `importance` shows."""
    if importances.empty:
        return "No contributions are stored."
    parts = [
        f"{labels.get(feature, feature)} {formats.share(share)}"
        for feature, share in zip(
            importances["feature"].head(3), importances["share"].head(3), strict=True
        )
    ]
    return f"What the model looks at most: {', '.join(parts)}."


def _error(rows: pd.DataFrame, column: str) -> dict[str, object] | None:
    if "low" not in rows or "high" not in rows:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": rows["high"] - rows[column],
        "arrayminus": rows[column] - rows["low"],
        "thickness": 1,
    }
