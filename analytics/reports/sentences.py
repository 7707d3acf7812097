"""Reasons in words, for the reports that list many entities."""

import pandas as pd

from analytics.columns import ENTITY_ID, EntityType
from analytics.explain.declared import evidence_noun, spec_of
from analytics.explain.render import render_reason
from analytics.snapshots.home import Dataset


def sentences_of(
    stored: pd.DataFrame, dataset: Dataset, entity: EntityType, currency: str
) -> dict[str, list[str]]:
    """Return the stored reasons of entities of one type as sentences, strongest first, by id."""
    sentences: dict[str, list[str]] = {}
    for row in stored.to_dict("records"):
        spec = spec_of(dataset, entity, str(row["feature"]))
        reason = render_reason(
            {str(key): value for key, value in row.items()}, spec, currency, evidence_noun(spec)
        )
        sentences.setdefault(str(row[ENTITY_ID]), []).append(reason.sentence)
    return sentences


def filled(texts: list[str], length: int) -> list[str]:
    """Return so many texts, empty ones where there are fewer."""
    return [*texts[:length], *[""] * (length - len(texts))]
