"""Rules written in SQL: what an expression may hold, and its translation.

The text is parsed, and a new condition is built from the few kinds of node that are known here;
nothing of the text itself reaches the database, and whatever is not known is refused.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from analytics.errors import InputError
from analytics.rules.predicate import Parts

DEEPEST: Final = 40
MOST_NODES: Final = 400
# Arguments that each function takes, at least and at most.
FUNCTIONS: Final = {
    "Abs": ("abs", 1, 1),
    "Coalesce": ("coalesce", 2, 10),
    "Greatest": ("greatest", 2, 10),
    "Least": ("least", 2, 10),
    "Nullif": ("nullif", 2, 2),
    "Sqrt": ("sqrt", 1, 1),
    "Ln": ("ln", 1, 1),
}
_COMPARED: Final = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "EQ": "=", "NEQ": "<>"}
_COUNTED: Final = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}
_JOINED: Final = {"And": "AND", "Or": "OR"}
_HINT: Final = (
    "Use features, numbers, comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, + - * / and the "
    f"functions {', '.join(name for name, _, _ in FUNCTIONS.values())}."
)


class _Sql(NamedTuple):
    """A translated part, and whether it is a condition or a number."""

    sql: str
    is_condition: bool


def translated(text: str, parts: Parts) -> str:
    """Translate an expression into a condition over the relation `f`.

    Raises:
        InputError: It cannot be read, is no condition, or holds something that is not allowed.
    """
    found = _Translation(parts).of(_parsed(text))
    if not found.is_condition:
        raise InputError("The expression is a number, not a condition.", hint="Compare it.")
    return found.sql


def _parsed(text: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        found = [node for node in sqlglot.parse(text, read="duckdb") if node is not None]
    except SqlglotError as error:
        raise InputError(f"The expression cannot be read: {_said(error)}", hint=_HINT) from error
    except RecursionError as error:
        raise _too_deep() from error
    if len(found) != 1:
        raise InputError("Write one expression, without a semicolon.", hint=_HINT)
    return found[0]


def _said(error: Any) -> str:
    """Return what the parser says, and where."""
    first: dict[str, Any] = next(iter(getattr(error, "errors", None) or []), {})
    what = str(first.get("description") or "a character is not known here").rstrip(".")
    if "<class" in what:  # the parser's own words for an operand that is not there
        what = "something is missing"
    where = f" at line {first['line']}, column {first['col']}" if first.get("line") else ""
    return f"{what[:160]}{where}."


def _too_deep() -> InputError:
    return InputError("The expression is nested too deeply.", hint="Split it into several rules.")


class _Translation:
    """Translates node by node."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._nodes = 0

    def of(self, node: Any, depth: int = 0) -> _Sql:
        """Translate a node of a known kind."""
        self._nodes += 1
        if depth > DEEPEST:
            raise _too_deep()
        if self._nodes > MOST_NODES:
            raise InputError("The expression is too long.", hint="Split it into several rules.")
        kind = type(node).__name__
        translate = self._how(kind)
        if translate is None:
            raise InputError(f"The expression may not hold {_shown(node)}.", hint=_HINT)
        return translate(node, kind, depth + 1)

    def _how(self, kind: str) -> Callable[[Any, str, int], _Sql] | None:
        if kind in _COMPARED:
            return self._compared
        if kind in _COUNTED:
            return self._counted
        if kind in _JOINED:
            return self._joined
        if kind in FUNCTIONS:
            return self._function
        known: dict[str, Callable[[Any, str, int], _Sql]] = {
            "Column": self._column, "Literal": self._literal, "Paren": self._paren,
            "Neg": self._negative, "Not": self._not, "Is": self._is, "In": self._in,
            "Between": self._between,
        }  # fmt: skip
        return known.get(kind)

    def _number(self, node: Any, depth: int) -> str:
        """Translate what must be a number; not-a-number, which compares as largest, is missing."""
        found = self.of(node, depth)
        if found.is_condition:
            raise InputError("A condition stands where a number is wanted.", hint=_HINT)
        return found.sql

    def _condition(self, node: Any, depth: int) -> str:
        found = self.of(node, depth)
        if not found.is_condition:
            raise InputError(
                f"{_shown(node)} is a number where a condition is wanted.",
                hint="Compare it with something.",
            )
        return found.sql

    def _column(self, node: Any, _kind: str, _depth: int) -> _Sql:
        _only(node, "this")
        name = node.this
        if type(name).__name__ != "Identifier":
            raise InputError(f"The expression may not hold {_shown(node)}.", hint=_HINT)
        text = str(name.this)
        return _Sql(self._parts.column(text if name.args.get("quoted") else text.lower()), False)

    def _literal(self, node: Any, _kind: str, _depth: int) -> _Sql:
        if node.is_string:
            raise InputError("Features are numbers: a text cannot be compared.", hint=_HINT)
        try:
            value = float(node.this)
        except ValueError as error:
            raise InputError(f"{_shown(node)} is no number.") from error
        if value in (float("inf"), float("-inf")):
            raise InputError(f"{_shown(node)} is too large.")
        return _Sql(self._parts.bound(value), False)

    def _paren(self, node: Any, _kind: str, depth: int) -> _Sql:
        _only(node, "this")
        found = self.of(node.this, depth)
        return _Sql(f"({found.sql})", found.is_condition)

    def _negative(self, node: Any, _kind: str, depth: int) -> _Sql:
        return _Sql(f"(- {self._number(node.this, depth)})", False)

    def _not(self, node: Any, _kind: str, depth: int) -> _Sql:
        return _Sql(f"(NOT {self._condition(node.this, depth)})", True)

    def _is(self, node: Any, _kind: str, depth: int) -> _Sql:
        if type(node.expression).__name__ != "Null":
            raise InputError("IS takes NULL alone.", hint="Write IS NULL or IS NOT NULL.")
        return _Sql(f"({self._number(node.this, depth)} IS NULL)", True)

    def _in(self, node: Any, _kind: str, depth: int) -> _Sql:
        _only(node, "this", "expressions")
        listed = node.args.get("expressions") or []
        if not listed:
            raise InputError("IN needs a list of numbers.", hint=_HINT)
        values = ", ".join(self._number(one, depth) for one in listed)
        return _Sql(f"({self._number(node.this, depth)} IN ({values}))", True)

    def _between(self, node: Any, _kind: str, depth: int) -> _Sql:
        _only(node, "this", "low", "high")
        low, high = (self._number(node.args[end], depth) for end in ("low", "high"))
        return _Sql(f"({self._number(node.this, depth)} BETWEEN {low} AND {high})", True)

    def _compared(self, node: Any, kind: str, depth: int) -> _Sql:
        left, right = self._number(node.this, depth), self._number(node.expression, depth)
        return _Sql(f"({left} {_COMPARED[kind]} {right})", True)

    def _joined(self, node: Any, kind: str, depth: int) -> _Sql:
        left, right = self._condition(node.this, depth), self._condition(node.expression, depth)
        return _Sql(f"({left} {_JOINED[kind]} {right})", True)

    def _counted(self, node: Any, kind: str, depth: int) -> _Sql:
        left, right = self._number(node.this, depth), self._number(node.expression, depth)
        if kind == "Div":
            right = f"nullif({right}, 0)"
        return _Sql(f"nullif({left} {_COUNTED[kind]} {right}, 'nan'::DOUBLE)", False)

    def _function(self, node: Any, kind: str, depth: int) -> _Sql:
        name, least, most = FUNCTIONS[kind]
        listed = [node.this, node.args.get("expression"), *(node.args.get("expressions") or [])]
        given = [self._number(one, depth) for one in listed if one is not None]
        if not least <= len(given) <= most:
            raise InputError(f"{name} does not take {len(given)} arguments.", hint=_HINT)
        called = f"{name}({', '.join(given)})"
        if kind in ("Sqrt", "Ln"):  # an error of one row would stop the whole statement
            called = f"CASE WHEN {given[0]} > 0 THEN {called} END"
        return _Sql(f"({called})", False)


def _only(node: Any, *names: str) -> None:
    """Refuse a node that carries more than is translated, such as a table before a column."""
    if any(value for name, value in node.args.items() if name not in names):
        raise InputError(f"The expression may not hold {_shown(node)}.", hint=_HINT)


def _shown(node: Any) -> str:
    """Return a node as SQL, shortened; its kind where it cannot be written."""
    from sqlglot.errors import SqlglotError

    try:
        text = " ".join(node.sql(dialect="duckdb").split())
    except (SqlglotError, RecursionError, ValueError):
        text = type(node).__name__
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"
