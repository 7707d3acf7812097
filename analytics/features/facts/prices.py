"""Products with what they sold for, against their category."""

import ibis
import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, ENTITY_KEY, EntityType
from analytics.features.as_of import AsOf
from analytics.features.facts.lines import order_lines
from analytics.features.portable import ratio

MIN_CATEGORY_PRODUCTS = 5


def priced_products(view: AsOf) -> ir.Table:
    """Return one row per merchant and product sold, with its prices so far.

    Prices are those that buyers paid, since the listed price has no history. The category's median
    is over its products' own medians; null where it has fewer than `MIN_CATEGORY_PRODUCTS`.
    """
    return view.once("priced_products", _priced_products)


def _priced_products(view: AsOf) -> ir.Table:
    lines = order_lines(view)
    newest = ibis.window(
        group_by=["merchant_id", "product_id"],
        order_by=[lines.placed_at.desc(), lines.order_id, lines.line_no],
    )
    lines = lines.mutate(nth=ibis.row_number().over(newest))
    products = lines.group_by("merchant_id", "product_id").aggregate(
        category=lines.category.min(),
        price=lines.price.max(where=lines.nth == 0),
        usual_price=lines.price.median(),
        lowest_price=lines.price.min(),
        highest_price=lines.price.max(),
        lowest_90d=lines.price.min(where=lines.age_days < 90),
        highest_90d=lines.price.max(where=lines.age_days < 90),
        freight=lines.freight.median(),
        lines=lines.count(),
        at=lines.placed_at.max(),
        first_at=lines.placed_at.min(),
        age_days=lines.age_days.min(),
        first_age_days=lines.age_days.max(),
    )
    by_category = products.group_by("category").aggregate(
        category_median=products.usual_price.median(), category_products=products.count()
    )
    products = products.left_join(by_category, "category").drop("category_right")
    is_comparable = products.category_products >= MIN_CATEGORY_PRODUCTS
    products = products.mutate(
        price_ratio=ibis.ifelse(
            is_comparable, ratio(products.price, products.category_median), ibis.null("float64")
        ),
        jump_90d=ratio(products.highest_90d, products.lowest_90d),
        price_range=ratio(products.highest_price, products.lowest_price),
        freight_ratio=ratio(products.freight, products.usual_price),
    )
    return products.mutate(log_ratio=products.price_ratio.nullif(0.0).ln())


def product_prices(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the priced products of each merchant, or each product itself."""
    products = priced_products(view)
    return products.mutate(**{ENTITY_ID: products[ENTITY_KEY[entity]]})
