"""Confirmed violators among those whom an entity is tied to: how many, and by what."""

from typing import Final

import duckdb
import pandas as pd
import pyarrow as pa

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.features.as_of import AsOf
from analytics.signals.family import EVIDENCE_COLUMNS, FEATURE, empty_evidence
from analytics.signals.graph.specs import (
    BUYERS,
    LINKED,
    LISTING,
    SALES,
    SHOWN,
    SIBLINGS,
    SPECS,
    confirmed_name,
)

RELATION, LABEL, POLICY, DECIDED_AT = "relation", "label", "policy", "decided_at"
OUTCOMES: Final = {"violation": 1.0, "no_violation": 0.0}
# Whoever is tied to a confirmed violator; products also through the shop that lists both.
_PAIRS: Final = """
WITH confirmed AS (SELECT * FROM decided WHERE label = 1),
near AS (
    SELECT t.* EXCLUDE (weight) FROM ties t
    JOIN confirmed c ON c.entity_type = t.other_type AND c.entity_id = t.other_id
    UNION ALL
    SELECT a.other_type, a.other_id, b.other_type, b.other_id, 'siblings', NULL, 1,
           greatest(a.at, b.at)
    FROM ties b JOIN confirmed c ON c.entity_type = b.other_type AND c.entity_id = b.other_id
    JOIN ties a ON a.entity_type = 'merchant' AND a.entity_id = b.entity_id
    WHERE b.entity_type = 'merchant' AND b.relation = 'listing' AND a.relation = 'listing'
      AND a.other_id <> b.other_id)
SELECT n.*, c.policy, c.decided_at
FROM near n JOIN confirmed c ON c.entity_type = n.other_type AND c.entity_id = n.other_id
ORDER BY ALL
"""
_WORDS: Final = {
    BUYERS: "{times} buyers in common with a confirmed violator",
    SALES: "{times} orders shared with a confirmed violator",
    SHOWN: "Shown {times} times together with a confirmed violator",
    LISTING: "Listing tied to a confirmed violator",
    SIBLINGS: "Same shop as a confirmed violator",
}


def decided(view: AsOf) -> pd.DataFrame:
    """Return the last decision of each entity known at the view's moment that says yes or no.

    Returns:
        entity_type, entity_id, label (1 or 0), policy, decided_at; sorted, empty where the dataset
        has no past decisions.
    """
    columns = [ENTITY_TYPE, ENTITY_ID, LABEL, POLICY, DECIDED_AT]
    if not view.has("past_decisions"):
        return pd.DataFrame({column: pd.Series(dtype=str) for column in columns})
    table = view.table("past_decisions")
    rows = view.engine.frame(
        lambda: table.select(ENTITY_TYPE, ENTITY_ID, "outcome", POLICY, DECIDED_AT)
    )
    rows = rows.assign(**{LABEL: rows["outcome"].map(OUTCOMES).astype(float)})
    rows = rows.dropna(subset=[LABEL])
    rows = rows.sort_values([ENTITY_TYPE, ENTITY_ID, DECIDED_AT, LABEL, POLICY], kind="stable")
    return rows.groupby([ENTITY_TYPE, ENTITY_ID]).tail(1)[columns].reset_index(drop=True)


def confirmed_pairs(con: duckdb.DuckDBPyConnection, known: pd.DataFrame) -> pd.DataFrame:
    """Return who is tied to a confirmed violator, by what and since when.

    Args:
        con: Has the table `ties`.
        known: As from `decided`.

    Returns:
        entity_type, entity_id, other_type, other_id, relation, kind (of the value in common), at,
        times, and the other's policy and decided_at; one row per pair, relation and value.
    """
    con.register("decided", pa.Table.from_pandas(known, preserve_index=False))
    return con.execute(_PAIRS).df()


def counts(pairs: pd.DataFrame) -> pd.Series:
    """Return the number of confirmed others by entity type, id and relation."""
    others = pairs[[ENTITY_TYPE, ENTITY_ID, RELATION, "other_type", "other_id"]].drop_duplicates()
    return others.groupby([ENTITY_TYPE, ENTITY_ID, RELATION]).size()


def evidence_rows(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs as evidence: which confirmed neighbour, by what link, since when."""
    names = pairs[RELATION].map(confirmed_name)
    declared = {(spec.entity, spec.name) for spec in SPECS}
    has_spec = [key in declared for key in zip(pairs[ENTITY_TYPE], names, strict=True)]
    rows = pairs.assign(**{FEATURE: names})[has_spec]
    if rows.empty:
        return empty_evidence()
    what = [_what(*row) for row in zip(rows[RELATION], rows["kind"], rows["times"], strict=True)]
    policy = rows[POLICY].map(lambda code: f" for {code}", na_action="ignore").fillna("")
    detail = "Confirmed " + rows[DECIDED_AT].dt.strftime("%Y-%m-%d") + policy
    return rows.assign(what=what, detail=detail)[list(EVIDENCE_COLUMNS)]


def _what(relation: str, kind: str, times: int) -> str:
    if relation == LINKED:
        return f"Same {kind.replace('_', ' ')} as a confirmed violator"
    words = _WORDS[relation].format(times=times)
    return words if times != 1 else words.replace("1 orders", "1 order").replace("1 times", "once")
