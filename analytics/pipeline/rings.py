"""Rings as people work on them: stored rings, scores and decisions brought together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, ENTITY_TYPES, EntityType
from analytics.errors import InputError
from analytics.pipeline.shown import shown_of
from analytics.review.batches import Batch, LeftOut, MemberDraft, MemberPreview
from analytics.review.look_alikes import CONFIRMED, look_alike
from analytics.review.store import Live, Store
from analytics.review.types import Decision, Draft
from analytics.settings import Settings
from analytics.warehouse import RingFilters, Warehouse
from analytics.warehouse.rings import Network

Key = tuple[EntityType, str]
BUYER: Final = "buyer"


@dataclass(frozen=True)
class RingPreview:
    """What a decision on a whole ring would do.

    Attributes:
        members: One row for each member that can be decided on, with what is known of it, what
            speaks for it, and what the decision triggers: the columns of `Rings.members`, and
            cleared_at, reasons, is_likely, points_now, points_after, reached, blocked,
            last_outcome, last_reviewer, last_at.
        most: How many it may hit.
    """

    members: pd.DataFrame
    most: int


@dataclass(frozen=True)
class RingDesk:
    """Reads rings, decides on them and takes that back."""

    warehouse: Warehouse
    store: Store
    settings: Settings

    def ranked(self, live: Live, filters: RingFilters | None = None) -> pd.DataFrame:
        """Rings by expected harm (see `Rings.ranked`), what was decided here counted too.

        Raises:
            NotFoundError: The snapshot stores no rings.
        """
        found = self.warehouse.rings.ranked(
            live.snapshot_id, live.models, filters, self._decided(live)
        )
        return found.assign(confirmed_share=found["confirmed"] / found["size"])

    def members(self, live: Live, ring: str) -> pd.DataFrame:
        """Who stands in a ring (see `Rings.members`); `confirmed` is by decisions here, too.

        Besides: cleared_at, missing unless the last decision here says that it is no violation.
        """
        return self._with_decisions(
            self.warehouse.rings.members(live.snapshot_id, live.models, ring)
        )

    def neighbourhood(self, live: Live, entity: EntityType, entity_id: str) -> Network:
        """Whom an entity is tied to (see `Rings.neighbourhood`); `confirmed` as in `members`."""
        network = self.warehouse.rings.neighbourhood(
            live.snapshot_id, live.models, entity, entity_id
        )
        return network._replace(nodes=self._with_decisions(network.nodes))

    def preview(
        self, live: Live, ring: str, drafts: Mapping[EntityType, Draft], reviewer: str
    ) -> RingPreview:
        """Say whom a decision would hit, what it triggers, and who looks innocent and why.

        Buyers, and members without scores in the snapshot, cannot be decided on.
        """
        members = self.members(live, ring)
        members = members[members[ENTITY_TYPE].isin(list(live.models)) & members["rank"].notna()]
        members = members.reset_index(drop=True)
        told = self.store.batches.preview(_keys(members), drafts, reviewer)
        alike = [
            look_alike(row, low_risk=self.settings.assumed_prevalence)
            for _, row in members.iterrows()
        ]
        columns = pd.DataFrame([_told(one) for one in told], columns=list(_TOLD))
        members = members.join(columns).assign(
            reasons=["; ".join(one.reasons) for one in alike],
            is_likely=[one.is_likely for one in alike],
        )
        return RingPreview(members, self.settings.ring_decision_most)

    def decide(
        self,
        live: Live,
        ring: str,
        hit: Sequence[Key],
        drafts: Mapping[EntityType, Draft],
        reviewer: str,
        *,
        key: str,
        reason: str,
        left_out: Sequence[LeftOut] = (),
        seconds: float | None = None,
    ) -> Batch:
        """Decide on members of a ring, all or none; see `Batches.decide`.

        Raises:
            InputError: One of them stands in another ring or in none, or a member of the ring is
                neither hit nor left out.
        """
        members = self.preview(live, ring, {}, reviewer).members
        _check_complete(ring, _keys(members), hit, left_out)
        made = [
            MemberDraft(
                entity, entity_id, drafts[entity], shown_of(self.warehouse, live, entity, entity_id)
            )
            for entity, entity_id in hit
        ]
        return self.store.batches.decide(
            made, reviewer, key=key, subject=ring, reason=reason, left_out=left_out, seconds=seconds
        )

    def export(
        self, live: Live, path: Path, filters: RingFilters | None = None, *, bom: bool = False
    ) -> int:
        """Write the rings that the filters leave, with their members, as CSV."""
        from analytics.reports import export_rings

        rings = self.ranked(live, filters)
        parts = (self.members(live, str(ring)) for ring in rings["ring"])
        return export_rings(rings, parts, path, bom=bom)

    def _decided(self, live: Live) -> pd.DataFrame:
        """Return the labels of the decisions made here: entity_type, entity_id, label."""
        now, valid = self.store.database.now(), self.settings.label_validity_days
        types = [entity for entity in ENTITY_TYPES if entity in live.models]
        labels = [
            self.store.decisions.labels(entity, now, valid)["label"]
            .rename_axis(ENTITY_ID)
            .reset_index()
            .assign(entity_type=entity)
            for entity in types
        ]
        return pd.concat(labels, ignore_index=True)

    def _with_decisions(self, members: pd.DataFrame) -> pd.DataFrame:
        last = self._last(_keys(members))
        outcome = [_outcome(last.get(key)) for key in _keys(members)]
        decided = pd.Series(outcome, index=members.index, dtype=float)
        cleared = [_cleared_at(last.get(key)) for key in _keys(members)]
        return members.assign(
            confirmed=decided.fillna(members[CONFIRMED]),
            cleared_at=pd.Series(cleared, index=members.index, dtype="datetime64[us]"),
        )

    def _last(self, keys: Sequence[Key]) -> dict[Key, Decision]:
        decided = (self.store.decisions.last(*key) for key in keys if key[0] in ENTITY_TYPES)
        return {(one.entity_type, one.entity_id): one for one in decided if one is not None}


def _keys(members: pd.DataFrame) -> list[Key]:
    return list(zip(members[ENTITY_TYPE], members[ENTITY_ID], strict=True))


def _outcome(decision: Decision | None) -> float | None:
    outcomes = {"violation": 1.0, "no_violation": 0.0}
    return None if decision is None else outcomes.get(str(decision.outcome))


def _cleared_at(decision: Decision | None) -> Any:
    is_cleared = decision is not None and decision.outcome == "no_violation"
    return decision.judged_at if decision is not None and is_cleared else None


_TOLD: Final = (
    "points_now", "points_after", "reached", "blocked", "last_outcome",
    "last_reviewer", "last_at",
)  # fmt: skip


def _told(one: MemberPreview) -> tuple[Any, ...]:
    last = one.last
    return (
        one.points_now,
        one.points_after,
        ", ".join(milestone.action for milestone in one.reached),
        one.blocked,
        last and last.outcome,
        last and last.reviewer,
        last and last.judged_at,
    )


def _check_complete(
    ring: str, members: Sequence[Key], hit: Sequence[Key], left_out: Sequence[LeftOut]
) -> None:
    spared = {(one.entity_type, one.entity_id) for one in left_out}
    if strangers := (set(hit) | spared) - set(members):
        raise InputError(f"The {' '.join(min(strangers))} does not stand in {ring} (any more).")
    if forgotten := set(members) - set(hit) - spared:
        raise InputError(
            f"The {' '.join(min(forgotten))} is neither hit nor left out.",
            hint="Say why each member that the decision spares is spared.",
        )
