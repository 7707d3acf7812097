"""Age of the account, its listings, and where it comes from."""

from analytics.columns import ENTITY_TABLE, EntityType
from analytics.features.declare import Feature, Rate, Value, declare
from analytics.features.sources import ACCOUNTS, LISTINGS


def _country(entity: EntityType) -> tuple[Feature, ...]:
    return declare(
        "country_share",
        source=ACCOUNTS,
        formula=Value(lambda t, w: t.country_share.max()),
        family="identity",
        label="Share of entities from the same country",
        direction="neutral",
        template="{value} of all come from the same country",
        description="Entities with the same country over all: an encoding of the country, which "
        "can stand for origin. Kept out of the models unless asked for.",
        windows=None,
        entities=(entity,),
        needs=(f"{ENTITY_TABLE[entity]}.country",),
        is_default=False,
    )


FEATURES = (
    *declare(
        "account_age",
        source=ACCOUNTS,
        formula=Value(lambda t, w: t.age_days.max()),
        family="age",
        label="Account age",
        unit="days",
        direction="lower_is_worse",
        template="It has been known for {value}",
        description="Days since registration, listing or joining; where there is no such date, "
        "since its first dated row.",
        windows=None,
        policies=("M8", "M3", "C9"),
    ),
    *_country("merchant"),
    *_country("creator"),
    *declare(
        "listed_products",
        source=LISTINGS,
        formula=Value(lambda t, w: t.count(where=w), empty=0),
        family="catalogue",
        label="Listed products",
        unit="count",
        direction="neutral",
        template="{value} products were listed {period}",
        description="Products by listing date (by their first order where there is none).",
        windows=(30, None),
        entities=("merchant",),
        policies=("M8", "P8"),
    ),
    *declare(
        "copied_listing",
        source=LISTINGS,
        formula=Rate(lambda t: t.copies_of_others > 0, among=lambda t: t.title_key.notnull()),
        family="catalogue",
        label="Titles that other merchants use",
        template="{value} of the listings have a title that another merchant uses, adjusted for "
        "volume",
        description="Products whose title (case and punctuation aside) another merchant lists, "
        "over products with a title. Known from the export on. Shrunk towards the category.",
        windows=None,
        entities=("merchant",),
        needs=("products.title",),
        policies=("M8",),
        is_point_in_time=False,
    ),
    *declare(
        "title_copies",
        source=LISTINGS,
        formula=Value(lambda t, w: t.title_copies.max().nullif(0) - 1),
        family="catalogue",
        label="Listings with the same title",
        unit="count",
        template="{value} other listings have the same title",
        description="Other products with the same title, case and punctuation aside. Known from "
        "the export on.",
        windows=None,
        entities=("product",),
        needs=("products.title",),
        policies=("P8",),
        is_point_in_time=False,
    ),
)
