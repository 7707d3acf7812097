"""The stretches of sequences behind the features, in words, for the case page and its timeline."""

from typing import Final

import numpy as np
import pandas as pd

from analytics import formats
from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.signals.family import EVIDENCE_COLUMNS, FEATURE
from analytics.signals.sequence.bursts import Bursts
from analytics.signals.sequence.event_log import EventLog, Floats, Ints, moment_of
from analytics.signals.sequence.features import SequenceFeatures
from analytics.signals.sequence.kinds import BURST, STRETCH
from analytics.signals.sequence.leaving_out import CODE, DROP, END, START, raising_stretches
from analytics.signals.sequence.risk import SequenceRisk
from analytics.signals.sequence.specs import SCORE

AMOUNT: Final = "amount"
STRETCH_COLUMNS: Final = (ENTITY_TYPE, ENTITY_ID, FEATURE, START, END, AMOUNT, "what", "detail")
TOP_SCORES: Final = 100
TOP_SHARE, TOP_LEAST, TOP_MOST = 0.1, 200, 5_000
MOST_RAISING: Final = 3
MOST_STEPS: Final = 5
_NAMED_KINDS: Final = 4
_SAID: Final = {
    STRETCH: "{count} {dates}, {amount} bits less likely than what usually follows",
    SCORE: "Without {count} {dates} the score would be {amount} lower",
    BURST: "{count} {dates}, with orders {amount} standard deviations above its own pace",
}


def stretch_table(
    entity: EntityType,
    log: EventLog,
    moment: float,
    usual: SequenceFeatures,
    risk: SequenceRisk | None,
    scores: Floats,
) -> pd.DataFrame:
    """Return the stretches behind the features of the entities that stand out most.

    Those are the tenth of all with the most unusual stretch and with the highest burst, and the
    `TOP_SCORES` with the highest score.

    Args:
        entity: Entity type.
        log: Its events.
        moment: Days since 1970.
        usual: What is usual, fitted.
        risk: The score, where there is one.
        scores: Score of each entity.

    Returns:
        A frame in `STRETCH_COLUMNS`, at most one row an entity and feature but for the score;
        `start` and `end` are naive UTC.
    """
    parts = [_unusual(log, usual), _bursts(log, moment)]
    if risk is not None:
        codes = np.argsort(-scores, kind="stable")[:TOP_SCORES]
        raising = raising_stretches(risk, log, codes, moment).groupby(CODE).head(MOST_RAISING)
        parts.append(raising.rename(columns={DROP: AMOUNT}).assign(**{FEATURE: SCORE}))
    rows = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    counts = _kinds_within(log, rows)
    rows["detail"] = [_spelled(log.kinds, row) for row in counts]
    rows["what"] = _said(rows, counts.sum(axis=1))
    rows[ENTITY_ID] = log.ids[rows[CODE].to_numpy(dtype=np.int64)].to_numpy()
    rows[START], rows[END] = moment_of(rows[START]), moment_of(rows[END])
    return rows.assign(**{ENTITY_TYPE: entity})[list(STRETCH_COLUMNS)]


def no_stretches() -> pd.DataFrame:
    """Return a table of stretches without rows."""
    return pd.DataFrame({name: [] for name in STRETCH_COLUMNS})


def evidence_rows(stretches: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return stretches and steps as rows behind features; a burst stands behind three of them."""
    bursts = stretches[stretches[FEATURE] == BURST]
    also = [bursts.assign(**{FEATURE: f"{BURST}_{name}"}) for name in ("trouble", "account")]
    rows = pd.concat([stretches, *also]).rename(columns={END: "at"})
    return pd.concat([rows, steps]).reindex(columns=list(EVIDENCE_COLUMNS))


def surprising_steps(entity: EntityType, log: EventLog, usual: SequenceFeatures) -> pd.DataFrame:
    """Return the most surprising steps within the most unusual stretches, as evidence."""
    found = usual.unusual(log)
    codes = _top(found.weight)
    first, last = (place[log.code] for place in (found.first, found.last))
    place = np.arange(len(log))
    inside = np.isin(log.code, codes) & (place >= first) & (place <= last) & log.is_step
    surprise = usual.transitions_.surprise(log)
    rows = pd.DataFrame({CODE: log.code, "place": place, "bits": surprise})[inside]
    rows = rows.sort_values([CODE, "bits"], ascending=[True, False], kind="stable")
    rows = rows.groupby(CODE).head(MOST_STEPS)
    at, kinds = rows["place"].to_numpy(), np.array(log.kinds, dtype=object)
    return pd.DataFrame(
        {
            ENTITY_TYPE: entity,
            ENTITY_ID: log.ids[rows[CODE].to_numpy()].to_numpy(),
            FEATURE: STRETCH,
            "at": moment_of(log.at[at]).to_numpy(),
            "what": kinds[log.kind[at]] + " after " + kinds[log.kind[at - 1]],
            "detail": [f"{bits:.1f} bits of surprise" for bits in rows["bits"]],
        }
    )


def _unusual(log: EventLog, usual: SequenceFeatures) -> pd.DataFrame:
    found = usual.unusual(log)
    codes = _top(found.weight)
    return _rows(
        STRETCH,
        codes,
        log.at[found.first[codes]],
        log.at[found.last[codes]],
        found.weight[codes],
    )


def _bursts(log: EventLog, moment: float) -> pd.DataFrame:
    found = Bursts(log, np.full(log.size, moment))
    codes = _top(found.height)
    return _rows(BURST, codes, found.start[codes], found.end[codes], found.height[codes])


def _rows(feature: str, codes: Ints, start: Floats, end: Floats, amount: Floats) -> pd.DataFrame:
    return pd.DataFrame({CODE: codes, START: start, END: end, AMOUNT: amount}).assign(
        **{FEATURE: feature}
    )


def _top(weight: Floats) -> Ints:
    """Return the entities with the most, of those that have any."""
    most = int(np.clip(TOP_SHARE * len(weight), TOP_LEAST, TOP_MOST))
    first = np.argsort(-weight, kind="stable")[:most]
    return np.sort(first[weight[first] > 0])


def _kinds_within(log: EventLog, rows: pd.DataFrame) -> Ints:
    """Return how often each kind occurs in each row's stretch, rows × kinds."""
    copies = log.of(rows[CODE].to_numpy(dtype=np.int64))
    start, end = (rows[name].to_numpy(dtype=float)[copies.code] for name in (START, END))
    inside = copies.where((copies.at >= start) & (copies.at <= end))
    size = len(log.kinds)
    counts = np.bincount(inside.code * size + inside.kind, minlength=len(rows) * size)
    return counts.reshape(len(rows), size)


def _spelled(kinds: tuple[str, ...], counts: Ints) -> str:
    first = np.argsort(-counts, kind="stable")[:_NAMED_KINDS]
    named = [f"{formats.count(int(counts[k]))} × {kinds[k]}" for k in first if counts[k]]
    return ", ".join([*named, "…"] if (counts > 0).sum() > _NAMED_KINDS else named)


def _said(rows: pd.DataFrame, events: Ints) -> list[str]:
    dates = zip(moment_of(rows[START]), moment_of(rows[END]), strict=True)
    spans = [f"from {formats.date(start)} to {formats.date(end)}" for start, end in dates]
    parts = zip(rows[FEATURE], rows[AMOUNT], events, spans, strict=True)
    return [
        _SAID[feature].format(
            count=formats.plural(int(count), "event"), dates=span, amount=f"{amount:.1f}"
        )
        for feature, amount, count, span in parts
    ]
