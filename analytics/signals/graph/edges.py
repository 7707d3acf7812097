"""Edges as a file gives them: what counts, what is left out and how much of it."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.errors import InputError
from analytics.signals.graph.files import Columns, is_number, is_text, read_columns
from analytics.signals.graph.graph import Floats, Graph, make_graph

SRC, DST, RELATION, WEIGHT = "src", "dst", "relation", "weight"
MOST_RELATIONS = 8
OTHER, UNNAMED = "other", "unnamed"


@dataclass(frozen=True)
class EdgeCounts:
    """How many rows of the file became edges, and why the others did not.

    Attributes:
        rows: Rows of the file.
        without_end: An end is empty.
        unknown_node: An end is no node.
        self_loops: Both ends are the same node.
        without_weight: The weight is empty or zero.
        repeated: The pair, in either direction, stands above already for the same relation.
        kept: Edges of the graph, in which repeated ones are added up.
    """

    rows: int
    without_end: int
    unknown_node: int
    self_loops: int
    without_weight: int
    repeated: int
    kept: int

    def to_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class Edges:
    """The graph that a file of edges makes of some nodes."""

    graph: Graph
    counts: EdgeCounts
    notes: tuple[str, ...]


def read_edges(path: Path, nodes: pd.Index) -> Edges:
    """Read edges from CSV or parquet: `src`, `dst`, perhaps `relation` and `weight`.

    Edges have no direction. Rows with an empty or unknown end, self-loops and rows of weight zero
    or none are left out and counted; repeated edges become one, weights added up.

    Raises:
        InputError: A column is missing, a weight is negative or no number, or no row names two
            known nodes.
    """
    given = read_columns(path, "edges", [SRC, DST], [RELATION, WEIGHT])
    src, dst = given.ids(SRC), given.ids(DST)
    weight = _weights(given)
    left, right = nodes.get_indexer(pd.Index(src)), nodes.get_indexer(pd.Index(dst))
    is_empty = (src.isna() | dst.isna()).to_numpy()
    is_unknown = ~is_empty & ((left < 0) | (right < 0))
    is_loop = ~is_empty & ~is_unknown & (left == right)
    is_known = ~is_empty & ~is_unknown & ~is_loop
    has_weight = np.ones(len(src), dtype=bool) if weight is None else weight > 0
    kept = is_known & has_weight
    if is_unknown.any() and not (is_known | is_loop).any():
        raise _all_unknown(given, src, nodes)
    relation, notes = _relations(given, kept)
    graph = make_graph(
        nodes,
        left[kept],
        right[kept],
        weight=None if weight is None else weight[kept],
        relation=relation,
    )
    counts = EdgeCounts(
        rows=len(src),
        without_end=int(is_empty.sum()),
        unknown_node=int(is_unknown.sum()),
        self_loops=int(is_loop.sum()),
        without_weight=int((is_known & ~has_weight).sum()),
        repeated=int(kept.sum()) - graph.edge_count,
        kept=graph.edge_count,
    )
    return Edges(graph, counts, (*given.notes, *notes, *_left_out(given.file, counts)))


def _weights(given: Columns) -> Floats | None:
    if WEIGHT not in given.table.column_names:
        return None
    kind = given.table.schema.field(WEIGHT).type
    if not is_number(kind) and not is_text(kind):
        raise InputError(f"{given.file}, column {WEIGHT}: {kind} is no number.")
    numbers, wrong = given.numbers(WEIGHT)
    wrong = wrong | (numbers < 0) | np.isinf(numbers)
    if wrong.any():
        at = int(np.argmax(wrong))
        hint = "Weights are numbers above zero; more means closer."
        raise given.refuse(at, WEIGHT, "no weight", hint)
    return numbers.fillna(0.0).to_numpy()


def _relations(given: Columns, kept: np.ndarray) -> tuple[np.ndarray | None, list[str]]:
    """Return the relation of each kept row; rare ones beyond the most frequent share a name."""
    if RELATION not in given.table.column_names:
        return None, []
    names = given.ids(RELATION).fillna(UNNAMED)[kept]
    count = names.value_counts()
    if len(count) <= MOST_RELATIONS:
        return names.to_numpy(dtype=object), []
    common = sorted(count.index, key=lambda name: (-count[name], name))[: MOST_RELATIONS - 1]
    merged = names.where(names.isin(common), OTHER)
    note = (
        f"{given.file}: {len(count):,} relations; all but the {MOST_RELATIONS - 1} most frequent "
        f"count as {OTHER!r}."
    )
    return merged.to_numpy(dtype=object), [note]


def _all_unknown(given: Columns, src: pd.Series, nodes: pd.Index) -> InputError:
    edge, node = src.dropna().iloc[0], nodes[0]
    return InputError(
        f"No row of {given.file} names two known nodes: it has {edge[:60]!r}, "
        f"the nodes have {node[:60]!r}.",
        hint=f"{SRC} and {DST} must hold ids as node_id writes them.",
    )


def _left_out(file: str, counts: EdgeCounts) -> list[str]:
    reasons = {
        "with an empty end": counts.without_end,
        "with an end that is no node": counts.unknown_node,
        "from a node to itself": counts.self_loops,
        "without weight": counts.without_weight,
        "repeated": counts.repeated,
    }
    found = [f"{count:,} {reason}" for reason, count in reasons.items() if count]
    left = [f"{file}: rows left out or added up: {', '.join(found)}."] if found else []
    return left if counts.kept else [*left, f"{file}: no edge is left."]
