"""Videos and livestreams: traffic, repetition, words."""

import ibis
import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, EntityType
from analytics.features.as_of import AsOf
from analytics.features.facts.words import content_words
from analytics.features.portable import days_before, is_true, number, ratio

LIVE = "livestream"
# Shorter transcripts repeat by nature.
REPEATABLE_LENGTH = 80
# A content is an outlier of traffic from this many times the creator's own median on.
OUTLIER = 5.0


def contents(view: AsOf) -> ir.Table:
    """Return one row per content known at the as-of, with its traffic and what its words say."""
    return view.once("contents", _contents)


def _contents(view: AsOf) -> ir.Table:
    rows = view.table("contents")
    counted = ("views", "likes", "comments", "shares", "duration_s")
    rows = rows.mutate(
        **{name: rows[name].cast("float64") for name in counted},
        at=rows.started_at,
        age_days=days_before(rows.started_at, view.as_of),
        is_live=is_true(rows.kind == LIVE),
    )
    rows = rows.left_join(content_words(view), "content_id").drop("content_id_right")
    rows = rows.mutate(
        likes_per_view=ratio(rows.likes, rows.views),
        comments_per_view=ratio(rows.comments, rows.views),
        shares_per_view=ratio(rows.shares, rows.views),
        is_long_text=is_true(rows.text_length >= REPEATABLE_LENGTH),
    )
    # The words are long; evidence fetches them again.
    return _with_copies(rows.drop("title", "transcript"))


def _with_copies(rows: ir.Table) -> ir.Table:
    own = ibis.window(group_by=["creator_id", "text_key"])
    anywhere = ibis.window(group_by="text_key")
    by_creator = ibis.window(group_by="creator_id")
    is_text = number(rows.is_long_text)
    rows = rows.mutate(
        copies=is_text.sum().over(own),
        copies_anywhere=is_text.sum().over(anywhere),
        usual_views=rows.views.median().over(by_creator),
        same_length=rows.count().over(ibis.window(group_by=["creator_id", "kind", "duration_s"])),
    )
    return rows.mutate(
        copies_elsewhere=rows.copies_anywhere - rows.copies,
        views_to_usual=ratio(rows.views, rows.usual_views),
    )


def entity_contents(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the contents of a creator, or those that show a product or a merchant's products."""
    rows = contents(view)
    if entity == "creator":
        return rows.mutate(**{ENTITY_ID: rows.creator_id})
    shown = shown_products(view)
    key = shown.product_id if entity == "product" else shown.merchant_id
    pairs = shown.select("content_id", **{ENTITY_ID: key}).distinct()
    pairs = pairs.filter(pairs[ENTITY_ID].notnull())
    return rows.inner_join(pairs, "content_id")


def with_transcripts(view: AsOf, rows: ir.Table) -> ir.Table:
    """Add title and transcript, which are long and only shown."""
    texts = view.table("contents").select("content_id", "title", "transcript")
    return rows.left_join(texts, "content_id").drop("content_id_right")


def shown_products(view: AsOf) -> ir.Table:
    """Return one row per content and product shown in it, with category and merchant."""
    shown = view.table("content_products")
    makers = view.table("contents").select("content_id", "creator_id", "kind")
    shown = shown.inner_join(makers, "content_id")
    if not view.has("products"):
        return shown.mutate(category=ibis.null("string"), merchant_id=ibis.null("string"))
    products = view.table("products").select("product_id", "category", "merchant_id")
    return shown.left_join(products, "product_id").drop("product_id_right")


def showcase(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the products that each creator showed, with how much of the show their category is."""
    shown = shown_products(view)
    shown = shown.mutate(
        **{ENTITY_ID: shown.creator_id},
        at=shown.shown_at,
        age_days=days_before(shown.shown_at, view.as_of),
    )
    by_category = ibis.window(group_by=[ENTITY_ID, "category"])
    by_product = ibis.window(group_by=[ENTITY_ID, "product_id"])
    return shown.mutate(
        category_shows=shown.count().over(by_category),
        product_shows=shown.count().over(by_product),
    )
