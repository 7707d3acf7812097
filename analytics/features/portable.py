"""Small expressions that read alike on every engine Ibis compiles for."""

from datetime import datetime
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

_HOUR = 3600.0
_DAY = 86_400.0


def ratio(numerator: ir.NumericValue, denominator: ir.NumericValue) -> ir.FloatingValue:
    """Divide, with null where the denominator is 0 (engines differ: null, infinity or an error)."""
    return numerator.cast("float64") / denominator.cast("float64").nullif(0.0)


def hours_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Return the hours from `start` to `end`, to the second."""
    return (end.epoch_seconds() - start.epoch_seconds()).cast("float64") / _HOUR


def days_before(moment: ir.TimestampValue, as_of: datetime) -> ir.FloatingValue:
    """Return how many days before `as_of` a moment was, to the second."""
    return (ibis.timestamp(as_of).epoch_seconds() - moment.epoch_seconds()).cast("float64") / _DAY


def is_true(condition: ir.BooleanValue) -> ir.BooleanValue:
    """Return the condition with unknown read as false."""
    return condition.fill_null(False)


def any_of(conditions: list[ir.BooleanValue]) -> ir.BooleanValue:
    """Return whether one of the conditions holds."""
    return reduce(or_, conditions)


def number(condition: ir.BooleanValue) -> ir.IntegerValue:
    """Return 1 where the condition holds, else 0."""
    return ibis.ifelse(condition, 1, 0)


def null_text() -> ir.StringValue:
    """Return a text column of nulls."""
    return ibis.null("string")
