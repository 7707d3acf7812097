"""Reasons for a list of entities at once: one read, one sentence each."""

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.explain.render import claim_of
from analytics.explain.sources import CaseSources


def first_claims(sources: CaseSources, listed: pd.DataFrame) -> list[str]:
    """Return the strongest reason of each row in words, without its comparison.

    Args:
        sources: Where to read.
        listed: Rows with entity_type and entity_id, such as a page of the queue.

    Returns:
        One claim per row, in their order; empty where an entity has no reason.
    """
    if listed.empty:
        return []
    stored = sources.warehouse.queue_reasons(sources.snapshot_id, sources.models, listed)
    claims = {}
    for row in stored.to_dict("records"):
        spec = sources.declarations(row[ENTITY_TYPE]).of(str(row["feature"])).spec
        claims[row[ENTITY_TYPE], row[ENTITY_ID]] = claim_of(spec, row["value"], sources.currency)
    return [claims.get(key, "") for key in zip(listed[ENTITY_TYPE], listed[ENTITY_ID], strict=True)]
