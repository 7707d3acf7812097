"""The rows behind the rings' features: who is tied to whom by what, and who was confirmed."""

from typing import Final

import pandas as pd

from analytics import formats
from analytics.columns import ENTITY_TYPE
from analytics.signals.communities.features import confirmed_others
from analytics.signals.communities.found import KEY, OTHER, FoundRings
from analytics.signals.family import EVIDENCE_COLUMNS

SHOWN_DIGITS: Final = 8
WHAT: Final = {
    "buyers": "More buyers in common than chance gives",
    "titles": "More titles in common than chance gives",
    "sales": "Much of the sales of both are with each other",
    "shown": "Much of what both show or have shown is with each other",
}


def ring_evidence(found: FoundRings) -> pd.DataFrame:
    """Return the rows behind the rings' features, in `EVIDENCE_COLUMNS`."""
    parts = [
        _ties(found.ties, "ring_others"),
        _ties(found.hidden, "ring_hidden_tie"),
        _confirmed(found),
    ]
    rows = pd.concat(parts, ignore_index=True).reindex(columns=list(EVIDENCE_COLUMNS))
    return rows[rows[ENTITY_TYPE].isin(["merchant", "creator"])]


def _ties(ties: pd.DataFrame, feature: str) -> pd.DataFrame:
    return ties[[*KEY, *OTHER]].assign(
        feature=feature,
        at=ties["first_seen"],
        what=ties["relation"].map(what_ties),
        detail=_detail(ties),
    )


def what_ties(relation: str) -> str:
    """Return a relation in words, as "Same bank account"."""
    return WHAT.get(relation) or f"Same {relation.replace('_', ' ')}"


def _detail(ties: pd.DataFrame) -> pd.Series:
    value = ties["value"].str.slice(0, SHOWN_DIGITS)
    holders = ties["sharers"].map(formats.count)
    return ("value " + value + "…, " + holders + " holders").where(value.notna())


def _confirmed(found: FoundRings) -> pd.DataFrame:
    pairs = confirmed_others(found)
    last = found.decisions.sort_values("decided_at").drop_duplicates(KEY, keep="last")
    named = last.rename(columns=dict(zip(KEY, OTHER, strict=True)))
    rows = pairs.merge(named[[*OTHER, "policy", "decided_at"]], on=OTHER)
    return rows[[*KEY, *OTHER]].assign(
        feature="ring_confirmed",
        at=pd.to_datetime(rows["decided_at"]),
        what="Confirmed violation",
        detail=rows["policy"],
    )
