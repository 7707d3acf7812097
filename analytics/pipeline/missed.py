"""Decided cases that the model had put below the capacity, and rules that would have found them."""

from dataclasses import dataclass

import pandas as pd

from analytics.columns import ENTITY_ID, VIOLATION_PROBABILITY, EntityType
from analytics.features.labels import LABEL
from analytics.pipeline.control import threshold_of
from analytics.retraining.holdout import is_held_out
from analytics.review.store import Live, Store
from analytics.rules.evaluate import RuleReader
from analytics.rules.suggest import Suggestion, suggest
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.warehouse.reader import Reader

HELD_OUT = 1 / 3
_MERCHANTS = "SELECT product_id AS entity_id, merchant_id FROM products"


@dataclass(frozen=True)
class MissedCases:
    """Decided cases whose P(violation) was below the last within a day's capacity when decided.

    Attributes:
        X: The feature row that the reviewer saw, of the features that rules may be made from;
            indexed by entity id.
        y: 1 where a violation was confirmed, so that the model missed it; 0 where cleared.
        held_out: Whether a case only judges: a third of the groups (products by merchant).
    """

    X: pd.DataFrame
    y: pd.Series
    held_out: pd.Series


def missed_cases(
    home: Home, reader: Reader, store: Store, settings: Settings, live: Live, entity: EntityType
) -> MissedCases:
    """Return them from the decisions made here, within the labels' validity."""
    labels = store.decisions.labels(
        entity, store.database.now(), settings.label_validity_days, sources=("review",)
    )
    history = store.decisions.history(entity, with_features=True)
    seen = history[history["id"].isin(labels["decision_id"]) & history["features"].notna()]
    below = seen[seen[VIOLATION_PROBABILITY] < _thresholds(home, seen)]
    ids = pd.Index(below[ENTITY_ID], dtype=object)
    specs = RuleReader(reader, live.snapshot_id, live.models, entity).specs()
    usable = [name for name, s in specs.items() if s.is_default and s.is_point_in_time]
    rows = pd.DataFrame(list(below["features"]), index=ids).reindex(columns=usable)
    groups = pd.Series(ids, index=ids)
    if entity == "product":
        known = reader.on_tables(live.snapshot_id, _MERCHANTS).set_index(ENTITY_ID)
        groups = known["merchant_id"].reindex(ids).fillna(groups)
    return MissedCases(
        rows.apply(pd.to_numeric, errors="coerce"),
        labels[LABEL].reindex(ids),
        is_held_out(groups, HELD_OUT),
    )


def suggested_rules(
    home: Home, reader: Reader, store: Store, settings: Settings, live: Live, entity: EntityType
) -> list[Suggestion]:
    """Return rules made from what the model missed, the surest on held-out cases first.

    Raises:
        TooFewLabelsError: Too few cases below the capacity are decided.
    """
    cases = missed_cases(home, reader, store, settings, live, entity)
    found = suggest(cases.X, cases.y, cases.held_out, seed=settings.seed)
    return sorted(found, key=lambda s: -(s.precision.low if s.precision else 0.0))


def _thresholds(home: Home, seen: pd.DataFrame) -> pd.Series:
    """Return of each decision P(violation) of the last within a day's capacity; else missing."""
    keys = list(zip(seen["snapshot_id"], seen["model_version"], strict=True))
    known = {key: threshold_of(home, *key) for key in set(keys)}
    return pd.Series([known[key] for key in keys], index=seen.index, dtype=float)
