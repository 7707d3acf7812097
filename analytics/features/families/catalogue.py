"""What is sold: breadth and change."""

from analytics.features.declare import Shown, Value, declare
from analytics.features.portable import ratio
from analytics.features.sources import LINES, PRICES

FEATURES = (
    *declare(
        "products_sold",
        source=PRICES,
        formula=Value(lambda t, w: t.count(where=w), empty=0),
        family="catalogue",
        label="Products sold",
        unit="count",
        direction="neutral",
        template="{value} different products were sold {period}",
        description="Products with an order line.",
        windows=(90, None),
        entities=("merchant",),
    ),
    *declare(
        "categories_sold",
        source=PRICES,
        formula=Value(lambda t, w: t.category.nunique(where=w), empty=0),
        family="catalogue",
        label="Categories sold",
        unit="count",
        direction="neutral",
        template="Products of {value} categories were sold {period}",
        description="Categories of the products with an order line.",
        windows=(None,),
        entities=("merchant",),
        policies=("M8",),
    ),
    *declare(
        "new_product_share",
        source=PRICES,
        formula=Value(
            lambda t, w: ratio(t.count(where=t.first_age_days < 90), t.count(where=t.age_days < 90))
        ),
        family="catalogue",
        label="Catalogue churn",
        direction="neutral",
        template="{value} of the products sold in the last 90 days had never been sold before",
        description="Products first sold within 90 days over products sold within 90 days.",
        windows=None,
        entities=("merchant",),
        policies=("M8", "M3"),
        shown=Shown(
            lambda t: t.first_age_days < 90,
            ("first_at", "product_id", "category", "price", "lines"),
            "Products first sold within 90 days",
        ),
    ),
    *declare(
        "dropped_product_share",
        source=PRICES,
        formula=Value(
            lambda t, w: ratio(
                t.count(where=(t.age_days >= 90) & (t.age_days < 180)),
                t.count(where=(t.age_days < 180) & (t.first_age_days >= 90)),
            )
        ),
        family="catalogue",
        label="Products that stopped selling",
        direction="neutral",
        template="{value} of the products sold half a year ago have not sold for 90 days",
        description="Products last sold 90 to 180 days ago over products first sold before that "
        "which sold within 180 days.",
        windows=None,
        entities=("merchant",),
        policies=("M8",),
    ),
    *declare(
        "top_product_share",
        source=PRICES,
        formula=Value(lambda t, w: ratio(t["lines"].max(), t["lines"].sum())),
        family="catalogue",
        label="Share of the best-selling product",
        direction="neutral",
        template="One product makes {value} of all order lines",
        description="Order lines of the best-selling product over all order lines.",
        windows=None,
        entities=("merchant",),
        policies=("M3", "M4"),
    ),
    *declare(
        "quantity",
        source=LINES,
        formula=Value(lambda t, w: t.quantity.fill_null(1).mean(where=w)),
        family="catalogue",
        label="Units per order line",
        unit="number",
        direction="neutral",
        template="Order lines {period} have {value} units on average",
        description="Mean quantity of order lines.",
        needs=("orders.quantity",),
        policies=("M6",),
        windows=(90,),
        entities=("merchant",),
    ),
)
