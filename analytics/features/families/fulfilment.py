"""Dispatch, delivery, cancellation and refunds."""

from analytics.features.declare import Mean, Rate, Shown, Value, WeightedRate, declare, within
from analytics.features.sources import LINES

_DISPATCH = ("at", "order_id", "product_id", "value", "ship_by", "shipped_at", "handling_hours")
_DELIVERY = ("at", "order_id", "product_id", "value", "shipped_at", "deliver_by", "delivered_at")
_REFUND = ("at", "order_id", "product_id", "value", "refunded_at", "refund_amount", "refund_reason")
_ENDED = ("at", "order_id", "product_id", "value", "ship_by", "cancelled_at", "cancelled_by")
_ALL = ("at", "order_id", "product_id", "value", "ship_by", "shipped_at", "cancelled_by", "rating")


FEATURES = (
    *declare(
        "defect_rate",
        source=LINES,
        formula=WeightedRate(lambda t: t.defect, is_shrunk=False),
        family="fulfilment",
        label="Defect rate",
        template="{value} of order lines {period} had a defect",
        description="Order lines rated 2 or less (a review shared by several sellers counts "
        "1/sellers), cancelled by the seller or not handed over by their ship-by time, over order "
        "lines of which any of this is known. Not shrunk.",
        policies=("M2", "M9", "P7"),
        shown=Shown(lambda t: t.defect > 0, _ALL, "Order lines with a defect"),
        is_actionable=True,
        windows=(None,),
    ),
    *declare(
        "defect_rate_shrunk",
        source=LINES,
        formula=WeightedRate(lambda t: t.defect, gives_prior=True),
        family="fulfilment",
        label="Defect rate, adjusted for volume",
        template="{value} of order lines {period} are expected to have a defect, given the "
        "category and the volume",
        description="The lifetime defect rate shrunk towards the category by the beta-binomial; "
        "the category's own rate where there are no lines.",
        windows=None,
        policies=("M2", "M9", "P7"),
        shown=Shown(lambda t: t.defect > 0, _ALL, "Order lines with a defect"),
        is_actionable=True,
    ),
    *declare(
        "defect_rate_recent",
        source=LINES,
        formula=WeightedRate(lambda t: t.defect),
        family="fulfilment",
        label="Recent defect rate",
        template="{value} of order lines {period} had a defect, adjusted for volume",
        description="As the defect rate, over order lines placed in the window, shrunk towards "
        "the category.",
        policies=("M2", "M9", "P7"),
        shown=Shown(lambda t: t.defect > 0, _ALL, "Order lines with a defect"),
        is_actionable=True,
        windows={"merchant": (30, 90), "product": (90,), "creator": (90,)},
    ),
    *declare(
        "late_dispatch",
        source=LINES,
        formula=Rate(lambda t: t.is_late_dispatch, among=lambda t: t.is_late_dispatch.notnull()),
        family="fulfilment",
        label="Late dispatch rate",
        template="{value} of order lines {period} were handed over late, adjusted for volume",
        description="Order lines handed to the carrier after their ship-by time, or not yet though "
        "it has passed, over order lines of which this is known; cancelled before ship-by is not "
        "late. Shrunk towards the category.",
        needs=("orders.ship_by", "orders.shipped_at"),
        policies=("M2",),
        shown=Shown(lambda t: t.is_late_dispatch, _DISPATCH, "Order lines handed over late"),
        is_actionable=True,
        windows={"merchant": (30, 90, None), "product": (90,)},
    ),
    *declare(
        "handling_hours",
        source=LINES,
        formula=Mean(lambda t: t.handling_hours),
        family="fulfilment",
        label="Handling time",
        unit="hours",
        template="Order lines {period} took {value} from order to carrier on average",
        description="Mean hours from order to hand-over, over order lines handed over, shrunk "
        "towards the category.",
        needs=("orders.shipped_at",),
        policies=("M2",),
        shown=Shown(lambda t: t.handling_hours.notnull(), _DISPATCH, "Order lines handed over"),
        is_actionable=True,
        windows={"merchant": (30, 90), "product": (90,)},
    ),
    *declare(
        "slowest_handling_hours",
        source=LINES,
        formula=Value(lambda t, w: t.handling_hours.quantile(0.9, where=w)),
        family="fulfilment",
        label="Slowest handling time",
        unit="hours",
        template="One in ten order lines {period} took more than {value} from order to carrier",
        description="90th percentile of the hours from order to hand-over.",
        windows=(90,),
        entities=("merchant",),
        needs=("orders.shipped_at",),
        policies=("M2",),
        shown=Shown(lambda t: t.handling_hours.notnull(), _DISPATCH, "Order lines handed over"),
        is_actionable=True,
    ),
    *declare(
        "open_late_lines",
        source=LINES,
        formula=Value(
            lambda t, w: t.count(where=t.is_open & t.shipped_at.isnull() & t.is_late_dispatch),
            empty=0,
        ),
        family="fulfilment",
        label="Order lines waiting past their ship-by time",
        unit="count",
        template="{value} order lines wait for dispatch past their ship-by time",
        description="Order lines neither handed over nor ended whose ship-by time has passed.",
        needs=("orders.ship_by", "orders.shipped_at"),
        policies=("M2", "M3"),
        shown=Shown(
            lambda t: t.is_open & t.shipped_at.isnull() & t.is_late_dispatch,
            _DISPATCH,
            "Order lines waiting past their ship-by time",
        ),
        is_actionable=True,
        windows=None,
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "late_delivery",
        source=LINES,
        formula=Rate(lambda t: t.is_late_delivery, among=lambda t: t.is_late_delivery.notnull()),
        family="fulfilment",
        label="Late delivery rate",
        template="{value} of order lines {period} arrived late, adjusted for volume",
        description="Order lines delivered after the time promised, or not yet though it has "
        "passed, over order lines of which this is known. Shrunk towards the category.",
        needs=("orders.deliver_by", "orders.delivered_at"),
        policies=("M2",),
        shown=Shown(lambda t: t.is_late_delivery, _DELIVERY, "Order lines that arrived late"),
        is_actionable=True,
        windows={"merchant": (30, 90), "product": (90,)},
    ),
    *declare(
        "undelivered",
        source=LINES,
        formula=Rate(lambda t: t.is_undelivered, among=lambda t: t.is_undelivered.notnull()),
        family="fulfilment",
        label="Undelivered share",
        template="{value} of order lines {period} that should have arrived have not, adjusted for "
        "volume",
        description="Order lines past the promised time that are neither delivered, cancelled nor "
        "refunded, over order lines past it. Shrunk towards the category.",
        needs=("orders.deliver_by", "orders.delivered_at"),
        policies=("M3",),
        shown=Shown(lambda t: t.is_undelivered, _DELIVERY, "Order lines that never arrived"),
        windows={"merchant": (90, None), "product": (None,)},
    ),
    *declare(
        "seller_cancellation",
        source=LINES,
        formula=Rate(lambda t: t.is_seller_cancelled),
        family="fulfilment",
        label="Seller cancellation rate",
        template="{value} of order lines {period} were cancelled by the seller, adjusted for "
        "volume",
        description="Order lines cancelled by the seller's side over all order lines, shrunk "
        "towards the category.",
        needs=("orders.cancelled_at", "orders.cancelled_by"),
        policies=("M2",),
        shown=Shown(lambda t: t.is_seller_cancelled, _ENDED, "Order lines cancelled by the seller"),
        is_actionable=True,
        windows={"merchant": (90, None), "product": (None,)},
    ),
    *declare(
        "cancellation",
        source=LINES,
        formula=Rate(lambda t: t.is_cancelled),
        family="fulfilment",
        label="Cancellation rate",
        template="{value} of order lines {period} were cancelled by any side, adjusted for volume",
        description="Order lines cancelled by any side over all order lines, shrunk towards the "
        "category.",
        needs=("orders.cancelled_at",),
        policies=("M6", "C6"),
        shown=Shown(lambda t: t.is_cancelled, _ENDED, "Order lines cancelled"),
        windows=(90,),
        entities=(
            "merchant",
            "creator",
        ),
    ),
    *declare(
        "refund",
        source=LINES,
        formula=Rate(lambda t: t.is_refunded),
        family="fulfilment",
        label="Refund rate",
        template="{value} of order lines {period} were refunded, adjusted for volume",
        description="Order lines refunded over all order lines, shrunk towards the category.",
        needs=("orders.refunded_at",),
        policies=("M9", "M6", "P7", "C6"),
        shown=Shown(lambda t: t.is_refunded, _REFUND, "Order lines refunded"),
        is_actionable=True,
        windows={"merchant": (30, 90), "product": (90,), "creator": (90,)},
    ),
    *declare(
        "fault_refund",
        source=LINES,
        formula=Rate(lambda t: t.is_fault_refund),
        family="fulfilment",
        label="Seller-fault refund rate",
        template="{value} of order lines {period} were refunded for a fault of the seller, "
        "adjusted for volume",
        description="Order lines refunded for not received, not as described, damaged, wrong, "
        "counterfeit or empty, over all order lines. Shrunk towards the category.",
        needs=("orders.refund_reason",),
        policies=("M9", "M3", "P7"),
        shown=Shown(lambda t: t.is_fault_refund, _REFUND, "Order lines refunded for a fault"),
        is_actionable=True,
        windows={"merchant": (90, None), "product": (None,), "creator": (90,)},
    ),
    *declare(
        "fake_reason_refund",
        source=LINES,
        formula=Rate(lambda t: t.refund_reason.isin(("counterfeit", "empty_parcel", "wrong_item"))),
        family="fulfilment",
        label="Refunds for counterfeit, empty or wrong parcels",
        template="{value} of order lines {period} were refunded as counterfeit, empty or wrong, "
        "adjusted for volume",
        description="Order lines refunded as counterfeit, empty parcel or wrong item over all "
        "order lines, shrunk towards the category.",
        needs=("orders.refund_reason",),
        policies=("M3", "P3"),
        shown=Shown(
            lambda t: t.refund_reason.isin(("counterfeit", "empty_parcel", "wrong_item")),
            _REFUND,
            "Order lines refunded as counterfeit, empty or wrong",
        ),
        windows=(None,),
    ),
    *declare(
        "fast_tracking",
        source=LINES,
        formula=Rate(lambda t: t.is_fast_tracking, among=lambda t: t.is_fast_tracking.notnull()),
        family="fulfilment",
        label="Implausibly fast tracking",
        template="{value} of parcels {period} arrived faster than parcels travel here, adjusted "
        "for volume",
        description="Parcels delivered in less than 30 % of the marketplace's median transit time "
        "and faster than 98 % of all parcels, over parcels delivered. Shrunk towards the category.",
        needs=("orders.shipped_at", "orders.delivered_at"),
        policies=("M3", "M4"),
        shown=Shown(
            lambda t: t.is_fast_tracking,
            (*_DELIVERY, "transit_hours"),
            "Parcels delivered implausibly fast",
        ),
        windows=(90,),
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "fast_and_unhappy",
        source=LINES,
        formula=Value(lambda t, w: t.is_fast_and_unhappy.sum(where=w), empty=0),
        family="fulfilment",
        label="Fast parcels that buyers complain about",
        unit="count",
        template="{value} parcels {period} arrived implausibly fast, and the buyer complained",
        description="Parcels with implausibly fast tracking that were rated 2 or less, or refunded "
        "for a fault of the seller.",
        windows=(90,),
        entities=("merchant",),
        needs=("orders.shipped_at", "orders.delivered_at"),
        policies=("M3",),
        shown=Shown(
            lambda t: t.is_fast_and_unhappy == 1,
            (*_DELIVERY, "transit_hours", "rating", "refund_reason"),
            "Fast parcels with a complaint",
        ),
    ),
    *declare(
        "open_share",
        source=LINES,
        formula=Value(
            lambda t, w: (
                t.count(where=within(w, t.is_open)).cast("float64") / t.count(where=w).nullif(0)
            )
        ),
        family="fulfilment",
        label="Open share",
        direction="neutral",
        template="{value} of order lines {period} have neither arrived nor ended",
        description="Order lines neither delivered, cancelled nor refunded, over order lines "
        "placed in the window.",
        policies=("M3",),
        shown=Shown(lambda t: t.is_open, _DELIVERY, "Order lines still open"),
        windows=(30,),
        entities=("merchant",),
    ),
)
