"""Which policy a case is likeliest about, so that the decision form can put it first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analytics.policies import Policy

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation


def by_likelihood(case: "CaseExplanation", policies: Sequence[Policy]) -> list[Policy]:
    """Return the policies of an entity type, the model's likeliest first, then by code."""
    chances = {part.code: part.probability or 0.0 for part in case.harm.parts if part.code}
    return sorted(policies, key=lambda policy: (-chances.get(policy.code, 0.0), policy.code))
