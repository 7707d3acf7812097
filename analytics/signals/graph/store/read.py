"""Reads of a store: the edges of one node, or all of them as a sparse matrix."""

from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analytics.errors import NotFoundError
from analytics.signals.graph.graph import Matrix
from analytics.signals.graph.store.write import BY_DST, BY_SRC, FILES, NODES

SHOWN: Final = (
    "other_type", "other_id", "relation", "weight", "times", "first_seen", "last_seen",
)  # fmt: skip
_PLACES: Final = ("out_from", "out_edges", "in_from", "in_edges")


class GraphStore:
    """The files that `write_store` wrote. Safe to share between threads.

    Args:
        folder: Where they are.
        prefix: With which their names begin.

    Raises:
        NotFoundError: One of them is not there.
    """

    def __init__(self, folder: Path, prefix: str = "") -> None:
        self._paths = {name: folder / f"{prefix}{name}.parquet" for name in FILES}
        lacking = [path.name for path in self._paths.values() if not path.is_file()]
        if lacking:
            raise NotFoundError(
                f"There is no whole graph store in {folder.name}: {lacking[0]} is missing.",
                hint="It was built by another version: run `portreeve build` again.",
            )

    def table(self, name: str) -> pd.DataFrame:
        """Return one of its small tables, `capped` or `totals`."""
        return pd.read_parquet(self._paths[name])

    def neighbours(self, node_type: str, node_id: str) -> pd.DataFrame:
        """Return what one node is tied to; no row where the store does not know it.

        Returns:
            The columns `SHOWN`, edges that lead away first. `weight` is 1 for what two share, and
            less for what more do; a value's id is `<kind>:<hash>`.
        """
        place = self._place(node_type, node_id)
        edges = [
            self._files[BY_SRC].rows(place["out_from"], place["out_edges"], SHOWN),
            self._files[BY_DST].rows(place["in_from"], place["in_edges"], SHOWN),
        ]
        return pa.concat_tables(edges).to_pandas()

    def adjacency(self) -> Matrix:
        """Return the weights of all edges, in both directions, by node number."""
        nodes = pd.read_parquet(self._paths[NODES], columns=list(_PLACES))
        outward = self._matrix(BY_SRC, "dst", nodes["out_edges"])
        return Matrix(outward + self._matrix(BY_DST, "src", nodes["in_edges"]))

    def _matrix(self, name: str, other: str, edges: pd.Series) -> Matrix:
        ends = pq.read_table(self._paths[name], columns=[other, "weight"])
        pointer = np.concatenate([[0], np.cumsum(edges.to_numpy())])
        given = (ends["weight"].to_numpy().astype(float), ends[other].to_numpy(), pointer)
        matrix = Matrix(given, shape=(len(edges), len(edges)))
        matrix.sum_duplicates()  # of several relations
        return matrix

    @cached_property
    def _files(self) -> dict[str, "_Rows"]:
        return {name: _Rows(self._paths[name]) for name in (NODES, BY_SRC, BY_DST)}

    def _place(self, node_type: str, node_id: str) -> dict[str, int]:
        """Return where the edges of a node begin, and how many there are."""
        file = self._files[NODES]
        for group in file.groups_with(node_type, node_id):
            rows = file.group(group, ["node_type", "node_id", *_PLACES])
            is_it = pc.and_(
                pc.equal(rows["node_type"], node_type), pc.equal(rows["node_id"], node_id)
            )
            found: list[dict[str, int]] = rows.filter(is_it).to_pylist()
            if found:
                return found[0]
        return dict.fromkeys(_PLACES, 0)


class _Rows:
    """One file, whose footer is read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.footer = pq.read_metadata(path)
        groups = range(self.footer.num_row_groups)
        sizes = [self.footer.row_group(group).num_rows for group in groups]
        self.starts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def rows(self, start: int, count: int, columns: tuple[str, ...]) -> pa.Table:
        """Return so many rows from a place on, reading only the row groups they lie in."""
        first, last = np.searchsorted(self.starts, [start, start + max(count, 1) - 1], "right") - 1
        groups = list(range(int(first), int(last) + 1)) if count else []
        table = self._open().read_row_groups(groups, list(columns), use_threads=False)
        return table.slice(start - int(self.starts[first]), count) if count else table

    def group(self, number: int, columns: list[str]) -> pa.Table:
        """Return one row group."""
        return self._open().read_row_group(number, columns, use_threads=False)

    def groups_with(self, node_type: str, node_id: str) -> list[int]:
        """Return the row groups between whose least and greatest name this one lies."""
        return [
            number
            for number, (types, ids) in enumerate(self._bounds)
            if types[0] <= node_type <= types[1]
            and (types[0] < types[1] or ids[0] <= node_id <= ids[1])
        ]

    @cached_property
    def _bounds(self) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        """Least and greatest type and id of each row group."""
        at = [self.footer.schema.names.index(name) for name in ("node_type", "node_id")]
        found = []
        for number in range(self.footer.num_row_groups):
            group = self.footer.row_group(number)
            types, ids = (group.column(column).statistics for column in at)
            found.append(((types.min, types.max), (ids.min, ids.max)))
        return found

    def _open(self) -> pq.ParquetFile:
        return pq.ParquetFile(self.path, metadata=self.footer)
