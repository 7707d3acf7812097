"""Reasons in words, for the reports that list many entities."""

import pandas as pd

from analytics.columns import ENTITY_ID
from analytics.explain.declared import Declarations
from analytics.explain.render import render_reason


def sentences_of(
    stored: pd.DataFrame, declared: Declarations, currency: str
) -> dict[str, list[str]]:
    """Return the stored reasons of entities of one type as sentences, strongest first, by id."""
    sentences: dict[str, list[str]] = {}
    for row in stored.to_dict("records"):
        said = declared.of(str(row["feature"]))
        reason = render_reason(
            {str(key): value for key, value in row.items()}, said.spec, currency, said.noun
        )
        sentences.setdefault(str(row[ENTITY_ID]), []).append(reason.sentence)
    return sentences


def filled(texts: list[str], length: int) -> list[str]:
    """Return so many texts, empty ones where there are fewer."""
    return [*texts[:length], *[""] * (length - len(texts))]
