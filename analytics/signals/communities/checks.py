"""What is wrong with a list of edges: refused where nobody can mean it, else dropped and said."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.errors import InputError

ENDS: Final = ("src_type", "src_id", "dst_type", "dst_id")
_WHAT: Final = ("relation", "value")


def clean_edges(
    edges: pd.DataFrame, nodes: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, Mapping[str, int]]:
    """Return usable edges, each pair turned the same way, and how many were dropped for what.

    Args:
        edges: `ENDS`, relation and weight; value is optional.
        nodes: entity_type and entity_id of those that exist; any node may where it is None.

    Raises:
        InputError: A column is missing, or a weight is no positive number.
    """
    missing = [name for name in (*ENDS, "relation", "weight") if name not in edges.columns]
    if missing:
        raise InputError(
            f"The edges lack the column {missing[0]}.",
            hint=f"They need {', '.join(ENDS)}, relation and weight.",
        )
    _check_weights(edges)
    dropped: dict[str, int] = {}
    edges = _turned(edges.reset_index(drop=True))
    nameless = edges[list(ENDS)].isna().any(axis=1)
    edges = _drop(edges, nameless, "without an id", dropped)
    loops = (edges["src_type"] == edges["dst_type"]) & (edges["src_id"] == edges["dst_id"])
    edges = _drop(edges, loops, "from a node to itself", dropped)
    by = [*ENDS, *(name for name in _WHAT if name in edges.columns)]
    edges = edges.sort_values([*by, "weight"], kind="stable")
    edges = _drop(edges, edges.duplicated(by, keep="last"), "given twice", dropped)
    if nodes is not None:
        edges = _drop(edges, _is_unknown(edges, nodes), "with an unknown node", dropped)
    return edges.reset_index(drop=True), dropped


def _check_weights(edges: pd.DataFrame) -> None:
    weight = pd.to_numeric(edges["weight"], errors="coerce").to_numpy(dtype=float)
    wrong = np.flatnonzero(~(np.isfinite(weight) & (weight > 0) & (weight <= 1)))
    if len(wrong):
        row = int(wrong[0])
        raise InputError(
            f"Row {row + 1} of the edges has the weight {edges['weight'].iloc[row]!r}.",
            hint="A weight says how likely both are one, above 0 and up to 1.",
        )


def _turned(edges: pd.DataFrame) -> pd.DataFrame:
    edges = edges.assign(weight=edges["weight"].astype(float))
    back = edges["src_type"] > edges["dst_type"]
    back |= (edges["src_type"] == edges["dst_type"]) & (edges["src_id"] > edges["dst_id"])
    turned = edges.copy()
    for end in ("type", "id"):
        src, dst = edges[f"src_{end}"], edges[f"dst_{end}"]
        turned[f"src_{end}"] = src.where(~back, dst)
        turned[f"dst_{end}"] = dst.where(~back, src)
    return turned


def _drop(edges: pd.DataFrame, where: pd.Series, why: str, dropped: dict[str, int]) -> pd.DataFrame:
    if where.any():
        dropped[why] = int(where.sum())
    return edges[~where.to_numpy(dtype=bool)]


def _is_unknown(edges: pd.DataFrame, nodes: pd.DataFrame) -> pd.Series:
    missing = [name for name in (ENTITY_TYPE, ENTITY_ID) if name not in nodes.columns]
    if missing:
        raise InputError(f"The nodes lack the column {missing[0]}.")
    known = pd.MultiIndex.from_frame(nodes[[ENTITY_TYPE, ENTITY_ID]])
    unknown = pd.Series(False, index=edges.index)
    for end in ("src", "dst"):
        ends = pd.MultiIndex.from_frame(edges[[f"{end}_type", f"{end}_id"]])
        unknown |= ~ends.isin(known)
    return unknown
