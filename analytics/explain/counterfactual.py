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
from analytics.explain.render import label_of
from analytics.features.spec import FeatureSpec

Floats = npt.NDArray[np.floating[Any]]
Risk = Callable[[pd.DataFrame], Floats]
Level = Literal["usual", "best"]
Outcome = Literal["not needed", "reachable", "out of reach"]

LEVELS: Final[tuple[Level, ...]] = ("usual", "best")
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
        outcome: Whether changes suffice, or are needed at all.
        changes: The fewest that suffice; the strongest where none do.
        risk_before: Expected harm now.
        risk_after: Expected harm after the changes, by the model.
        risk_least: Expected harm after everything that the entity could change, or after
            `changes` where that is less.
        threshold: Where the queue starts.
        sentence: The whole, in words.
    """

    outcome: Outcome
    changes: tuple[Change, ...]
    risk_before: float
    risk_after: float
    risk_least: float
    threshold: float
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

    Moves go to the peers' median first; only if that does not suffice, to their best decile. Where
    even all of these together do not suffice, the three that lower the risk most are told.
    """
    before = float(problem.risk(problem.row)[0])
    if before < problem.threshold:
        return _advice(problem, "not needed", before, before, {})
    strongest: Moves = {}
    least = before
    for level in LEVELS:
        moves = _by_gain(problem, possible_moves(problem, level), before)
        if not moves:
            continue
        strongest, least = moves, float(problem.risk(_moved(problem.row, [moves]))[0])
        if least < problem.threshold:
            final, after = _least_far(problem, _fewest(problem, moves))
            return _advice(problem, "reachable", before, after, final)
    few = dict(list(strongest.items())[:MAX_CHANGES])
    after = float(problem.risk(_moved(problem.row, [few]))[0]) if few else before
    return _advice(problem, "out of reach", before, after, few, least)


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


def _by_gain(problem: Problem, moves: Moves, before: float) -> Moves:
    """Keep the measures that lower the risk by themselves, the strongest first."""
    if not moves:
        return {}
    alone = problem.risk(_moved(problem.row, [{m: moves[m]} for m in moves]))
    gains = {m: before - float(after) for m, after in zip(moves, alone, strict=True)}
    ranked = sorted((m for m in moves if gains[m] > 0), key=lambda m: (-gains[m], m))
    return {m: moves[m] for m in ranked[:MAX_MEASURES]}


def _fewest(problem: Problem, moves: Moves) -> Moves:
    """Return the smallest set that suffices; among equals the one that lowers the risk most.

    Every set of up to `MAX_CHANGES` is scored; beyond, measures are added by their own gain.
    """
    for size in range(1, len(moves) + 1):
        sets = combinations(moves, size) if size <= MAX_CHANGES else [tuple(moves)[:size]]
        candidates = [{m: moves[m] for m in one} for one in sets]
        after = problem.risk(_moved(problem.row, candidates))
        best = int(np.argmin(after))
        if after[best] < problem.threshold:
            return candidates[best]
    return moves


def _least_far(problem: Problem, moves: Moves) -> tuple[Moves, float]:
    """Return the shortest way towards the goals that suffices, and the risk there."""
    partial = [_partly(problem.row, moves, fraction) for fraction in FRACTIONS]
    after = problem.risk(_moved(problem.row, partial))
    is_enough = after < problem.threshold
    first = int(np.argmax(is_enough)) if is_enough.any() else len(partial) - 1
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
    values = np.repeat(row.to_numpy(dtype=float), len(candidates), axis=0)
    for number, moves in enumerate(candidates):
        for goals in moves.values():
            values[number, row.columns.get_indexer(pd.Index(list(goals)))] = list(goals.values())
    return pd.DataFrame(values, columns=row.columns)


def _advice(
    problem: Problem,
    outcome: Outcome,
    before: float,
    after: float,
    moves: Moves,
    least: float | None = None,
) -> Advice:
    changes = tuple(_change(problem, measure, goals) for measure, goals in moves.items())
    # Changing everything can come out a little higher where a model is not monotone.
    least = after if least is None else min(least, after)
    return Advice(
        outcome=outcome,
        changes=changes,
        risk_before=before,
        risk_after=after,
        risk_least=least,
        threshold=problem.threshold,
        sentence=_sentence(problem, outcome, changes, before, after, least),
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
        sentence=f"{label_of(spec)}: from {before} to {after}",
        moves=goals,
    )


def _sentence(
    problem: Problem,
    outcome: Outcome,
    changes: Sequence[Change],
    before: float,
    after: float,
    least: float,
) -> str:
    now, then = problem.print_risk(before), problem.print_risk(after)
    threshold = problem.print_risk(problem.threshold)
    listed = "; ".join(change.sentence for change in changes)
    if outcome == "not needed":
        return f"Expected harm ({now}) is below the queue's threshold ({threshold}) as it is."
    if outcome == "reachable":
        return (
            f"{listed}. This would lower expected harm from {now} to {then}, below the queue's "
            f"threshold of {threshold}."
        )
    if not changes:
        return "Nothing that it can change itself lowers the risk to what is usual among its peers."
    return (
        f"Out of reach: with all that it can change at the level of the best tenth of its peers, "
        f"expected harm would still be {problem.print_risk(least)}, and the queue starts at "
        f"{threshold}. What would lower it most, from {now} to {then}: {listed}."
    )
