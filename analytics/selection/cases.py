"""Drawn cases with what was decided since, round by round."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import ENTITY_ID, EXPECTED_HARM, GMV_AT_RISK, VIOLATION_PROBABILITY
from analytics.features.labels import DECIDED_AT, LABEL

Floats = NDArray[np.float64]

RUN, AT, POPULATION = "run_id", "at", "population"
IS_TOP, IS_CONTROL, THRESHOLD, Y = "is_top", "is_control", "threshold", "y"
NO_RUN: Final = -1.0
CERTAIN: Final = ("/top", "/rule")  # how the strata end that a round takes completely
SCORES: Final = (VIOLATION_PROBABILITY, EXPECTED_HARM, GMV_AT_RISK)  # as at the draw


def drawn_cases(entries: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return one row of each entity in each round, in the order of the rounds.

    Args:
        entries: As from `QueueEntries.frame`, of one entity type, with `threshold`.
        labels: As from `Decisions.labels`.

    Returns:
        run_id (`NO_RUN` where a person asked for the case), entity_id, at, population,
        violation_probability, expected_harm, gmv_at_risk, threshold, whether it `is_top` and
        `is_control`, decided_at, and `y`: the label, missing where nothing was decided since the
        draw.
    """
    kept = [RUN, ENTITY_ID, AT, POPULATION, *SCORES, THRESHOLD]
    rows = entries[kept].copy()
    rows[RUN] = entries[RUN].astype(float).fillna(NO_RUN)
    rows[IS_TOP] = entries["stratum"].astype(str).str.endswith(CERTAIN)
    rows[IS_CONTROL] = entries["policy"] == "control"
    rows = rows.sort_values([RUN, ENTITY_ID, IS_CONTROL], ascending=[True, True, False])
    cases = rows.drop_duplicates([RUN, ENTITY_ID]).reset_index(drop=True)  # as control, if both
    said = labels[[LABEL, DECIDED_AT]].reindex(cases[ENTITY_ID])
    cases[DECIDED_AT] = pd.to_datetime(said[DECIDED_AT].to_numpy())
    is_since = cases[DECIDED_AT] >= cases[AT]
    cases[Y] = np.where(is_since, said[LABEL].to_numpy(dtype=float), np.nan)
    return cases


class Rounds:
    """Sizes of all rounds, one element each, oldest first.

    Args:
        cases: As from `drawn_cases`.
        closed: How long a decided entity cannot be drawn again.

    Attributes:
        eligible: Entities that could be drawn.
        top: Those taken for certain.
        left: The others (N_rest).
        control: Control cases of the others that are decided.
        known: Entities that could not be drawn, because they had been before.
        known_positives: Violators among them, those undecided counted as the decided are.
    """

    def __init__(self, cases: pd.DataFrame, closed: pd.Timedelta) -> None:
        runs = cases[cases[RUN] != NO_RUN].drop_duplicates(RUN)
        self._count = len(runs)
        self._times = runs[AT].to_numpy(dtype="datetime64[us]")
        self._of_case = np.searchsorted(runs[RUN].to_numpy(), cases[RUN].to_numpy())
        is_drawn = (cases[RUN] != NO_RUN).to_numpy()
        self._is_top = is_drawn & cases[IS_TOP].to_numpy(dtype=bool)
        self._is_rest = is_drawn & ~self._is_top & cases[IS_CONTROL].to_numpy(dtype=bool)
        y = cases[Y].to_numpy(dtype=float)
        self.eligible = runs[POPULATION].to_numpy(dtype=float)
        self.top = self._sum(np.ones(len(cases)), self._is_top)
        self.left = self.eligible - self.top
        self.control = self._sum((~np.isnan(y)).astype(float), self._is_rest)
        self.known, self.known_positives = self._known(cases, closed)

    @property
    def entities(self) -> Floats:
        """All entities of the type."""
        return self.eligible + self.known

    @property
    def left_over(self) -> float:
        """Share of the rest that no control sample drew (1 − f)."""
        return float(max(0.0, 1 - self.control.sum() / max(self.left.max(initial=1.0), 1.0)))

    def of_top(self, y: pd.Series) -> Floats:
        """Return Σ y over the top of each round, those undecided counted as the decided are."""
        values = y.to_numpy(dtype=float)
        found = self._sum(np.nan_to_num(values), self._is_top)
        return _scaled(found, self._sum((~np.isnan(values)).astype(float), self._is_top), self.top)

    def of_rest(self, y: pd.Series) -> tuple[NDArray[np.intp], Floats]:
        """Return the round and `y` of each decided control case of the rest."""
        values = y.to_numpy(dtype=float)
        is_told = self._is_rest & ~np.isnan(values)
        return self._of_case[is_told], values[is_told]

    def _sum(self, values: Floats, among: NDArray[np.bool_]) -> Floats:
        found = np.bincount(self._of_case[among], values[among], minlength=self._count)
        return found.astype(np.float64)

    def _known(self, cases: pd.DataFrame, closed: pd.Timedelta) -> tuple[Floats, Floats]:
        """Count at each round the entities drawn before whose case is open or closed for long."""
        times = cases[AT].to_numpy(dtype="datetime64[us]")
        by_hand = (cases[RUN] == NO_RUN).to_numpy()
        since = np.where(by_hand, np.searchsorted(self._times, times, "left"), self._of_case + 1)
        free = (cases[DECIDED_AT] + closed).to_numpy(dtype="datetime64[us]")
        y = cases[Y].to_numpy(dtype=float)
        until = np.where(np.isnan(y), self._count, np.searchsorted(self._times, free, "left"))
        ordered = pd.DataFrame({ENTITY_ID: cases[ENTITY_ID], "since": since - 1})
        ordered = ordered.sort_values("since", kind="stable")
        again = ordered.groupby(ENTITY_ID)["since"].shift(-1).sort_index().to_numpy(dtype=float)
        until = np.minimum(until, np.where(np.isnan(again), self._count, again))
        until = np.maximum(until, since).astype(np.intp)
        known = self._between(since, until, np.ones(len(cases)))
        decided = self._between(since, until, (~np.isnan(y)).astype(float))
        return known, _scaled(self._between(since, until, np.nan_to_num(y)), decided, known)

    def _between(self, since: NDArray[np.intp], until: NDArray[np.intp], values: Floats) -> Floats:
        """Return Σ values of the cases at each round from `since` to before `until`."""
        size = self._count + 1
        change = np.bincount(since, values, size) - np.bincount(until, values, size)
        between: Floats = np.cumsum(change)[: self._count]
        return between


def _scaled(found: Floats, decided: Floats, size: Floats) -> Floats:
    return np.where(decided > 0, found / np.where(decided > 0, decided, 1.0) * size, 0.0)
