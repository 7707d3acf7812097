"""The daily series that are watched, declared once."""

from dataclasses import dataclass
from typing import Final, Literal

Law = Literal["count", "share"]
UP, DOWN = "up", "down"

KINDS: Final = ("merchant", "product", "creator", "category")
CATEGORY_KIND: Final = "category"
# A price this far from the product's usual one is a raised or a lowered one; a content seen this
# often against the creator's usual one is a surge.
RAISED, LOWERED, SURGE = 1.2, 1 / 1.2, 3.0


@dataclass(frozen=True)
class Series:
    """One kind of daily series, of every entity.

    Attributes:
        name: As in the stored tables.
        label: Plain name, sentence case.
        law: `count`: events against an exposure that is known; `share`: k of n.
        limit: Largest probability of a rise by chance that is still reported.
        fall_limit: The same of a fall; 0 where none is looked for.
        least_ratio: A change must multiply (or divide) the level by so much to matter.
        fall_ratio: The same of a fall.
        least_rise: A share must rise by so much, too.
        least_gap: So many events more or fewer than expected.
        least_events: With fewer in window and base together nothing is tested.
        is_harm: Whether a rise leaves buyers worse off.
        needs: Tables and columns without which there is no such series.
        kinds: Kinds of entities that have it.
        unit: What one event is, plural.
    """

    name: str
    label: str
    law: Law
    unit: str
    needs: tuple[str, ...]
    limit: float
    least_ratio: float
    least_rise: float = 0.0
    least_gap: float = 2.0
    least_events: float = 3.0
    fall_limit: float = 0.0
    fall_ratio: float = 1.0
    is_harm: bool = False
    kinds: tuple[str, ...] = KINDS


ORDERS: Final = Series(
    "orders", "Orders", "count", "orders", ("orders",), 1e-6, 1.6,
    least_gap=8, least_events=10, fall_limit=5e-5, fall_ratio=2.5,
)  # fmt: skip
# A category's money is its shops' dear orders: as often chance as not.
GMV: Final = Series(
    "gmv", "GMV", "count", "orders", ("orders",), 1e-6, 1.8,
    least_gap=6, least_events=10, kinds=("merchant", "product", "creator"),
)  # fmt: skip
LATE: Final = Series(
    "late_dispatch", "Late dispatch", "share", "orders due",
    ("orders.ship_by", "orders.shipped_at"), 1e-4, 1.5, least_rise=0.1,
    least_gap=4, is_harm=True,
)  # fmt: skip
REFUNDS: Final = Series(
    "refunds",
    "Refunds",
    "count",
    "orders",
    ("orders.refunded_at",),
    3e-4,
    2.0,
    least_gap=4,
    is_harm=True,
)
CANCELLATIONS: Final = Series(
    "cancellations", "Cancellations", "count", "orders", ("orders.cancelled_at",), 3e-4, 2.0,
    least_gap=6, is_harm=True,
)  # fmt: skip
RATINGS: Final = Series(
    "bad_ratings", "Bad ratings", "share", "reviews", ("reviews",), 3e-4, 1.5, least_rise=0.1,
    least_gap=4, is_harm=True,
)  # fmt: skip
RISES: Final = Series(
    "price_rises", "Raised prices", "share", "orders", ("orders",), 1e-5, 2.0, least_rise=0.25
)
CUTS: Final = Series(
    "price_cuts", "Lowered prices", "share", "orders", ("orders",), 1e-5, 2.0, least_rise=0.25
)
VIEWS: Final = Series(
    "views", "Contents seen far more than usual", "share", "contents",
    ("contents.counted_at", "contents.views"), 1e-5, 2.0, least_rise=0.3, kinds=("creator",),
)  # fmt: skip
SERIES: Final = (ORDERS, GMV, LATE, REFUNDS, CANCELLATIONS, RATINGS, RISES, CUTS, VIEWS)
BY_NAME: Final = {series.name: series for series in SERIES}
