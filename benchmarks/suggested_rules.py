"""Whether rules suggested from what the model missed find what it goes on missing.

On a generated marketplace the simulated reviewer decides about one half of the truth groups. Cases
below a day's capacity by the prior, the model of a young marketplace, are what suggestions are made
from. Those that even by the lower bound of their precision beat the share without a rule are then
tried on the other half, that nobody labelled: below the same threshold, against the truth. Their
precision there is what a reviewer would meet who follows the rule.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from analytics.errors import TooFewLabelsError
from analytics.pipeline.missed import HELD_OUT
from analytics.retraining.holdout import is_held_out
from analytics.rules.suggest import Suggestion, met, suggest
from benchmarks.labelling import LabelMarket


def measure(market: LabelMarket) -> dict[str, Any]:
    """Suggest rules on one marketplace and try them on those who were never labelled."""
    capacity = market.settings.review_capacity
    raw = market.prior.raw(market.X)
    below = market.X[raw < np.sort(raw)[-capacity]]
    usable = [s.name for s in market.specs if s.is_default and s.is_point_in_time]
    decided = below.loc[below.index.intersection(market.answers.index), usable]
    others = below.loc[below.index.intersection(market.guilty.index), usable]
    y = market.answers[decided.index]
    is_guilty = market.guilty[others.index].to_numpy(dtype=bool)
    found: dict[str, Any] = {
        "seed": market.seed,
        "decided": len(y),
        "missed": int(y.sum()),
        "others": len(others),
        "others_missed": int(is_guilty.sum()),
    }
    judges = is_held_out(market.groups[decided.index], HELD_OUT)
    try:
        rules = suggest(decided, y, judges, seed=market.settings.seed)
    except TooFewLabelsError as error:
        return {**found, "left_out": error.message}
    kept = [rule for rule in rules if rule.is_better]
    hits = [met(list(rule.definition.conditions()), others.astype(float)) for rule in kept]
    hit = np.logical_or.reduce(hits) if hits else np.zeros(len(others), dtype=bool)
    return {
        **found,
        "suggested": len(rules),
        "kept": len(kept),
        "hits": int(hit.sum()),
        "found": int((hit & is_guilty).sum()),
        "rules": [_told(rule, at, is_guilty) for rule, at in zip(kept, hits, strict=True)],
    }


def _told(rule: Suggestion, hit: Any, is_guilty: Any) -> dict[str, Any]:
    """Return what the suggestion claimed and what came of it."""
    assert rule.precision is not None
    return {
        "definition": rule.definition.to_dict(),
        "claimed": [round(v, 3) for v in (rule.precision.value, rule.precision.low)],
        "hits": int(hit.sum()),
        "found": int((hit & is_guilty).sum()),
    }


def summary(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return over all marketplaces how right the kept rules were, and how much they found."""
    tried = [one for one in found if "hits" in one]
    total = {
        name: sum(one[name] for one in tried)
        for name in ("kept", "hits", "found", "others", "others_missed")
    }
    return {
        "marketplaces": len(tried),
        "rules": total["kept"],
        "precision": _share(total["found"], total["hits"]),
        "without_rule": _share(total["others_missed"], total["others"]),
        "recall": _share(total["found"], total["others_missed"]),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
