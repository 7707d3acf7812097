"""A simulated reviewer at the real queue and the real store."""

import json
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from functools import partial
from typing import Protocol

import pandas as pd

from analytics.columns import (
    ENTITY_ID,
    EXPECTED_HARM,
    HARM_UNIT,
    VIOLATION_PROBABILITY,
    EntityType,
)
from analytics.pipeline import Workbench
from analytics.pipeline.build import read_features
from analytics.review.eligible import read_contributions
from analytics.review.opening import open_cases
from analytics.review.types import Claimed, Draft, Shown
from analytics.signals.catalog import FEATURE_VERSION
from sample_data.reviewer import Verdict

NAME = "simulated"
CONFIRMED, CLEARED = "Confirmed on the evidence.", "Nothing against the rules."


class Reviewer(Protocol):
    """Who decides."""

    def decide(self, entity_type: EntityType, entity_id: str, at: datetime) -> Verdict:
        """Decide about an entity from what it had done by `at`."""


class Desk:
    """Takes cases of one entity type in the order of the queue, and decides them.

    Args:
        workbench: What is reviewed.
        entity: Entity type.
        reviewer: Who decides.
        allowed: Entities that may be reviewed; others are left in the queue.

    Attributes:
        made: Ids of the decisions made, in their order.
    """

    def __init__(
        self,
        workbench: Workbench,
        entity: EntityType,
        reviewer: Reviewer,
        allowed: Collection[str],
    ) -> None:
        self._workbench = workbench
        self._entity = entity
        self._reviewer = reviewer
        self._allowed = set(allowed)
        self._outcomes: Counter[str] = Counter()
        self.made: list[int] = []
        self._live = workbench.live()
        self._snapshot = workbench.home.snapshot(self._live.snapshot_id)
        self._features = read_features(self._snapshot, entity)
        self._tables: dict[str, pd.DataFrame] = {}

    @property
    def decided(self) -> int:
        """Decisions so far."""
        return self._outcomes.total()

    @property
    def confirmed(self) -> int:
        """Violations among them."""
        return self._outcomes["violation"]

    def scores(self) -> pd.DataFrame:
        """Return the live scores, indexed by entity id."""
        version = self._workbench.live().models[self._entity]
        if version not in self._tables:
            path = self._snapshot.scores_dir(version) / "scores.parquet"
            self._tables = {version: pd.read_parquet(path).set_index(ENTITY_ID)}
        return self._tables[version]

    def review(self, until: int) -> None:
        """Decide until there are so many decisions, or nobody is left to review."""
        self._live = self._workbench.live()
        store = self._workbench.store
        while self.decided < until:
            waiting = self._waiting()
            if not waiting and not self._refill():
                return
            for _ in range(min(len(waiting), until - self.decided)):
                claimed = store.cases.claim_next(NAME, entity=self._entity, among=waiting)
                if claimed is not None:
                    self._decide(claimed)
                    waiting.remove(claimed.case.id)

    def _waiting(self) -> list[int]:
        """Return the open cases that may be reviewed, in the order of the queue."""
        waiting = self._workbench.store.cases.listing(self._entity)
        return [int(i) for i in waiting.loc[waiting[ENTITY_ID].isin(self._allowed), "case_id"]]

    def _decide(self, claimed: Claimed) -> None:
        entity_id, store = claimed.case.entity_id, self._workbench.store
        verdict = self._reviewer.decide(self._entity, entity_id, self._snapshot.as_of)
        store.cases.viewed(claimed.lease.token)
        is_violation = verdict.outcome == "violation"
        draft = Draft(
            "violation" if is_violation else "no_violation",
            verdict.policy,
            reason=CONFIRMED if is_violation else CLEARED,
        )
        decision = store.decisions.decide(
            claimed.lease.token, draft, self._shown(entity_id), seconds=verdict.seconds
        )
        self.made.append(decision.id)
        self._outcomes[verdict.outcome] += 1

    def _shown(self, entity_id: str) -> Shown:
        row = self.scores().loc[entity_id].to_dict()
        return Shown(
            self._snapshot.snapshot_id,
            self._snapshot.manifest.dataset_id,
            self._snapshot.as_of,
            self._live.models[self._entity],
            FEATURE_VERSION,
            features=json.loads(self._features.loc[entity_id].to_json()),
            violation_probability=float(row[VIOLATION_PROBABILITY]),
            expected_harm=float(row[EXPECTED_HARM]),
            harm_unit=str(row[HARM_UNIT]),
        )

    def _refill(self) -> bool:
        """Draw another round of this type; tell whether it opened any case."""
        bench = self._workbench
        folder = self._snapshot.scores_dir(self._live.models[self._entity])
        report = open_cases(
            bench.store,
            {self._entity: self.scores().reset_index()},
            self._live,
            self._snapshot.as_of,
            bench.settings,
            bench.taxonomy,
            refill=True,
            contributions={self._entity: partial(read_contributions, folder)},
        )
        return report.opened > 0
