"""What the words of a text say: a matter of the text alone, so told once for all moments."""

import ibis
import ibis.expr.types as ir

from analytics.features.as_of import AsOf
from analytics.features.lexicon import mentions
from analytics.features.portable import is_true


def review_words(view: AsOf) -> ir.Table:
    """Return one row per review and order: the key of its text and what it mentions."""
    return view.timeless("review_words", _review_words)


def _review_words(view: AsOf) -> ir.Table:
    reviews = view.raw("reviews")
    letters = _letters(reviews.text)
    return reviews.select(
        "review_id",
        "order_id",
        text_key=_key(letters),
        text_length=letters.length(),
        says_off_platform=mentions(reviews.text, "off_platform"),
    )


def content_words(view: AsOf) -> ir.Table:
    """Return one row per content: the key of its transcript and what title and transcript say."""
    return view.timeless("content_words", _content_words)


def _content_words(view: AsOf) -> ir.Table:
    contents = view.raw("contents")
    words = contents.title.fill_null("").concat(" ", contents.transcript.fill_null(""))
    letters = _letters(contents.transcript)
    said = contents.select(
        "content_id",
        text_key=_key(letters),
        text_length=letters.length(),
        says_off_platform=mentions(words, "off_platform"),
        says_absolute=mentions(words, "absolute_claims"),
        says_health=mentions(words, "health_claims"),
        says_chance=mentions(words, "games_of_chance"),
    )
    return said.mutate(
        says_claim=said.says_health | said.says_absolute,
        says_both=said.says_health & said.says_absolute,
    )


def listing_words(view: AsOf) -> ir.Table:
    """Return one row per product: the key of its title and what title and description say."""
    return view.timeless("listing_words", _listing_words)


def _listing_words(view: AsOf) -> ir.Table:
    products = view.raw("products")
    has_words = products.title.notnull() | products.description.notnull()
    words = products.title.fill_null("").concat(" ", products.description.fill_null(""))
    words = ibis.ifelse(has_words, words, ibis.null("string"))
    return products.select(
        "product_id",
        title_key=_key(_letters(products.title)),
        says_off_platform=mentions(words, "off_platform"),
        says_absolute=mentions(words, "absolute_claims"),
        says_health=mentions(words, "health_claims"),
        says_imitation=mentions(words, "imitation"),
    )


def _letters(text: ir.StringValue) -> ir.StringValue:
    """Return the text without case, punctuation and spaces."""
    return text.lower().re_replace(r"[\s.,;:!?'\"()-]+", "")


def _key(letters: ir.StringValue) -> ir.StringValue:
    """Return a short key that equal texts share; null for an empty text."""
    return ibis.ifelse(is_true(letters.length() > 0), letters.hexdigest("md5"), None)
