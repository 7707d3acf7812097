"""The merchants behind a product or a creator, with their own rates."""

from functools import cache
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, EntityType
from analytics.features.facts.lines import entity_lines
from analytics.features.portable import ratio

if TYPE_CHECKING:
    from analytics.features.as_of import AsOf

# Features of the merchant that its products and the creators who sell for it carry, too.
CARRIED = (
    "defect_rate_shrunk",
    "late_dispatch_90d",
    "low_rating_lifetime",
    "fault_refund_lifetime",
    "fast_tracking_90d",
    "repeated_review_lifetime",
    "flagged_links",
)


@cache
def carried_name(feature: str) -> str:
    """Return the column of a merchant's feature in the rows of `merchants_of`."""
    return f"merchant_{feature}"


def merchants_of(view: "AsOf", entity: EntityType) -> ir.Table:
    """Return the merchants of each entity with their rates and their `share` of its order lines.

    A product has the merchant who lists it; a creator those whose lines it sold in 90 days.
    """
    from analytics.features.build import some_features  # build knows all sources, this is one

    merchants = some_features(view, "merchant", CARRIED, "carried")
    carried = {carried_name(name): merchants[name] for name in CARRIED if name in merchants.columns}
    missing = [carried_name(name) for name in CARRIED if name not in merchants.columns]
    rates = merchants.select(merchant_id=merchants[ENTITY_ID], **carried)
    rates = rates.mutate(**dict.fromkeys(missing, ibis.null("float64")))
    pairs = _listed(view) if entity == "product" else _sold(view)
    rows = pairs.inner_join(rates, "merchant_id")
    return rows.mutate(at=ibis.timestamp(view.as_of), age_days=ibis.literal(0.0))


def _listed(view: "AsOf") -> ir.Table:
    products = view.table("products")
    return products.select("merchant_id", share=ibis.literal(1.0), **{ENTITY_ID: "product_id"})


def _sold(view: "AsOf") -> ir.Table:
    lines = entity_lines(view, "creator")
    recent = lines.filter(lines.age_days < 90)
    sold = recent.group_by(ENTITY_ID, "merchant_id").aggregate(sold=recent.count())
    return sold.mutate(
        share=ratio(sold.sold, sold.sold.sum().over(ibis.window(group_by=ENTITY_ID)))
    ).drop("sold")
