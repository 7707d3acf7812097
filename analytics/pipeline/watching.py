"""What is watched in a home folder: drift, verdicts, fairness, capacity, presentation, alerts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from analytics.columns import (
    ENTITY_ID,
    ENTITY_TYPES,
    EXPECTED_HARM,
    QUALITY_PROBABILITY,
    VIOLATION_PROBABILITY,
    EntityType,
)
from analytics.errors import InputError
from analytics.monitoring import alerts as alerting
from analytics.monitoring import presentation
from analytics.monitoring.alerts import Alert, Watched
from analytics.monitoring.drift import Limits, distribution_drift, missing_drift
from analytics.monitoring.fairness import IS_FLAGGED, age_group, error_rates, selection_rates
from analytics.monitoring.judgements import judgements, shown_decisions
from analytics.monitoring.outcomes import (
    calibration_by_month,
    policy_shifts,
    reliability_then_and_now,
)
from analytics.pipeline.control import rounds_of
from analytics.review.store import Live, Store
from analytics.selection.capacity import CapacityPlan, plan_capacity
from analytics.selection.cases import THRESHOLD, drawn_cases
from analytics.selection.weights import weighted_cases
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.warehouse import Warehouse, watched

NEW_MODEL: Final = "Another model scores them now."
SCORES: Final = [VIOLATION_PROBABILITY, QUALITY_PROBABILITY, EXPECTED_HARM]


@dataclass(frozen=True)
class Drift:
    """How one type of entity moved from an earlier snapshot to a later one.

    Attributes:
        is_same_model: Whether one model scored both; if not, scores also moved by that.
        is_same_version: Whether features are declared alike in both.
        features: As from `distribution_drift`.
        missing: As from `missing_drift`.
        scores: As from `distribution_drift`, of P(violation), P(bad quality) and expected harm.
    """

    entity: EntityType
    snapshot_id: str
    reference_id: str
    is_same_model: bool
    is_same_version: bool
    features: pd.DataFrame
    missing: pd.DataFrame
    scores: pd.DataFrame


@dataclass(frozen=True)
class Verdicts:
    """Reviewers' verdicts on one type of entity against the model's probabilities.

    Attributes:
        months: As from `calibration_by_month`.
        reliability: As from `reliability_then_and_now`.
        shifts: As from `policy_shifts`.
    """

    months: pd.DataFrame
    reliability: pd.DataFrame
    shifts: pd.DataFrame


@dataclass(frozen=True)
class MonitoringDesk:
    """Watches one home folder; reads only."""

    home: Home
    warehouse: Warehouse
    store: Store
    settings: Settings

    def references(self, live: Live, entity: EntityType) -> list[str]:
        """Return the snapshots that a live one can be compared with, newest first."""
        found = watched.earlier_scored(self.warehouse.reader, live.snapshot_id, entity)
        return [snapshot.snapshot_id for snapshot in found]

    def drift(
        self, live: Live, entity: EntityType, reference_id: str | None = None
    ) -> Drift | None:
        """Compare the live snapshot with an earlier one of the same marketplace.

        Args:
            live: What is live.
            entity: Entity type.
            reference_id: One of `references`; by default the newest. None where there is none.

        Raises:
            InputError: The reference is none of them.
        """
        known = self.references(live, entity)
        if reference_id is not None and reference_id not in known:
            raise InputError(
                f"Snapshot {reference_id!r} is no earlier snapshot of the same marketplace.",
                hint=f"There are: {', '.join(known) or 'none'}.",
            )
        if not known:
            return None
        return self._compared(live, entity, reference_id or known[0])

    def verdicts(self, entity: EntityType) -> Verdicts:
        """Compare what reviewers confirmed with what the model had expected."""
        chosen = self.settings
        judged = judgements(self.store.decisions.history(entity))
        return Verdicts(
            calibration_by_month(judged, least=chosen.monitor_least, gap_limit=chosen.monitor_gap),
            reliability_then_and_now(judged, pd.Timestamp(self.store.database.now())),
            policy_shifts(judged, least=chosen.monitor_least, change_limit=chosen.monitor_gap),
        )

    def fairness(self, live: Live, entity: EntityType) -> pd.DataFrame:
        """Return selection and error rates by group (see `monitoring.fairness`)."""
        known = watched.groups(self.warehouse.reader, live.snapshot_id, live.models, entity)
        known["age"] = age_group(known.pop("age_days"))
        served = known.assign(**{IS_FLAGGED: known["rank"] <= self.settings.review_capacity})
        decided = weighted_cases(self._drawn(entity).dropna(subset=[THRESHOLD]))
        decided[IS_FLAGGED] = decided[VIOLATION_PROBABILITY] >= decided[THRESHOLD]
        named = known.drop(columns=["rank", VIOLATION_PROBABILITY, EXPECTED_HARM])
        least = self.settings.monitor_least
        parts = (
            selection_rates(served, least=least),
            error_rates(decided.merge(named, on=ENTITY_ID), least=least),
        )
        return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)

    def capacity(
        self,
        live: Live,
        entity: EntityType,
        capacity: int,
        *,
        missed_cost: float | None = None,
        order: str = VIOLATION_PROBABILITY,
    ) -> CapacityPlan | None:
        """Estimate what reviewing so many a day gives (see `selection.capacity`).

        Args:
            live: What is live.
            entity: Entity type.
            capacity: Cases a day.
            missed_cost: Of a violator missed, in honest entities hit; by default the setting.
            order: One of `selection.capacity.ORDERS`.
        """
        known = watched.groups(self.warehouse.reader, live.snapshot_id, live.models, entity)
        cost = self.settings.missed_cost if missed_cost is None else missed_cost
        return plan_capacity(self._drawn(entity), known[order], capacity, missed_cost=cost)

    def presentation(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return time and overturned share by what was shown first, and their differences."""
        shown = presentation.randomised(shown_decisions(self.store.decisions.history()))
        longest = 60.0 * self.settings.lease_idle_minutes
        return (
            presentation.by_arm(shown, longest_s=longest, seed=self.settings.seed),
            presentation.differences(shown, longest_s=longest, seed=self.settings.seed),
        )

    def newest_rows(self, live: Live) -> pd.DataFrame:
        """Return the newest row of each table (see `warehouse.watched`)."""
        return watched.newest_rows(self.warehouse.reader, live.snapshot_id)

    def alerts(self, live: Live) -> list[Alert]:
        """Return what crosses a limit of the settings, against the snapshot before."""
        return [*self.current_alerts(live), *self.drift_alerts(live)]

    def current_alerts(self, live: Live) -> list[Alert]:
        """Return those that change with time and with decisions: old data, and verdicts."""
        limit, found = self.settings.monitor_gap, self._freshness(live)
        for entity in self._watched(live):
            verdicts, about = self.verdicts(entity), Watched(entity, live.snapshot_id)
            found += alerting.calibration_alerts(about, verdicts.months, limit)
            found += alerting.shift_alerts(about, verdicts.shifts, limit)
        return found

    def drift_alerts(self, live: Live) -> list[Alert]:
        """Return those that a snapshot has for good: what drifted since the one before."""
        chosen, found = self.settings, []
        for entity in self._watched(live):
            if (drift := self.drift(live, entity)) is not None:
                about = Watched(entity, live.snapshot_id, drift.reference_id)
                limit, note = chosen.monitor_psi, "" if drift.is_same_model else NEW_MODEL
                found += alerting.drift_alerts(about, "feature_drift", drift.features, limit)
                found += alerting.drift_alerts(about, "score_drift", drift.scores, limit, note)
                found += alerting.missing_alerts(about, drift.missing, chosen.monitor_missing)
        return found

    def post(self, alerts: Sequence[Alert]) -> bool:
        """Post alerts to the webhook of the settings; tell whether there was one and any alert.

        Raises:
            WebhookError: They could not be delivered.
        """
        from analytics.monitoring.webhook import post_alerts

        url = self.settings.alert_webhook
        if url is None or not alerts:
            return False
        post_alerts(url, alerts, timeout_s=self.settings.alert_timeout_s)
        return True

    def _drawn(self, entity: EntityType) -> pd.DataFrame:
        return drawn_cases(*rounds_of(self.home, self.store, self.settings, entity))

    def _compared(self, live: Live, entity: EntityType, reference_id: str) -> Drift:
        reader, chosen = self.warehouse.reader, self.settings
        model = live.models[entity]
        earlier = reader.model_at(reader.snapshot(reference_id), entity) or model
        current, version = watched.features(reader, live.snapshot_id, entity, model)
        reference, before = watched.features(reader, reference_id, entity, earlier)
        names = reader.meta(live.snapshot_id, model).get("feature_names") or []
        names = [name for name in names if name in current and name in reference]
        limits = Limits(
            least=chosen.monitor_least,
            index=chosen.monitor_psi,
            distance=chosen.monitor_distance,
            missing=chosen.monitor_missing,
            rate=chosen.monitor_fdr,
        )
        scored = (
            watched.scores(reader, reference_id, earlier)[SCORES],
            watched.scores(reader, live.snapshot_id, model)[SCORES],
        )
        both = reference[names], current[names]
        return Drift(
            entity,
            live.snapshot_id,
            reference_id,
            is_same_model=model == earlier,
            is_same_version=version == before,
            features=distribution_drift(*both, limits),
            missing=missing_drift(*both, limits),
            scores=distribution_drift(*scored, limits),
        )

    def _watched(self, live: Live) -> list[EntityType]:
        return [entity for entity in ENTITY_TYPES if entity in live.models]

    def _freshness(self, live: Live) -> list[Alert]:
        fresh = self.warehouse.freshness(live.snapshot_id, live.models)
        return alerting.freshness_alerts(
            live.snapshot_id,
            fresh["as_of"],
            self.store.database.now(),
            fresh["trained_as_of"],
            self.newest_rows(live),
            data_days=self.settings.monitor_data_days,
            model_days=self.settings.monitor_model_days,
        )
