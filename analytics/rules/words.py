"""Rules in words: what they say, and why one fires."""

from collections.abc import Mapping

from analytics import formats
from analytics.features.spec import FeatureSpec
from analytics.rules.definition import Condition, Definition, Expression, Group

SIGNS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "=": "=", "!=": "≠"}
Specs = Mapping[str, FeatureSpec]


def feature_words(feature: str, specs: Specs) -> str:
    """Return a feature's plain name, with its window where it has one."""
    spec = specs.get(feature)
    if spec is None:
        return feature
    if spec.window_days is None:
        return spec.label
    return f"{spec.label}, {formats.period(spec.window_days)}"


def value_words(feature: str, value: float | None, specs: Specs, currency: str = "") -> str:
    """Print a feature's value in its unit."""
    spec = specs.get(feature)
    if value is None or formats.is_missing(value):
        return "missing"
    return formats.value(value, spec.unit if spec else "number", currency).strip()


def definition_words(definition: Definition, specs: Specs, currency: str = "") -> str:
    """Say what a rule says: `Account age < 30 days and (… or …)`."""
    if isinstance(definition, Expression):
        return " ".join(definition.sql.split())
    return _group(definition, specs, currency)


def firing_words(
    name: str,
    definition: Definition,
    row: Mapping[str, float | None],
    specs: Specs,
    currency: str = "",
) -> str:
    """Say that a rule fires and by which values of the entity.

    Args:
        name: Of the rule.
        definition: What it says.
        row: The entity's value of each feature that the rule looks at.
        specs: Declarations of the features.
        currency: Of amounts.
    """
    if isinstance(definition, Expression):
        told = [
            f"{feature_words(f, specs)} {value_words(f, value, specs, currency)}"
            for f, value in row.items()
        ]
    else:
        told = [
            _met(c, row.get(c.feature), specs, currency)
            for c in definition.conditions()
            if is_met(c, row.get(c.feature))
        ]
    return f"Rule “{name}” fires: {'; '.join(dict.fromkeys(told))}."


def is_met(condition: Condition, value: float | None) -> bool:
    """Whether a value meets a condition by itself; a missing one meets only `missing`."""
    if value is None or formats.is_missing(value):
        return condition.operator == "missing"
    if condition.value is None:
        return condition.operator == "known"
    limit = condition.value
    return {
        "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit,
        "=": value == limit, "!=": value != limit,
    }[condition.operator]  # fmt: skip


def _group(group: Group, specs: Specs, currency: str) -> str:
    join = " and " if group.joined == "all" else " or "
    return join.join(
        f"({_group(part, specs, currency)})"
        if isinstance(part, Group)
        else _condition(part, specs, currency)
        for part in group.parts
    )


def _condition(condition: Condition, specs: Specs, currency: str) -> str:
    what = feature_words(condition.feature, specs)
    if condition.value is None:
        return f"{what} is {condition.operator}"
    limit = value_words(condition.feature, condition.value, specs, currency)
    return f"{what} {SIGNS[condition.operator]} {limit}"


def _met(condition: Condition, value: float | None, specs: Specs, currency: str) -> str:
    what = feature_words(condition.feature, specs)
    shown = value_words(condition.feature, value, specs, currency)
    if condition.value is None:
        return f"{what} {shown}"
    limit = value_words(condition.feature, condition.value, specs, currency)
    return f"{what} {shown} ({SIGNS[condition.operator]} {limit})"
