"""Both models on parts of the judged cases: by category, region, size, age and time of decision."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, norm

from analytics.columns import CATEGORY, REGION, SIZE_BAND
from analytics.features.labels import DECIDED_AT
from analytics.model.labelled import LabelledFrame
from analytics.model.metrics import interval, metrics, plain
from analytics.retraining.comparison import CHALLENGER, CHAMPION, DECIDES
from analytics.retraining.judged import CONTENDERS, Judged

AGE, DECIDED = "age", "decided"
DIMENSIONS: Final = (CATEGORY, REGION, SIZE_BAND, AGE, DECIDED)
AGE_FEATURES: Final = ("account_age", "first_order_age")
AGE_BANDS: Final = {"under 90 days": 90.0, "90 days to a year": 365.0, "over a year": np.inf}
HALVES: Final = ("earlier half", "later half")


@dataclass(frozen=True)
class Least:
    """Counts below which a slice has no figures."""

    cases: int
    positives: int


@dataclass(frozen=True)
class Slice:
    """One part of the judged cases; plain data.

    Attributes:
        dimension: What the cases are parted by.
        value: Which part.
        cases: Judged cases.
        positives: Violations among them.
        champion: Average precision; None, like all that follows, below the least counts.
        challenger: The same.
        difference: Challenger minus champion, paired: value, low, high.
        p: Of a loss as large by chance, one-sided, corrected for the number of slices.
        observed: Share of violations among the entities that the cases stand for.
        predicted: "champion" and "challenger" → what they expect of it.
    """

    dimension: str
    value: str
    cases: int
    positives: int
    champion: float | None = None
    challenger: float | None = None
    difference: dict[str, float | None] | None = None
    p: float | None = None
    observed: float | None = None
    predicted: dict[str, float | None] = field(default_factory=dict)


def slices_of(
    judged: Judged, cases: LabelledFrame, context: pd.DataFrame, least: Least
) -> list[dict[str, Any]]:
    """Return both models' average precision and mean prediction on every slice.

    The p of a loss is that of a normal with the spread of the bootstrap draws, corrected over all
    slices that have figures (Benjamini & Hochberg 1995).

    Args:
        judged: The cases as both models see them.
        cases: The same, with labels and features.
        context: Category, region and size band by entity id.
        least: Counts below which a slice has no figures.
    """
    found = [
        _slice(judged.part(rows), dimension, value, least)
        for dimension, value, rows in _parts(parting(cases, context))
    ]
    tested = [i for i, one in enumerate(found) if one.p is not None]
    corrected = false_discovery_control([found[i].p for i in tested]) if tested else []
    plainly = [asdict(one) for one in found]
    for i, p in zip(tested, corrected, strict=True):
        plainly[i]["p"] = plain(float(p))
    return plainly


def parting(cases: LabelledFrame, context: pd.DataFrame) -> pd.DataFrame:
    """Return the value of each dimension for each case; missing where it has none."""
    table = context.reindex(cases.X.index).reindex(columns=[CATEGORY, REGION, SIZE_BAND])
    return table.astype(object).assign(
        **{AGE: _age(cases.X), DECIDED: _half(cases.labels[DECIDED_AT])}
    )


def _age(X: pd.DataFrame) -> pd.Series:
    days = pd.Series(np.nan, index=X.index)
    for name in AGE_FEATURES:
        if name in X:
            days = days.fillna(X[name].astype(float))
    bands = pd.cut(days, [-np.inf, *AGE_BANDS.values()], right=False, labels=list(AGE_BANDS))
    return bands.astype(object)


def _half(decided_at: pd.Series) -> pd.Series:
    """Tell the earlier from the later half: what comes later is more like what will come."""
    place = decided_at.rank(method="first")
    return pd.Series(np.where(place <= len(place) / 2, *HALVES), index=decided_at.index)


def _parts(table: pd.DataFrame) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    for dimension in DIMENSIONS:
        values = table[dimension]
        named = _in_order(dimension, values.dropna())
        for value in named if len(named) > 1 else ():  # one value parts nothing
            yield dimension, str(value), np.flatnonzero((values == value).to_numpy(dtype=bool))


def _in_order(dimension: str, values: pd.Series) -> Sequence[Any]:
    """Return the values: ages and halves as they follow, others by the number of cases."""
    known = list(AGE_BANDS) if dimension == AGE else list(HALVES) if dimension == DECIDED else None
    present = list(values.value_counts(sort=True).index)
    return [value for value in known if value in present] if known else present


def _slice(part: Judged, dimension: str, value: str, least: Least) -> Slice:
    cases, positives = len(part.y), int(part.y.sum())
    if cases < least.cases or min(positives, cases - positives) < least.positives:
        return Slice(dimension, value, cases, positives)
    ranked = {
        name: metrics(part.y, part.raw[name], part.probability[name], cases)[DECIDES]
        for name in CONTENDERS
    }
    points = {name: ranked[name](part.weights) for name in CONTENDERS}
    drawn = [ranked[CHALLENGER](w) - ranked[CHAMPION](w) for w in part.draws]
    gap = points[CHALLENGER] - points[CHAMPION]
    return Slice(
        dimension,
        value,
        cases,
        positives,
        plain(points[CHAMPION]),
        plain(points[CHALLENGER]),
        interval(gap, drawn).to_dict(),
        _loss_by_chance(gap, drawn),
        plain(float(np.average(part.y, weights=part.weights))),
        {
            n: plain(float(np.average(part.probability[n], weights=part.weights)))
            for n in CONTENDERS
        },
    )


def _loss_by_chance(gap: float, drawn: Sequence[float]) -> float:
    known = np.array([draw for draw in drawn if np.isfinite(draw)])
    spread = float(known.std()) if len(known) else 0.0
    return float(norm.cdf(gap / spread)) if spread > 0 else 1.0
