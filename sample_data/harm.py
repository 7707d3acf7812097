"""What is planted: schemes of harm from the taxonomy, and the innocent who look alike."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Scheme(IntEnum):
    """How a merchant harms."""

    NONE = 0
    COUNTERFEIT_RING = 1
    BRUSHING = 2
    REVIEW_MANIPULATION = 3
    EMPTY_PARCEL = 4
    BUST_OUT = 5
    DIVERSION = 6
    LATE_DISPATCH = 7
    FALSE_LICENCE = 8
    VOUCHER_ABUSE = 9
    FAULTY_RETURNS = 10
    BANNED = 11
    RETURNED = 12


class ProductHarm(IntEnum):
    """How a product harms."""

    NONE = 0
    COUNTERFEIT = 1
    CLAIMS = 2
    FALSE_DISCOUNT = 3
    SPAM = 4
    NOT_DESCRIBED = 5
    PROHIBITED = 6
    KNOCK_OFF = 7


class CreatorHarm(IntEnum):
    """How a creator harms."""

    NONE = 0
    CLAIMS = 1
    LOOPED_LIVE = 2
    DIVERSION = 3
    BOTS = 4
    OWN_SHOWCASE = 5
    GAMBLING = 6
    LINKED = 7


class LookAlike(IntEnum):
    """Innocence that looks like harm."""

    NONE = 0
    SHARED_WAREHOUSE = 1
    FAMILY_BUSINESS = 2
    NEW_SHOP = 3
    SEASONAL_BURST = 4
    GENEROUS_PROMOTION = 5
    HONEST_LATE = 6
    FAN_CLUB = 7
    REVIEW_CAMPAIGN = 8
    AGENCY = 9
    VIRAL = 10
    FAIR_CLAIMS = 11
    RESELLER = 12
    PRICE_TEST = 13


@dataclass(frozen=True)
class Share:
    """How much of a population something is planted in, in groups of which sizes."""

    share: float
    smallest: int = 1
    largest: int = 1


SCHEMES: Final[dict[IntEnum, Share]] = {
    Scheme.COUNTERFEIT_RING: Share(0.014, 3, 11),
    Scheme.BRUSHING: Share(0.007, 1, 3),
    Scheme.REVIEW_MANIPULATION: Share(0.006),
    Scheme.EMPTY_PARCEL: Share(0.004),
    Scheme.BUST_OUT: Share(0.005),
    Scheme.DIVERSION: Share(0.004),
    Scheme.LATE_DISPATCH: Share(0.005),
    Scheme.FALSE_LICENCE: Share(0.003),
    Scheme.VOUCHER_ABUSE: Share(0.003),
    Scheme.FAULTY_RETURNS: Share(0.003),
    Scheme.BANNED: Share(0.006, 2, 3),  # one banned shop each, the others its return
}
PRODUCT_HARMS: Final[dict[IntEnum, float]] = {
    ProductHarm.COUNTERFEIT: 0.0015,  # beside those of the rings
    ProductHarm.CLAIMS: 0.006,
    ProductHarm.FALSE_DISCOUNT: 0.005,
    ProductHarm.SPAM: 0.003,
    ProductHarm.NOT_DESCRIBED: 0.003,
    ProductHarm.PROHIBITED: 0.0015,
    ProductHarm.KNOCK_OFF: 0.002,
}
CREATOR_HARMS: Final[dict[IntEnum, Share]] = {
    CreatorHarm.CLAIMS: Share(0.010),
    CreatorHarm.LOOPED_LIVE: Share(0.008),
    CreatorHarm.DIVERSION: Share(0.007),
    CreatorHarm.BOTS: Share(0.011),
    CreatorHarm.OWN_SHOWCASE: Share(0.006),
    CreatorHarm.GAMBLING: Share(0.004),
    CreatorHarm.LINKED: Share(0.006, 2, 5),
}
MERCHANT_LOOK_ALIKES: Final[dict[IntEnum, Share]] = {
    LookAlike.FAMILY_BUSINESS: Share(0.015, 2, 4),
    LookAlike.SEASONAL_BURST: Share(0.012),
    LookAlike.GENEROUS_PROMOTION: Share(0.012),
    LookAlike.HONEST_LATE: Share(0.012),
    LookAlike.FAN_CLUB: Share(0.008),
    LookAlike.REVIEW_CAMPAIGN: Share(0.008),
    LookAlike.RESELLER: Share(0.008),
}
PRODUCT_LOOK_ALIKES: Final[dict[IntEnum, float]] = {
    LookAlike.FAIR_CLAIMS: 0.012,
    LookAlike.PRICE_TEST: 0.012,
}
CREATOR_LOOK_ALIKES: Final[dict[IntEnum, Share]] = {
    LookAlike.AGENCY: Share(0.03, 5, 20),
    LookAlike.VIRAL: Share(0.015),
}
WAREHOUSE_SHARE: Final = 0.08
NEW_SHOP_DAYS: Final = 75

MERCHANT_POLICY: Final[dict[IntEnum, str]] = {
    Scheme.COUNTERFEIT_RING: "M8",
    Scheme.BRUSHING: "M4",
    Scheme.REVIEW_MANIPULATION: "M5",
    Scheme.EMPTY_PARCEL: "M3",
    Scheme.BUST_OUT: "M3",
    Scheme.DIVERSION: "M7",
    Scheme.LATE_DISPATCH: "M2",
    Scheme.FALSE_LICENCE: "M1",
    Scheme.VOUCHER_ABUSE: "M6",
    Scheme.FAULTY_RETURNS: "M9",
    Scheme.BANNED: "M3",
    Scheme.RETURNED: "M8",
}
PRODUCT_POLICY: Final[dict[IntEnum, str]] = {
    ProductHarm.COUNTERFEIT: "P3",
    ProductHarm.CLAIMS: "P6",
    ProductHarm.FALSE_DISCOUNT: "P9",
    ProductHarm.SPAM: "P8",
    ProductHarm.NOT_DESCRIBED: "P7",
    ProductHarm.PROHIBITED: "P1",
    ProductHarm.KNOCK_OFF: "P5",
}
CREATOR_POLICY: Final[dict[IntEnum, str]] = {
    CreatorHarm.CLAIMS: "C1",
    CreatorHarm.LOOPED_LIVE: "C3",
    CreatorHarm.DIVERSION: "C4",
    CreatorHarm.BOTS: "C5",
    CreatorHarm.OWN_SHOWCASE: "C6",
    CreatorHarm.GAMBLING: "C7",
    CreatorHarm.LINKED: "C9",
}
