"""Which decision is the label of an entity, wherever it was made."""

from datetime import datetime

import pandas as pd

from analytics.columns import AS_OF, ENTITY_ID
from analytics.features.labels import DATASET_ID, DECIDED_AT, DECISION_ID, PAST, PROVENANCE, SOURCE

QUEUE_POLICY, STRATUM = "queue_policy", "stratum"
INCLUSION_PROBABILITY = "inclusion_probability"
CONTROL_PROBABILITY = "control_probability"
REVIEW = "review"
REVIEWER = "reviewer"
COLUMNS = (
    *PROVENANCE,
    QUEUE_POLICY,
    STRATUM,
    INCLUSION_PROBABILITY,
    CONTROL_PROBABILITY,
    REVIEWER,
)


def newest_labels(reviewed: pd.DataFrame, past: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Return one label per entity: its newest decision, of reviewers here or from the data.

    Args:
        reviewed: Labels of the decisions database, indexed by entity id; the `as_of` of what was
            seen is missing for imported ones.
        past: Labels that came with the data, as from `past_labels`.
        as_of: Decisions on what was known only later are left out.

    Returns:
        Indexed by entity id (sorted): label, policy, decided_at, source, decision_id, dataset_id,
        as_of, how the queue chose the case, and who decided.
    """
    known = reviewed.reindex(columns=list(COLUMNS))
    known = known[known[AS_OF].isna() | (known[AS_OF] <= as_of)]
    earlier = past.assign(**{SOURCE: PAST}).reindex(columns=list(COLUMNS))
    parts = [part.rename_axis(ENTITY_ID).reset_index() for part in (earlier, known) if len(part)]
    if not parts:
        return _typed(known.rename_axis(ENTITY_ID))
    rows = pd.concat([_typed(part) for part in parts], ignore_index=True)
    rows = rows.sort_values([ENTITY_ID, DECIDED_AT], kind="stable")
    return rows.groupby(ENTITY_ID).tail(1).set_index(ENTITY_ID)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(
        {
            "label": float,
            DECIDED_AT: "datetime64[us]",
            AS_OF: "datetime64[us]",
            DECISION_ID: "Int64",
            INCLUSION_PROBABILITY: float,
            CONTROL_PROBABILITY: float,
            **dict.fromkeys(
                ("policy", SOURCE, DATASET_ID, QUEUE_POLICY, STRATUM, REVIEWER), object
            ),
        }
    )
