"""The table contract: every table and column that a source may give, declared once.

The declaration is a pandera schema per table. What a schema library has no word for stands in the
metadata of its columns (from when a value is known) or beside it (references, time order). It
drives validation, masking, the stored parquet types and `docs/data-contract.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pandas as pd
import pandera.pandas as pa
import pyarrow

from analytics.columns import ENTITY_KEY, ENTITY_TYPES, KNOWN_AT, EntityType
from analytics.snapshots.checks import is_digest, is_json, not_earlier

CONTRACT_VERSION: Final = "1"

# Values of `known`: with the row; only from the export on (no date); else the column that dates it.
ROW: Final = "row"
EXPORT: Final = "export"

EARLIEST: Final = pd.Timestamp("1990-01-01")
LATEST_PLAN: Final = pd.Timestamp("2100-01-01")

TEXT: Final = pyarrow.string()
TIME: Final = pyarrow.timestamp("us")
MONEY: Final = pyarrow.decimal128(18, 2)
NUMBER: Final = pyarrow.float64()
COUNT: Final = pyarrow.int64()

ID_LENGTH: Final = 200
MAX_COUNT: Final = 10**15
ENTITY_COLUMNS: Final = ("entity_type", "entity_id")
# Links and events may also name buyers: the ring behind fake orders is made of them.
ACTOR_TYPES: Final = (*ENTITY_TYPES, "buyer")
OUTCOMES: Final = ("violation", "no_violation", "cannot_tell")


@dataclass(frozen=True)
class Reference:
    """Rows of this table name a row of another one.

    Attributes:
        column: Column that holds the other's id.
        table: Table referred to; None where `entity_type` says which.
        is_strict: Whether an id without its row is an error; else it is only counted.
    """

    column: str
    table: str | None
    is_strict: bool = True


@dataclass(frozen=True)
class TableContract:
    """One table: its schema, and what a schema has no word for.

    Attributes:
        name: Name of the table and of its file without ending.
        title: What one row is.
        schema: Types, nullability, ranges; a column's metadata holds `known` and `doc`.
        key: Columns that no two rows share; empty where rows have no key.
        dated_by: Column that says from when a row is known, as the source gives it.
        sort: Order of the stored rows.
        references: Tables that its rows name.
        time_order: Pairs (later, earlier) of time columns that must stand in this order.
        entity: Entity type that its rows describe, where they describe one each.
        is_open: Whether a source may add columns of its own.
    """

    name: str
    title: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    dated_by: str
    sort: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    time_order: tuple[tuple[str, str], ...] = ()
    entity: EntityType | None = None
    is_open: bool = False
    extra: Mapping[str, pyarrow.DataType] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the declared columns, in the order in which they are stored."""
        return tuple(self.schema.columns)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Columns without which the table, or a row of it, cannot be used."""
        return tuple(name for name in self.columns if not self.schema.columns[name].nullable)

    @property
    def known_at(self) -> str:
        """Stored column that says from when a row is known; entities carry one of their own."""
        return KNOWN_AT if self.entity else self.dated_by

    def type_of(self, column: str) -> pyarrow.DataType:
        """Arrow type in which a column is stored."""
        return self.extra.get(column) or self.schema.columns[column].dtype.type.pyarrow_dtype

    def known(self, column: str) -> str:
        """From when a value of the column is known: `ROW`, `EXPORT` or the column that dates it."""
        if column in self.extra or column == KNOWN_AT:
            return ROW
        return self._metadata(column)["known"]

    def doc(self, column: str) -> str:
        """What the column holds, in words."""
        return self._metadata(column)["doc"]

    def is_plan(self, column: str) -> bool:
        """Whether a time column may lie in the future, because it holds a plan."""
        return bool(self._metadata(column).get("plan"))

    def fact_times(self) -> tuple[str, ...]:
        """Time columns that hold facts: the row's own date and the later fields'."""
        return tuple(
            name for name in self.columns if self.type_of(name) == TIME and not self.is_plan(name)
        )

    def _metadata(self, column: str) -> dict[str, Any]:
        return self.schema.columns[column].metadata or {}

    @cached_property
    def arrow_schema(self) -> pyarrow.Schema:
        """Schema of the stored file."""
        fields = [pyarrow.field(name, self.type_of(name)) for name in (*self.columns, *self.extra)]
        if self.entity:
            fields.append(pyarrow.field(KNOWN_AT, TIME))
        return pyarrow.schema(fields)


def _column(
    kind: pyarrow.DataType,
    doc: str,
    required: bool,
    known: str,
    checks: list[pa.Check],
    **more: Any,
) -> pa.Column:
    return pa.Column(
        pd.ArrowDtype(kind),
        checks=checks,
        nullable=not required,
        metadata={"doc": doc, "known": known, **more},
    )


def _text(
    doc: str, *, required: bool = False, known: str = ROW, length: int = ID_LENGTH, **more: Any
) -> pa.Column:
    checks = [
        pa.Check.str_length(max_value=length, error=f"is longer than {length:,} characters"),
        pa.Check(lambda s: ~s.str.contains("\x00", regex=False), error="contains a NUL byte"),
    ]
    return _column(TEXT, doc, required, known, checks + more.pop("checks", []), **more)


def _choice(doc: str, choices: tuple[str, ...], **more: Any) -> pa.Column:
    check = pa.Check.isin(choices, error=f"is not one of {', '.join(choices)}")
    return _text(f"{doc}: {', '.join(choices)}", checks=[check], **more)


def _time(
    doc: str, *, required: bool = False, known: str = ROW, is_plan: bool = False
) -> pa.Column:
    checks = [
        pa.Check.ge(EARLIEST, error="lies before 1990"),
        pa.Check.lt(LATEST_PLAN, error="lies after 2099"),
    ]
    return _column(TIME, doc, required, known, checks, plan=is_plan)


def _money(doc: str, *, required: bool = False, known: str = ROW) -> pa.Column:
    return _column(MONEY, doc, required, known, [pa.Check.ge(0, error="is negative")])


def _count(doc: str, *, required: bool = False, known: str = ROW, least: int = 0) -> pa.Column:
    low = pa.Check.ge(least, error="is negative" if least == 0 else f"is less than {least}")
    high = pa.Check.le(MAX_COUNT, error="is absurdly large")
    return _column(COUNT, doc, required, known, [low, high])


def _number(
    doc: str, *, required: bool = False, between: tuple[float, float] | None = None
) -> pa.Column:
    checks = []
    if between:
        low, high = between
        checks = [pa.Check.in_range(low, high, error=f"is not between {low:g} and {high:g}")]
    return _column(NUMBER, doc, required, ROW, checks)


def _table(
    name: str,
    title: str,
    columns: dict[str, pa.Column],
    *,
    time_order: tuple[tuple[str, str], ...] = (),
    **more: Any,
) -> TableContract:
    checks = [not_earlier(later, earlier) for later, earlier in time_order]
    schema = pa.DataFrameSchema(columns, checks=checks, name=name)
    return TableContract(name, title, schema, time_order=time_order, **more)


def _actor(types: tuple[str, ...] = ENTITY_TYPES) -> dict[str, pa.Column]:
    return {
        "entity_type": _choice("Kind of entity", types, required=True),
        "entity_id": _text("Its id", required=True),
    }


_ENTITY_REFERENCE = (Reference("entity_id", None),)

_MERCHANTS = _table(
    "merchants",
    "one merchant",
    {
        "merchant_id": _text("Id of the merchant", required=True),
        "registered_at": _time("When it joined the marketplace"),
        "country": _text("Country, as the marketplace writes it", length=64),
        "region": _text("State or province", length=128),
        "main_category": _text("Category it mostly sells in", length=256),
    },
    key=("merchant_id",),
    dated_by="registered_at",
    sort=("merchant_id",),
    entity="merchant",
)

_PRODUCTS = _table(
    "products",
    "one product",
    {
        "product_id": _text("Id of the product", required=True),
        "merchant_id": _text("Merchant that lists it", required=True),
        "category": _text("Category of the listing", length=256),
        "title": _text("Title as listed now", known=EXPORT, length=2_000),
        "description": _text("Description as listed now", known=EXPORT, length=200_000),
        "price": _money("Price as listed now", known=EXPORT),
        "listed_at": _time("When it was first listed"),
        "image_path": _text(
            "Path of its image, relative to the source", known=EXPORT, length=1_000
        ),
    },
    key=("product_id",),
    dated_by="listed_at",
    sort=("product_id",),
    references=(Reference("merchant_id", "merchants"),),
    entity="product",
)

_CREATORS = _table(
    "creators",
    "one creator",
    {
        "creator_id": _text("Id of the creator", required=True),
        "joined_at": _time("When the creator joined"),
        "country": _text("Country, as the marketplace writes it", length=64),
        "followers": _count("Followers now", known=EXPORT),
    },
    key=("creator_id",),
    dated_by="joined_at",
    sort=("creator_id",),
    entity="creator",
)

_CONTENTS = _table(
    "contents",
    "one video or livestream",
    {
        "content_id": _text("Id of the content", required=True),
        "creator_id": _text("Creator who made it", required=True),
        "kind": _text("Such as video or livestream", length=64),
        "started_at": _time("When it was published or went live", required=True),
        "duration_s": _count("Length in seconds"),
        "title": _text("Title", length=2_000),
        "transcript": _text("What is said", length=1_000_000),
        "views": _count("Views", known="counted_at"),
        "likes": _count("Likes", known="counted_at"),
        "comments": _count("Comments", known="counted_at"),
        "shares": _count("Shares", known="counted_at"),
        "counted_at": _time("When the counters were read", known="counted_at"),
    },
    key=("content_id",),
    dated_by="started_at",
    sort=("creator_id", "started_at", "content_id"),
    references=(Reference("creator_id", "creators"),),
    time_order=(("counted_at", "started_at"),),
)

_ORDERS = _table(
    "orders",
    "one order line",
    {
        "order_id": _text("Id of the order", required=True),
        "line_no": _count("Number of the line within the order", required=True),
        "buyer_id": _text("Id of the buyer"),
        "merchant_id": _text("Merchant who sells the line", required=True),
        "product_id": _text("Product sold", required=True),
        "creator_id": _text("Creator whose showcase sold it"),
        "content_id": _text("Video or livestream that sold it"),
        "placed_at": _time("When the order was placed", required=True),
        "quantity": _count("Units; 1 where it is not given", least=1),
        "price": _money("Price of one unit", required=True),
        "freight": _money("Freight that the buyer pays for the line"),
        "ship_by": _time("When it must be handed to the carrier", is_plan=True),
        "shipped_at": _time("When it was handed to the carrier", known="shipped_at"),
        "deliver_by": _time("When the buyer was told to expect it", is_plan=True),
        "delivered_at": _time("When the buyer had it", known="delivered_at"),
        "cancelled_at": _time("When it was cancelled", known="cancelled_at"),
        "cancelled_by": _choice(
            "Side that cancelled", ("seller", "buyer", "platform", "unknown"), known="cancelled_at"
        ),
        "refunded_at": _time("When money went back", known="refunded_at"),
        "refund_amount": _money("Money that went back", known="refunded_at"),
        "refund_reason": _text("Why, as the marketplace codes it", known="refunded_at", length=256),
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

_REVIEWS = _table(
    "reviews",
    "one review of an order or a product",
    {
        "review_id": _text("Id of the review", required=True),
        "order_id": _text("Order reviewed; several merchants may share it"),
        "product_id": _text("Product reviewed, where it is certain"),
        "merchant_id": _text("Merchant reviewed, where it is certain"),
        "buyer_id": _text("Who wrote it"),
        "rating": _number("Stars", required=True, between=(1, 5)),
        "title": _text("Title", length=2_000),
        "text": _text("Text", length=200_000),
        "created_at": _time("When it was submitted", required=True),
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

_CONTENT_PRODUCTS = _table(
    "content_products",
    "one product shown in a video or livestream",
    {
        "content_id": _text("Video or livestream", required=True),
        "product_id": _text("Product shown", required=True),
        "shown_at": _time("When it was shown", required=True),
    },
    key=("content_id", "product_id", "shown_at"),
    dated_by="shown_at",
    sort=("content_id", "shown_at", "product_id"),
    references=(Reference("content_id", "contents"), Reference("product_id", "products")),
)

_EVENTS = _table(
    "events",
    "one entry of the behaviour log",
    {
        "event_id": _text("Id of the event", required=True),
        **_actor(ACTOR_TYPES),
        "kind": _text("What happened", required=True, length=64),
        "at": _time("When", required=True),
        "payload": _text(
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

_LINKS = _table(
    "links",
    "one device, bank account, phone, address or licence that an entity uses",
    {
        **_actor(ACTOR_TYPES),
        "kind": _text("Such as device, bank_account, phone, address, licence", required=True),
        "value_hash": _text(
            "Keyed hash of the value; a column `value` with the clear value is hashed at ingest",
            required=True,
            checks=[pa.Check(is_digest, error="is not a hexadecimal digest of 32 to 128 digits")],
        ),
        "first_seen": _time("When it was first seen", required=True),
        "last_seen": _time("When it was last seen", known="last_seen"),
    },
    key=("entity_type", "entity_id", "kind", "value_hash"),
    dated_by="first_seen",
    sort=("entity_type", "entity_id", "kind", "value_hash"),
    references=_ENTITY_REFERENCE,
    time_order=(("last_seen", "first_seen"),),
)

_INTERACTIONS = _table(
    "interactions",
    "one interaction of a creator with a product",
    {
        "creator_id": _text("Creator", required=True),
        "product_id": _text("Product", required=True),
        "kind": _text("Such as sample_requested, shown, sold", length=64),
        "at": _time("When", required=True),
        "value": _number("Amount, where the kind has one"),
    },
    key=(),
    dated_by="at",
    sort=("creator_id", "at", "product_id", "kind", "value"),
    references=(Reference("creator_id", "creators"), Reference("product_id", "products")),
)

_EXTRA_FEATURES = _table(
    "extra_features",
    "your own columns about one entity at one time",
    {
        **_actor(),
        KNOWN_AT: _time("From when the values are known; absent: not point in time"),
    },
    key=(*ENTITY_COLUMNS, KNOWN_AT),
    dated_by=KNOWN_AT,
    sort=(*ENTITY_COLUMNS, KNOWN_AT),
    references=_ENTITY_REFERENCE,
    is_open=True,
)

_PAST_DECISIONS = _table(
    "past_decisions",
    "one decision taken before Portreeve",
    {
        **_actor(),
        "policy": _text("Code of the violation taxonomy", length=64),
        "outcome": _choice("What was decided", OUTCOMES, required=True),
        "decided_at": _time("When", required=True),
    },
    key=(*ENTITY_COLUMNS, "policy", "decided_at"),
    dated_by="decided_at",
    sort=(*ENTITY_COLUMNS, "decided_at", "policy", "outcome"),
    references=_ENTITY_REFERENCE,
)

# In an order in which each table stands after those it refers to.
TABLES: Final[dict[str, TableContract]] = {
    table.name: table
    for table in (
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

ENTITY_TABLES: Final = {table.entity: table.name for table in TABLES.values() if table.entity}


def entity_key(table: str) -> str | None:
    """Id column of an entity table; None for other tables."""
    entity = TABLES[table].entity
    return ENTITY_KEY[entity] if entity else None
