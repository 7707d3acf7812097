"""What a rule would have done on a snapshot: precision, recall, overlap, exposure, load."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from analytics import formats
from analytics.columns import ENTITY_ID, GMV_AT_RISK, RANK
from analytics.features.labels import DECIDED_AT, LABEL
from analytics.model.metrics import wilson


@dataclass(frozen=True)
class Share:
    """A share of a count, with its 90 % Wilson score interval; unknown where the count is 0.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference.
    """

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """The share."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its lower and upper bound."""
        return wilson(self.count / self.of, self.of) if self.of else None

    def words(self) -> str:
        """Print it: 40 % (27 % to 55 %), 12 of 30."""
        if self.value is None or self.interval is None:
            return "not known"
        low, high = (formats.share(end) for end in self.interval)
        return f"{formats.share(self.value)} ({low} to {high}), {self.count:,} of {self.of:,}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        low, high = self.interval or (None, None)
        return {**asdict(self), "value": self.value, "low": low, "high": high}


@dataclass(frozen=True)
class Overlap:
    """How much of another list a rule hits.

    Attributes:
        label: Of the other list.
        size: How many it holds.
        both: How many are in both.
        jaccard: Those in both, as a share of those in either; None where both are empty
            (Jaccard 1912).
    """

    label: str
    size: int
    both: int
    jaccard: float | None


@dataclass(frozen=True)
class Backtest:
    """What a rule would have done on one snapshot.

    Attributes:
        snapshot_id: The snapshot.
        as_of: Its moment.
        entities: How many entities of the type it scored.
        hits: How many the rule hits.
        precision: Confirmed violations among the hits that were decided. Reviewers decide what
            the queue shows them, so decided hits are no random sample of all hits.
        recall: Hits among all confirmed violations that the snapshot holds; relative to what was
            found, not to what exists.
        later: Decided hits whose decision came after the as-of: only of those can no feature
            have known the decision.
        queue: Overlap with the first `capacity` of the model's ranking.
        others: Overlap with other rules.
        exposure: GMV at risk of the hits, in the dataset's currency.
        exposure_outside: The same of hits outside the model's queue.
        exposure_unknown: Hits whose GMV at risk is not known.
        new_hits: Hits that an earlier snapshot did not have; None where there is none to compare.
        days: Days between the two.
    """

    snapshot_id: str
    as_of: pd.Timestamp
    entities: int
    hits: int
    precision: Share
    recall: Share
    later: Share
    queue: Overlap
    others: tuple[Overlap, ...]
    exposure: float
    exposure_outside: float
    exposure_unknown: int
    new_hits: int | None
    days: float | None

    @property
    def outside(self) -> int:
        """How many hits the model's queue does not hold: what the rule alone brings."""
        return self.hits - self.queue.both

    @property
    def load_per_day(self) -> float | None:
        """Cases that the rule adds a day; None where no earlier snapshot tells it."""
        return self.new_hits / self.days if self.new_hits is not None and self.days else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        shares = {name: getattr(self, name).to_dict() for name in ("precision", "recall", "later")}
        more = {"outside": self.outside, "load_per_day": self.load_per_day}
        return {**asdict(self), "as_of": self.as_of.isoformat(), **shares, **more}

    def summary(self, currency: str = "") -> str:
        """Return the same as text."""
        load = self.load_per_day
        lines = [
            f"Hits: {self.hits:,} of {self.entities:,} ({self.outside:,} outside the queue).",
            f"Precision among decided hits: {self.precision.words()}.",
            f"Recall of confirmed violations: {self.recall.words()}.",
            f"Overlap with the queue: {self.queue.both:,} of {self.queue.size:,}, "
            f"Jaccard {formats.number(self.queue.jaccard)}.",
            *(f"Overlap with {o.label}: {o.both:,} of {o.size:,}, "
              f"Jaccard {formats.number(o.jaccard)}." for o in self.others),
            f"GMV at risk: {formats.money(self.exposure, currency)}, "
            f"{formats.money(self.exposure_outside, currency)} of it outside the queue.",
            "New hits: not known without an earlier snapshot." if load is None
            else f"New hits: {formats.per_day(load)}.",
        ]  # fmt: skip
        return "\n".join(lines)


def backtest(
    hits: pd.DataFrame,
    labels: pd.DataFrame,
    queue: Sequence[str],
    others: Mapping[str, Set[str]],
    earlier: tuple[Set[str], float] | None,
    *,
    snapshot_id: str,
    as_of: pd.Timestamp,
    entities: int,
) -> Backtest:
    """Work out what a rule would have done.

    Args:
        hits: As from `RuleReader.hits`.
        labels: label (1 or 0) and decided_at, indexed by id, of entities in the snapshot.
        queue: Ids of the model's queue.
        others: Whom other rules hit, by what they are called.
        earlier: Whom the rule hit in an earlier snapshot, and how many days before; None without.
        snapshot_id: The snapshot.
        as_of: Its moment.
        entities: How many it scored.
    """
    ids = frozenset(hits[ENTITY_ID])
    is_hit = labels.index.isin(list(ids))
    confirmed = labels[LABEL] == 1
    is_later = is_hit & (labels[DECIDED_AT] > as_of).to_numpy(dtype=bool)
    outside = ~hits[ENTITY_ID].isin(list(queue))
    return Backtest(
        snapshot_id=snapshot_id,
        as_of=as_of,
        entities=entities,
        hits=len(ids),
        precision=Share(int(confirmed[is_hit].sum()), int(is_hit.sum())),
        recall=Share(int(confirmed[is_hit].sum()), int(confirmed.sum())),
        later=Share(int(confirmed[is_later].sum()), int(is_later.sum())),
        queue=overlap("the queue", ids, frozenset(queue)),
        others=tuple(overlap(label, ids, other) for label, other in others.items()),
        exposure=float(hits[GMV_AT_RISK].sum()),
        exposure_outside=float(hits.loc[outside, GMV_AT_RISK].sum()),
        exposure_unknown=int(hits[GMV_AT_RISK].isna().sum()),
        new_hits=None if earlier is None else len(ids - earlier[0]),
        days=None if earlier is None else earlier[1],
    )


def overlap(label: str, ours: Set[str], theirs: Set[str]) -> Overlap:
    """Return how much two lists share."""
    both, either = len(ours & theirs), len(ours | theirs)
    return Overlap(label, len(theirs), both, both / either if either else None)


def queue_of(scores: pd.DataFrame, capacity: int) -> list[str]:
    """Return the ids of the model's queue: the first `capacity` ranks."""
    return list(scores.loc[scores[RANK] <= capacity, ENTITY_ID])
