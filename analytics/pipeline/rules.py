"""Rules as people work on them: checked against a snapshot, tried, moved on, and firing."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPES, EntityType
from analytics.errors import InputError, NotFoundError, PortreeveError
from analytics.features.spec import FeatureSpec
from analytics.review.rules import Rule
from analytics.review.store import Live, Store
from analytics.rules.definition import Definition
from analytics.rules.evaluate import RuleReader
from analytics.rules.predicate import predicate_of
from analytics.rules.words import firing_words
from analytics.settings import Settings
from analytics.warehouse import Warehouse

if TYPE_CHECKING:
    from analytics.review.drawing import Fired
    from analytics.rules.backtest import Backtest
    from analytics.rules.suggest import Suggestion

logger = logging.getLogger("portreeve.rules")

_PAST = """
SELECT entity_id, outcome, policy, decided_at FROM past_decisions
WHERE entity_type = $entity AND decided_at > $since
"""
_QUEUE = """
SELECT entity_id, rank FROM scores WHERE entity_type = $entity AND rank <= $capacity
"""
_SCORED = "SELECT entity_id FROM scores WHERE entity_type = $entity"


class Firing(NamedTuple):
    """A live rule that hits an entity, and by what."""

    rule: Rule
    sentence: str


@dataclass(frozen=True)
class RuleDesk:
    """Writes rules, tries them on snapshots, and says whom the live ones hit."""

    warehouse: Warehouse
    store: Store
    settings: Settings

    def features(self, live: Live, entity: EntityType) -> dict[str, FeatureSpec]:
        """Return the features that rules on these entities may use, by name."""
        return self._reader(live, entity).specs()

    def all_features(self, live: Live) -> dict[str, dict[str, FeatureSpec]]:
        """Return the same of every entity type that the snapshot has."""
        return {e: self.features(live, e) for e in ENTITY_TYPES if e in live.models}

    def check(self, live: Live, entity: EntityType, definition: Definition) -> None:
        """Raise InputError, with what is wrong, if a rule cannot be used on a snapshot."""
        predicate_of(definition, self.features(live, entity))

    def add(
        self,
        live: Live,
        entity: EntityType,
        name: str,
        definition: Definition,
        author: str,
        reason: str,
        policy: str | None = None,
    ) -> Rule:
        """Keep a rule, or its next version, as a draft.

        Raises:
            InputError: It cannot be used on what is live, or cannot be stored.
        """
        self.check(live, entity, definition)
        return self.store.rules.add(entity, name, definition, author, reason, policy)

    def hits(self, live: Live, entity: EntityType, definition: Definition) -> pd.DataFrame:
        """Return whom a rule hits (see `RuleReader.hits`)."""
        return self._reader(live, entity).hits(definition)

    def backtest(
        self,
        live: Live,
        entity: EntityType,
        definition: Definition,
        *,
        known: Live | None = None,
        skip: Rule | None = None,
        compare: bool = True,
    ) -> "Backtest":
        """Say what a rule would have done on a snapshot.

        Args:
            live: The snapshot and its models.
            entity: Type of the entities.
            definition: What the rule says.
            known: Whose data's decisions count, by default the snapshot's own; with what is live,
                an earlier snapshot is judged by what was found out since.
            skip: The rule itself, if it is stored: it is not compared with its own versions.
            compare: Whether to compare it with the other rules, each of which is read for it.

        Raises:
            InputError: The rule names a feature that the snapshot does not have.
        """
        from analytics.rules.backtest import backtest, queue_of

        reader = self._reader(live, entity)
        models = live.models
        capacity = self.settings.review_capacity
        queue = self.warehouse.reader.on_scores(
            live.snapshot_id, models, _QUEUE, entity=entity, capacity=capacity
        )
        return backtest(
            reader.hits(definition),
            self._labels(live, known or live, entity),
            queue_of(queue, capacity),
            self._others(reader, entity, skip) if compare else {},
            self._earlier(live, reader, definition),
            snapshot_id=live.snapshot_id,
            as_of=reader.as_of,
            entities=reader.count(),
        )

    def firing(
        self, live: Live, entity: EntityType, entity_id: str, currency: str = ""
    ) -> list[Firing]:
        """Return the live rules that hit an entity, each with its sentence."""
        rules = self.store.rules.all(entity, "live")
        if not rules:
            return []
        reader = self._reader(live, entity)
        specs = reader.specs()
        found = reader.firing([rule.definition for rule in rules], entity_id)
        return [
            Firing(rule, firing_words(rule.name, rule.definition, row, specs, currency))
            for rule, row in zip(rules, found, strict=True)
            if row is not None
        ]

    def fired(self, live: Live) -> "dict[EntityType, Fired]":
        """Return by entity type the names of the live rules that hit an entity, by its id.

        A rule that looks at a feature which the snapshot has not hits nobody; the log says so.
        """
        found: dict[EntityType, dict[str, list[str]]] = {}
        for rule in self.store.rules.all(None, "live"):
            if rule.entity_type not in live.models:
                continue
            try:
                ids = self._reader(live, rule.entity_type).hit_ids(rule.definition)
            except InputError as error:
                logger.warning("Rule %r hits nobody in %s: %s", rule.label, live.snapshot_id, error)
                continue
            hits = found.setdefault(rule.entity_type, {})
            for entity_id in ids:
                hits.setdefault(entity_id, []).append(rule.name)
        return {entity: hits for entity, hits in found.items() if hits}

    def suggestions(self, live: Live, entity: EntityType) -> "list[Suggestion]":
        """Return rules made from what the model missed (see `pipeline.missed`).

        Raises:
            TooFewLabelsError: Too few cases below the capacity are decided.
        """
        from analytics.pipeline.missed import suggested_rules

        return suggested_rules(
            self.warehouse.home, self.warehouse.reader, self.store, self.settings, live, entity
        )

    def _reader(self, live: Live, entity: EntityType) -> RuleReader:
        if entity not in live.models:
            raise NotFoundError(f"Snapshot {live.snapshot_id} has no {entity}s.")
        return RuleReader(self.warehouse.reader, live.snapshot_id, live.models, entity)

    def _others(
        self, reader: RuleReader, entity: EntityType, skip: Rule | None
    ) -> dict[str, frozenset[str]]:
        rules = self.store.rules.all(entity, "draft", "shadow", "live")
        return _hit_by(reader, [r for r in rules if skip is None or r.name != skip.name])

    def _earlier(
        self, live: Live, reader: RuleReader, definition: Definition
    ) -> tuple[frozenset[str], float] | None:
        """Return whom the rule hit in the snapshot before, and how many days before."""
        before = self.warehouse.reader.scores_before(live.snapshot_id, reader.entity)
        if before is None:
            return None
        snapshot_id, model = before
        try:
            earlier = RuleReader(
                self.warehouse.reader, snapshot_id, {reader.entity: model}, reader.entity
            )
            ids = earlier.hit_ids(definition)
        except PortreeveError:  # other features then, or pruned
            return None
        return ids, (reader.as_of - earlier.as_of) / pd.Timedelta(days=1)

    def _labels(self, live: Live, known: Live, entity: EntityType) -> pd.DataFrame:
        """Return the newest decision on each entity of the snapshot, made here or in the data."""
        from analytics.features.labels import last_decisions
        from analytics.retraining.labels import newest_labels

        days = self.settings.label_validity_days
        snapshot = self.warehouse.reader.snapshot(known.snapshot_id)
        reviewed = self.store.decisions.labels(entity, self.store.database.now(), days)
        past = pd.DataFrame(columns=[ENTITY_ID, "outcome", "policy", "decided_at"])
        if snapshot.dataset.has("past_decisions"):
            since = snapshot.as_of - pd.Timedelta(days=days)
            past = self.warehouse.reader.on_tables(
                known.snapshot_id, _PAST, entity=entity, since=since
            )
        labels = newest_labels(reviewed, last_decisions(past), snapshot.as_of)
        scored = self.warehouse.reader.on_scores(
            live.snapshot_id, live.models, _SCORED, entity=entity
        )
        return labels[labels.index.isin(scored[ENTITY_ID])]


def _hit_by(reader: RuleReader, rules: Sequence[Rule]) -> dict[str, frozenset[str]]:
    """Return whom each rule hits, without rules whose features are not in the snapshot."""
    found = {}
    for rule in rules:
        with suppress(InputError):
            found[rule.label] = reader.hit_ids(rule.definition)
    return found
