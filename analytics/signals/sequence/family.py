"""Event sequences as a family of signals."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_TABLE, ENTITY_TYPES, EntityType
from analytics.errors import InputError
from analytics.features.as_of import AsOf
from analytics.features.groups import entity_groups
from analytics.features.labels import DECIDED_AT, LABEL, past_labels
from analytics.features.spec import FeatureSpec
from analytics.signals.family import empty_evidence
from analytics.signals.sequence.event_log import EventLog, Floats, days
from analytics.signals.sequence.features import SequenceFeatures
from analytics.signals.sequence.reading import read_log
from analytics.signals.sequence.risk import SequenceRisk
from analytics.signals.sequence.specs import FAMILY, SCORE, SPECS
from analytics.snapshots.home import Dataset

_EVENTFUL: Final = ("orders", "events", "reviews", "contents")
LABEL_DAYS: Final = 365


class SequenceFamily:
    """What the order of events says, and the score of whole sequences."""

    name = FAMILY
    specs: tuple[FeatureSpec, ...] = SPECS

    def why_off(self, dataset: Dataset) -> str | None:
        """Return what the dataset lacks: any table with dated events."""
        return None if any(dataset.has(table) for table in _EVENTFUL) else "orders"

    def features(self, view: AsOf, entity: EntityType) -> pd.DataFrame:
        """Return the features; the score is NaN where decisions are too few to learn from."""
        return described(view, entity)[[s.name for s in self.specs if s.entity == entity]]

    def evidence(self, view: AsOf) -> pd.DataFrame:
        """Return the stretches behind the features."""
        return empty_evidence()

    def tables(self, view: AsOf) -> Mapping[str, pd.DataFrame]:
        """Return no table yet."""
        return {}


def described(view: AsOf, entity: EntityType) -> pd.DataFrame:
    """Return all columns that the family knows of an entity type, worked out once a view."""

    def make() -> pd.DataFrame:
        log = read_log(view, entity)
        now = moments(view, log)
        frame = usual(view, entity).transform(log, now)
        risk = fitted_risk(view, entity)
        score = np.full(log.size, np.nan) if risk is None else risk.decision_function(log, now)
        return frame.assign(**{SCORE: score - np.nanmedian(score) if risk else score})

    return view.remember(f"sequence features {entity}", make)


def usual(view: AsOf, entity: EntityType) -> SequenceFeatures:
    """Return what is usual for an entity type, fitted once a view."""
    return view.remember(
        f"sequence usual {entity}", lambda: SequenceFeatures().fit(read_log(view, entity))
    )


def fitted_risk(view: AsOf, entity: EntityType) -> SequenceRisk | None:
    """Return the score fitted to the decisions known; None where they are too few."""
    return view.remember(f"sequence risk {entity}", lambda: _fitted(view, entity))


def moments(view: AsOf, log: EventLog) -> Floats:
    """Return the view's moment for each entity of a log, days since 1970."""
    return np.full(log.size, days(pd.Timestamp(view.as_of)))


def _fitted(view: AsOf, entity: EntityType) -> SequenceRisk | None:
    labels = past_labels(view.engine, view.dataset, entity, view.as_of, LABEL_DAYS)
    log = read_log(view, entity)
    decided = labels[DECIDED_AT].reindex(log.ids).astype("datetime64[s]").astype("int64")
    try:
        groups = entity_groups(view.engine, view.dataset, entity, view.as_of)
        return SequenceRisk().fit(
            log, labels[LABEL], groups=groups, moments=decided.to_numpy() / 86_400
        )
    except InputError:
        return None


def has_entities(view: AsOf, entity: EntityType) -> bool:
    """Say whether the dataset has such entities."""
    return entity in ENTITY_TYPES and view.dataset.has(ENTITY_TABLE[entity])
