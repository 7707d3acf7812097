"""What a rule says: conditions on features in nested groups, or an expression in SQL."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from analytics.errors import InputError

Operator = Literal["<", "<=", ">", ">=", "=", "!=", "missing", "known"]
OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)
WITHOUT_VALUE: Final[frozenset[str]] = frozenset({"missing", "known"})
Joined = Literal["all", "any"]
JOINS: Final[tuple[Joined, ...]] = get_args(Joined)
MOST_CONDITIONS: Final = 50
DEEPEST: Final = 5
LONGEST_NAME: Final = 200
LONGEST_SQL: Final = 2_000


@dataclass(frozen=True)
class Condition:
    """One feature compared with one value; a feature that is missing meets only `missing`.

    Attributes:
        feature: Its declared name.
        operator: How it is compared.
        value: In the feature's unit, a share as a fraction; None for `missing` and `known`.
    """

    feature: str
    operator: Operator
    value: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        stored = {"feature": self.feature, "operator": self.operator}
        return stored if self.value is None else stored | {"value": self.value}


@dataclass(frozen=True)
class Group:
    """Conditions and groups of which all, or any, must be met."""

    joined: Joined
    parts: "tuple[Condition | Group, ...]"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {self.joined: [part.to_dict() for part in self.parts]}

    def conditions(self) -> Iterator[Condition]:
        """Yield all conditions, in the order in which they stand."""
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.conditions()
            else:
                yield part


@dataclass(frozen=True)
class Expression:
    """A condition written in SQL; `analytics.rules.expression` says what it may hold."""

    sql: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {"sql": self.sql}


Definition = Group | Expression


def definition_of(stored: object) -> Definition:
    """Read a definition from plain data: `{"all": [...]}`, `{"any": [...]}` or `{"sql": "..."}`.

    Parts are groups again, or `{"feature": ..., "operator": ..., "value": ...}`.

    Raises:
        InputError: It is none, with what is wrong.
    """
    if isinstance(stored, Mapping) and set(stored) == {"sql"}:
        return _expression(stored["sql"])
    group = _part(stored, 1)
    if not isinstance(group, Group):
        group = Group("all", (group,))
    count = sum(1 for _ in group.conditions())
    if count > MOST_CONDITIONS:
        raise InputError(f"A rule may have at most {MOST_CONDITIONS} conditions, not {count:,}.")
    return group


def _expression(sql: object) -> Expression:
    if not isinstance(sql, str) or not sql.strip():
        raise InputError("The expression is empty.", hint="Write a condition, such as refund > 1.")
    if len(sql.strip()) > LONGEST_SQL:
        raise InputError(f"The expression may have at most {LONGEST_SQL:,} characters.")
    return Expression(sql.strip())


def _part(stored: object, depth: int) -> Condition | Group:
    if depth > DEEPEST:
        raise InputError(f"Groups may stand at most {DEEPEST} deep in one another.")
    if not isinstance(stored, Mapping):
        raise InputError("A part of a rule must be a condition or a group.")
    if "feature" in stored:
        return _condition(stored)
    for joined in JOINS:
        if set(stored) == {joined}:
            return _group(joined, stored[joined], depth)
    raise InputError(
        f"A part of a rule has the fields {sorted(map(str, stored))[:5]}.",
        hint='Write {"all": [...]}, {"any": [...]} or {"feature", "operator", "value"}.',
    )


def _group(joined: Joined, parts: object, depth: int) -> Group:
    if not isinstance(parts, list | tuple) or not parts:
        raise InputError("A group has no condition.", hint="Add one, or leave the group out.")
    return Group(joined, tuple(_part(part, depth + 1) for part in parts))


def _condition(stored: Mapping[Any, Any]) -> Condition:
    feature, operator = stored["feature"], stored.get("operator")
    if not isinstance(feature, str) or not 0 < len(feature) <= LONGEST_NAME:
        raise InputError("A condition names no feature.")
    if operator not in OPERATORS:
        raise InputError(
            f"There is no operator {operator!r}.", hint=f"Use one of {', '.join(OPERATORS)}."
        )
    if set(stored) - {"feature", "operator", "value"}:
        raise InputError(f"The condition on {feature!r} has a field that is not known.")
    if operator in WITHOUT_VALUE:
        return Condition(feature, operator)
    value = stored.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise InputError(f"The condition on {feature!r} needs a number to compare with.")
    return Condition(feature, operator, float(value))


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
