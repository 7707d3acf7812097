"""A rule as a condition of DuckDB: names are declared features, every value is bound."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from analytics.errors import InputError
from analytics.rules.definition import Condition, Definition, Expression, Group

_SQL: Final = {"<": "<", "<=": "<=", ">": ">", ">=": ">=", "=": "=", "!=": "<>"}
_TEST: Final = {"missing": "IS NULL", "known": "IS NOT NULL"}
_JOIN: Final = {"all": " AND ", "any": " OR "}


@dataclass(frozen=True)
class Predicate:
    """A condition over the features of one entity, which stand in a relation `f`.

    Attributes:
        sql: The condition; not true where a feature that it needs is missing.
        values: What its parameters stand for.
        features: The features that it looks at, in the order in which they stand.
    """

    sql: str
    values: dict[str, float]
    features: tuple[str, ...]


@dataclass
class Parts:
    """What is collected while a rule is translated.

    Attributes:
        declared: Names that may be used.
        prefix: Of the parameters' names, so that several rules can stand in one statement.
    """

    declared: Collection[str]
    prefix: str
    values: dict[str, float] = field(default_factory=dict)
    features: dict[str, None] = field(default_factory=dict)

    def bound(self, value: float) -> str:
        """Bind a number; return its place."""
        name = f"{self.prefix}{len(self.values)}"
        self.values[name] = float(value)
        return f"${name}::DOUBLE"

    def column(self, feature: str) -> str:
        """Return a declared feature's column.

        Raises:
            InputError: There is no such feature.
        """
        if feature not in self.declared:
            raise InputError(
                f"There is no feature {feature[:80]!r} of these entities in this snapshot.",
                hint=_nearest(feature, self.declared),
            )
        self.features[feature] = None
        return f"f.{quoted(feature)}"


def predicate_of(
    definition: Definition, declared: Collection[str], prefix: str = "rule"
) -> Predicate:
    """Translate a rule.

    Args:
        definition: What it says.
        declared: Names of the features that the entity type has in the snapshot.
        prefix: Of the parameters' names, of letters and underscores.

    Raises:
        InputError: It names another feature, or its expression may not be used.
    """
    parts = Parts(declared, prefix)
    if isinstance(definition, Expression):
        from analytics.rules.expression import translated

        sql = translated(definition.sql, parts)
    else:
        sql = _group(definition, parts)
    return Predicate(sql, parts.values, tuple(parts.features))


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _group(group: Group, parts: Parts) -> str:
    found = [_group(p, parts) if isinstance(p, Group) else _one(p, parts) for p in group.parts]
    return "(" + _JOIN[group.joined].join(found) + ")"


def _one(condition: Condition, parts: Parts) -> str:
    column = parts.column(condition.feature)
    if condition.value is None:
        return f"{column} {_TEST[condition.operator]}"
    return f"{column} {_SQL[condition.operator]} {parts.bound(condition.value)}"


def _nearest(feature: str, declared: Collection[str]) -> str:
    from difflib import get_close_matches

    near: list[Any] = get_close_matches(feature, declared, n=3)
    return f"Did you mean {', '.join(near)}?" if near else "Choose one from the list of features."
