"""What would have to change for the risk to fall below a threshold, by scoring again.

Features that an entity can change itself are moved to what is usual among its peers, all windows of
one measure together, and the model scores the result. The smallest set of changes that gets below
the threshold wins; a counterfactual in the sense of Wachter et al. (2017), restricted to moves that
peers have made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics import formats
from analytics.explain.reasons import concept
from analytics.explain.render import NOUNS
from analytics.features.spec import FeatureSpec

Floats = npt.NDArray[np.floating[Any]]
Risk = Callable[[pd.DataFrame], Floats]
Level = Literal["usual", "best"]

MAX_CHANGES: Final = 3  # more than three things at once is no advice
MAX_MEASURES: Final = 12  # 298 sets of up to three
FRACTIONS: Final = tuple(step / 10 for step in range(1, 11))


@dataclass(frozen=True)
class Change:
    """One measure that would have to move.

    Attributes:
        measure: What is measured, apart from its window.
        feature: The window shown.
        label: Plain name.
        before: Value now, printed.
        after: Value needed, printed.
        sentence: Both, in words.
        moves: Every feature of the measure and its new value.
    """

    measure: str
    feature: str
    label: str
    before: str
    after: str
    sentence: str
    moves: dict[str, float]


@dataclass(frozen=True)
class Advice:
    """What would bring the risk below the queue's threshold.

    Attributes:
        is_reachable: Whether the changes suffice.
        is_needed: False where the risk is below the threshold as it is.
        changes: The fewest found; all possible ones where they do not suffice.
        risk_before: Expected harm now.
        risk_after: Expected harm after the changes, by the model.
        threshold: Where the queue starts.
        sentence: The whole, in words.
    """

    is_reachable: bool
    is_needed: bool
    changes: tuple[Change, ...]
    risk_before: float
    risk_after: float
    threshold: float | None
    sentence: str


@dataclass(frozen=True)
class Problem:
    """One entity, what it may change and what its peers do.

    Attributes:
        row: Its features, one row.
        specs: Declarations of the features.
        peers: The features of its peers.
        risk: Scores rows with the real model.
        threshold: Risk to fall below.
        print_risk: Prints a risk in its unit.
        currency: Of the dataset.
    """

    row: pd.DataFrame
    specs: Sequence[FeatureSpec]
    peers: pd.DataFrame
    risk: Risk
    threshold: float
    print_risk: Callable[[float], str]
    currency: str


Moves = dict[str, dict[str, float]]
"""Measure → feature → value to move to."""


def what_would_help(problem: Problem) -> Advice:
    """Find the smallest set of changes that brings the risk below the threshold.

    Moves go to the peers' median first; only if that does not suffice, to their best decile.
    """
    before = float(problem.risk(problem.row)[0])
    if before < problem.threshold:
        return _advice(problem, before, before, {}, is_reachable=True, is_needed=False)
    tried: Moves = {}
    for level in ("usual", "best"):
        moves = _strongest(problem, possible_moves(problem, level), before)
        tried = moves or tried
        if chosen := _fewest(problem, moves):
            final, after = _least_far(problem, {measure: moves[measure] for measure in chosen})
            return _advice(problem, before, after, final, is_reachable=True, is_needed=True)
    after = float(problem.risk(_moved(problem.row, [tried]))[0]) if tried else before
    return _advice(problem, before, after, tried, is_reachable=False, is_needed=True)


def possible_moves(problem: Problem, level: Level) -> Moves:
    """Return where each measure that the entity can change would go, if that is an improvement."""
    moves: Moves = {}
    for spec in problem.specs:
        if not (spec.is_actionable and spec.monotone and spec.name in problem.row):
            continue
        now = float(problem.row[spec.name].iloc[0])
        known = problem.peers[spec.name].dropna()
        if np.isnan(now) or known.empty:
            continue
        goal = float(known.quantile(_quantile(level, spec.monotone)))
        if (now - goal) * spec.monotone > 0:
            moves.setdefault(concept(spec.name), {})[spec.name] = goal
    return moves


def _quantile(level: Level, sign: int) -> float:
    if level == "usual":
        return 0.5
    return 0.1 if sign > 0 else 0.9


def _strongest(problem: Problem, moves: Moves, before: float) -> Moves:
    """Keep the measures that lower the risk most by themselves."""
    if not moves:
        return {}
    alone = problem.risk(_moved(problem.row, [{m: moves[m]} for m in moves]))
    gains = {m: before - float(after) for m, after in zip(moves, alone, strict=True)}
    ranked = sorted(moves, key=lambda m: (-gains[m], m))[:MAX_MEASURES]
    return {m: moves[m] for m in ranked}


def _fewest(problem: Problem, moves: Moves) -> tuple[str, ...]:
    """Return the smallest set of measures that suffices; among equals the one that lowers most."""
    for size in range(1, min(MAX_CHANGES, len(moves)) + 1):
        sets = list(combinations(moves, size))
        after = problem.risk(_moved(problem.row, [{m: moves[m] for m in one} for one in sets]))
        best = int(np.argmin(after))
        if after[best] < problem.threshold:
            return sets[best]
    return ()


def _least_far(problem: Problem, moves: Moves) -> tuple[Moves, float]:
    """Return the shortest way towards the goals that suffices, and the risk there."""
    partial = [_partly(problem.row, moves, fraction) for fraction in FRACTIONS]
    after = problem.risk(_moved(problem.row, partial))
    first = int(np.argmax(after < problem.threshold))
    return partial[first], float(after[first])


def _partly(row: pd.DataFrame, moves: Moves, fraction: float) -> Moves:
    return {
        measure: {
            name: float(row[name].iloc[0]) + fraction * (goal - float(row[name].iloc[0]))
            for name, goal in goals.items()
        }
        for measure, goals in moves.items()
    }


def _moved(row: pd.DataFrame, candidates: Sequence[Moves]) -> pd.DataFrame:
    """Return the row once per candidate, with its moves made."""
    rows = pd.concat([row] * len(candidates), ignore_index=True)
    for number, moves in enumerate(candidates):
        for goals in moves.values():
            for name, goal in goals.items():
                rows.loc[number, name] = goal
    return rows


def _advice(
    problem: Problem,
    before: float,
    after: float,
    moves: Moves,
    *,
    is_reachable: bool,
    is_needed: bool,
) -> Advice:
    changes = tuple(_change(problem, measure, goals) for measure, goals in moves.items())
    return Advice(
        is_reachable=is_reachable,
        is_needed=is_needed,
        changes=changes,
        risk_before=before,
        risk_after=after,
        threshold=problem.threshold,
        sentence=_sentence(problem, changes, before, after, is_reachable, is_needed),
    )


def _change(problem: Problem, measure: str, goals: dict[str, float]) -> Change:
    """Describe the move of one measure by the window that moves most in its own scale."""
    specs = {spec.name: spec for spec in problem.specs}
    now = {name: float(problem.row[name].iloc[0]) for name in goals}
    shown = max(goals, key=lambda name: abs(goals[name] - now[name]) / (abs(now[name]) or 1.0))
    spec = specs[shown]
    before = formats.value(now[shown], spec.unit, problem.currency)
    after = formats.value(goals[shown], spec.unit, problem.currency)
    return Change(
        measure=measure,
        feature=shown,
        label=spec.label,
        before=before,
        after=after,
        sentence=f"{spec.label} {formats.period(spec.window_days)}: from {before} to {after}",
        moves=goals,
    )


def _sentence(
    problem: Problem,
    changes: Sequence[Change],
    before: float,
    after: float,
    is_reachable: bool,
    is_needed: bool,
) -> str:
    threshold = problem.print_risk(problem.threshold)
    now = problem.print_risk(before)
    if not is_needed:
        return f"Expected harm ({now}) is below the queue's threshold ({threshold}) as it is."
    if not changes:
        return (
            f"Nothing that the {problem.specs[0].entity if problem.specs else 'entity'} can change "
            f"lowers the risk: what raises it is not in its hands, or is usual among its peers."
        )
    listed = "; ".join(change.sentence for change in changes)
    effect = f"would lower expected harm from {now} to {problem.print_risk(after)}"
    if is_reachable:
        return f"{listed}. This {effect}, below the queue's threshold of {threshold}."
    peers = NOUNS[problem.specs[0].entity]
    return (
        f"Not reachable by what similar {peers} do: even all changes together {effect}, "
        f"still not below the queue's threshold of {threshold}."
    )
