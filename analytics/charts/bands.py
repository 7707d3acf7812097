"""Shaded bands behind a chart over time, each with its name."""

from typing import Any, Final

import pandas as pd

from analytics import formats
from analytics.charts.style import ORANGE, PURPLE, RED, safe

_COLORS: Final = (ORANGE, PURPLE, RED)
_LEAST_WIDTH: Final = pd.Timedelta(hours=12)  # a narrower band could not be seen
_LABEL_HEIGHT: Final = 16
NO_BANDS: Final = pd.DataFrame({"start": [], "end": [], "label": [], "what": []})


def band_layout(bands: pd.DataFrame, times: pd.Series) -> dict[str, Any]:
    """Return the layout that shades stretches of time, their labels in rows above the chart.

    Args:
        bands: `start`, `end`, `label` and `what` (shown where the label is pointed at).
        times: What the axis shows; in its later half labels end with their band.
    """
    middle = times.min() + (times.max() - times.min()) / 2
    rows = list(bands.itertuples(index=False))
    if not rows:
        return {}
    colors = [_COLORS[number % len(_COLORS)] for number in range(len(rows))]
    return {
        "shapes": [_area(row, color) for row, color in zip(rows, colors, strict=True)],
        "annotations": [
            _name(row, color, number, is_late=row.start > middle)
            for number, (row, color) in enumerate(zip(rows, colors, strict=True))
        ],
        "margin": {"l": 8, "r": 16, "t": 12 + band_height(bands), "b": 8},
    }


def band_height(bands: pd.DataFrame) -> int:
    """Return the height of the labels in pixels."""
    return _LABEL_HEIGHT * len(bands)


def bands_alt(bands: pd.DataFrame) -> str:
    """Say which stretches `add_bands` shades, in a sentence; nothing where there are none."""
    spans = zip(bands["label"], bands["start"], bands["end"], strict=True)
    parts = [
        f"{label} from {formats.date(start)} to {formats.date(end)}" for label, start, end in spans
    ]
    return f" Shaded: {'; '.join(parts)}." if parts else ""


def _area(row: Any, color: str) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": row.start,
        "x1": max(row.end, row.start + _LEAST_WIDTH),
        "y0": 0,
        "y1": 1,
        "fillcolor": color,
        "opacity": 0.16,
        "line": {"width": 1, "color": color},
        "layer": "below",
    }


def _name(row: Any, color: str, number: int, *, is_late: bool) -> dict[str, Any]:
    return {
        "x": row.end if is_late else row.start,
        "y": 1,
        "xref": "x",
        "yref": "paper",
        "xanchor": "right" if is_late else "left",
        "yanchor": "bottom",
        "yshift": _LABEL_HEIGHT * number,
        "showarrow": False,
        "text": safe(row.label),
        "hovertext": safe(row.what, 200),
        "font": {"size": 11, "color": color},
    }
