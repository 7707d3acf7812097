"""Charts over all entities of one type."""

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from analytics import formats
from analytics.charts.style import (
    MAX_POINTS,
    PALETTE,
    SYMBOLS,
    empty,
    figure,
    safe,
    safe_all,
    thin,
)

NOTHING: Final = "No entity has a value"


def distribution(bins: pd.DataFrame, label: str, *, as_share: bool = False) -> go.Figure:
    """Histogram of a measure, groups on top of each other or side by side as shares.

    Args:
        bins: group, low, high, entities; as from `Warehouse.distribution`.
        label: Name of the measure.
        as_share: Compare groups of different size: lines of shares instead of stacked counts.
    """
    if bins.empty:
        return empty(NOTHING)
    groups = list(bins.groupby("group", sort=False))
    made = figure(height=340, legend=len(groups) > 1, barmode="stack", bargap=0.02)
    for i, (group, rows) in enumerate(groups):
        color = PALETTE[i % len(PALETTE)]
        share = rows["entities"] / rows["entities"].sum()
        common = {
            "x": (rows["low"] + rows["high"]) / 2,
            "name": safe(group),
            "customdata": _ranges(rows),
            "hovertemplate": "%{customdata}<extra>%{fullData.name}</extra>",
        }
        if as_share:
            made.add_scatter(y=share, mode="lines", line={"color": color, "shape": "hvh"}, **common)
        else:
            width = (rows["high"] - rows["low"]).where(lambda w: w > 0, 1.0)
            made.add_bar(y=rows["entities"], width=width, marker_color=color, **common)
    made.update_xaxes(title_text=safe(label, 80))
    made.update_yaxes(
        title_text="Share of entities" if as_share else "Entities",
        tickformat=".0%" if as_share else ",d",
        rangemode="tozero",
    )
    if not as_share and bins["entities"].sum() <= 10:
        made.update_yaxes(dtick=1)
    return made


def distribution_alt(bins: pd.DataFrame, label: str, *, as_share: bool = False) -> str:
    """Say what `distribution` shows."""
    if bins.empty:
        return f"No entity has a value of {label}."
    total = int(bins["entities"].sum())
    sums = bins.groupby(["low", "high"], as_index=False)["entities"].sum()
    fullest = sums.loc[sums["entities"].idxmax()]
    return (
        f"Distribution of {label} over {formats.plural(total, 'entity', 'entities')}; most are "
        f"between {formats.number(fullest['low'])} and {formats.number(fullest['high'])}."
    )


def scatter(points: pd.DataFrame, x_label: str, y_label: str, *, log_y: bool = False) -> go.Figure:
    """Two measures against each other, coloured by group.

    Args:
        points: entity_id, name, group, x, y; as the frame of `Warehouse.scatter`. The id is the
            first of a point's custom data, for clicks.
        x_label: Name of what runs to the right.
        y_label: Name of what runs up.
        log_y: Whether up is logarithmic.
    """
    if points.empty:
        return empty(NOTHING)
    shown = thin(points, MAX_POINTS)
    made = figure(height=460, legend=True)
    for i, group in enumerate(_ordered_groups(shown)):
        rows = shown[_grouped(shown) == group]
        made.add_scatter(
            x=rows["x"],
            y=rows["y"],
            mode="markers",
            name=safe(group),
            marker={
                "color": PALETTE[i % len(PALETTE)],
                "symbol": SYMBOLS[i % len(SYMBOLS)],
                "size": 7,
                "opacity": 0.6,
            },
            customdata=list(
                zip(
                    rows["entity_id"], safe_all(rows["name"].fillna(rows["entity_id"])), strict=True
                )
            ),
            hovertemplate="%{customdata[1]}<br>%{x:.3~g}, %{y:.3~g}<extra>%{fullData.name}</extra>",
        )
    made.update_xaxes(title_text=safe(x_label, 80))
    made.update_yaxes(title_text=safe(y_label, 80), type="log" if log_y else "linear")
    return made


def scatter_alt(points: pd.DataFrame, x_label: str, y_label: str, *, log_y: bool = False) -> str:
    """Say what `scatter` shows."""
    if points.empty:
        return f"No entity has both {x_label} and {y_label}."
    correlation = points["x"].corr(points["y"], method="spearman") if len(points) > 2 else None
    rank = (
        ""
        if correlation is None or correlation != correlation
        else (f"; rank correlation {correlation:+.2f}")
    )
    shown = formats.plural(len(points), "entity", "entities")
    return f"{y_label} against {x_label} of {shown}{rank}."


def _ordered_groups(points: pd.DataFrame) -> list[str]:
    return list(_grouped(points).value_counts().index)


def _grouped(points: pd.DataFrame) -> pd.Series:
    """Six groups and the rest: more colours cannot be told apart."""
    largest = points["group"].value_counts().index[: len(PALETTE) - 1]
    return points["group"].where(points["group"].isin(largest), "(other)")


def _ranges(rows: pd.DataFrame) -> list[str]:
    return [
        f"{formats.number(low)} to {formats.number(high)}: "
        f"{formats.plural(int(entities), 'entity', 'entities')}"
        for low, high, entities in zip(rows["low"], rows["high"], rows["entities"], strict=True)
    ]
