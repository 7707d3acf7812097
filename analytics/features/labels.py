"""What reviewers decided, as labels."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from analytics.columns import AS_OF, ENTITY_ID, ENTITY_TYPE, EntityType

if TYPE_CHECKING:
    from analytics.engines import Engine
    from analytics.snapshots.home import Dataset

LABEL, POLICY, DECIDED_AT = "label", "policy", "decided_at"
SOURCE, DECISION_ID, DATASET_ID = "source", "decision_id", "dataset_id"
PAST = "past"  # a decision that came with the data
PROVENANCE = (LABEL, POLICY, DECIDED_AT, SOURCE, DECISION_ID, DATASET_ID, AS_OF)
LABEL_OF = {"violation": 1.0, "no_violation": 0.0}

_NOBODY = pd.DataFrame(
    {LABEL: [], POLICY: [], DECIDED_AT: pd.to_datetime([])}, index=pd.Index([], name=ENTITY_ID)
)


def past_labels(
    engine: "Engine", dataset: "Dataset", entity: EntityType, as_of: datetime, validity_days: int
) -> pd.DataFrame:
    """Return the label of each entity by the decisions known at `as_of`.

    The last decision counts, while it is within its validity; "cannot tell" is no label and takes
    none away. Decisions of the same moment count as a violation if one of them is.

    Returns:
        A frame indexed by entity id (sorted) with `label` (1 or 0), `policy`, `decided_at`.
    """
    from analytics.features.as_of import AsOf

    if not dataset.has("past_decisions"):
        return _NOBODY.copy()
    with AsOf(engine, dataset, as_of) as view:
        table = view.table("past_decisions")
        table = table.filter(table[ENTITY_TYPE] == entity)
        rows = engine.frame(lambda: table.select(ENTITY_ID, "outcome", POLICY, DECIDED_AT))
    return last_decisions(rows[rows[DECIDED_AT] > as_of - timedelta(days=validity_days)])


def last_decisions(rows: pd.DataFrame, also: Sequence[str] = ()) -> pd.DataFrame:
    """Keep the last decision of each entity that says yes or no, with the columns `also`."""
    rows = rows.assign(**{LABEL: rows["outcome"].map(LABEL_OF).astype(float)})
    rows = rows.dropna(subset=[LABEL])
    rows = rows.sort_values([ENTITY_ID, DECIDED_AT, LABEL, POLICY], kind="stable")
    kept = [LABEL, POLICY, DECIDED_AT, *also]
    return rows.groupby(ENTITY_ID).tail(1).set_index(ENTITY_ID)[kept]


def decided_policies(labels: pd.DataFrame) -> dict[str, float]:
    """Return the share of each policy among the confirmed violations."""
    confirmed = labels.loc[labels[LABEL] == 1, POLICY].dropna()
    shares = confirmed.value_counts(normalize=True)
    return {str(code): float(share) for code, share in sorted(shares.items())}
