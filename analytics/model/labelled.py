"""Decided entities with the features of the moment of the decision."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.features.groups import entity_groups
from analytics.features.labels import DECIDED_AT, PAST, SOURCE, past_labels
from analytics.model.history import History

WEAK = "weak"  # source of a label that nobody decided: labelling functions voted for it
WEAK_WEIGHT = 0.2  # of such a label in training, where a decision weighs 1


@dataclass(frozen=True)
class LabelledFrame:
    """Decided entities with the features of the moment of the decision.

    Attributes:
        X: Features, indexed by entity id.
        labels: As from `past_labels`, same index, each with the `source` of the decision and the
            `dataset_id` and `as_of` of the features.
        groups: Which entities belong together, same index.
        notes: What a person should know about how it was made.
    """

    X: pd.DataFrame
    labels: pd.DataFrame
    groups: pd.Series
    notes: tuple[str, ...] = ()

    def decided(self) -> "LabelledFrame":
        """Return the labels that somebody decided, without the weak ones."""
        at = is_decided(self.labels)
        return (
            self
            if at.all()
            else LabelledFrame(self.X[at], self.labels[at], self.groups[at], self.notes)
        )


def labelled_frame(history: History, as_of: datetime, *, backtest: bool = False) -> LabelledFrame:
    """Join each label known at `as_of` to the features of its own moment.

    Features are computed at a few past moments; a label takes those of the newest one before
    its decision. Features without a history (`is_point_in_time` false) are taken as of `as_of`,
    and left out of a backtest.
    """
    settings = history.settings
    labels = past_labels(
        history.engine, history.dataset, history.entity, as_of, settings.label_validity_days
    )
    if labels.empty:
        nobody = pd.DataFrame(index=labels.index)
        return LabelledFrame(nobody, labels, pd.Series(labels.index, index=labels.index))
    labels = labels.assign(source=PAST, decision_id=np.nan)
    labels, X, notes = at_their_moments(history, labels, as_of, backtest=backtest)
    groups = entity_groups(history.engine, history.dataset, history.entity, as_of)
    return LabelledFrame(X, labels, groups_of(X.index, groups), notes)


def is_decided(labels: pd.DataFrame) -> pd.Series:
    """Tell which labels somebody decided; the others are weak."""
    if SOURCE not in labels:
        return pd.Series(True, index=labels.index)
    return labels[SOURCE] != WEAK


def label_weights(labels: pd.DataFrame) -> NDArray[np.float64] | None:
    """Return what each label weighs in training; None where all are decisions."""
    decided = is_decided(labels).to_numpy()
    return None if decided.all() else np.where(decided, 1.0, WEAK_WEIGHT)


def groups_of(ids: pd.Index, groups: pd.Series) -> pd.Series:
    """Return the group of each entity; one that is in none is a group of its own."""
    return groups.reindex(ids).fillna(pd.Series(ids, index=ids))


def at_their_moments(
    history: History, labels: pd.DataFrame, as_of: datetime, *, backtest: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Return labels with the `as_of` of their features, the features, and notes.

    Entities that were not known yet at that moment are left out.
    """
    timeless = [s.name for s in history.specs if not s.is_point_in_time and not backtest]
    if timeless and len(timeless) == len(history.specs):
        moments = pd.Series(pd.Timestamp(as_of), index=labels.index)
        now = history.features(as_of)
        X = now.loc[now.index.intersection(labels.index)].sort_index()
    else:
        moments = _moments(labels[DECIDED_AT], as_of, history.settings.training_step_days)
        X = _past_features(history, moments)
        if timeless:
            X[timeless] = history.features(as_of)[timeless].reindex(X.index)
    known = labels.loc[X.index].assign(
        dataset_id=history.dataset.dataset_id, as_of=moments.loc[X.index]
    )
    return known, X, _notes(len(labels) - len(X), timeless)


def _past_features(history: History, moments: pd.Series) -> pd.DataFrame:
    frames = []
    for moment, decided in moments.groupby(moments):
        then = history.past_features(pd.Timestamp(str(moment)).to_pydatetime())
        frames.append(then.loc[then.index.intersection(decided.index)])
    return pd.concat(frames).sort_index()


def _moments(decided: pd.Series, as_of: datetime, step_days: int) -> pd.Series:
    """Return the newest of `as_of`, `as_of` − step, … that lies before each decision.

    A decision made within a step before `as_of` takes the features of a step before, so that
    every decision that is known at `as_of` leaves some time between its features and itself.
    """
    steps_back = (pd.Timestamp(as_of) - decided).dt.days // step_days + 1
    steps_back = steps_back.clip(lower=0)
    return pd.Timestamp(as_of) - pd.to_timedelta(steps_back * step_days, unit="D")


def _notes(unknown: int, timeless: list[str]) -> tuple[str, ...]:
    notes = []
    if unknown:
        notes.append(
            f"{unknown} decided entities were not known yet at the moment whose features their "
            "decision takes; they were left out."
        )
    if timeless:
        notes.append(
            f"{len(timeless)} features have no history, so decisions meet their present values: "
            f"{', '.join(timeless[:5])}{' …' if len(timeless) > 5 else ''}."
        )
    return tuple(notes)
