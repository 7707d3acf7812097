"""A network of entities: who is tied to whom, how risky each is, and who was confirmed."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analytics import formats, relations
from analytics.charts.style import GREEN, GREY, ORANGE, RED, empty, figure, safe

MAX_NODES: Final = 300
NOBODY: Final = "Nobody is tied to anybody"
_KEY: Final = ["entity_type", "entity_id"]
_OTHER: Final = ["other_type", "other_id"]
_SHAPES: Final = {"merchant": "circle", "product": "square", "creator": "diamond", "buyer": "x"}
_STEPS: Final = 120
_SEED: Final = 1
Points = npt.NDArray[np.float64]


def drawn(nodes: pd.DataFrame, most: int = MAX_NODES) -> pd.DataFrame:
    """Return the nodes that are drawn: those with most expected harm, buyers last of all.

    Args:
        nodes: entity_type, entity_id, expected_harm; the first row is always drawn.
        most: How many.
    """
    if len(nodes) <= most:
        return nodes
    place = pd.Series(range(len(nodes)), index=nodes.index)
    first = (place > 0).to_numpy()
    order = nodes.assign(_first=first, _buyer=nodes["entity_type"] == "buyer", _place=place)
    order = order.sort_values(
        ["_first", "_buyer", "expected_harm", "_place"], ascending=[True, True, False, True]
    )
    return nodes.loc[order.index[:most]]


def network(
    nodes: pd.DataFrame, edges: pd.DataFrame, *, center: tuple[str, str] | None = None
) -> go.Figure:
    """Draw entities as points, shaped by type and coloured by risk, and their ties as lines.

    Who was confirmed has a thick edge; what is shown openly (an address) is a dotted line.

    Args:
        nodes: entity_type, entity_id, name, violation_probability, expected_harm, confirmed;
            beyond `MAX_NODES` the rest is left out, see `drawn`.
        edges: entity_type, entity_id, other_type, other_id, relation, weight, first_seen; those
            with an end that is not drawn are left out.
        center: Type and id of the entity that the picture is of.

    Returns:
        A figure; a point's custom data are type and id, for clicks.
    """
    nodes = drawn(nodes).reset_index(drop=True)
    edges = _between(nodes, edges)
    if nodes.empty:
        return empty(NOBODY)
    spots = _layout(len(nodes), edges)
    is_open = edges["relation"].map(relations.is_open).astype(bool)
    lines = [
        *_lines(edges[is_open], spots, "Shown openly", "dot"),
        *_lines(edges[~is_open], spots, "Hidden", "solid"),
        *_ties(edges, spots),
    ]
    is_first = _is(nodes, center)
    points = [
        _points(rows, spots[rows.index], is_first[rows.index], kind)
        for kind, rows in nodes.groupby("entity_type", sort=False)
    ]
    hidden = {"visible": False, "showgrid": False}
    return figure(
        [*lines, *points],
        height=460,
        legend=True,
        xaxis=hidden,
        yaxis=hidden | {"scaleanchor": "x"},
        coloraxis={
            "colorscale": [[0, GREEN], [0.5, ORANGE], [1, RED]],
            "cmin": 0,
            "cmax": 1,
            "colorbar": {"title": {"text": "Risk"}, "tickformat": ".0%", "thickness": 10},
        },
    )


def network_alt(nodes: pd.DataFrame, edges: pd.DataFrame) -> str:
    """Say what `network` shows."""
    if nodes.empty:
        return f"{NOBODY}."
    seen = _between(drawn(nodes).reset_index(drop=True), edges)
    kinds = seen["relation"].map(relations.in_words).value_counts()
    by = ", ".join(f"{str(kind).lower()} ({count})" for kind, count in kinds.items())
    confirmed = int((nodes["confirmed"] == 1).sum())
    return (
        f"Network of {formats.plural(min(len(nodes), MAX_NODES), 'entity', 'entities')}, "
        f"{confirmed} confirmed, tied by {formats.plural(len(seen), 'tie')}"
        f"{': ' + by if by else ''}."
    )


def _between(nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """The edges whose two ends are drawn, with the places of both in the nodes."""
    places = pd.Series(nodes.index, index=pd.MultiIndex.from_frame(nodes[_KEY]))
    ends = {
        end: places.reindex(pd.MultiIndex.from_frame(edges[names])).to_numpy(dtype=float)
        for end, names in (("a", _KEY), ("b", _OTHER))
    }
    found = edges.assign(**ends).dropna(subset=["a", "b"])
    return found.astype({"a": "int64", "b": "int64"}).reset_index(drop=True)


def _layout(size: int, edges: pd.DataFrame) -> Points:
    """Spring layout (Fruchterman and Reingold 1991): tied ones near each other."""
    import networkx as nx  # here, since most pages draw no network

    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    pairs = edges.groupby(["a", "b"])["weight"].sum().clip(upper=1.0).add(0.2).reset_index()
    graph.add_weighted_edges_from(pairs.itertuples(index=False, name=None))
    found = nx.spring_layout(graph, seed=_SEED, iterations=_STEPS, k=2 / max(size, 4) ** 0.5)
    return np.array([found[node] for node in range(size)])


def _lines(edges: pd.DataFrame, spots: Points, name: str, dash: str) -> list[dict[str, Any]]:
    if edges.empty:
        return []
    pairs = edges[["a", "b"]].drop_duplicates().to_numpy()
    gaps = np.full((len(pairs), 1, 2), np.nan)
    path = np.concatenate([spots[pairs], gaps], axis=1).reshape(-1, 2)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": path[:, 0],
        "y": path[:, 1],
        "name": name,
        "hoverinfo": "skip",
        "line": {"color": GREY, "width": 1.2, "dash": dash},
    }
    return [line]


def _ties(edges: pd.DataFrame, spots: Points) -> list[dict[str, Any]]:
    """Points in the middle of the lines, which nobody sees, to tell what the line says."""
    if edges.empty:
        return []
    told = edges.assign(text=[_tie(row) for row in edges.to_dict("records")])
    texts = told.groupby(["a", "b"])["text"].agg("<br>".join)
    pairs = np.array(list(texts.index))
    middle = spots[pairs].mean(axis=1)
    middles = {
        "type": "scatter",
        "mode": "markers",
        "x": middle[:, 0],
        "y": middle[:, 1],
        "text": list(texts),
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 10, "opacity": 0},
        "showlegend": False,
    }
    return [middles]


def _tie(edge: Mapping[Any, Any]) -> str:
    since = edge["first_seen"]
    when = "" if pd.isna(since) else f" since {formats.date(since)}"
    return safe(relations.in_words(str(edge["relation"]))) + when


def _points(
    rows: pd.DataFrame, spots: Points, is_first: npt.NDArray[np.bool_], kind: object
) -> dict[str, Any]:
    confirmed = (rows["confirmed"] == 1).to_numpy()
    return {
        "type": "scatter",
        "mode": "markers",
        "x": spots[:, 0],
        "y": spots[:, 1],
        "name": f"{str(kind).capitalize()}s",
        "customdata": rows[_KEY].to_numpy().tolist(),
        "text": [_who(row) for row in rows.to_dict("records")],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {
            "symbol": _SHAPES.get(str(kind), "circle"),
            "size": np.where(is_first, 20, 13),
            **_colour(rows["violation_probability"]),
            "line": {"color": GREY, "width": np.where(confirmed, 3.5, 0.5)},
        },
    }


def _colour(risk: pd.Series) -> dict[str, Any]:
    """Colour by risk; grey where it is unknown, as of buyers."""
    if risk.isna().all():
        return {"color": GREY}
    return {"color": list(risk.fillna(0.0)), "coloraxis": "coloraxis"}


def _who(row: Mapping[Any, Any]) -> str:
    name = row["entity_id"] if pd.isna(row["name"]) else row["name"]
    parts = [f"<b>{safe(name)}</b>", f"{str(row['entity_type']).capitalize()}"]
    if not pd.isna(row["violation_probability"]):
        parts.append(f"Violation {formats.probability(row['violation_probability'])}")
    if row["confirmed"] == 1:
        parts.append("Confirmed")
    return "<br>".join(parts)


def _is(nodes: pd.DataFrame, center: tuple[str, str] | None) -> npt.NDArray[np.bool_]:
    if center is None:
        return np.zeros(len(nodes), dtype=bool)
    kind, name = center
    return ((nodes["entity_type"] == kind) & (nodes["entity_id"] == name)).to_numpy()
