"""What all charts share: colours, layout, and text that a marketplace cannot abuse.

Colours are from Okabe and Ito's set for colour-blind readers, those with contrast on both white
and near-black; backgrounds are transparent and text takes the page's colour.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd
import plotly.graph_objects as go

BLUE: Final = "#3B8EC8"
ORANGE: Final = "#E08A00"
GREEN: Final = "#009E73"
RED: Final = "#D55E00"
PURPLE: Final = "#B5699A"
SKY: Final = "#56B4E9"
GREY: Final = "#8A8F98"
GRID: Final = "rgba(138, 143, 152, 0.25)"
PALETTE: Final = (BLUE, ORANGE, GREEN, PURPLE, RED, SKY, GREY)
DASHES: Final = ("solid", "dash", "dot", "dashdot")
SYMBOLS: Final = ("circle", "diamond", "square", "cross", "triangle-up", "x", "star")

MAX_POINTS: Final = 5_000

# Plotly's template "none": without one the library would put its default in, which takes longer
# to check than the whole figure.
_NO_TEMPLATE: Final = {"data": {"scatter": [{"type": "scatter"}]}}
MAX_LABEL: Final = 48

# Control characters, and those that change the direction of the text after them.
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def safe(text: object, length: int = MAX_LABEL) -> str:
    """Make text from a marketplace plain: Plotly reads some tags, entities and `$` as markup."""
    plain = _UNSEEN.sub(" ", "" if _is_missing(text) else str(text))
    short = plain if len(plain) <= length else f"{plain[: length - 1]}…"
    return html.escape(short, quote=False).replace("$", "&#36;")


def safe_all(texts: Iterable[object], length: int = MAX_LABEL) -> list[str]:
    """`safe` of each."""
    return [safe(text, length) for text in texts]


def figure(
    traces: Sequence[Mapping[str, Any]] = (),
    *,
    height: int,
    legend: bool = False,
    xaxis: Mapping[str, Any] | None = None,
    yaxis: Mapping[str, Any] | None = None,
    **layout: Any,
) -> go.Figure:
    """Return a figure that suits a light and a dark page.

    Made from plain values at once, as here, a figure takes a tenth of the time of one that is
    updated step by step; where time matters, give the traces and axes to this function.
    """
    axis = {"gridcolor": GRID, "zeroline": False, "automargin": True}
    return go.Figure(
        data=list(traces),
        layout={
            "template": _NO_TEMPLATE,
            "height": height,
            "margin": {"l": 8, "r": 16, "t": 32 if legend else 12, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 12, "color": GREY},
            "hovermode": "closest",
            "hoverlabel": {"align": "left"},
            "showlegend": legend,
            "legend": {
                "orientation": "h",
                "y": 1.02,
                "yanchor": "bottom",
                "x": 0,
                "xanchor": "left",
            },
            "xaxis": axis | dict(xaxis or {}),
            "yaxis": axis | dict(yaxis or {}),
            **layout,
        },
    )


def empty(message: str, height: int = 160) -> go.Figure:
    """Return a figure that says why there is nothing to see."""
    made = figure(height=height)
    made.add_annotation(text=safe(message, 200), showarrow=False, xref="paper", yref="paper")
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False)
    return made


def rows_axis(made: go.Figure, labels: Iterable[object]) -> None:
    """Give a figure the axis of `row_labels`."""
    made.update_yaxes(row_labels(labels))


def row_labels(labels: Iterable[object]) -> dict[str, Any]:
    """Return a vertical axis of rows 0, 1, 2… from the top; the labels need not differ."""
    texts = safe_all(labels)
    return {
        "tickmode": "array",
        "tickvals": list(range(len(texts))),
        "ticktext": texts,
        "range": [len(texts) - 0.5, -0.5],
        "showgrid": False,
    }


def thin(frame: pd.DataFrame, points: int = MAX_POINTS) -> pd.DataFrame:
    """Every n-th row, so that a browser gets no more than `points`."""
    step = -(-len(frame) // points)
    return frame.iloc[::step] if step > 1 else frame


def _is_missing(text: object) -> bool:
    return text is None or text is pd.NaT or text is pd.NA or text != text
