"""Decisions that no challenger ever learns from, so that it can be judged by them."""

from dataclasses import dataclass
from hashlib import blake2b

import pandas as pd

from analytics.retraining.labels import INCLUSION_PROBABILITY, QUEUE_POLICY

CONTROL = "control"


@dataclass(frozen=True)
class Split:
    """Decided entities, each on one side; sides share no group.

    Attributes:
        training: What a challenger learns from.
        evaluation: What champion and challenger are compared on.
        aside: Neither: in a group that is held out or has a control case, but chosen in no way
            that an estimate could take into account.
    """

    training: pd.Index
    evaluation: pd.Index
    aside: pd.Index


def is_held_out(groups: pd.Series, share: float) -> pd.Series:
    """Tell for each row whether its group is permanently held out.

    It follows from the group's name alone, so that it is the same for every model and on every
    machine.
    """
    names = groups.astype(str)
    drawn = {name: _uniform(name) < share for name in names.unique()}
    return names.map(drawn).astype(bool)


def split_labels(labels: pd.DataFrame, groups: pd.Series, share: float) -> Split:
    """Split decided entities into what is learned from and what is judged by.

    Judged by: every case of the control sample, and every case of a held-out group that the
    queue chose with a known probability. Their group mates are never learned from.

    Args:
        labels: As from `newest_labels`.
        groups: Group of each entity, same index.
        share: Share of groups held out.
    """
    held_out = is_held_out(groups, share)
    is_control = labels[QUEUE_POLICY] == CONTROL
    is_drawn = labels[INCLUSION_PROBABILITY] > 0
    judged = is_drawn & (is_control | held_out)
    near = held_out | groups.isin(set(groups[judged]))
    return Split(labels.index[~near], labels.index[judged], labels.index[near & ~judged])


def _uniform(name: str) -> float:
    digest = blake2b(f"held out {name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
