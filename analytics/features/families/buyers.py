"""Who buys: concentration and repetition."""

from analytics.features.declare import Rate, Shown, Value, declare
from analytics.features.portable import ratio
from analytics.features.sources import ORDERS

_BUYER = ("at", "order_id", "buyer_id", "buyer_orders", "lines", "value")
_MIN_ORDERS = 5
_REPEATED = Shown(lambda t: t.buyer_orders > 1, _BUYER, "Orders by returning buyers")

FEATURES = (
    *declare(
        "repeat_buyer",
        source=ORDERS,
        formula=Rate(lambda t: t.buyer_orders > 1, among=lambda t: t.buyer_id.notnull()),
        family="buyers",
        label="Orders by returning buyers",
        direction="neutral",
        template="{value} of orders {period} come from buyers with more than one, adjusted for "
        "volume",
        description="Orders whose buyer has another order here, over orders with a known buyer. "
        "Shrunk towards the category.",
        needs=("orders.buyer_id",),
        policies=("M4", "C6"),
        windows=(None,),
    ),
    *declare(
        "top_buyer_share",
        source=ORDERS,
        formula=Value(
            lambda t, w: (
                ratio(t.buyer_orders.max(), t.buyer_id.count())
                * (t.buyer_id.count() >= _MIN_ORDERS).ifelse(1.0, None)
            )
        ),
        family="buyers",
        label="Share of the largest buyer",
        template="One buyer placed {value} of all orders",
        description="Orders of the buyer with most of them over all orders; only from 5 orders on.",
        windows=None,
        needs=("orders.buyer_id",),
        policies=("M4", "C6"),
        shown=_REPEATED,
    ),
    *declare(
        "buyer_concentration",
        source=ORDERS,
        formula=Value(
            lambda t, w: (
                ratio(
                    t.buyer_orders_90d.sum(where=w & t.buyer_id.notnull())
                    - t.buyer_id.count(where=w),
                    t.buyer_id.count(where=w) * (t.buyer_id.count(where=w) - 1),
                )
                * (t.buyer_id.count(where=w) >= _MIN_ORDERS).ifelse(1.0, None)
            )
        ),
        family="buyers",
        label="Buyer concentration",
        unit="ratio",
        template="Two random orders {period} share their buyer with probability {value}",
        description="Herfindahl–Hirschman index of orders over buyers without the bias of small "
        "samples: sum n(n-1) / N(N-1); only from 5 orders on (Simpson 1949).",
        needs=("orders.buyer_id",),
        policies=("M4", "C6"),
        shown=_REPEATED,
        windows=(90,),
        entities=(
            "merchant",
            "creator",
        ),
    ),
    *declare(
        "large_order_share",
        source=ORDERS,
        formula=Value(lambda t, w: ratio(t.value.max(where=w), t.value.sum(where=w))),
        family="buyers",
        label="Share of the largest order",
        direction="neutral",
        template="One order makes {value} of the GMV {period}",
        description="Value of the largest order over the value of all orders.",
        policies=("M4", "M6"),
        windows=(90,),
        entities=("merchant",),
    ),
)
