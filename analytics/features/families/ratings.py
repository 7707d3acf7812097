"""Ratings and their shape, review texts and review timing."""

from analytics.features.declare import Mean, Rate, Shown, Value, declare
from analytics.features.portable import is_true, ratio
from analytics.features.sources import REVIEWS

_TIMING = ("at", "review_id", "order_id", "rating", "placed_at", "delivered_at", "text")
_BUYER = ("at", "review_id", "buyer_id", "buyer_reviews", "rating", "text")
_MIN_REVIEWS = 5


FEATURES = (
    *declare(
        "rating_mean",
        source=REVIEWS,
        formula=Mean(lambda t: t.rating),
        family="ratings",
        label="Average rating",
        unit="rating",
        direction="lower_is_worse",
        template="Reviews {period} give {value} stars on average, adjusted for volume",
        description="Mean rating, shrunk towards the category by Bühlmann credibility.",
        policies=("M9", "P7"),
        is_actionable=True,
        windows={"merchant": (30, 90, None), "product": (90, None), "creator": (None,)},
    ),
    *declare(
        "low_rating",
        source=REVIEWS,
        formula=Rate(lambda t: t.rating <= 2),
        family="ratings",
        label="Low rating share",
        template="{value} of reviews {period} give 2 stars or less, adjusted for volume",
        description="Reviews of 2 stars or less over all reviews, shrunk towards the category.",
        policies=("M9", "P7", "P3"),
        shown=Shown(lambda t: t.rating <= 2, (), "Reviews of 2 stars or less"),
        is_actionable=True,
        windows={"merchant": (30, 90, None), "product": (90, None), "creator": (90,)},
    ),
    *declare(
        "top_rating",
        source=REVIEWS,
        formula=Rate(lambda t: t.rating == 5),
        family="ratings",
        label="Five-star share",
        direction="neutral",
        template="{value} of reviews {period} give 5 stars, adjusted for volume",
        description="Reviews of 5 stars over all reviews, shrunk towards the category.",
        policies=("M5",),
        shown=Shown(lambda t: t.rating == 5, (), "Reviews of 5 stars"),
        windows=(None,),
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "polarisation",
        source=REVIEWS,
        formula=Value(
            lambda t, w: (
                4.0
                * ratio(t.count(where=t.rating <= 1), t.count().nullif(0))
                * ratio(t.count(where=t.rating == 5), t.count().nullif(0))
            )
        ),
        family="ratings",
        label="Polarised ratings",
        unit="ratio",
        template="Ratings are split between 1 and 5 stars: {value} on a scale from 0 to 1",
        description="4 × share of 1-star × share of 5-star reviews: 1 when half of the reviews "
        "give 1 star and half 5, 0 when either is absent.",
        policies=("M5", "M3"),
        shown=Shown(lambda t: (t.rating <= 1) | (t.rating == 5), (), "Reviews of 1 or 5 stars"),
        windows=None,
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "reviews",
        source=REVIEWS,
        formula=Value(lambda t, w: t.count(where=w), empty=0),
        family="ratings",
        label="Reviews",
        unit="count",
        direction="neutral",
        template="There are {value} reviews {period}",
        description="Number of reviews.",
        shown=Shown(None, (), "Reviews"),
        windows=(None,),
    ),
    *declare(
        "textless_review",
        source=REVIEWS,
        formula=Rate(lambda t: ~t.has_text),
        family="ratings",
        label="Reviews without text",
        direction="neutral",
        template="{value} of reviews {period} have no text, adjusted for volume",
        description="Reviews without text over all reviews, shrunk towards the category.",
        needs=("reviews.text",),
        policies=("M5",),
        windows=(None,),
        entities=("merchant",),
    ),
    *declare(
        "repeated_review",
        source=REVIEWS,
        formula=Rate(lambda t: t.text_copies > 1, among=lambda t: t.is_long_text),
        family="ratings",
        label="Repeated review texts",
        template="{value} of longer review texts {period} occur more than once, adjusted for "
        "volume",
        description="Review texts of 20 letters or more that another review of the same entity "
        "repeats (case and punctuation aside), over texts of that length. Shrunk towards the "
        "category.",
        needs=("reviews.text",),
        policies=("M5", "M4"),
        shown=Shown(
            lambda t: (t.text_copies > 1) & t.is_long_text,
            ("at", "review_id", "text_copies", "buyer_id", "rating", "text"),
            "Reviews with the same text",
        ),
        windows=(None,),
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "early_five_star",
        source=REVIEWS,
        formula=Rate(
            lambda t: t.is_before_delivery & (t.rating == 5),
            among=lambda t: t.is_before_delivery.notnull() & (t.rating == 5),
        ),
        family="ratings",
        label="Five stars before delivery",
        template="{value} of 5-star reviews {period} came before the parcel did, adjusted for "
        "volume",
        description="Reviews of 5 stars submitted before the order was delivered, over 5-star "
        "reviews of an order. Shrunk towards the category.",
        needs=("orders.delivered_at", "reviews.order_id"),
        policies=("M5", "M4"),
        shown=Shown(
            lambda t: t.is_before_delivery & (t.rating == 5), _TIMING, "5-star reviews too early"
        ),
        windows=(None,),
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "instant_review",
        source=REVIEWS,
        formula=Rate(
            lambda t: t.hours_after_delivery.between(0.0, 1.0),
            among=lambda t: t.hours_after_delivery >= 0.0,
        ),
        family="ratings",
        label="Reviews within the hour of delivery",
        template="{value} of reviews {period} came within an hour of delivery, adjusted for volume",
        description="Reviews submitted within one hour after delivery, over reviews submitted "
        "after delivery. Shrunk towards the category.",
        needs=("orders.delivered_at", "reviews.order_id"),
        policies=("M5", "M4"),
        shown=Shown(
            lambda t: t.hours_after_delivery.between(0.0, 1.0), _TIMING, "Reviews within the hour"
        ),
        windows=(None,),
        entities=("merchant",),
    ),
    *declare(
        "review_burst",
        source=REVIEWS,
        formula=Value(
            lambda t, w: (
                ratio(t.day_fives.max(where=w), t.count(where=w).nullif(0))
                * (t.count(where=w) >= _MIN_REVIEWS).ifelse(1.0, None)
            )
        ),
        family="ratings",
        label="Five-star reviews on one day",
        template="{value} of the reviews {period} are 5 stars given on one single day",
        description="Most 5-star reviews on one day over all reviews of the window; only from 5 "
        "reviews on.",
        policies=("M5", "M4"),
        shown=Shown(
            lambda t: (t.rating == 5) & (t.day_fives >= 3),
            ("at", "review_id", "day_fives", "buyer_id", "rating", "text"),
            "5-star reviews on days with three or more",
        ),
        windows=(90,),
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "same_buyer_review",
        source=REVIEWS,
        formula=Rate(lambda t: t.buyer_reviews > 1, among=lambda t: t.buyer_id.notnull()),
        family="ratings",
        label="Reviews by the same buyers",
        template="{value} of reviews {period} come from buyers who review here repeatedly, "
        "adjusted for volume",
        description="Reviews whose buyer wrote another one about the same entity, over reviews "
        "whose buyer is known. Shrunk towards the category.",
        policies=("M5", "M4"),
        shown=Shown(lambda t: t.buyer_reviews > 1, _BUYER, "Reviews by repeated reviewers"),
        windows=(None,),
        entities=(
            "merchant",
            "product",
        ),
    ),
    *declare(
        "unordered_review",
        source=REVIEWS,
        formula=Rate(lambda t: ~t.has_line),
        family="ratings",
        label="Reviews without a purchase",
        template="{value} of reviews {period} belong to no order, adjusted for volume",
        description="Reviews that no order line stands behind, over all reviews. Shrunk towards "
        "the category.",
        windows=(None,),
        entities=("merchant", "product"),
        needs=("orders",),
        policies=("M5",),
        shown=Shown(lambda t: ~is_true(t.has_line), (), "Reviews without a purchase"),
    ),
)
