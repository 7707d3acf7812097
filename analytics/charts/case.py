"""Charts of one entity: what its score is made of, and what happened when."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analytics import formats
from analytics.charts.bands import NO_BANDS, band_height, band_layout, bands_alt
from analytics.charts.style import (
    BLUE,
    GREEN,
    GREY,
    MAX_POINTS,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    empty,
    figure,
    row_labels,
    safe,
    thin,
)

ROW_HEIGHT: Final = 26

LANES: Final = {
    "orders": ("Orders", BLUE, "circle"),
    "late dispatch": ("Handed over late", RED, "triangle-up"),
    "cancellations": ("Cancellations", GREY, "x"),
    "refunds": ("Refunds", ORANGE, "diamond"),
    "ratings": ("Ratings, 1 low to 5 high", PURPLE, "square"),
    "contents": ("Videos and livestreams", SKY, "star"),
    "events": ("Events", GREEN, "cross"),
    "past decisions": ("Past decisions", RED, "hexagon"),
}
_HALF_LANE: Final = 0.34


def waterfall(
    contributions: pd.DataFrame, labels: Mapping[str, str], base: float, features: int = 10
) -> go.Figure:
    """How the features add up from the average to this entity's raw score.

    Args:
        contributions: feature, contribution (log-odds) and optionally value_text, largest first.
        labels: Plain name of each feature; a feature without one shows its own name.
        base: Log-odds before any feature is known.
        features: How many to show on their own; the others are one step.
    """
    if contributions.empty:
        return empty("No contributions are stored")
    steps = _steps(contributions, labels, base, features)
    trace = {
        "type": "waterfall",
        "orientation": "h",
        "measure": list(steps["measure"]),
        "x": list(steps["amount"]),
        "y": list(range(len(steps))),
        "customdata": list(zip(steps["text"], steps["printed"], strict=True)),
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]} log-odds<extra></extra>",
        "increasing": {"marker": {"color": ORANGE}},
        "decreasing": {"marker": {"color": BLUE}},
        "totals": {"marker": {"color": GREY}},
        "connector": {"line": {"color": GREY, "width": 1, "dash": "dot"}},
    }
    return figure(
        [trace],
        height=50 + ROW_HEIGHT * len(steps),
        xaxis={"title": {"text": "Log-odds before calibration; orange raises the risk"}},
        # The texts of the steps are safe already.
        yaxis=row_labels([""] * len(steps)) | {"ticktext": list(steps["text"])},
    )


def waterfall_alt(
    contributions: pd.DataFrame, labels: Mapping[str, str], base: float, features: int = 10
) -> str:
    """Say what `waterfall` shows."""
    if contributions.empty:
        return "No contributions are stored."
    total = base + contributions["contribution"].sum()
    raising = contributions[contributions["contribution"] > 0].head(3)
    names = ", ".join(labels.get(f, f) for f in raising["feature"]) or "nothing"
    return (
        f"From {base:+.2f} log-odds on average to {total:+.2f} for this one; "
        f"raised most by {names}."
    )


def _steps(
    contributions: pd.DataFrame, labels: Mapping[str, str], base: float, features: int
) -> pd.DataFrame:
    order = contributions["contribution"].abs().sort_values(ascending=False, kind="stable").index
    ordered = contributions.loc[order]
    shown, others = ordered.head(features), ordered.iloc[features:]
    values = shown["value_text"] if "value_text" in shown else [""] * len(shown)
    texts = [
        safe(f"{labels.get(f, f)}: {v}" if v else labels.get(f, f), 64)
        for f, v in zip(shown["feature"], values, strict=True)
    ]
    rows = [("absolute", base, "Average")]
    rows += [
        ("relative", float(amount), text)
        for amount, text in zip(shown["contribution"], texts, strict=True)
    ]
    if len(others):
        text = formats.plural(len(others), "other feature")
        rows.append(("relative", float(others["contribution"].sum()), text))
    rows.append(("total", base + float(contributions["contribution"].sum()), "This entity"))
    steps = pd.DataFrame(rows, columns=["measure", "amount", "text"])
    steps["printed"] = [f"{amount:+.3f}" for amount in steps["amount"]]
    return steps


def timeline(points: pd.DataFrame, currency: str, bands: pd.DataFrame | None = None) -> go.Figure:
    """Orders, ratings, refunds and the rest on one time axis, a lane each.

    Args:
        points: As from `Warehouse.timeline`.
        currency: Currency of the dataset.
        bands: Stretches to shade, as from `analytics.explain.stretches.standing_out`.
    """
    bands = NO_BANDS if bands is None else bands
    if points.empty:
        return empty("Nothing with a date is known of it")
    lanes = [lane for lane in LANES if lane in set(points["lane"])]
    most = MAX_POINTS // len(lanes)
    return figure(
        [
            _lane(thin(points[points["lane"] == lane], most), lane, row, currency)
            for row, lane in enumerate(lanes)
        ],
        height=60 + 56 * len(lanes) + band_height(bands),
        **band_layout(bands, points["at"]),
        xaxis={"type": "date", "showspikes": True, "spikethickness": 1, "spikecolor": GREY},
        yaxis=row_labels(LANES[lane][0] for lane in lanes),
    )


def timeline_alt(points: pd.DataFrame, currency: str, bands: pd.DataFrame | None = None) -> str:
    """Say what `timeline` shows."""
    if points.empty:
        return "Nothing with a date is known."
    counts = points.groupby("lane")["count"].sum()
    parts = [f"{formats.count(counts[lane])} {lane}" for lane in LANES if lane in counts.index]
    first, last = points["at"].min(), points["at"].max()
    shaded = "" if bands is None else bands_alt(bands)
    return f"From {formats.date(first)} to {formats.date(last)}: {', '.join(parts)}.{shaded}"


def _lane(points: pd.DataFrame, lane: str, row: int, currency: str) -> dict[str, Any]:
    title, color, symbol = LANES[lane]
    counts = points["count"].to_numpy(dtype=float)
    return {
        "type": "scatter",
        "x": points["at"],
        "y": row + _offsets(points, lane),
        "mode": "markers",
        "name": title,
        "marker": {
            "color": color,
            "symbol": symbol,
            "size": np.clip(5 + 2 * np.sqrt(counts), 7, 26),
            "opacity": 0.7,
            "line": {"width": 0},
        },
        "customdata": _hover(points, lane, currency),
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _offsets(points: pd.DataFrame, lane: str) -> np.ndarray:
    if lane != "ratings":
        return np.zeros(len(points))
    stars = points["value"].to_numpy(dtype=float)
    return np.nan_to_num((3 - stars) / 2) * _HALF_LANE  # five stars above one


def _hover(points: pd.DataFrame, lane: str, currency: str) -> list[str]:
    columns = ("at", "bucket", "kind", "count", "value", "label")
    return [
        _point_text(*values, lane=lane, currency=currency)
        for values in zip(*(points[column] for column in columns), strict=True)
    ]


def _point_text(
    at: pd.Timestamp,
    bucket: str,
    kind: str,
    count: int,
    value: float,
    label: str,
    *,
    lane: str,
    currency: str,
) -> str:
    parts = (
        _when(at, bucket),
        safe(kind),
        f"{formats.count(count)} of them" if count > 1 else "",
        safe(_amount(value, lane, currency)),
        safe(label, 80),
    )
    return "<br>".join(part for part in parts if part)


def _when(moment: pd.Timestamp, bucket: str) -> str:
    return f"{bucket} of {formats.date(moment)}".capitalize() if bucket else formats.time(moment)


def _amount(value: float, lane: str, currency: str) -> str:
    if formats.is_missing(value):
        return ""
    if lane == "ratings":
        return formats.stars(value)
    return f"{formats.count(value)} views" if lane == "contents" else formats.money(value, currency)
