"""Columns that a user brought along about entities."""

import ibis
import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, ENTITY_TYPE, KNOWN_AT, EntityType
from analytics.features.as_of import AsOf
from analytics.features.portable import days_before, ratio

CATEGORY_KIND = "category"


def extras(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the newest row of each entity's own columns, categorical ones as two numbers.

    `<column>__share` is how many of the entities with a value have the same one, `<column>__code`
    the place of the value in alphabetical order; both among the rows known at the as-of.
    """
    rows = view.table("extra_features")
    rows = rows.filter(rows[ENTITY_TYPE] == entity)
    newest = ibis.window(group_by=ENTITY_ID, order_by=rows[KNOWN_AT].desc(nulls_first=False))
    rows = rows.mutate(nth=ibis.row_number().over(newest))
    rows = rows.filter(rows.nth == 0).drop("nth")
    kinds = view.dataset.manifest.tables["extra_features"].extra_columns
    rows = rows.mutate(at=rows[KNOWN_AT], age_days=days_before(rows[KNOWN_AT], view.as_of))
    encoded = {}
    for column in (c for c, kind in kinds.items() if kind == CATEGORY_KIND):
        value = rows[column]
        same = ibis.window(group_by=column)
        everyone = value.count().over(ibis.window())
        by_name = ibis.window(order_by=value.asc(nulls_first=False))
        is_given = value.notnull()
        share = ratio(value.count().over(same), everyone)
        code = ibis.dense_rank().over(by_name).cast("float64")
        encoded[f"{column}__share"] = ibis.ifelse(is_given, share, None)
        encoded[f"{column}__code"] = ibis.ifelse(is_given, code, None)
    return rows.mutate(**encoded) if encoded else rows
