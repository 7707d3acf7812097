"""Which stretch of a sequence raises its score: each is left out in turn, and the rest scored."""

from typing import Final

import numpy as np
import pandas as pd

from analytics.signals.sequence.event_log import EventLog, Floats, Ints
from analytics.signals.sequence.risk import SequenceRisk
from analytics.signals.sequence.stretches import within_last

STRETCH_DAYS: Final = 14.0
LOOK_BACK: Final = 364.0
MOST_EVENTS: Final = 5_000  # of one entity, the last ones
AT_ONCE: Final = 1_000_000  # events in all copies of a part
LEAST_DROP: Final = 0.05
START, END, DROP, CODE = "start", "end", "drop", "code"


def raising_stretches(
    risk: SequenceRisk, log: EventLog, codes: Ints, moment: float
) -> pd.DataFrame:
    """Return the stretches whose leaving out lowers the score of some entities.

    The year before the moment is cut into stretches of two weeks. For each that holds an event
    there is a copy of the sequence without it; all copies are scored at once.

    Args:
        risk: The fitted score.
        log: The log of everybody.
        codes: Whose stretches to judge, by code.
        moment: Days since 1970.

    Returns:
        `code`, `start` and `end` (moments of the first and last event, days since 1970) and `drop`
        (log-odds, at least `LEAST_DROP`), the largest first within each entity.
    """
    log = within_last(log.where(moment - log.at < LOOK_BACK), MOST_EVENTS)
    parts = [_raising(risk, log, part, moment) for part in _parts(log, codes)]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=[CODE, START, END, DROP])
    found = found[found[DROP] >= LEAST_DROP]
    return found.sort_values([CODE, DROP], ascending=[True, False]).reset_index(drop=True)


def _parts(log: EventLog, codes: Ints) -> list[Ints]:
    """Cut the entities into parts whose copies hold about `AT_ONCE` events."""
    copies = np.diff(log.bounds)[codes] * (LOOK_BACK / STRETCH_DAYS)
    part = (np.cumsum(copies) // AT_ONCE).astype(np.int64)
    return [codes[part == number] for number in np.unique(part)]


def _raising(risk: SequenceRisk, log: EventLog, codes: Ints, moment: float) -> pd.DataFrame:
    own = log.of(codes)
    events = pd.DataFrame({"own": own.code, "stretch": _stretch(own, moment), "at": own.at})
    cut = events.groupby(["own", "stretch"])["at"].agg(["min", "max"]).reset_index()
    copies = own.of(cut["own"].to_numpy())
    is_left_out = _stretch(copies, moment) == cut["stretch"].to_numpy()[copies.code]
    without = _scores(risk, copies.where(~is_left_out), moment)
    whole = _scores(risk, own, moment)
    return pd.DataFrame(
        {
            CODE: codes[cut["own"]],
            START: cut["min"],
            END: cut["max"],
            DROP: whole[cut["own"]] - without,
        }
    )


def _stretch(log: EventLog, moment: float) -> Ints:
    return ((moment - log.at) // STRETCH_DAYS).astype(np.int64)


def _scores(risk: SequenceRisk, log: EventLog, moment: float) -> Floats:
    return risk.decision_function(log, np.full(log.size, moment))
