"""Ingest: a source becomes a dataset and its snapshots, whole or not at all."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from analytics import __version__
from analytics.errors import InputError
from analytics.progress import NullProgress, Progress
from analytics.settings import Settings
from analytics.snapshots.contract import CONTRACT_VERSION, ENTITY_TABLES, TABLES
from analytics.snapshots.home import Dataset, Home, Snapshot
from analytics.snapshots.manifest import (
    DatasetManifest,
    PicturesManifest,
    SnapshotManifest,
    TableManifest,
    content_id,
    write_manifest,
)
from analytics.snapshots.pictures import FILE as PICTURES
from analytics.snapshots.pictures import PictureReader, read_pictures
from analytics.snapshots.publish import home_lock, publish_file, publish_folder, temporary_folder
from analytics.snapshots.raw import Source
from analytics.snapshots.rejects import describe, sort_rejects
from analytics.snapshots.resolve import Resolver
from analytics.snapshots.staging import Staged, check_source, known_columns, stage
from analytics.snapshots.store import Stored, Writer, as_words


@dataclass(frozen=True)
class IngestResult:
    """What an ingest gave."""

    dataset: Dataset
    snapshots: list[Snapshot]


def ingest(
    source: Source,
    home: Home,
    *,
    as_ofs: Sequence[datetime] = (),
    settings: Settings,
    progress: Progress | None = None,
    now: datetime | None = None,
    pictures: PictureReader | None = None,
) -> IngestResult:
    """Check a source against the contract and publish it as a dataset with its snapshots.

    Args:
        source: What to read.
        home: Where to publish.
        as_ofs: Moments to make snapshots for; by default the last moment known in the source.
            Nothing known only after the latest of them is stored.
        settings: Reject limit, link key, currency, threads and memory.
        progress: Told what is going on.
        now: Facts dated later are wrong; by default the clock.
        pictures: Hashes the pictures that the products name; without it none are read.

    Raises:
        InputError: The source cannot be used; nothing was stored.
    """
    moments = [_naive_utc(moment) for moment in as_ofs]
    told = progress or NullProgress()
    run = _Run(source, home, settings, told, _naive_utc(now or _clock()), pictures)
    with home_lock(home.path, exclusive=False):
        return run.ingest(moments)


def _clock() -> datetime:
    return datetime.now(UTC)


def _naive_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


@dataclass(frozen=True)
class _Run:
    source: Source
    home: Home
    settings: Settings
    progress: Progress
    now: datetime
    pictures: PictureReader | None

    def ingest(self, as_ofs: list[datetime]) -> IngestResult:
        check_source(self.source.tables())
        with ExitStack() as stack:
            work = stack.enter_context(temporary_folder(self.home.path, "ingest"))
            con = stack.enter_context(open_workspace(work, self.settings))
            staged = self._stage(con, work)
            resolver = Resolver(con, staged)
            with self.progress.step("Checking references and keys"):
                resolver.open()
                exported_at, as_ofs = self._moments(resolver, as_ofs)
                resolver.run()
            stored = self._write(con, work, staged, exported_at, max(as_ofs))
            bad = self._bad_rows(con, stored)
            self._check_content(resolver, stored, max(as_ofs))
            notes = {name: _loose_notes(resolver, name) for name in stored}
            pictures = self._pictures(con, work, stored)
            with self.progress.step("Publishing"):
                if pictures is not None:
                    publish_file(work / PICTURES, self.home.file_path(pictures.file_hash))
                return self._publish(con, stored, bad, notes, exported_at, as_ofs, pictures)

    def _pictures(
        self, con: duckdb.DuckDBPyConnection, work: Path, stored: Mapping[str, Stored]
    ) -> PicturesManifest | None:
        if self.pictures is None or "products" not in stored:
            return None
        return read_pictures(con, stored["products"].path, work, self.pictures, self.progress)

    def _stage(self, con: duckdb.DuckDBPyConnection, work: Path) -> dict[str, Staged]:
        tables = self.source.tables()
        return {
            name: stage(
                tables[name],
                work,
                con,
                now=self.now,
                link_key=self.settings.link_key,
                reject_limit=self.settings.reject_share_limit,
                progress=self.progress,
            )
            for name in TABLES
            if name in tables
        }

    def _moments(
        self, resolver: Resolver, as_ofs: list[datetime]
    ) -> tuple[datetime, list[datetime]]:
        """When the source was exported, and the moments to make snapshots for."""
        last = resolver.last_moment()
        if last is None and not as_ofs:
            raise InputError(
                "No row of the source has a date, so nobody can say as of when it holds.",
                hint="Name the moment, such as --as-of 2024-05-31.",
            )
        return last or max(as_ofs), sorted(set(as_ofs)) or [last or self.now]

    def _write(
        self,
        con: duckdb.DuckDBPyConnection,
        work: Path,
        staged: Mapping[str, Staged],
        exported_at: datetime,
        known_until: datetime,
    ) -> dict[str, Stored]:
        writer = Writer(
            con,
            work,
            known_until=known_until,
            exported_at=exported_at,
            number_share=1 - self.settings.reject_share_limit,
        )
        stored = {}
        with self.progress.step("Sorting and writing tables", len(staged)) as step:
            for name, table in staged.items():
                stored[name] = writer.write(table)
                table.log.close()
                step.advance()
        return stored

    def _bad_rows(
        self, con: duckdb.DuckDBPyConnection, stored: Mapping[str, Stored]
    ) -> dict[str, int]:
        """Rows with a reject, by table; `InputError` where they are too many."""
        bad = {name: table.staged.log.count_rows(con) for name, table in stored.items()}
        limit = self.settings.reject_share_limit
        beyond = [
            describe(table.staged.log, table.staged.read, bad[name], limit)
            for name, table in stored.items()
            if bad[name] > limit * table.staged.read
        ]
        if beyond:
            raise InputError(
                "\n".join([*beyond, "Nothing was stored."]),
                hint="Correct the source, or raise PORTREEVE_REJECT_SHARE_LIMIT "
                "if these rows can be spared.",
            )
        return bad

    def _check_content(
        self, resolver: Resolver, stored: Mapping[str, Stored], known_until: datetime
    ) -> None:
        entities = [stored[name] for name in ENTITY_TABLES.values() if name in stored]
        if any(table.rows for table in entities):
            return
        files = ", ".join(table.staged.source.file for table in entities)
        if not any(table.good_rows for table in entities):
            raise InputError(f"{files}: a header and no rows.", hint="Give at least one entity.")
        raise InputError(
            f"At {known_until:%Y-%m-%d %H:%M:%S} no entity was known; the source tells of "
            f"{resolver.first_moment()} to {resolver.last_moment()}.",
            hint="Name an as-of within that time.",
        )

    def _publish(
        self,
        con: duckdb.DuckDBPyConnection,
        stored: Mapping[str, Stored],
        bad: Mapping[str, int],
        notes: Mapping[str, tuple[str, ...]],
        exported_at: datetime,
        as_ofs: list[datetime],
        pictures: PicturesManifest | None,
    ) -> IngestResult:
        currency = self.source.currency or self.settings.currency
        dataset_id = content_id(
            {
                "contract": CONTRACT_VERSION,
                "currency": currency,
                "tables": {name: table.file_hash for name, table in stored.items()},
                **({"pictures": pictures.file_hash} if pictures else {}),
            }
        )
        for table in stored.values():
            publish_file(table.path, self.home.file_path(table.file_hash))
        manifest = DatasetManifest(
            dataset_id=dataset_id,
            source=self.source.kind,
            source_name=self.source.name,
            currency=currency,
            exported_at=exported_at,
            known_until=max(as_ofs),
            ingested_at=self.now,
            tables={
                name: _table_manifest(table, bad[name], notes[name])
                for name, table in stored.items()
            },
            pictures=pictures,
            missing_tables=tuple(name for name in TABLES if name not in stored),
            unknown_files=tuple(self.source.unknown_files),
            notes=tuple(self.source.notes()),
            program_version=__version__,
            contract_version=CONTRACT_VERSION,
        )
        with publish_folder(self.home.datasets_dir / dataset_id) as folder:
            write_manifest(manifest, folder)
            (folder / "rejects").mkdir()
            for name, table in stored.items():
                sort_rejects(con, table.staged.log, folder / "rejects" / f"{name}.parquet")
        dataset = Dataset(self.home, dataset_id)
        return IngestResult(dataset, [self._snapshot(dataset, as_of) for as_of in as_ofs])

    def _snapshot(self, dataset: Dataset, as_of: datetime) -> Snapshot:
        snapshot_id = f"{as_of:%Y%m%dT%H%M%S}-{dataset.dataset_id[:8]}"
        snapshot = Snapshot(self.home, snapshot_id)
        with publish_folder(snapshot.path) as folder:
            write_manifest(
                SnapshotManifest(
                    snapshot_id=snapshot_id,
                    dataset_id=dataset.dataset_id,
                    as_of=as_of,
                    created_at=self.now,
                    program_version=__version__,
                ),
                folder,
            )
        return snapshot


def open_workspace(work: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that spills into the working folder."""
    return duckdb.connect(
        config={
            "threads": settings.threads,
            "memory_limit": settings.memory_limit,
            "temp_directory": str(work / "spill"),
        }
    )


def _loose_notes(resolver: Resolver, name: str) -> tuple[str, ...]:
    return tuple(
        f"{count:,} {name} name an order without lines; they are kept."
        for count in resolver.loose_references(name).values()
        if count
    )


def _table_manifest(table: Stored, bad_rows: int, notes: tuple[str, ...]) -> TableManifest:
    staged, log = table.staged, table.staged.log
    empty = () if staged.read else (f"{staged.source.file} has a header and no rows.",)
    undated = () if table.is_point_in_time else ("Not point in time: rows without known_at.",)
    return TableManifest(
        rows=table.rows,
        read=staged.read,
        not_yet_known=table.good_rows - table.rows,
        bad_rows=bad_rows,
        rejected_rows=staged.read - table.good_rows,
        emptied_cells=log.cells,
        reasons={f"{column} {reason}".strip(): n for (column, reason), n in log.reasons.items()},
        file_hash=table.file_hash,
        source_file=staged.source.file,
        columns=tuple(known_columns(table.contract, staged.source)),
        missing_columns=staged.missing_columns,
        unknown_columns=staged.unknown_columns,
        extra_columns=as_words(table.contract.extra),
        is_point_in_time=table.is_point_in_time,
        notes=(*staged.source.notes(), *empty, *undated, *notes),
    )
