"""The texts of each entity as one document, scored by their likeness to confirmed violations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import scipy.sparse as sp

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.features.as_of import AsOf
from analytics.signals.content.listings import is_told
from analytics.signals.content.specs import TEXT_POLICIES
from analytics.signals.content.text_models import TextModels, count_terms


@dataclass(frozen=True)
class Source:
    """Whose words speak for an entity type.

    Attributes:
        table: Table of the contract.
        key: Its column with the row's own id.
        owner: Its column with the entity.
        fields: Its texts.
        needs: What a dataset must have.
    """

    table: str
    key: tuple[str, ...]
    owner: str
    fields: tuple[str, str]
    needs: tuple[str, ...]


SOURCES: Final[Mapping[EntityType, Source]] = {
    "merchant": Source(
        "reviews", ("review_id", "order_id"), "merchant_id", ("title", "text"), ("reviews.text",)
    ),
    "product": Source(
        "products",
        ("product_id",),
        "product_id",
        ("title", "description"),
        ("products.title",),
    ),
    "creator": Source(
        "contents",
        ("content_id",),
        "creator_id",
        ("title", "transcript"),
        ("contents.transcript",),
    ),
}


@dataclass(frozen=True)
class Scored:
    """Scores of an entity type's documents.

    Attributes:
        scores: By entity id, a column for each policy that is on.
        report: See `TextModels`.
        models: None where no policy can be learned.
    """

    scores: pd.DataFrame
    report: pd.DataFrame
    models: TextModels | None


def scores_now(view: AsOf, entity: EntityType) -> Scored | None:
    """Return the scores at the view's moment; None where there are no texts or decisions."""
    needs = (*SOURCES[entity].needs, "past_decisions.policy")
    if not all(view.has(need) for need in needs) or (entity == "product" and not is_told(view)):
        return None
    return view.remember(f"content scores of {entity}", lambda: _scored(view, entity))


def _scored(view: AsOf, entity: EntityType) -> Scored:
    models = TextModels(TEXT_POLICIES[entity])
    decided = _decided(view, entity)
    if not models.learnable(decided):
        return Scored(pd.DataFrame(), models.report(decided, {}), None)
    owners, X = _documents(view, entity)
    has_words = np.diff(X.indptr) > 0
    owners, X = owners[has_words], X[has_words]
    places = pd.Series(np.arange(len(owners)), index=owners)
    known = decided[decided.index.isin(owners)]
    y = known.set_axis(places[known.index].to_numpy())
    if not models.learnable(y):
        return Scored(pd.DataFrame(), models.report(y, {}), None)
    models.fit(X, y)
    return Scored(models.predict(X).set_axis(owners), models.report_, models)


def _decided(view: AsOf, entity: EntityType) -> pd.DataFrame:
    """Return the last decision of each entity, newest last: a column of booleans per policy."""

    def table() -> ir.Table:
        rows = view.table("past_decisions")
        return rows.filter((rows[ENTITY_TYPE] == entity) & (rows.outcome != "cannot_tell"))

    rows = view.engine.frame(table).sort_values(["decided_at", ENTITY_ID, "policy"])
    rows = rows.drop_duplicates(ENTITY_ID, keep="last").set_index(ENTITY_ID)
    is_violation = rows["outcome"] == "violation"
    return pd.DataFrame(
        {code: is_violation & (rows["policy"] == code) for code in TEXT_POLICIES[entity]},
        index=rows.index,
    )


def _documents(view: AsOf, entity: EntityType) -> tuple[pd.Index, sp.csr_matrix]:
    """Return entities and the counts of terms in all their texts known at the moment."""
    source = SOURCES[entity]
    keys, counts = view.remember_timeless(
        f"content terms of {entity}", lambda: _counts(view, source)
    )

    def table() -> ir.Table:
        rows = view.table(source.table)
        has_text = rows[source.fields[0]].notnull() | rows[source.fields[1]].notnull()
        return rows.filter(has_text & rows[source.owner].notnull()).select(
            *dict.fromkeys((*source.key, source.owner))
        )

    known = view.engine.frame(table)
    place = keys.get_indexer(_keys(known, source))
    codes, owners = pd.factorize(known[source.owner], sort=True)
    member = sp.csr_matrix(
        (np.ones(len(codes), np.float32), (codes, place)), shape=(len(owners), len(keys))
    )
    return pd.Index(owners), member @ counts


def _counts(view: AsOf, source: Source) -> tuple[pd.Index, sp.csr_matrix]:
    def table() -> ir.Table:
        return view.raw(source.table).select(*dict.fromkeys((*source.key, *source.fields)))

    rows = view.engine.frame(table).sort_values(list(source.key))
    first, second = (rows[field].fillna("") for field in source.fields)
    return _keys(rows, source), count_terms((first + "\n" + second).tolist())


def _keys(rows: pd.DataFrame, source: Source) -> pd.Index:
    if len(source.key) == 1:
        return pd.Index(rows[source.key[0]])
    return pd.MultiIndex.from_frame(rows[list(source.key)])
