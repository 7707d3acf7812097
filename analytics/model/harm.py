"""Expected harm, which orders the queue."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import (
    ENTITY_ID,
    EXPECTED_DEFECT_SHARE,
    EXPECTED_HARM,
    GMV_30D,
    GMV_AT_RISK,
    GMV_OPEN,
    HARM_UNIT,
    POLICIES,
    POLICY_HARM,
    RANK,
    SHRUNKEN_RATE,
    TOP_POLICY,
    VIOLATION_PROBABILITY,
    EntityType,
)
from analytics.features.spec import FeatureSpec
from analytics.policies import Taxonomy

if TYPE_CHECKING:
    from analytics.model.bundle import EntityModel

Floats = NDArray[np.float64]

GMV_DAYS = 30


def policy_split(
    contributions: pd.DataFrame,
    specs: Sequence[FeatureSpec],
    taxonomy: Taxonomy,
    entity: EntityType,
    decided: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Split P(violation) over policies by what raises it: rows sum to 1, one column per policy.

    A positive contribution counts for the policies that its feature points to, in equal parts.
    What points nowhere is spread as past decisions were (`decided`: policy → share), or evenly.
    """
    codes = [policy.code for policy in taxonomy.of(entity)]
    usual = pd.Series(decided or {}, dtype=float).reindex(codes).fillna(0.0)
    usual = usual / usual.sum() if usual.sum() > 0 else pd.Series(1 / len(codes), index=codes)
    pointing = _pointing(list(contributions.columns), specs, codes)
    raised = np.clip(contributions.to_numpy(dtype=float), 0, None) @ pointing
    total = raised.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, raised / np.where(total > 0, total, 1), usual.to_numpy())
    return pd.DataFrame(shares, index=contributions.index, columns=codes)


def policies_of(
    model: "EntityModel",
    raised: pd.DataFrame,
    X: pd.DataFrame,
    specs: Sequence[FeatureSpec],
    taxonomy: Taxonomy,
) -> pd.DataFrame:
    """Split P(violation) over policies by what raises it, or by what the model has learned of them.

    Args:
        model: Has the shares of the past decisions, and what was learned of policies, if anything.
        raised: Contributions to violation, entities × features.
        X: Features, same index.
        specs: Tell the policies that features point to.
        taxonomy: All policies.
    """
    decided = model.card.get("decided_policies")
    split = policy_split(raised, specs, taxonomy, model.entity, decided)
    return split if model.policies is None else model.policies.refine(split, X)


def expected_harm(
    scores: pd.DataFrame,
    context: pd.DataFrame,
    split: pd.DataFrame,
    taxonomy: Taxonomy,
    *,
    horizon_days: int,
) -> pd.DataFrame:
    """Return `scores` with exposure, policies, expected harm and rank within the entity type.

    Expected harm = expected defective GMV of the horizon
    + Σ over policies of severity × P(policy) × GMV at risk,
    where GMV at risk is the GMV of the last 30 days, at least the open orders' GMV. Without any
    known exposure harm is Σ severity × P(policy), in units of severity.

    Args:
        scores: As from `EntityModel.score`, indexed by entity id.
        context: `gmv_30d` and `gmv_open`, missing where there are no orders.
        split: As from `policies_of`.
        taxonomy: Gives each policy's severity.
        horizon_days: Days ahead that quality predicts.
    """
    harmed = scores.copy()
    violation = scores[VIOLATION_PROBABILITY].fillna(0.0).to_numpy(dtype=float)
    probabilities = split.reindex(scores.index).to_numpy() * violation[:, None]
    severity = np.array([taxonomy.get(code).severity for code in split.columns])
    severity_expected = probabilities @ severity
    gmv, at_risk = _exposure(context.reindex(scores.index))
    has_exposure = bool(np.isfinite(at_risk).any())
    if has_exposure:
        defective = _defect_share(scores) * gmv * (horizon_days / GMV_DAYS)
        by_policy = severity_expected * np.nan_to_num(at_risk)
    else:
        defective, by_policy = np.zeros(len(scores)), severity_expected
    harmed[GMV_AT_RISK] = at_risk
    harmed[POLICY_HARM] = by_policy
    harmed[EXPECTED_HARM] = defective + by_policy
    harmed[HARM_UNIT] = "money" if has_exposure else "severity"
    return _ranked(_with_policies(harmed, probabilities, severity, split.columns, at_risk))


def _exposure(context: pd.DataFrame) -> tuple[Floats, Floats]:
    recent = context[GMV_30D].to_numpy(dtype=float)
    unsettled = context[GMV_OPEN].to_numpy(dtype=float)
    return np.nan_to_num(recent), np.fmax(recent, unsettled)


def _defect_share(scores: pd.DataFrame) -> Floats:
    shrunken = scores[SHRUNKEN_RATE].fillna(0.0)
    share: Floats = scores[EXPECTED_DEFECT_SHARE].fillna(shrunken).to_numpy(dtype=float)
    return share


def _with_policies(
    harmed: pd.DataFrame, probabilities: Floats, severity: Floats, codes: pd.Index, at_risk: Floats
) -> pd.DataFrame:
    exposure = np.nan_to_num(at_risk) if np.isfinite(at_risk).any() else np.ones(len(at_risk))
    harms = probabilities * severity * exposure[:, None]
    order = np.argsort(-probabilities * severity, axis=1, kind="stable")
    known = harmed[VIOLATION_PROBABILITY].notna().to_numpy()
    top = pd.Series(codes.to_numpy(dtype=object)[order[:, 0]], index=harmed.index, dtype=object)
    harmed[TOP_POLICY] = top.where(known, None)
    harmed[POLICIES] = [
        _policies_text(codes[row], probabilities[i, row], harms[i, row]) if known[i] else "[]"
        for i, row in enumerate(order)
    ]
    return harmed


def _policies_text(codes: pd.Index, probabilities: Floats, harms: Floats) -> str:
    parts = [
        f'{{"code": "{code}", "probability": {probability:.6f}, "harm": {harm:.4f}}}'
        for code, probability, harm in zip(codes, probabilities, harms, strict=True)
        if probability > 0
    ]
    return f"[{', '.join(parts)}]"


def _ranked(harmed: pd.DataFrame) -> pd.DataFrame:
    """Rank by harm, then by probability, then by id, so that equal data give equal ranks."""
    order = (
        harmed.rename_axis(ENTITY_ID)
        .reset_index()
        .sort_values(
            [EXPECTED_HARM, VIOLATION_PROBABILITY, ENTITY_ID],
            ascending=[False, False, True],
            kind="stable",
        )
        .index
    )
    rank = np.empty(len(harmed), dtype=np.int64)
    rank[order] = np.arange(1, len(harmed) + 1)
    harmed[RANK] = rank
    return harmed


def _pointing(names: list[str], specs: Sequence[FeatureSpec], codes: list[str]) -> Floats:
    policies = {spec.name: [code for code in spec.policies if code in codes] for spec in specs}
    pointing = np.zeros((len(names), len(codes)))
    for row, name in enumerate(names):
        for code in policies.get(name, []):
            pointing[row, codes.index(code)] = 1 / len(policies[name])
    return pointing
