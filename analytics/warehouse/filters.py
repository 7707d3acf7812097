"""What the queue shows, and its form in a page's address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, TypeVar, get_args

from analytics.columns import ENTITY_TYPES

Order = Literal["harm", "probability"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)
View = Literal["cases", "everybody"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
Due = Literal["any", "overdue", "today", "week"]
DUES: Final[tuple[Due, ...]] = get_args(Due)
STATUSES: Final = ("open", "held", "escalated", "closed")
# What only cases have: scores know nothing of it.
CASE_FIELDS: Final = frozenset({"view", "status", "due", "min_waiting", "mine"})

Query = dict[str, str | list[str]]
MAX_TEXT: Final = 200
MAX_CHOICES: Final = 50
T = TypeVar("T", bound=str)


@dataclass(frozen=True)
class QueueFilters:
    """Which entities the queue shows, and in which order. Empty choices mean all.

    Attributes:
        entity: Entity types.
        family: Families of the first reason.
        category: Categories.
        region: Regions.
        size_band: Size bands.
        policy: Codes of the most likely violation.
        min_exposure: Least GMV at risk, in the dataset's currency.
        min_age: Least days since the entity is known.
        max_age: Most days since the entity is known; None is any.
        min_probability: Least of the larger of the two probabilities.
        new_only: Only those that entered the queue since the snapshot before.
        text: Part of the name or the id, case ignored.
        order: By expected harm or by the larger of the two probabilities.
        view: Cases of the decisions database, or everybody who was scored.
        status: Statuses of cases; none means all but the closed ones.
        due: Until when a case is to be decided.
        min_waiting: Least days since a case was opened.
        mine: Only cases that are assigned to the reviewer.
    """

    entity: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    size_band: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    min_exposure: float = 0.0
    min_age: int = 0
    max_age: int | None = None
    min_probability: float = 0.0
    text: str = ""
    new_only: bool = False
    order: Order = "harm"
    view: View = "cases"
    status: tuple[str, ...] = ()
    due: Due = "any"
    min_waiting: int = 0
    mine: bool = False

    @classmethod
    def from_query(cls, query: Mapping[str, str | Sequence[str]]) -> "QueueFilters":
        """Read an address's query. What cannot be understood is left out, never an error."""
        return cls(
            entity=tuple(e for e in _texts(query.get("entity")) if e in ENTITY_TYPES),
            family=_texts(query.get("family")),
            category=_texts(query.get("category")),
            region=_texts(query.get("region")),
            size_band=_texts(query.get("size_band")),
            policy=_texts(query.get("policy")),
            min_exposure=_number(query.get("min_exposure"), 0.0, 1e15),
            min_age=int(_number(query.get("min_age"), 0.0, 1e5)),
            max_age=_whole_or_none(query.get("max_age")),
            min_probability=_number(query.get("min_probability"), 0.0, 1.0),
            text=_first(query.get("text")).strip()[:MAX_TEXT],
            new_only=_first(query.get("new_only")) == "true",
            order=_one_of(ORDERS, query.get("order")),
            view=_one_of(VIEWS, query.get("view")),
            status=tuple(s for s in _texts(query.get("status")) if s in STATUSES),
            due=_one_of(DUES, query.get("due")),
            min_waiting=int(_number(query.get("min_waiting"), 0.0, 1e5)),
            mine=_first(query.get("mine")) == "true",
        )

    def to_query(self) -> Query:
        """Return the query that `from_query` reads back to the same filters; defaults left out."""
        return {
            field.name: _written(value)
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        }

    @property
    def is_default(self) -> bool:
        """Whether nothing is filtered and the order is by harm."""
        return self == QueueFilters()

    @property
    def asks_scores(self) -> bool:
        """Whether anything is asked that only a scored entity can answer."""
        return any(
            getattr(self, field.name) != field.default
            for field in fields(self)
            if field.name not in CASE_FIELDS | {"entity", "order"}
        )

    def parameters(self) -> dict[str, Any]:
        """Values to bind to the queue's SQL."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in fields(self)
            if field.name not in CASE_FIELDS
            for value in [getattr(self, field.name)]
        }


def _written(value: Any) -> str | list[str]:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _texts(value: str | Sequence[str] | None) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else list(value or ())
    kept = dict.fromkeys(text[:MAX_TEXT] for text in values if text)
    return tuple(kept)[:MAX_CHOICES]


def _first(value: str | Sequence[str] | None) -> str:
    return (_texts(value) or ("",))[0]


def _number(value: str | Sequence[str] | None, least: float, most: float) -> float:
    try:
        number = float(_first(value))
    except ValueError:
        return least
    return number if least <= number <= most else least


def _whole_or_none(value: str | Sequence[str] | None) -> int | None:
    text = _first(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


def _one_of(choices: tuple[T, ...], value: str | Sequence[str] | None) -> T:
    text = _first(value)
    return next((choice for choice in choices if choice == text), choices[0])
