"""Weak labels of a home folder: assessed, and added to the decisions where that is asked for."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from analytics import formats
from analytics.columns import AS_OF, EntityType
from analytics.errors import InputError
from analytics.features.labels import DATASET_ID, DECIDED_AT, LABEL, POLICY, SOURCE
from analytics.labelling.weak import assess, read_functions, votes_of, weak_labels
from analytics.model.history import History
from analytics.model.labelled import WEAK, LabelledFrame, groups_of
from analytics.settings import Settings


@dataclass(frozen=True)
class WeakReport:
    """What labelling functions say of the entities of one type.

    Attributes:
        functions: As from `assess`.
        labels: As from `weak_labels`, of entities that nobody decided.
        entities: Entities of the type.
        is_used: Whether retraining takes them.
    """

    entity: EntityType
    functions: pd.DataFrame
    labels: pd.DataFrame
    entities: int
    is_used: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        rows = self.functions.astype(object).where(self.functions.notna(), None)
        return {
            "entity": self.entity,
            "entities": self.entities,
            "labelled": len(self.labels),
            "violations": int(self.labels[LABEL].sum()),
            "is_used": self.is_used,
            "functions": rows.to_dict("records"),
        }

    def summary(self) -> str:
        """Return the same as text."""
        lines = [_in_words(row) for row in self.functions.to_dict("records")]
        used = "" if self.is_used else " They are not used: the setting use_weak_labels is off."
        return "\n".join(
            [
                *lines,
                f"Weak labels for {len(self.labels):,} of {self.entities:,} {self.entity}s, "
                f"{int(self.labels[LABEL].sum()):,} of them violations.{used}",
            ]
        )


def _in_words(row: Mapping[Hashable, Any]) -> str:
    right = "no decision tells how often it is right"
    if row["decided"]:
        ends = f"{formats.share(row['low'])} to {formats.share(row['high'])}"
        told = formats.plural(row["decided"], "decision")
        right = f"right in {formats.share(row['accuracy'])} of {told} ({ends})"
    return (
        f"{row['name']} says {row['says']}: covers {formats.share(row['coverage'])}, conflict "
        f"{formats.share(row['conflict'])}, {right}"
    )


def weak_report(
    settings: Settings, entity: EntityType, X: pd.DataFrame, decided: LabelledFrame
) -> WeakReport:
    """Assess the labelling functions of a type on its decisions, and label who is undecided.

    Raises:
        InputError: The settings name no file of functions, or it cannot be used.
    """
    if settings.weak_labels_file is None:
        raise InputError(
            "There are no labelling functions.",
            hint="Name their file in the setting weak_labels_file; see docs/labels.md.",
        )
    functions = [f for f in read_functions(settings.weak_labels_file) if f.entity == entity]
    votes = votes_of(functions, X)
    told = votes_of(functions, decided.X)
    found = assess(functions, votes, told, decided.labels[LABEL])
    undecided = votes.drop(index=votes.index.intersection(decided.labels.index))
    labels = weak_labels(undecided, found)
    return WeakReport(entity, found, labels, len(X), settings.use_weak_labels)


def with_weak_labels(
    history: History, as_of: datetime, decided: LabelledFrame, groups: pd.Series
) -> LabelledFrame:
    """Add weak labels of undecided entities where the settings ask for them.

    They have the source `weak`, the features of the present moment, and no queue that chose them,
    so that they train and never judge.
    """
    settings = history.settings
    if not settings.use_weak_labels:
        return decided
    X = history.features(as_of)
    weak = weak_report(settings, history.entity, X, decided).labels
    if weak.empty:
        return decided
    values = {
        LABEL: weak[LABEL], POLICY: None, DECIDED_AT: pd.Timestamp(as_of), SOURCE: WEAK,
        DATASET_ID: history.dataset.dataset_id, AS_OF: pd.Timestamp(as_of),
    }  # fmt: skip
    rows = pd.DataFrame(values, index=weak.index).reindex(columns=decided.labels.columns)
    labels = pd.concat([decided.labels, rows.astype(decided.labels.dtypes)]).sort_index()
    features = pd.concat([decided.X, X.loc[weak.index, list(decided.X.columns)]]).loc[labels.index]
    note = f"{len(weak):,} weak labels were learned from, each counting less than a decision."
    return LabelledFrame(features, labels, groups_of(labels.index, groups), (*decided.notes, note))
