"""What an entity says, and who else sells the same product."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.errors import NotFoundError
from analytics.review.store import Live
from pages._ui import navigation, services, tables
from pages._ui.frame import empty, show_problem
from pages._ui.marked import markdown
from pages._ui.text import plain
from pages._ui.words import LISTS, policy_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation
    from analytics.signals.content.marked import Mark


def show_words(live: Live, case: "CaseExplanation") -> None:
    """Show the texts in which something was matched; of a product its whole listing."""
    from analytics.explain.words import marked_texts

    identity = case.identity
    texts = marked_texts(
        services.warehouse(), live.snapshot_id, identity.entity, identity.entity_id
    )
    if not texts:
        empty(
            "No word of the lexicon and none in disguise was found.", icon=":material/spellcheck:"
        )
        return
    for text in texts:
        with st.container(border=True, gap="xsmall"):
            since = f" · {formats.date(text.at)}" if text.at is not None else ""
            st.caption(f"{text.field.capitalize()} of {plain(text.row_id)}{since}")
            st.markdown(markdown(text.pieces))
            _show_marks(piece.mark for piece in text.pieces if piece.mark)


def _show_marks(marks: "Iterable[Mark]") -> None:
    """Say of each match how it was read, and what it may point to."""
    said: dict[str, None] = {}
    for mark in marks:
        name = mark.list_name
        what = LISTS.get(name, name.replace("_", " ")) if name else "written to pass a filter"
        points = [plain(policy_name(code)) for code in mark.policies]
        tail = f"; may point to {', '.join(points)}" if points else ""
        said[f"“{plain(mark.read, 60)}”: {plain(what)}{tail}"] = None
    for line in said:
        st.caption(line)


def show_listing(live: Live, case: "CaseExplanation") -> None:
    """Show a product's listing with its matched words, and the same product elsewhere."""
    show_words(live, case)
    st.subheader("Same product elsewhere", anchor=False)
    from analytics.explain.same_product import same_elsewhere

    entity_id = case.identity.entity_id
    try:
        found = same_elsewhere(services.warehouse(), live.snapshot_id, entity_id)
    except NotFoundError as error:
        show_problem(error)
        return
    if found.empty:
        empty("No other merchant lists it or anything like it.", icon=":material/storefront:")
        return
    own = services.warehouse().rows(live.snapshot_id, "product", entity_id).identity()
    currency = services.currency(live)
    event = tables.show(
        found.assign(ratio=found["price"] / (own["price"] or float("nan"))),
        _columns(currency),
        alt="Listings of others that may be the same product; a row is set beside this one",
        key=f"same-{entity_id}",
        on_select="rerun",
        selection_mode="single-row",
        height="content",
    )
    rows = event["selection"]["rows"]
    _side_by_side(own, found.iloc[rows[0] if rows else 0].to_dict(), currency)


def _columns(currency: str) -> dict[str, Any]:
    return {
        "product_id": tables.text("Product"),
        "merchant_id": tables.text("Merchant"),
        "title": tables.text("Title", width=260),
        "same": tables.text("Nearly the same", help="Empty: alike as a whole, not to the letter."),
        "likeness": tables.probability("Alike", help="Of title, description, picture, category."),
        "price": tables.cents("Price", currency),
        "ratio": tables.number("× this price"),
        "since": tables.day("Listed"),
    }


def _side_by_side(own: dict[str, Any], other: dict[Any, Any], currency: str) -> None:
    here, there = st.columns(2)
    with here.container(border=True, height="stretch"):
        _show_listing_of("This listing", {**own, "since": own["known_at"]}, currency)
    with there.container(border=True, height="stretch"):
        _show_listing_of(f"Listing {other['product_id']}", other, currency)
        if st.button("Open its case", icon=":material/open_in_new:"):
            navigation.open_case("product", str(other["product_id"]))


def _show_listing_of(name: str, row: dict[Any, Any], currency: str) -> None:
    st.markdown(f"**{plain(name)}**")
    st.caption(
        f"{plain(formats.money(row['price'], currency))} · merchant {plain(row['merchant_id'])} · "
        f"listed {formats.date(row['since'])}"
    )
    for field in ("title", "description"):
        if not pd.isna(row[field]):
            st.text(row[field])
