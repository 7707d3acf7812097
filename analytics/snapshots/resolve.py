"""Across rows and tables: references, repeated keys, and from when an entity exists.

Every rule looks only at what was known when the row itself became known, so that it gives the same
answer whether later facts are there or not.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import duckdb

from analytics.columns import ENTITY_TYPE, EntityType
from analytics.snapshots.contract import ENTITY_TABLES, TABLES, Reference, TableContract, entity_key
from analytics.snapshots.sql import count, quoted, run
from analytics.snapshots.staging import Staged
from analytics.snapshots.validation import IS_GOOD

# An entity table whose date hangs on another's comes before it.
SEEN_ORDER: tuple[EntityType, ...] = ("product", "creator", "merchant")
CHUNK = 50_000

# Everything below puts names of our own declarations into SQL, never a value of the data.
# ruff: noqa: S608


class Resolver:
    """Set-wise checks of all staged tables, in one DuckDB connection.

    Leaves for each table a view `dated_<table>` (row_number, key, known) and a table
    `bad_<table>` (row_number, column, value, reason, scope).
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, staged: Mapping[str, Staged]) -> None:
        self.con = con
        self.staged = staged

    def open(self) -> None:
        """Make the staged files visible: `raw_<table>` all rows, `staged_<table>` the good ones."""
        for name, table in self.staged.items():
            path = str(table.path).replace("'", "''")
            run(self.con, f"CREATE VIEW raw_{name} AS FROM read_parquet('{path}')")
            run(self.con, f"CREATE VIEW staged_{name} AS FROM raw_{name} WHERE {IS_GOOD}")

    def last_moment(self) -> datetime | None:
        """The latest fact in any row; None where nothing has a date."""
        found = [self._bounds(table.contract)[1] for table in self.staged.values()]
        return max((moment for moment in found if moment), default=None)

    def first_moment(self) -> datetime | None:
        """The earliest fact in any row."""
        found = [self._bounds(table.contract)[0] for table in self.staged.values()]
        return min((moment for moment in found if moment), default=None)

    def run(self) -> None:
        """Date the entities, then check each table after those it refers to."""
        for entity in SEEN_ORDER:
            self._first_seen(entity)
        for name in TABLES:
            if name in self.staged:
                self._date(self.staged[name].contract)
                self._check_references(self.staged[name].contract)
                self._check_key(self.staged[name].contract)
                self._report(self.staged[name])

    def loose_references(self, name: str) -> dict[str, int]:
        """Rows per column whose reference finds nothing, where that is no error."""
        found = {}
        for reference in self.staged[name].contract.references:
            if not reference.is_strict and reference.table in self.staged:
                column = quoted(reference.column)
                found[reference.column] = count(
                    self.con,
                    f"SELECT count(*) FROM staged_{name} s WHERE {column} IS NOT NULL AND NOT "
                    f"EXISTS (FROM staged_{reference.table} t WHERE t.{column} = s.{column})",
                )
        return found

    def _bounds(self, contract: TableContract) -> tuple[datetime | None, datetime | None]:
        times = [quoted(name) for name in contract.fact_times()]
        least, most = (f"{f}({', '.join(times)})" for f in ("least", "greatest"))
        (row,) = run(self.con, f"SELECT min({least}), max({most}) FROM staged_{contract.name}")
        return row

    def _first_seen(self, entity: EntityType) -> None:
        """Table `seen_<entity>`: the first dated row that names each entity."""
        parts = [
            f"SELECT id, min(moment) AS moment FROM ({rows}) GROUP BY id"
            for table in self.staged.values()
            for reference in table.contract.references
            for rows in self._mentions(table.contract, reference, entity)
        ]
        parts.append("SELECT NULL::VARCHAR AS id, NULL::TIMESTAMP AS moment")
        run(
            self.con,
            f"CREATE TABLE seen_{entity} AS SELECT id, min(moment) AS moment "
            f"FROM ({' UNION ALL '.join(parts)}) "
            "WHERE moment IS NOT NULL AND id IS NOT NULL GROUP BY id",
        )

    def _mentions(
        self, contract: TableContract, reference: Reference, entity: EntityType
    ) -> Iterator[str]:
        column, at = quoted(reference.column), quoted(contract.dated_by)
        if reference.table is None:
            yield (
                f"SELECT {column} AS id, {at} AS moment FROM raw_{contract.name} "
                f"WHERE {ENTITY_TYPE} = '{entity}'"
            )
        elif reference.table == ENTITY_TABLES[entity] and contract.entity is None:
            yield f"SELECT {column} AS id, {at} AS moment FROM raw_{contract.name}"
        elif reference.table == ENTITY_TABLES[entity]:
            key = quoted(contract.key[0])
            yield (
                f"SELECT {column} AS id, coalesce(s.{at}, f.moment) AS moment "
                f"FROM raw_{contract.name} s "
                f"LEFT JOIN seen_{contract.entity} f ON f.id = s.{key}"
            )

    def _date(self, contract: TableContract) -> None:
        """View `dated_<table>`: the row's columns and `known`, its known-at."""
        name, own = contract.name, quoted(contract.dated_by)
        if contract.entity is None:
            run(
                self.con, f"CREATE VIEW dated_{name} AS SELECT *, {own} AS known FROM staged_{name}"
            )
            return
        key = quoted(contract.key[0])
        known = f"coalesce(s.{own}, f.moment)"
        joins = f"staged_{name} s LEFT JOIN seen_{contract.entity} f ON f.id = s.{key}"
        for reference in contract.references:
            if reference.table in self.staged:
                # What it hangs on must be known too, and is, once it has a date itself.
                joins += (
                    f" LEFT JOIN kept_{reference.table} k ON k.id = s.{quoted(reference.column)}"
                )
                known = f"CASE WHEN {known} IS NOT NULL THEN greatest({known}, k.known) END"
        run(
            self.con,
            f"CREATE TABLE known_{name} AS SELECT s.row_number, {known} AS known FROM {joins}",
        )
        run(
            self.con,
            f"CREATE VIEW dated_{name} AS "
            f"SELECT s.*, k.known FROM staged_{name} s JOIN known_{name} k USING (row_number)",
        )

    def _check_references(self, contract: TableContract) -> None:
        run(
            self.con,
            f'CREATE TABLE bad_{contract.name} (row_number BIGINT, "column" VARCHAR, '
            "value VARCHAR, reason VARCHAR, scope VARCHAR)",
        )
        for reference in contract.references:
            for target, condition in self._targets(reference):
                self._check_reference(contract, reference, target, condition)

    def _targets(self, reference: Reference) -> Iterator[tuple[str, str]]:
        """Tables that a reference may name, each with the condition under which it does."""
        if reference.table is None:
            for entity, table in ENTITY_TABLES.items():
                if table in self.staged:
                    yield table, f"s.{ENTITY_TYPE} = '{entity}'"
        elif reference.is_strict and reference.table in self.staged:
            yield reference.table, "true"

    def _check_reference(
        self, contract: TableContract, reference: Reference, target: str, condition: str
    ) -> None:
        name, column = contract.name, quoted(reference.column)
        scope = "row" if reference.column in contract.required else "cell"
        # An entity's own date already waits for what it hangs on.
        too_early = "false" if contract.entity else "k.known > s.known"
        run(
            self.con,
            f"INSERT INTO bad_{name} SELECT s.row_number, '{reference.column}', s.{column}, "
            f"CASE WHEN k.id IS NULL THEN 'is not in {target}' "
            f"ELSE 'is in {target}, but not yet known at that time' END, '{scope}' "
            f"FROM dated_{name} s LEFT JOIN kept_{target} k ON k.id = s.{column} "
            f"WHERE {condition} AND s.{column} IS NOT NULL AND (k.id IS NULL OR {too_early})",
        )

    def _check_key(self, contract: TableContract) -> None:
        """Of rows that share a key, keep the one known first, then the first in the file."""
        name = contract.name
        good = (
            f"(FROM dated_{name} s WHERE NOT EXISTS "
            f"(FROM bad_{name} b WHERE b.row_number = s.row_number AND b.scope = 'row'))"
        )
        if contract.key:
            self._reject_repeated(contract, good)
        if contract.name in _REFERRED:
            key = quoted(entity_key(name) or contract.key[0])
            run(self.con, f"CREATE TABLE kept_{name} AS SELECT {key} AS id, known FROM {good}")

    def _reject_repeated(self, contract: TableContract, good: str) -> None:
        keys = ", ".join(quoted(column) for column in contract.key)
        value = " || ', ' || ".join(f"coalesce({quoted(c)}::VARCHAR, '')" for c in contract.key)
        # Hashes of keys are far smaller than keys; only rows that share one are looked at.
        run(
            self.con,
            f"INSERT INTO bad_{contract.name} "
            f"WITH good AS {good}, "
            f"suspect AS (SELECT hash({keys}) AS h FROM good GROUP BY h HAVING count(*) > 1), "
            f"ranked AS (SELECT row_number, {value} AS value, row_number() OVER "
            f"(PARTITION BY {keys} ORDER BY known NULLS LAST, row_number) AS place "
            f"FROM good WHERE hash({keys}) IN (SELECT h FROM suspect)) "
            f"SELECT row_number, '{', '.join(contract.key)}', value, "
            "'repeats the key of an earlier row', 'row' FROM ranked WHERE place > 1",
        )

    def _report(self, table: Staged) -> None:
        cursor = self.con.cursor().execute(
            'SELECT "column", reason, scope, row_number, value '
            f"FROM bad_{table.contract.name} ORDER BY ALL"
        )
        while rows := cursor.fetchmany(CHUNK):
            for column, reason, scope, number, value in rows:
                table.log.add(table.source.file, [number], column, [value], reason, scope)


_REFERRED = {
    *(ENTITY_TABLES.values()),
    *(r.table for table in TABLES.values() for r in table.references if r.is_strict and r.table),
}
