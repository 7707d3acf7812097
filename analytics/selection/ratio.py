"""Shares of two parts, each known with an interval."""

import math

from analytics.model.metrics import Estimate


def share_of(part: Estimate, other: Estimate) -> Estimate:
    """Return part / (part + other) with an interval recovered from the two parts' own.

    The share falls as the ratio other / part rises, whose limits are those of Donner & Zou (2012,
    doi:10.1177/0962280210383983): they need no variance, and stay apart where a part was not
    seen at all. The parts are taken for independent.
    """
    if part.value + other.value <= 0:
        return Estimate(math.nan, 0.0, 1.0)
    value = part.value / (part.value + other.value)
    return Estimate(value, _as_share(_upper(other, part)), _as_share(_lower(other, part)))


def _as_share(ratio: float) -> float:
    return 1 / (1 + ratio)


def _lower(above: Estimate, below: Estimate) -> float:
    """Return the lower limit of above / below, in the form that stays finite for below near 0."""
    product = above.value * below.value
    top = above.low * (2 * above.value - above.low)
    reach = top * below.high * (2 * below.value - below.high)
    bottom = product + math.sqrt(max(0.0, product**2 - reach))
    return top / bottom if bottom > 0 else 0.0


def _upper(above: Estimate, below: Estimate) -> float:
    """Return the upper limit of above / below; infinite where below may be nothing."""
    product = above.value * below.value
    bottom = below.low * (2 * below.value - below.low)
    if bottom <= 0:
        return math.inf
    reach = above.high * (2 * above.value - above.high) * bottom
    return (product + math.sqrt(max(0.0, product**2 - reach))) / bottom
