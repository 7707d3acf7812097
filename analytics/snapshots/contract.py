"""The table contract: every table and column that a source may give, declared once.

The declaration is a pandera schema per table. What a schema library has no word for stands in the
metadata of its columns (from when a value is known) or beside it (references, time order). It
drives validation, masking, the stored parquet types and `docs/data-contract.md`.
"""

from typing import Final

import pandera.pandas as pa

from analytics.columns import ENTITY_KEY, ENTITY_TYPES, KNOWN_AT
from analytics.snapshots.checks import is_digest, is_json
from analytics.snapshots.schema import (
    COUNT,
    EXPORT,
    MONEY,
    NUMBER,
    ROW,
    TEXT,
    TIME,
    Reference,
    TableContract,
    choice,
    count,
    money,
    number,
    table,
    text,
    time,
)

__all__ = [
    "CONTRACT_VERSION",
    "COUNT",
    "ENTITY_TABLES",
    "EXPORT",
    "MONEY",
    "NUMBER",
    "ROW",
    "TABLES",
    "TEXT",
    "TIME",
    "Reference",
    "TableContract",
    "entity_key",
]

CONTRACT_VERSION: Final = "1"

ENTITY_COLUMNS: Final = ("entity_type", "entity_id")
# Links and events may also name buyers: the ring behind fake orders is made of them.
ACTOR_TYPES: Final = (*ENTITY_TYPES, "buyer")
OUTCOMES: Final = ("violation", "no_violation", "cannot_tell")


def _actor(types: tuple[str, ...] = ENTITY_TYPES) -> dict[str, pa.Column]:
    return {
        "entity_type": choice("Kind of entity", types, required=True),
        "entity_id": text("Its id", required=True),
    }


_ENTITY_REFERENCE = (Reference("entity_id", None),)

_MERCHANTS = table(
    "merchants",
    "one merchant",
    {
        "merchant_id": text("Id of the merchant", required=True),
        "registered_at": time("When it joined the marketplace"),
        "country": text("Country, as the marketplace writes it", length=64),
        "region": text("State or province", length=128),
        "main_category": text("Category it mostly sells in", length=256),
    },
    key=("merchant_id",),
    dated_by="registered_at",
    sort=("merchant_id",),
    entity="merchant",
)

_PRODUCTS = table(
    "products",
    "one product",
    {
        "product_id": text("Id of the product", required=True),
        "merchant_id": text("Merchant that lists it", required=True),
        "category": text("Category of the listing", length=256),
        "title": text("Title as listed now", known=EXPORT, length=2_000),
        "description": text("Description as listed now", known=EXPORT, length=200_000),
        "price": money("Price as listed now", known=EXPORT),
        "listed_at": time("When it was first listed"),
        "image_path": text("Path of its image, relative to the source", known=EXPORT, length=1_000),
    },
    key=("product_id",),
    dated_by="listed_at",
    sort=("product_id",),
    references=(Reference("merchant_id", "merchants"),),
    entity="product",
)

_CREATORS = table(
    "creators",
    "one creator",
    {
        "creator_id": text("Id of the creator", required=True),
        "joined_at": time("When the creator joined"),
        "country": text("Country, as the marketplace writes it", length=64),
        "followers": count("Followers now", known=EXPORT),
    },
    key=("creator_id",),
    dated_by="joined_at",
    sort=("creator_id",),
    entity="creator",
)

_CONTENTS = table(
    "contents",
    "one video or livestream",
    {
        "content_id": text("Id of the content", required=True),
        "creator_id": text("Creator who made it", required=True),
        "kind": text("Such as video or livestream", length=64),
        "started_at": time("When it was published or went live", required=True),
        "duration_s": count("Length in seconds"),
        "title": text("Title", length=2_000),
        "transcript": text("What is said", length=1_000_000),
        "views": count("Views", known="counted_at"),
        "likes": count("Likes", known="counted_at"),
        "comments": count("Comments", known="counted_at"),
        "shares": count("Shares", known="counted_at"),
        "counted_at": time("When the counters were read", known="counted_at"),
    },
    key=("content_id",),
    dated_by="started_at",
    sort=("creator_id", "started_at", "content_id"),
    references=(Reference("creator_id", "creators"),),
    time_order=(("counted_at", "started_at"),),
)

_ORDERS = table(
    "orders",
    "one order line",
    {
        "order_id": text("Id of the order", required=True),
        "line_no": count("Number of the line within the order", required=True),
        "buyer_id": text("Id of the buyer"),
        "merchant_id": text("Merchant who sells the line", required=True),
        "product_id": text("Product sold", required=True),
        "creator_id": text("Creator whose showcase sold it"),
        "content_id": text("Video or livestream that sold it"),
        "placed_at": time("When the order was placed", required=True),
        "quantity": count("Units; 1 where it is not given", least=1),
        "price": money("Price of one unit", required=True),
        "freight": money("Freight that the buyer pays for the line"),
        "ship_by": time("When it must be handed to the carrier", is_plan=True),
        "shipped_at": time("When it was handed to the carrier", known="shipped_at"),
        "deliver_by": time("When the buyer was told to expect it", is_plan=True),
        "delivered_at": time("When the buyer had it", known="delivered_at"),
        "cancelled_at": time("When it was cancelled", known="cancelled_at"),
        "cancelled_by": choice(
            "Side that cancelled", ("seller", "buyer", "platform", "unknown"), known="cancelled_at"
        ),
        "refunded_at": time("When money went back", known="refunded_at"),
        "refund_amount": money("Money that went back", known="refunded_at"),
        "refund_reason": text("Why, as the marketplace codes it", known="refunded_at", length=256),
    },
    key=("order_id", "line_no"),
    dated_by="placed_at",
    sort=("merchant_id", "placed_at", "order_id", "line_no"),
    references=(
        Reference("merchant_id", "merchants"),
        Reference("product_id", "products"),
        Reference("creator_id", "creators"),
        Reference("content_id", "contents"),
    ),
    time_order=(
        ("shipped_at", "placed_at"),
        ("delivered_at", "placed_at"),
        ("cancelled_at", "placed_at"),
        ("refunded_at", "placed_at"),
        ("delivered_at", "shipped_at"),
    ),
)

_REVIEWS = table(
    "reviews",
    "one review of an order or a product",
    {
        "review_id": text("Id of the review", required=True),
        "order_id": text("Order reviewed; several merchants may share it"),
        "product_id": text("Product reviewed, where it is certain"),
        "merchant_id": text("Merchant reviewed, where it is certain"),
        "buyer_id": text("Who wrote it"),
        "rating": number("Stars", required=True, between=(1, 5)),
        "title": text("Title", length=2_000),
        "text": text("Text", length=200_000),
        "created_at": time("When it was submitted", required=True),
    },
    key=("review_id", "order_id"),
    dated_by="created_at",
    sort=("merchant_id", "created_at", "review_id", "order_id"),
    references=(
        Reference("order_id", "orders", is_strict=False),
        Reference("product_id", "products"),
        Reference("merchant_id", "merchants"),
    ),
)

_CONTENT_PRODUCTS = table(
    "content_products",
    "one product shown in a video or livestream",
    {
        "content_id": text("Video or livestream", required=True),
        "product_id": text("Product shown", required=True),
        "shown_at": time("When it was shown", required=True),
    },
    key=("content_id", "product_id", "shown_at"),
    dated_by="shown_at",
    sort=("content_id", "shown_at", "product_id"),
    references=(Reference("content_id", "contents"), Reference("product_id", "products")),
)

_EVENTS = table(
    "events",
    "one entry of the behaviour log",
    {
        "event_id": text("Id of the event", required=True),
        **_actor(ACTOR_TYPES),
        "kind": text("What happened", required=True, length=64),
        "at": time("When", required=True),
        "payload": text(
            "Details, as JSON",
            length=20_000,
            checks=[pa.Check(is_json, error="is not valid JSON")],
        ),
    },
    key=("event_id",),
    dated_by="at",
    sort=("entity_type", "entity_id", "at", "event_id"),
    references=_ENTITY_REFERENCE,
)

_LINKS = table(
    "links",
    "one device, bank account, phone, address or licence that an entity uses",
    {
        **_actor(ACTOR_TYPES),
        "kind": text("Such as device, bank_account, phone, address, licence", required=True),
        "value_hash": text(
            "Keyed hash of the value; a column `value` with the clear value is hashed at ingest",
            required=True,
            checks=[pa.Check(is_digest, error="is not a hexadecimal digest of 32 to 128 digits")],
        ),
        "first_seen": time("When it was first seen", required=True),
        "last_seen": time("When it was last seen", known="last_seen"),
    },
    key=("entity_type", "entity_id", "kind", "value_hash"),
    dated_by="first_seen",
    sort=("entity_type", "entity_id", "kind", "value_hash"),
    references=_ENTITY_REFERENCE,
    time_order=(("last_seen", "first_seen"),),
)

_INTERACTIONS = table(
    "interactions",
    "one interaction of a creator with a product",
    {
        "creator_id": text("Creator", required=True),
        "product_id": text("Product", required=True),
        "kind": text("Such as sample_requested, shown, sold", length=64),
        "at": time("When", required=True),
        "value": number("Amount, where the kind has one"),
    },
    key=(),
    dated_by="at",
    sort=("creator_id", "at", "product_id", "kind", "value"),
    references=(Reference("creator_id", "creators"), Reference("product_id", "products")),
)

_EXTRA_FEATURES = table(
    "extra_features",
    "your own columns about one entity at one time",
    {
        **_actor(),
        KNOWN_AT: time("From when the values are known; absent: not point in time"),
    },
    key=(*ENTITY_COLUMNS, KNOWN_AT),
    dated_by=KNOWN_AT,
    sort=(*ENTITY_COLUMNS, KNOWN_AT),
    references=_ENTITY_REFERENCE,
    is_open=True,
)

_PAST_DECISIONS = table(
    "past_decisions",
    "one decision taken before Portreeve",
    {
        **_actor(),
        "policy": text("Code of the violation taxonomy", length=64),
        "outcome": choice("What was decided", OUTCOMES, required=True),
        "decided_at": time("When", required=True),
    },
    key=(*ENTITY_COLUMNS, "policy", "decided_at"),
    dated_by="decided_at",
    sort=(*ENTITY_COLUMNS, "decided_at", "policy", "outcome"),
    references=_ENTITY_REFERENCE,
)

# In an order in which each table stands after those it refers to.
TABLES: Final[dict[str, TableContract]] = {
    contract.name: contract
    for contract in (
        _MERCHANTS,
        _CREATORS,
        _PRODUCTS,
        _CONTENTS,
        _ORDERS,
        _REVIEWS,
        _CONTENT_PRODUCTS,
        _EVENTS,
        _LINKS,
        _INTERACTIONS,
        _EXTRA_FEATURES,
        _PAST_DECISIONS,
    )
}

ENTITY_TABLES: Final = {
    contract.entity: contract.name for contract in TABLES.values() if contract.entity
}


def entity_key(name: str) -> str | None:
    """Id column of an entity table; None for other tables."""
    entity = TABLES[name].entity
    return ENTITY_KEY[entity] if entity else None
