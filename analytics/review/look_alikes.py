"""Members of a ring that look innocent, and why: whom a decision on the whole ring may wrong."""

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from analytics import formats

COMMON: Final = 10  # a value with as many holders, such as a warehouse, may be shared by strangers
HIDDEN_TIE: Final = "hidden_tie"
RAREST: Final = "rarest"
CONFIRMED: Final = "confirmed"
CLEARED_AT: Final = "cleared_at"
RISK: Final = "violation_probability"


@dataclass(frozen=True)
class LookAlike:
    """What speaks for a member.

    Attributes:
        reasons: In words.
        is_likely: Whether it is to be left out unless the reviewer takes it in: it was cleared, or
            nothing but what strangers share ties it. A low risk alone says little, since the
            accounts that a ring keeps in reserve are quiet.
    """

    reasons: tuple[str, ...]
    is_likely: bool


def look_alike(member: "pd.Series[Any]", *, low_risk: float) -> LookAlike:
    """Say what speaks for a member of a ring; nothing does for one that was confirmed.

    Args:
        member: hidden_tie, rarest (holders of the rarest value that ties it, may be missing),
            confirmed (1, 0 or missing), cleared_at (missing unless it was found to be no
            violation) and violation_probability.
        low_risk: Probability below which the risk is called low.
    """
    if member[CONFIRMED] == 1:
        return LookAlike((), is_likely=False)
    strong = []
    if not pd.isna(member[CLEARED_AT]):
        strong.append(f"Cleared on {formats.date(member[CLEARED_AT])}")
    elif member[CONFIRMED] == 0:
        strong.append("Cleared before")
    if not member[HIDDEN_TIE] > 0:
        strong.append("Tied only by what is shown openly, such as an address or sales")
    if member[RAREST] >= COMMON:
        strong.append(f"The rarest value that ties it has {formats.count(member[RAREST])} holders")
    weak = []
    if member[RISK] < low_risk:
        weak.append(f"Its own risk is low ({formats.probability(member[RISK])})")
    return LookAlike((*strong, *weak), is_likely=bool(strong))
