"""Volume, growth, bursts after silence, age."""

from analytics.features.declare import Derived, Shown, Value, declare
from analytics.features.portable import ratio
from analytics.features.sources import LINES, ORDERS

# Added to both sides of a growth ratio, so that one order after none is no explosion.
_DAMPING = 5.0


def _growth(short: str, short_days: int, long: str, long_days: int) -> Derived:
    return Derived(
        lambda c: (
            (c[short] + _DAMPING * short_days / long_days)
            / (c[long] + _DAMPING)
            * (long_days / short_days)
        )
    )


FEATURES = (
    *declare(
        "orders",
        source=ORDERS,
        formula=Value(lambda t, w: t.count(where=w), empty=0),
        family="growth",
        label="Orders",
        unit="count",
        direction="neutral",
        template="{value} orders were placed {period}",
        description="Number of orders.",
        windows=(7, 30, 90, None),
        shown=Shown(None, (), "Orders"),
    ),
    *declare(
        "gmv",
        source=LINES,
        formula=Value(lambda t, w: t.value.sum(where=w), empty=0),
        family="growth",
        label="GMV",
        unit="money",
        direction="neutral",
        template="Orders {period} were worth {value}",
        description="Price × quantity of order lines.",
        shown=Shown(None, (), "Order lines"),
        windows=(90,),
        entities=(
            "merchant",
            "creator",
        ),
    ),
    *declare(
        "growth_7_30",
        source=None,
        formula=_growth("orders_7d", 7, "orders_30d", 30),
        family="growth",
        label="Growth within the month",
        unit="ratio",
        template="The last week had {value} × the daily orders of the last 30 days",
        description="Daily orders of 7 days over those of 30, damped by 5 orders.",
        windows=None,
        needs=("orders",),
        policies=("M4", "M3", "C6"),
    ),
    *declare(
        "growth_30_90",
        source=None,
        formula=_growth("orders_30d", 30, "orders_90d", 90),
        family="growth",
        label="Growth within the quarter",
        unit="ratio",
        template="The last 30 days had {value} × the daily orders of the last 90 days",
        description="Daily orders of 30 days over those of 90, damped by 5 orders.",
        windows=None,
        needs=("orders",),
        policies=("M4", "M3", "C6"),
    ),
    *declare(
        "burst_share",
        source=None,
        formula=Derived(
            lambda c: (
                ratio(c.orders_30d, c.orders_lifetime)
                * (c.first_order_age >= 90.0).ifelse(1.0, None)
            )
        ),
        family="growth",
        label="Share of all orders in 30 days",
        template="{value} of all orders ever were placed in the last 30 days",
        description="Orders of 30 days over all orders, for entities that have sold for 90 days "
        "or longer.",
        windows=None,
        needs=("orders",),
        policies=("M3", "M4"),
    ),
    *declare(
        "silence_before_30d",
        source=ORDERS,
        formula=Value(lambda t, w: t.gap_days.max(where=t.age_days < 30), empty=0),
        family="growth",
        label="Silence before the last orders",
        unit="days",
        template="Before an order of the last 30 days there were {value} without any",
        description="Longest gap to the order before, over orders of the last 30 days.",
        windows=None,
        policies=("M3", "M8"),
        shown=Shown(
            lambda t: (t.age_days < 30) & t.gap_days.notnull(),
            ("at", "order_id", "previous_at", "gap_days", "value"),
            "Orders of the last 30 days and the gap before each",
        ),
    ),
    *declare(
        "dormant_burst",
        source=None,
        formula=Derived(
            lambda c: (c.silence_before_30d >= 30.0).ifelse(c.orders_30d, 0).cast("float64")
        ),
        family="growth",
        label="Orders after a long silence",
        unit="count",
        template="{value} orders came in the last 30 days after a silence of 30 days or more",
        description="Orders of the last 30 days where a gap of 30 days or more lies before one of "
        "them, else 0.",
        windows=None,
        needs=("orders",),
        policies=("M3", "M8"),
    ),
    *declare(
        "first_order_age",
        source=ORDERS,
        formula=Value(lambda t, w: t.age_days.max()),
        family="age",
        label="Days since first order",
        unit="days",
        direction="lower_is_worse",
        template="The first order was {value} ago",
        description="Days from the first order to the as-of.",
        windows=None,
        policies=("M3", "M8"),
    ),
    *declare(
        "last_order_age",
        source=ORDERS,
        formula=Value(lambda t, w: t.age_days.min()),
        family="age",
        label="Days since last order",
        unit="days",
        direction="neutral",
        template="The last order was {value} ago",
        description="Days from the last order to the as-of.",
        windows=None,
    ),
)
