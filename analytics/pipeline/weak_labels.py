"""Weak labels of a home folder: assessed, and added to the decisions where that is asked for."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analytics import formats
from analytics.columns import AS_OF, EntityType
from analytics.errors import InputError
from analytics.features.labels import (
    DATASET_ID,
    DECIDED_AT,
    LABEL,
    LABEL_OF,
    POLICY,
    SOURCE,
)
from analytics.labelling.weak import (
    LabellingFunction,
    assess,
    read_functions,
    votes_of,
    weak_labels,
)
from analytics.model.history import History
from analytics.model.labelled import WEAK, LabelledFrame, groups_of
from analytics.rules.definition import Condition, Group
from analytics.rules.words import definition_words


@dataclass(frozen=True)
class WeakReport:
    """What labelling functions say of the entities of one type.

    Attributes:
        functions: As from `assess`, with `conditions`, its conditions in words.
        labels: As from `weak_labels`, of entities that nobody decided, with `said_by`, the names
            of the functions that vote on each.
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

    def export(self, path: Path, *, bom: bool = False) -> int:
        """Write the labels as CSV; return their number.

        Raises:
            InputError: The file cannot be written.
        """
        from analytics.reports import export_weak_labels

        outcomes = {label: outcome for outcome, label in LABEL_OF.items()}
        told = self.labels.assign(outcome=self.labels[LABEL].map(outcomes))
        return export_weak_labels(self.entity, told, path, bom=bom)

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


def weak_report(history: History, X: pd.DataFrame, decided: LabelledFrame) -> WeakReport:
    """Assess the labelling functions of a type on its decisions, and label who is undecided.

    Args:
        history: Its past, whose settings name the file of functions.
        X: The features of all entities.
        decided: The decisions, with the features of their moment.

    Raises:
        InputError: The settings name no file of functions, or it cannot be used.
    """
    settings, entity = history.settings, history.entity
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
    return WeakReport(
        entity,
        found.assign(conditions=[_conditions(f, history) for f in functions]),
        labels.assign(said_by=said_by(undecided.loc[labels.index])),
        len(X),
        settings.use_weak_labels,
    )


def said_by(votes: pd.DataFrame) -> list[str]:
    """Return for each row the names of the functions that vote on it."""
    return [", ".join(votes.columns[known]) for known in votes.notna().to_numpy()]


def _conditions(function: LabellingFunction, history: History) -> str:
    parts = tuple(Condition(c.feature, c.op, c.value) for c in function.when)
    specs = {spec.name: spec for spec in history.specs}
    return definition_words(Group("all", parts), specs, history.dataset.manifest.currency)


def with_weak_labels(
    history: History, as_of: datetime, decided: LabelledFrame, groups: pd.Series
) -> LabelledFrame:
    """Add weak labels of undecided entities where the settings ask for them.

    They have the source `weak`, the features of the present moment, and no queue that chose them,
    so that they train and never judge.
    """
    if not history.settings.use_weak_labels:
        return decided
    X = history.features(as_of)
    weak = weak_report(history, X, decided).labels
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
