"""The rates of the merchants behind a product or a creator."""

from analytics.features.declare import Feature, Value, declare
from analytics.features.facts.merchants import carried_name
from analytics.features.portable import ratio
from analytics.features.sources import MERCHANTS
from analytics.features.spec import Unit

_TEXTS: tuple[tuple[str, str, Unit], ...] = (
    ("defect_rate_shrunk", "defect rate, adjusted for volume", "share"),
    ("late_dispatch_90d", "late dispatch rate over 90 days", "share"),
    ("low_rating_lifetime", "low rating share", "share"),
    ("fault_refund_lifetime", "seller-fault refund rate", "share"),
    ("fast_tracking_90d", "implausibly fast tracking", "share"),
    ("repeated_review_lifetime", "repeated review texts", "share"),
    ("flagged_links", "links to sanctioned accounts", "number"),
)


def _carried(name: str, text: str, unit: Unit) -> tuple[Feature, ...]:
    column = carried_name(name)
    return declare(
        column,
        source=MERCHANTS,
        formula=Value(
            lambda t, w: ratio((t[column] * t.share).sum(), t.share.sum(where=t[column].notnull()))
        ),
        family="merchant",
        label=f"Merchant: {text}",
        unit=unit,
        template=f"The merchant behind it has {{value}} ({text})",
        description=f"The merchant's {text}; for creators the mean over the merchants whose order "
        "lines they sold in 90 days, weighted by lines.",
        windows=None,
        entities=("product", "creator"),
        needs=_NEEDS.get(name, ()),
        policies=("P3", "P7", "C8") if name != "flagged_links" else ("P3", "C9"),
    )


_NEEDS = {
    "late_dispatch_90d": ("orders.ship_by", "orders.shipped_at"),
    "low_rating_lifetime": ("reviews",),
    "fault_refund_lifetime": ("orders.refund_reason",),
    "fast_tracking_90d": ("orders.shipped_at", "orders.delivered_at"),
    "repeated_review_lifetime": ("reviews.text",),
    "flagged_links": ("links",),
}

FEATURES = tuple(feature for texts in _TEXTS for feature in _carried(*texts))
