"""What lets the model learn from decisions: retrain, compare, promote, roll back."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.errors import NotFoundError
from analytics.progress import NullProgress, Progress
from analytics.retraining.promotion import earlier_version, promoted
from analytics.review.store import Live, Store
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.snapshots.publish import home_lock

if TYPE_CHECKING:
    import pandas as pd

    from analytics.labelling.quality import LabelReport
    from analytics.pipeline.build import Promoted
    from analytics.pipeline.promote import Promotion
    from analytics.pipeline.reproduce import Reproduction
    from analytics.pipeline.retrain import RetrainReport
    from analytics.pipeline.scheduled import Scheduled
    from analytics.pipeline.weak_labels import WeakReport
    from analytics.retraining.comparison import Comparison
    from analytics.retraining.due import Due
    from analytics.review.challengers import Challenger
    from analytics.review.opening import OpeningReport
    from analytics.review.promotions import Ruling
    from analytics.selection.estimates import Estimates
    from analytics.selection.planner import Plan

SILENT = NullProgress()


class Learning(ABC):
    """The part of the workbench that learns from decisions."""

    settings: Settings
    home: Home

    @property
    @abstractmethod
    def store(self) -> Store:
        """The decisions database."""

    @abstractmethod
    def live(self) -> Live:
        """Return what is live."""

    @abstractmethod
    def sync_cases(self, *, refill: bool = False) -> "OpeningReport":
        """Open the cases that the live scores ask for."""

    def retrain(self, entity: EntityType, progress: Progress = SILENT) -> "RetrainReport":
        """Train a challenger on the decisions so far and compare it with what scores now.

        Nothing goes live by it.

        Raises:
            TooFewLabelsError: There is too little to learn from; nothing was stored.
            InputError: The decisions give the model that scores already.
            GateError: A check of the model or its explanations failed.
        """
        from analytics.pipeline.build import open_build
        from analytics.pipeline.retrain import retrain

        with home_lock(self.home.path, exclusive=False):
            live = self.live()
            with open_build(self.home, self.settings, progress) as build:
                report = retrain(build, self.store, live, entity)
            with progress.step("Registry"):
                self.reconcile()
        return report

    def due(self, entity: EntityType) -> "Due":
        """Tell whether a retrain is due by the settings, and why."""
        from analytics.retraining.due import when_due

        now, days = self.store.database.now(), self.settings.label_validity_days
        labels = self.store.decisions.labels(entity, now, days)
        last = self.store.challengers.latest(entity, None)
        return when_due(entity, labels, last, now, self.settings)

    def retrain_if_due(
        self, entities: Sequence[EntityType] | None = None, progress: Progress = SILENT
    ) -> "list[Scheduled]":
        """Retrain each live entity type for which that is due; nothing goes live by it."""
        from analytics.pipeline.scheduled import retrain_if_due

        return retrain_if_due(self, entities or list(self.live_types()), progress)

    def live_types(self) -> list[EntityType]:
        """Return the entity types that have a live model."""
        models = self.live().models
        return [entity for entity in ENTITY_TYPES if entity in models]

    def reproduce(self, version: str, progress: Progress = SILENT) -> "Reproduction":
        """Train a stored model anew from what it was made of, and compare the canonical hashes.

        Raises:
            NotFoundError: There is no such model, or its dataset is gone.
            InputError: It does not say what it was made of, or that is not what was stored.
        """
        from analytics.pipeline.build import open_build
        from analytics.pipeline.reproduce import reproduce

        with (
            home_lock(self.home.path, exclusive=False),
            open_build(self.home, self.settings, progress) as build,
        ):
            return reproduce(build, version)

    def promote(
        self,
        entity: EntityType,
        version: str | None = None,
        *,
        reason: str,
        person: str | None = None,
        override: bool = False,
        progress: Progress = SILENT,
    ) -> "Promotion":
        """Let another model score: by default the challenger trained last.

        Args:
            entity: Entity type.
            version: Any stored model of that type.
            reason: Why, for the record.
            person: Who says so; by default the reviewer of the settings.
            override: Promote it although the gate failed; for leads, and recorded.
            progress: Told of each step.

        Raises:
            NotFoundError: There is no such model, or no challenger.
            GateError: The gate does not let it pass, and no lead overrules that.
            InputError: It is live already, it does not fit the live snapshot, the reason is empty,
                or something else went live meanwhile.
        """
        from analytics.pipeline.promote import promote

        chosen = version or self._challenger_version(entity)
        who = person or self.settings.reviewer
        return promote(self, entity, chosen, reason, who, progress, override=override)

    def rollback(
        self,
        entity: EntityType,
        *,
        reason: str,
        person: str | None = None,
        progress: Progress = SILENT,
    ) -> "Promotion":
        """Let the champion before the present one score again.

        Raises:
            NotFoundError: There was none, or its files are gone.
            InputError: It no longer fits, or the reason is empty.
        """
        from analytics.pipeline.promote import promote

        earlier = earlier_version(self.store.history(), entity)
        return promote(self, entity, earlier, reason, person or self.settings.reviewer, progress)

    def check_labels(self, entity: EntityType, progress: Progress = SILENT) -> "LabelReport":
        """Find decisions worth a second look, and list those of the store for the leads.

        Raises:
            TooFewLabelsError: There is too little to learn from; nothing was listed.
            NotFoundError: The live snapshot has no such entity.
        """
        from analytics.pipeline.label_quality import check_labels

        live = self.live()
        return check_labels(self.home, self.settings, self.store, live, entity, progress)

    def weak_labels(self, entity: EntityType, progress: Progress = SILENT) -> "WeakReport":
        """Assess the labelling functions of the settings on the decisions of a type.

        Raises:
            InputError: The settings name no functions, or they cannot be used.
        """
        from analytics.pipeline.label_quality import assess_weak_labels

        live = self.live()
        return assess_weak_labels(self.home, self.settings, self.store, live, entity, progress)

    def agreement(self, entity: EntityType | None = None) -> "pd.DataFrame":
        """Return Cohen's kappa per policy and pair of reviewers (see `labelling.agreement`)."""
        from analytics.labelling.agreement import agreement

        return agreement(self.store.second_looks.answered(entity))

    def challenger(self, entity: EntityType) -> "Challenger | None":
        """Return the challenger trained last, None where it is live, was dismissed, or is none."""
        live = self.store.live()
        found = self.store.challengers.latest(entity)
        if live is None or found is None or live.models.get(entity) == found.model_version:
            return None
        return found

    def ruling(self, entity: EntityType) -> "Ruling | None":
        """Return what the gate says of promoting the challenger now; None where none waits."""
        from analytics.retraining.admission import ruling_on

        found, live = self.challenger(entity), self.store.live()
        if found is None or live is None:
            return None
        challengers = self.store.challengers.all(entity)
        return ruling_on(entity, found.model_version, live, self.store.history(), challengers)

    def comparison(self, entity: EntityType) -> "Comparison | None":
        """Return how the challenger compares with the champion that it was trained beside."""
        from analytics.retraining.comparison import Comparison

        found = self.challenger(entity)
        return Comparison(**found.comparison) if found and found.comparison else None

    def estimates(self, entity: EntityType) -> "Estimates":
        """Return what the decided control cases say of all entities: prevalence and the rest."""
        from analytics.pipeline.control import estimates_of

        return estimates_of(self.home, self.store, self.settings, entity)

    def plan_control(
        self, entity: EntityType, half_width: float, *, days: int | None = None
    ) -> "Plan":
        """Return how many control cases an interval of prevalence needs.

        Args:
            entity: Entity type.
            half_width: Wanted, from the middle of the interval to its ends: 0.02 is 2 points.
            days: Within how many days they should be decided.

        Raises:
            InputError: No round was drawn yet, or the width or the days cannot be.
        """
        from analytics.pipeline.control import plan

        return plan(self.estimates(entity), self.settings, entity, half_width, days)

    def reconcile(self) -> bool:
        """Let the registry mirror what is live and what challenges it; tell whether it did not.

        Cheap where the registry is current, so that it can be asked at every start.
        """
        from analytics.model.registry import is_current, reconcile

        live = self.store.live()
        if live is None:
            return False
        waiting: dict[str, str] = {
            entity: found.model_version
            for entity in ENTITY_TYPES
            if (found := self.challenger(entity)) is not None
        }
        if is_current(self.home, live.models, waiting):
            return False
        reconcile(self.home, live.models, waiting)
        return True

    def promoted(self) -> "Promoted":
        """Return the models that a build keeps."""
        from analytics.pipeline.build import Promoted
        from analytics.pipeline.retrain import reviewed_labels

        days = self.settings.label_validity_days
        return Promoted(
            promoted(self.store.history()),
            lambda entity: reviewed_labels(self.store, entity, days),
        )

    def _challenger_version(self, entity: EntityType) -> str:
        found = self.challenger(entity)
        if found is None:
            raise NotFoundError(
                f"There is no challenger of the {entity}s' model.",
                hint=f"Run `portreeve retrain --entity {entity}`, or name a version.",
            )
        return found.model_version
