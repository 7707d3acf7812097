"""What the command line and the pages work with."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from analytics.columns import ENTITY_TYPES, EntityType, Target
from analytics.errors import InputError, NotFoundError
from analytics.pipeline.exports import Exporting
from analytics.pipeline.learning import Learning
from analytics.pipeline.results import BuildResult, BuiltEntity, IngestReport, StatusReport
from analytics.policies import Taxonomy, load_taxonomy
from analytics.progress import NullProgress, Progress
from analytics.retraining.promotion import BUILD
from analytics.review.store import Live, Store, open_store
from analytics.settings import Settings
from analytics.snapshots.home import Home, Snapshot
from analytics.snapshots.publish import home_lock
from analytics.warehouse import Warehouse

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation, CaseSources
    from analytics.model.report import EvaluationReport
    from analytics.pipeline.incidents import IncidentDesk
    from analytics.pipeline.rings import RingDesk
    from analytics.pipeline.rules import RuleDesk
    from analytics.pipeline.watching import MonitoringDesk
    from analytics.review.opening import OpeningReport
    from analytics.review.types import Shown
    from analytics.snapshots.prune import Pruned

SourceKind = Literal["olist", "tables"]
SILENT = NullProgress()


@dataclass(frozen=True)
class Workbench(Exporting, Learning):
    """One home folder, opened: every stage as a method."""

    settings: Settings
    home: Home
    warehouse: Warehouse

    @cached_property
    def store(self) -> Store:
        """The decisions database."""
        default = f"sqlite:///{self.home.path / 'portreeve.db'}"
        return open_store(self.settings.database_url or default, settings=self.settings)

    @cached_property
    def rings(self) -> "RingDesk":
        """Rings: ranked, looked into and decided on."""
        from analytics.pipeline.rings import RingDesk

        return RingDesk(self.warehouse, self.store, self.settings)

    @cached_property
    def incidents(self) -> "IncidentDesk":
        """Incidents: ranked, looked into, acknowledged, linked to cases and dismissed."""
        from analytics.pipeline.incidents import IncidentDesk

        return IncidentDesk(self.warehouse, self.store)

    @cached_property
    def monitoring(self) -> "MonitoringDesk":
        """What moved, whom errors hit, what capacity buys, and the alerts about it."""
        from analytics.pipeline.watching import MonitoringDesk

        return MonitoringDesk(self.home, self.warehouse, self.store, self.settings)

    @cached_property
    def rules(self) -> "RuleDesk":
        """Rules: written, tried on snapshots, moved from state to state, and firing."""
        from analytics.pipeline.rules import RuleDesk

        return RuleDesk(self.warehouse, self.store, self.settings)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The violation taxonomy."""
        return load_taxonomy(self.settings.policies_file)

    def live(self) -> Live:
        """Return what is live.

        Raises:
            NotFoundError: Nothing was built yet, or what is live is gone from the home folder.
        """
        live = self.store.live()
        if live is None:
            raise NotFoundError(
                f"Nothing is live in {self.home.path}.",
                hint="Run `portreeve ingest tables DIR`, then `portreeve build`.",
            )
        return live

    def look_at(self, snapshot_id: str) -> Live:
        """Return a built snapshot as if it were live, to look at; nothing goes live by it.

        Raises:
            NotFoundError: There is no such snapshot, or it has no scores.
        """
        models = self.warehouse.models_of(snapshot_id)
        made = self.home.snapshot(snapshot_id).manifest.created_at
        return Live(snapshot_id, models, self.settings.reviewer, "looked at", made)

    def ingest(
        self,
        kind: SourceKind,
        directory: Path,
        as_ofs: Sequence[datetime] = (),
        progress: Progress = SILENT,
    ) -> IngestReport:
        """Read a folder of files into a dataset and its snapshots.

        Raises:
            InputError: The files cannot be used; nothing was stored.
        """
        from analytics.signals.content.picture_files import hash_pictures
        from analytics.snapshots.ingest import ingest
        from analytics.snapshots.sources.olist import open_olist
        from analytics.snapshots.sources.tables import open_tables

        opened = open_olist(directory) if kind == "olist" else open_tables(directory)
        return IngestReport(
            ingest(
                opened,
                self.home,
                as_ofs=as_ofs,
                settings=self.settings,
                progress=progress,
                pictures=partial(hash_pictures, directory),
            )
        )

    def build(
        self,
        snapshot_ids: Sequence[str] = (),
        *,
        every: bool = False,
        progress: Progress = SILENT,
    ) -> BuildResult:
        """Make features, models, scores and explanations, and put the newest of them live.

        Args:
            snapshot_ids: Which snapshots; by default the one with the newest as-of.
            every: All of them, oldest first.
            progress: Told of each step.

        Raises:
            GateError: A check of the models or explanations failed; nothing was published.
        """
        from analytics.pipeline.build import open_build

        started = time.monotonic()
        built: dict[str, list[BuiltEntity]] = {}
        with home_lock(self.home.path, exclusive=False):  # until it is live, or a prune drops it
            wanted = self._wanted(snapshot_ids, every)
            with open_build(self.home, self.settings, progress, self.promoted()) as build:
                for snapshot in wanted:
                    built[snapshot.snapshot_id] = build.snapshot(snapshot)
            live = self._go_live(wanted[-1], built[wanted[-1].snapshot_id], progress)
            with progress.step("Cases"):
                cases = self.sync_cases()
        return BuildResult(built, live, cases, time.monotonic() - started)

    def sync_cases(self, *, refill: bool = False) -> "OpeningReport":
        """Open the cases that the live scores ask for, and give waiting ones their places.

        Asking twice opens nothing twice.

        Args:
            refill: Take another round from the top of the queue, and another control sample.

        Raises:
            NotFoundError: Nothing is live, or what is live is gone from the home folder.
            InputError: The queue policy of the settings cannot be used.
        """
        from analytics.review.eligible import read_contributions, read_scores
        from analytics.review.opening import open_cases

        live = self.live()
        snapshot = self.home.snapshot(live.snapshot_id)
        scores = {
            entity: read_scores(snapshot.scores_dir(live.models[entity]))
            for entity in ENTITY_TYPES
            if entity in live.models
        }
        return open_cases(
            self.store,
            scores,
            live,
            snapshot.as_of,
            self.settings,
            self.taxonomy,
            refill=refill,
            contributions={
                entity: partial(read_contributions, snapshot.scores_dir(live.models[entity]))
                for entity in scores
            },
            fired=self.rules.fired(live),
        )

    def has_cases(self) -> bool:
        """Whether `sync_cases` has run for what is live."""
        return self.store.queue.is_opened(self.live())

    def evaluate(
        self,
        entity: EntityType,
        target: Target,
        snapshot_id: str | None = None,
        as_ofs: Sequence[datetime] = (),
        progress: Progress = SILENT,
        *,
        signals: str | None = None,
    ) -> "EvaluationReport":
        """Backtest a model forward in time on the newest, or the named, snapshot's dataset.

        `signals` takes the place of the setting `signal_families`.
        """
        from analytics.engines import open_engine
        from analytics.model.backtest import evaluate

        settings = self.settings
        if signals is not None:
            settings = settings.model_copy(update={"signal_families": signals})
        engine = open_engine(settings=settings)
        try:
            return evaluate(
                engine,
                self.home.snapshot(snapshot_id).dataset,
                entity,
                target,
                settings,
                as_ofs=as_ofs or None,
                progress=progress,
            )
        finally:
            engine.close()

    def explain(self, entity: EntityType, entity_id: str) -> "CaseExplanation":
        """Say why one entity stands where it stands.

        Raises:
            NotFoundError: The live snapshot has no such entity.
        """
        from analytics.explain.case import explain_entity

        return explain_entity(self.case_sources(), entity, entity_id, with_advice=True)

    def shown(self, live: Live, case: "CaseExplanation") -> "Shown":
        """Return what a decision records of a case page that showed `case`."""
        from analytics.pipeline.shown import shown

        return shown(self.warehouse, live, case, self.taxonomy.of(case.identity.entity))

    def case_sources(self) -> "CaseSources":
        """Return what explanations of the live snapshot are made from."""
        from analytics.explain.case import CaseSources

        live = self.live()
        return CaseSources(
            self.warehouse, self.taxonomy, self.settings, live.snapshot_id, live.models
        )

    def status(self) -> StatusReport:
        """Return what the home folder holds."""
        live = self.store.live()
        known = {snapshot.snapshot_id for snapshot in self.home.snapshots()}
        signals = self.signals(live.snapshot_id) if live and live.snapshot_id in known else []
        return StatusReport(
            str(self.home.path), self.home.datasets(), self.home.snapshots(), live, signals
        )

    def signals(self, snapshot_id: str) -> list[dict[str, str | bool]]:
        """Say which families of signals the models of a snapshot take, and why not the others.

        Returns:
            family, entity, target, is_on and status, as `signal_status` gives them.
        """
        from analytics.model.signal_status import signal_status

        snapshot = self.home.snapshot(snapshot_id)
        models = {e: self.warehouse.reader.model_at(snapshot, e) for e in ENTITY_TYPES}
        choices = {
            entity: self.warehouse.reader.meta(snapshot_id, version).get("signals", {})
            for entity, version in models.items()
            if version is not None
        }
        return signal_status(snapshot.dataset, choices)

    def prune(self, *, keep: int | None = None, dry_run: bool = False) -> "Pruned":
        """Drop what nothing refers to and, with `keep`, all but the newest snapshots and the live.

        Datasets and snapshots that a decision refers to stay, and models that wait for promotion.
        Waits until no ingest and no build runs in the home folder, in whatever process.

        Args:
            keep: How many snapshots to keep; None keeps all.
            dry_run: Only say what would go.
        """
        from analytics.snapshots.prune import prune

        with home_lock(self.home.path, exclusive=True):
            live = self.store.live()
            kept = [s.snapshot_id for s in self.home.snapshots()][-keep if keep else None :]
            in_use = [live.snapshot_id] if live else []
            decided = self.store.decisions.referred()
            waiting = [c for c in self.store.challengers.all() if c.status == "trained"]
            return prune(
                self.home,
                keep_dataset_ids=decided.dataset_ids,
                keep_snapshot_ids={*kept, *in_use, *decided.snapshot_ids},
                keep_model_versions={challenger.model_version for challenger in waiting},
                dry_run=dry_run,
            )

    def verify(self) -> list[str]:
        """Check every file against its manifest, and whether decisions, cases and rules fit.

        Returns:
            What is wrong, one sentence each.
        """
        from analytics.review.audit import inconsistencies
        from analytics.snapshots.verify import verify_home

        live = self.store.live()
        named = () if live is None else (live.snapshot_id, live.models)
        broken = verify_home(self.home, *named)
        features = {} if broken or live is None else self.rules.all_features(live)
        return [*broken, *inconsistencies(self.store.database, features)]

    def close(self) -> None:
        """Give back connections."""
        self.warehouse.close()
        if "store" in self.__dict__:
            self.store.close()

    def _wanted(self, snapshot_ids: Sequence[str], every: bool) -> list[Snapshot]:
        if snapshot_ids and every:
            raise InputError("Name snapshots or take all of them, not both.")
        if every:
            return self.home.snapshots() or [self.home.snapshot()]
        named = [self.home.snapshot(snapshot_id) for snapshot_id in snapshot_ids]
        return sorted(named, key=lambda s: s.as_of) or [self.home.snapshot()]

    def _go_live(
        self, snapshot: Snapshot, built: Sequence[BuiltEntity], progress: Progress
    ) -> Live:
        """Make a built snapshot live, unless a newer one is; the registry follows."""
        if not built:
            raise InputError(f"Snapshot {snapshot.snapshot_id} has no entity to score.")
        live = self.store.live()
        models = {entity.entity: entity.model_version for entity in built}
        is_shown = live is not None and (live.snapshot_id, live.models) == (
            snapshot.snapshot_id,
            models,
        )
        if live is None or (self._as_of(live) <= snapshot.as_of and not is_shown):
            live = self.store.set_live(
                snapshot.snapshot_id, models, person=self.settings.reviewer, reason=BUILD
            )
        with progress.step("Registry"):
            self.reconcile()
        return live

    def _as_of(self, live: Live) -> datetime:
        """As-of of what is live; the beginning of time when its snapshot is gone."""
        known = {s.snapshot_id: s.as_of for s in self.home.snapshots()}
        return known.get(live.snapshot_id, datetime.min)


def open_workbench(settings: Settings) -> Workbench:
    """Open the home folder that the settings name; nothing is read or written before it is used."""
    home = Home(settings.home)
    warehouse = Warehouse(home, threads=settings.threads, memory_limit=settings.memory_limit)
    return Workbench(settings, home, warehouse)
