"""Prices against the category and over time."""

from analytics.features.declare import Shown, Value, declare
from analytics.features.sources import LINES, PRICES

_JUMP = ("at", "product_id", "category", "price", "lowest_90d", "highest_90d", "jump_90d")
_BOTH = ("merchant", "product")

FEATURES = (
    *declare(
        "price_ratio",
        source=PRICES,
        formula=Value(lambda t, w: t.log_ratio.mean(where=w).exp()),
        family="price",
        label="Price against category",
        unit="ratio",
        direction="neutral",
        template="The price is {value} × the category's median",
        description="Last price paid over the median of the products of the same category "
        "(categories of 5 products or more); for merchants the geometric mean over products.",
        windows=None,
        entities=_BOTH,
        policies=("P9", "P3"),
        shown=Shown(lambda t: t.price_ratio.notnull()),
    ),
    *declare(
        "cheap_share",
        source=PRICES,
        formula=Value(
            lambda t, w: t.count(where=t.price_ratio < 0.4).cast("float64")
            / t.price_ratio.count().nullif(0)
        ),
        family="price",
        label="Suspiciously cheap products",
        template="{value} of the products cost less than 40 % of their category's median",
        description="Products whose last price is below 0.4 × the category's median, over "
        "products with a comparable category.",
        windows=None,
        entities=("merchant",),
        policies=("M3",),
        shown=Shown(lambda t: t.price_ratio < 0.4),
    ),
    *declare(
        "price_jump",
        source=PRICES,
        formula=Value(lambda t, w: t.jump_90d.max()),
        family="price",
        label="Largest price jump",
        unit="ratio",
        template="A product's highest price {period} was {value} × its lowest",
        description="Highest over lowest price paid within the window, largest over products.",
        windows=(90,),
        entities=_BOTH,
        policies=("P9",),
        shown=Shown(lambda t: t.jump_90d > 1, _JUMP, "Products whose price changed"),
    ),
    *declare(
        "price_dispersion",
        source=LINES,
        formula=Value(
            lambda t, w: t.price.std(where=w, how="pop") / t.price.mean(where=w).nullif(0.0)
        ),
        family="price",
        label="Price dispersion",
        unit="ratio",
        direction="neutral",
        template="Prices paid {period} vary by {value} × their mean",
        description="Standard deviation over mean of the unit prices of order lines.",
        windows=(90,),
        entities=_BOTH,
        policies=("P9",),
    ),
    *declare(
        "average_price",
        source=LINES,
        formula=Value(lambda t, w: t.price.mean(where=w)),
        family="price",
        label="Average price",
        unit="money",
        direction="neutral",
        template="Order lines {period} cost {value} a unit on average",
        description="Mean unit price of order lines.",
        windows=(90,),
        entities=_BOTH,
    ),
    *declare(
        "freight_ratio",
        source=PRICES,
        formula=Value(lambda t, w: t.freight_ratio.median()),
        family="price",
        label="Freight against price",
        unit="ratio",
        template="Freight is {value} × the price",
        description="Median freight over median price of a product; for merchants the median over "
        "products.",
        windows=None,
        entities=_BOTH,
        needs=("orders.freight",),
        policies=("P9",),
    ),
)
