"""CSV reports of a home folder: read here, written by `analytics.reports`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import pandas as pd

from analytics.columns import ENTITY_TYPES, TARGETS, EntityType
from analytics.errors import NotFoundError
from analytics.progress import NullProgress, Progress
from analytics.review.cases import OPEN_STATUSES
from analytics.review.store import Live, Store
from analytics.review.types import Status
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.warehouse import QueueFilters, Warehouse

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation, CaseSources
    from analytics.pipeline.label_import import LabelsImport
    from analytics.reports import Evidence

SILENT: Final = NullProgress()
EVIDENCE_ROWS: Final = 200
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
PAST_DECISIONS: Final = 10_000


class Exporting(ABC):
    """The part of the workbench that writes CSV files and reads labels from one.

    Each export writes one file, whole or not at all, and returns its number of rows. `live` is the
    snapshot to export; by default what is live (see `Workbench.look_at`).
    """

    settings: Settings
    home: Home
    warehouse: Warehouse

    @property
    @abstractmethod
    def store(self) -> Store:
        """The decisions database."""

    @abstractmethod
    def live(self) -> Live:
        """Return what is live."""

    @abstractmethod
    def case_sources(self) -> "CaseSources":
        """Return what explanations of the live snapshot are made from."""

    def export_scores(
        self, entity: EntityType, path: Path, *, bom: bool = False, live: Live | None = None
    ) -> int:
        """Write every entity's scores and reasons."""
        from analytics.reports import export_scores

        live = live or self.live()
        return export_scores(
            self.warehouse,
            live.snapshot_id,
            live.models,
            entity,
            path,
            currency=self._currency(live.snapshot_id),
            bom=bom,
        )

    def export_queue(
        self,
        filters: QueueFilters,
        path: Path,
        *,
        reviewer: str | None = None,
        bom: bool = False,
        live: Live | None = None,
    ) -> int:
        """Write the queue as filtered; `reviewer` is who `filters.mine` means."""
        from analytics.reports import export_queue

        live = live or self.live()
        cases = None
        if filters.view == "cases":
            statuses = [s for s in STATUSES if s in filters.status] or OPEN_STATUSES
            cases = self.warehouse.cases(
                live.snapshot_id,
                live.models,
                self.store.cases.listing(statuses=statuses),
                filters,
                reviewer=reviewer or self.settings.reviewer,
            )
        return export_queue(
            self.warehouse,
            live.snapshot_id,
            live.models,
            filters,
            path,
            currency=self._currency(live.snapshot_id),
            cases=cases,
            bom=bom,
        )

    def export_decisions(
        self, path: Path, *, with_features: bool = False, bom: bool = False
    ) -> int:
        """Write the history of decisions."""
        from analytics.reports import export_decisions

        batches = self.store.decisions.iterate(with_features=with_features)
        return export_decisions(batches, path, with_features=with_features, bom=bom)

    def export_case(
        self,
        entity: EntityType,
        entity_id: str,
        path: Path,
        *,
        evidence: int = EVIDENCE_ROWS,
        bom: bool = False,
        live: Live | None = None,
    ) -> int:
        """Write one case with at most `evidence` rows behind each reason."""
        from analytics.explain.case import explain_entity
        from analytics.reports import CaseFile, export_case

        sources = self._sources(live)
        told = explain_entity(sources, entity, entity_id, with_waterfalls=False)
        cases, events = self._cases(entity, entity_id)
        case = CaseFile(
            told,
            tuple(self._evidence(told, evidence)),
            self.warehouse.past_decisions(
                sources.snapshot_id, entity, entity_id, limit=PAST_DECISIONS
            ),
            cases,
            self.store.decisions.history(entity, entity_id),
            events,
        )
        return export_case(case, path, bom=bom)

    def export_model_report(
        self, entity: EntityType, path: Path, *, bom: bool = False, live: Live | None = None
    ) -> int:
        """Write what is stored about the model that scores now."""
        from analytics.reports import ModelFigures, export_model_report

        live = live or self.live()
        version = self._sources(live).model_of(entity)
        importance = {
            target: self.warehouse.importance(live.snapshot_id, version, target)
            for target in TARGETS
        }
        facts = {
            "entity_type": entity,
            "snapshot_id": live.snapshot_id,
            "live_since": live.at,
            "live_by": live.person,
            "live_reason": live.reason,
        }
        challenger = self.store.challengers.latest(entity)
        figures = ModelFigures(
            self.warehouse.model_report(version),
            importance,
            facts,
            (challenger.comparison if challenger else None) or {},
        )
        return export_model_report(figures, path, bom=bom)

    def export_training_set(
        self,
        entity: EntityType,
        path: Path,
        *,
        version: str | None = None,
        progress: Progress = SILENT,
        bom: bool = False,
    ) -> int:
        """Write every label with the features of its moment.

        Args:
            entity: Type of the entities.
            path: File to write.
            version: A stored model, whose training set to write; by default what a retrain would
                take now, which computes the features of each moment.
            progress: Told of each step.
            bom: Whether to begin with a byte order mark.
        """
        from analytics.pipeline.training_rows import rows_now, rows_of_model
        from analytics.reports import export_training_set

        if version is not None:
            labels, features = rows_of_model(self.home, entity, version)
        else:
            labels, features = rows_now(
                self.home, self.settings, self.store, self.live(), entity, progress
            )
        return export_training_set(entity, labels, features, path, bom=bom)

    def has_training_set(self, version: str) -> bool:
        """Whether a stored model learned from decisions, which `export_training_set` can write."""
        from analytics.model.training_set import has_training_set

        return has_training_set(self.home.models_dir / version)

    def export_labels(
        self, path: Path, entity: EntityType | None = None, *, bom: bool = False
    ) -> int:
        """Write the labels that count today, of one entity type or of all."""
        from analytics.reports import export_labels

        types = ENTITY_TYPES if entity is None else (entity,)
        return export_labels((self._labels(one) for one in types), path, bom=bom)

    def import_labels(
        self,
        path: Path,
        *,
        dry_run: bool = False,
        allow_unknown: bool = False,
        rejects: Path | None = None,
    ) -> "LabelsImport":
        """Store the good rows of a file of labels as decisions, each once.

        Args:
            path: CSV or parquet file, see `analytics.review.label_files`.
            dry_run: Do everything except storing.
            allow_unknown: Also take entities that the live dataset does not have.
            rejects: CSV file for the rows kept out, written before anything is stored.

        Raises:
            InputError: A file cannot be read or written, or lacks a required column; nothing was
                stored.
            NotFoundError: There is no such file, or nothing is live to check entities against.
        """
        from analytics.pipeline.label_import import import_labels

        dataset = None
        if not allow_unknown:
            dataset = self.warehouse.reader.snapshot(self.live().snapshot_id).dataset
        return import_labels(
            self.store, self.settings, path, dataset, dry_run=dry_run, rejects=rejects
        )

    def _sources(self, live: Live | None) -> "CaseSources":
        sources = self.case_sources()
        if live is None:
            return sources
        return replace(sources, snapshot_id=live.snapshot_id, models=live.models)

    def _labels(self, entity: EntityType) -> pd.DataFrame:
        from analytics.features.labels import LABEL_OF

        days = self.settings.label_validity_days
        labels = self.store.decisions.labels(entity, self.store.database.now(), days).reset_index()
        said = _said(self.store.decisions.iterate(entity), set(labels["decision_id"]))
        return labels.assign(
            entity_type=entity,
            outcome=labels["label"].map({label: outcome for outcome, label in LABEL_OF.items()}),
            reviewer=[said[number][0] for number in labels["decision_id"]],
            note=[said[number][1] for number in labels["decision_id"]],
            valid_until=labels["decided_at"] + timedelta(days=days),
        )

    def _evidence(self, told: "CaseExplanation", limit: int) -> "Iterator[Evidence]":
        from analytics.explain.evidence import evidence_count, evidence_rows
        from analytics.reports import Evidence

        who = told.identity
        key = (self.warehouse, told.scores.snapshot_id, who.entity, who.entity_id)
        for reason in told.reasons:
            try:
                rows = evidence_rows(*key, reason.feature, limit=limit)
            except NotFoundError:  # a feature that is no function of single rows
                continue
            total = evidence_count(*key, reason.feature) if len(rows) == limit else len(rows)
            yield Evidence(reason.feature, rows, total)

    def _cases(self, entity: EntityType, entity_id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return every case of an entity, and everything that happened to them."""
        cases = self.store.cases
        last = cases.find(entity, entity_id)
        if last is None:
            return pd.DataFrame(), pd.DataFrame()
        events = cases.events(last.id, for_entity=True)
        numbers = sorted({event.case_id for event in events} | {last.id})
        found = [cases.get(number) for number in numbers]
        told = [
            {**asdict(case), "case_id": case.id, "opened_by_shown": case.opened_by_shown}
            for case in found
        ]
        return pd.DataFrame(told), pd.DataFrame([asdict(event) for event in events])

    def _currency(self, snapshot_id: str) -> str:
        return self.warehouse.reader.snapshot(snapshot_id).dataset.manifest.currency


def _said(batches: Iterator[pd.DataFrame], wanted: set[int]) -> dict[int, tuple[str, str]]:
    """Return who decided some decisions, and why."""
    said: dict[int, tuple[str, str]] = {}
    for batch in batches:
        rows = batch.loc[batch["id"].isin(wanted), ["id", "reviewer", "reason"]]
        said |= {number: (who, why) for number, who, why in rows.itertuples(index=False)}
    return said
