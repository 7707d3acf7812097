"""What event sequences say as of a moment, each part worked out once a view."""

from typing import Final

import numpy as np
import pandas as pd
from sklearn.base import TransformerMixin

from analytics.columns import ENTITY_TABLE, ENTITY_TYPE, ENTITY_TYPES, EntityType
from analytics.errors import InputError
from analytics.features.as_of import AsOf
from analytics.features.groups import entity_groups
from analytics.features.labels import DECIDED_AT, LABEL, past_labels
from analytics.signals.family import FEATURE, empty_evidence
from analytics.signals.sequence.event_log import DAY, EventLog, Floats, days
from analytics.signals.sequence.evidence import (
    evidence_rows,
    no_stretches,
    stretch_table,
    surprising_steps,
)
from analytics.signals.sequence.features import SequenceFeatures
from analytics.signals.sequence.reading import read_log
from analytics.signals.sequence.risk import SequenceRisk
from analytics.signals.sequence.specs import SCORE, SPECS

LABEL_DAYS: Final = 365


def shown(view: AsOf) -> pd.DataFrame:
    """Return the stretches behind the features and the most surprising steps in them."""
    steps = [
        surprising_steps(entity, read_log(view, entity), usual(view, entity))
        for entity in _present(view)
    ]
    rows = evidence_rows(stretches(view), pd.concat(steps) if steps else empty_evidence())
    declared = {(s.entity, s.name) for s in SPECS}
    keys = zip(rows[ENTITY_TYPE], rows[FEATURE], strict=True)
    return rows[[key in declared for key in keys]]


def stretches(view: AsOf) -> pd.DataFrame:
    """Return the stretches of all entity types that stand out, worked out once a view."""

    def make() -> pd.DataFrame:
        parts = [_stretches(view, entity) for entity in _present(view)]
        return pd.concat(parts, ignore_index=True) if parts else no_stretches()

    return view.remember("sequence stretches", make)


def _stretches(view: AsOf, entity: EntityType) -> pd.DataFrame:
    log = read_log(view, entity)
    return stretch_table(
        entity,
        log,
        days(pd.Timestamp(view.as_of)),
        usual(view, entity),
        fitted_risk(view, entity),
        described(view, entity)[SCORE].to_numpy(),
    )


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
    return view.remember(
        f"sequence risk {entity}", lambda: known_risk(view, entity, read_log(view, entity))
    )


def moments(view: AsOf, log: EventLog) -> Floats:
    """Return the view's moment for each entity of a log, days since 1970."""
    return np.full(log.size, days(pd.Timestamp(view.as_of)))


def known_risk(
    view: AsOf, entity: EntityType, log: EventLog, columns: TransformerMixin | None = None
) -> SequenceRisk | None:
    """Return a score of some columns (by default `SequenceRisk`'s), fitted to the decisions known.

    None where they are too few.
    """
    labels = past_labels(view.engine, view.dataset, entity, view.as_of, LABEL_DAYS)
    decided = labels[DECIDED_AT].reindex(log.ids).astype("datetime64[s]").astype("int64")
    try:
        groups = entity_groups(view.engine, view.dataset, entity, view.as_of)
        return SequenceRisk(columns=columns).fit(
            log, labels[LABEL], groups=groups, moments=decided.to_numpy() / DAY
        )
    except InputError:
        return None


def _present(view: AsOf) -> list[EntityType]:
    return [entity for entity in ENTITY_TYPES if view.dataset.has(ENTITY_TABLE[entity])]
