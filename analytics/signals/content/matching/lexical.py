"""How far the words of two products agree, and what each says that the other does not."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from analytics.signals.content.matching.candidates import Candidates
from analytics.signals.content.matching.spaces import RecordWords
from analytics.signals.content.matching.tokens import (
    EDITIONS,
    is_model,
    is_number,
    is_version,
    is_year,
)

Features = dict[str, float]
Weights = Mapping[str, float]

_SPELT_ALIKE = 0.92
_RAREST = 2
NAN = float("nan")


def lexical_features(
    candidates: Candidates, left: RecordWords, right: RecordWords, weights: Weights
) -> pd.DataFrame:
    """Return what the words of each pair say: a frame, pairs × features."""
    rows = [
        _of_pair(
            (left.title[i], left.full[i], left.others[i]),
            (right.title[j], right.full[j], right.others[j]),
            weights,
        )
        for i, j in zip(candidates.left_row, candidates.right_row, strict=True)
    ]
    return pd.DataFrame(rows, dtype=np.float64)


def _of_pair(
    left: tuple[Sequence[str], ...], right: tuple[Sequence[str], ...], weights: Weights
) -> Features:
    (title_l, full_l, other_l), (title_r, full_r, other_r) = left, right
    return {
        **_overlap("title", set(title_l), set(title_r), weights),
        **_overlap("full", set(full_l), set(full_r), weights),
        **_unmatched(title_l, full_l, title_r, full_r, weights),
        **_numbers(set(full_l), set(full_r)),
        **_editions(set(full_l), set(full_r)),
        **_spelling(title_l, full_l, title_r, full_r),
        **_others(other_l, full_l, other_r, full_r),
    }


def _overlap(name: str, left: set[str], right: set[str], weights: Weights) -> Features:
    both = left & right
    shared = _weight(both, weights)
    return {
        f"{name}_jaccard": _ratio(len(both), len(left | right)),
        f"{name}_overlap": _ratio(len(both), min(len(left), len(right))),
        f"{name}_weighted_jaccard": _ratio(shared, _weight(left | right, weights)),
        f"{name}_left_covered": _ratio(shared, _weight(left, weights)),
        f"{name}_right_covered": _ratio(shared, _weight(right, weights)),
        f"{name}_shared_weight": shared,
    }


def _unmatched(
    title_l: Sequence[str],
    full_l: Sequence[str],
    title_r: Sequence[str],
    full_r: Sequence[str],
    weights: Weights,
) -> Features:
    made: Features = {}
    for side, title, there in (("left", title_l, full_r), ("right", title_r, full_l)):
        own = set(title)
        rest = _without_counterpart(own, there)
        heaviest = sorted((weights[word] for word in rest), reverse=True)
        made[f"{side}_only_words"] = len(rest)
        made[f"{side}_only_weight"] = sum(heaviest)
        made[f"{side}_only_least"] = heaviest[-1] if heaviest else 0.0
        for k in range(_RAREST):
            made[f"{side}_only_rarest_{k + 1}"] = heaviest[k] if k < len(heaviest) else 0.0
        made[f"{side}_soft_covered"] = 1 - _ratio(sum(heaviest), _weight(own, weights))
    return made


def _without_counterpart(own: set[str], there: Sequence[str]) -> list[str]:
    """Return the words that the other side has neither as they are, nor joined, nor misspelt."""
    known, joined = set(there), "".join(there)
    return [
        word
        for word in sorted(own - known)
        if len(word) <= 3
        or is_number(word)
        or (word not in joined and _best_spelling(word, known) <= _SPELT_ALIKE)
    ]


def _numbers(left: set[str], right: set[str]) -> Features:
    made: Features = {}
    for name, is_kind in (
        ("number", is_number),
        ("version", is_version),
        ("year", is_year),
        ("model", is_model),
    ):
        here, there = {w for w in left if is_kind(w)}, {w for w in right if is_kind(w)}
        made[f"{name}s_shared"] = len(here & there)
        made[f"{name}s_left_only"] = len(here - there)
        made[f"{name}s_right_only"] = len(there - here)
        made[f"{name}s_agree"] = 1 if here & there else -1 if here and there else 0
    return made


def _editions(left: set[str], right: set[str]) -> Features:
    made: Features = {}
    for name, said_by in EDITIONS.items():
        on_left, on_right = bool(left & said_by), bool(right & said_by)
        made[f"edition_{name}"] = 2 if on_left and on_right else int(on_left) - int(on_right)
    made["editions_left_only"] = sum(value == 1 for value in made.values())
    made["editions_right_only"] = sum(value == -1 for value in made.values())
    return made


def _spelling(
    title_l: Sequence[str], full_l: Sequence[str], title_r: Sequence[str], full_r: Sequence[str]
) -> Features:
    left, right = " ".join(title_l), " ".join(title_r)
    return {
        "ratio": fuzz.ratio(left, right),
        "partial_ratio": fuzz.partial_ratio(left, right),
        "token_sort_ratio": fuzz.token_sort_ratio(left, right),
        "token_set_ratio": fuzz.token_set_ratio(left, right),
        "partial_token_sort_ratio": fuzz.partial_token_sort_ratio(left, right),
        "unspaced_ratio": fuzz.partial_ratio(left.replace(" ", ""), right.replace(" ", "")),
        "jaro_winkler": JaroWinkler.similarity(left, right),
        "left_monge_elkan": _mean(_best_spelling(word, full_r) for word in title_l),
        "right_monge_elkan": _mean(_best_spelling(word, full_l) for word in title_r),
        "left_words": len(title_l),
        "right_words": len(title_r),
        "more_words_right": len(title_r) - len(title_l),
        "begins_shared": float(bool(title_l) and title_l[0] in full_r),
    }


def _others(
    other_l: Sequence[str], full_l: Sequence[str], other_r: Sequence[str], full_r: Sequence[str]
) -> Features:
    both = bool(other_l) and bool(other_r)
    return {
        "left_has_others": float(bool(other_l)),
        "right_has_others": float(bool(other_r)),
        "others_ratio": fuzz.token_set_ratio(" ".join(other_l), " ".join(other_r)) if both else NAN,
        "left_others_found": _mean(float(word in full_r) for word in other_l),
        "right_others_found": _mean(float(word in full_l) for word in other_r),
        "left_others_begin_found": float(other_l[0] in full_r) if other_l else NAN,
    }


def _best_spelling(word: str, there: Collection[str]) -> float:
    return max((_alike(word, other) for other in there), default=0.0)


@lru_cache(maxsize=262_144)
def _alike(word: str, other: str) -> float:
    return JaroWinkler.similarity(word, other)


def _weight(words: Iterable[str], weights: Weights) -> float:
    return sum(weights[word] for word in sorted(words))  # sorted: sums must not depend on hashing


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else NAN
