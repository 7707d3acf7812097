"""Typed edges into files: sorted by either end, with where the edges of each node begin."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import duckdb

from analytics.signals.graph.store import sql

NODES, BY_SRC, BY_DST = "nodes", "edges_by_src", "edges_by_dst"
CAPPED, TOTALS = "capped", "totals"
FILES: Final = (NODES, BY_SRC, BY_DST, CAPPED, TOTALS)
ROW_GROUP: Final = 8_192  # small, so that the edges of one node read in milliseconds


@dataclass(frozen=True)
class EdgeTotals:
    """What became of the edges given.

    Attributes:
        given: Rows.
        capped: Of ends that link nobody, since too many share them; the table `capped` names them.
        without_end: Without a type or an id at either end.
        self_loops: From a node to itself.
        out_of_order: Last seen before first seen; kept, as seen last when first.
        repeated: The same relation between the same two again; added up.
        kept: Edges in the store.
        nodes: Nodes in the store.
    """

    given: int
    capped: int
    without_end: int
    self_loops: int
    out_of_order: int
    repeated: int
    kept: int
    nodes: int


def write_store(con: duckdb.DuckDBPyConnection, folder: Path, prefix: str = "") -> EdgeTotals:
    """Write the temporary table `edges` (see `make_edges`) as a store.

    `nodes` numbers the nodes by type and id and says where their edges begin in `edges_by_src` and
    `edges_by_dst`, which hold all edges, each sorted by one end; `capped` lists the ends that link
    nobody, `totals` what was left out. DuckDB does it all, and spills what is too large to disk.

    Args:
        con: Has the table `edges`.
        folder: Where the files go.
        prefix: Begins their names.
    """
    con.execute("SET preserve_insertion_order = false")  # every file is sorted, tables need not be
    con.execute(sql.NODES)
    for step in sql.STEPS:
        con.execute(step)
    totals = _totals(con)
    parts = {NODES: sql.PLACED, BY_SRC: sql.BY_SRC, BY_DST: sql.BY_DST, CAPPED: sql.CAPPED}
    for name, select in parts.items():
        _copy(con, select, folder / f"{prefix}{name}.parquet")
    con.sql(
        "SELECT unnest($names) AS what, unnest($rows) AS rows", params=_listed(totals)
    ).to_parquet(str(folder / f"{prefix}{TOTALS}.parquet"))
    return totals


def _totals(con: duckdb.DuckDBPyConnection) -> EdgeTotals:
    found = con.execute(sql.TOTALS)
    names = [column[0] for column in found.description or ()]
    counts = dict(zip(names, found.fetchone() or (), strict=True))
    left_out = counts["capped"] + counts["without_end"] + counts["self_loops"]
    return EdgeTotals(**counts, repeated=counts["given"] - left_out - counts["kept"])


def _listed(totals: EdgeTotals) -> dict[str, list[str] | list[int]]:
    counts = asdict(totals)
    return {"names": list(counts), "rows": list(counts.values())}


def _copy(con: duckdb.DuckDBPyConnection, select: str, path: Path) -> None:
    target = str(path).replace("'", "''")  # COPY takes no bound value
    con.execute(
        f"COPY ({select}) TO '{target}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
