"""The rows behind the rings' features: who is tied to whom by what, and who was confirmed."""

from typing import Final

import pandas as pd

from analytics import formats, relations
from analytics.columns import ENTITY_TYPE
from analytics.signals.communities.features import confirmed_others
from analytics.signals.communities.found import KEY, OTHER, FoundRings
from analytics.signals.family import EVIDENCE_COLUMNS

SHOWN_DIGITS: Final = 8


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
        what=ties["relation"].map(relations.in_words),
        detail=_detail(ties),
    )


def _detail(ties: pd.DataFrame) -> pd.Series:
    # Where no tie has a value, pandas takes the column for numbers.
    value = ties["value"].astype("str").str.slice(0, SHOWN_DIGITS)
    holders = ties["sharers"].map(formats.count).astype("str")
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
