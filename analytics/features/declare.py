"""A feature's declaration and its expression in one object, so that they cannot drift apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import ibis.expr.types as ir

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.features.as_of import AsOf
from analytics.features.portable import is_true
from analytics.features.spec import Direction, FeatureSpec, Unit

Condition = Callable[[ir.Table], ir.BooleanValue]
Column = Callable[[ir.Table], ir.Value]
Window: TypeAlias = "ir.BooleanValue | None"
Windows: TypeAlias = Sequence[int | None] | None


@dataclass(frozen=True)
class Source:
    """Rows that features aggregate, and what a reviewer sees of them.

    Attributes:
        name: Unique name.
        table: Table of the contract that the rows stand for.
        build: Returns the rows of an entity type, with `entity_id`, `age_days` and `at`.
        columns: Columns shown as evidence unless a feature names its own.
        needs: Tables and `table.column`s without which there are no rows.
        entities: Entity types that have such rows.
        complete: Adds columns that are only shown as evidence.
    """

    name: str
    table: str
    build: Callable[[AsOf, EntityType], ir.Table]
    columns: tuple[str, ...]
    needs: tuple[str, ...]
    entities: tuple[EntityType, ...] = ENTITY_TYPES
    complete: Callable[[AsOf, ir.Table], ir.Table] | None = None


@dataclass(frozen=True)
class Rate:
    """Share of the rows `among` that are `events`, shrunk by the beta-binomial of the category."""

    events: Condition
    among: Condition | None = None
    is_shrunk: bool = True
    gives_prior: bool = False


@dataclass(frozen=True)
class WeightedRate:
    """Sum of `weight` over the number of rows where it is known, shrunk like a rate."""

    weight: Column
    is_shrunk: bool = True
    gives_prior: bool = False


@dataclass(frozen=True)
class Mean:
    """Mean of a number over the rows where it is known, shrunk by Bühlmann credibility."""

    of: Column
    among: Condition | None = None


@dataclass(frozen=True)
class PerExposure:
    """Count of `events` per `exposure`, shrunk by the gamma-Poisson of the category."""

    events: Column
    exposure: Column


@dataclass(frozen=True)
class Value:
    """Any aggregate of the rows, given the condition of the window (None for lifetime)."""

    of: Callable[[ir.Table, Window], ir.Value]
    empty: float | None = None


@dataclass(frozen=True)
class Derived:
    """A function of features and helper columns, none of which is derived itself."""

    of: Callable[[ir.Table], ir.Value]


Formula = Rate | WeightedRate | Mean | PerExposure | Value | Derived


@dataclass(frozen=True)
class Shown:
    """The rows behind a feature: which, and with which columns."""

    where: Condition | None = None
    columns: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Feature:
    """One feature: what it says (`spec`) and how it is computed (`formula` over `source`)."""

    spec: FeatureSpec
    source: Source | None
    formula: Formula
    shown: Shown | None = None

    @property
    def name(self) -> str:
        """Name of its column."""
        return self.spec.name

    def window(self, rows: ir.Table) -> Window:
        """Return the condition that a row lies in the feature's window."""
        days = self.spec.window_days
        return None if days is None else rows.age_days < float(days)


def declare(
    name: str,
    *,
    source: Source | None,
    formula: Formula,
    family: str,
    label: str,
    template: str,
    description: str,
    unit: Unit = "share",
    direction: Direction = "higher_is_worse",
    windows: Windows | Mapping[EntityType, Windows] = (30, 90, None),
    entities: Sequence[EntityType] = ENTITY_TYPES,
    needs: Sequence[str] = (),
    policies: Sequence[str] = (),
    shown: Shown | None = None,
    is_actionable: bool = False,
    is_default: bool = True,
    is_point_in_time: bool = True,
) -> tuple[Feature, ...]:
    """Declare one idea: a feature for each of its windows and entity types.

    Args:
        name: Name without the window's suffix.
        source: Rows that it aggregates; None for derived features.
        formula: How they are aggregated.
        family: See `FeatureSpec`, as for all that follow and are not told here.
        label: Plain name.
        template: Sentence about one entity.
        description: What is computed.
        unit: How its value is printed.
        direction: Which way harm lies.
        windows: Days; None in it is lifetime (suffix `_lifetime`). None instead of it: the feature
            has no window and no suffix. A mapping names the entity types, too.
        entities: Entity types that have it.
        needs: Beyond those of the source.
        policies: Codes over all entity types; each entity keeps its own.
        shown: Its evidence; by default the events of a rate or the rows of a mean. Features
            without rows of their own have none.
        is_actionable: Whether the entity can change it.
        is_default: Whether models use it unasked.
        is_point_in_time: Whether its source has a history.
    """
    shown = shown or _rows_of(formula)
    features = []
    by_entity = windows if isinstance(windows, Mapping) else dict.fromkeys(entities, windows)
    for entity, own_windows in by_entity.items():
        for suffix, days in _suffixes(own_windows):
            has_rows = shown is not None and source is not None
            spec = FeatureSpec(
                name=name + suffix,
                entity=entity,
                family=family,
                label=label,
                unit=unit,
                direction=direction,
                template=template,
                description=description,
                window_days=days,
                needs=tuple(dict.fromkeys((*(source.needs if source else ()), *needs))),
                policies=tuple(code for code in policies if code[0] == entity[0].upper()),
                evidence=f"{entity}.{name}{suffix}" if has_rows else None,
                is_actionable=is_actionable,
                is_default=is_default,
                is_point_in_time=is_point_in_time,
            )
            features.append(Feature(spec, source, formula, shown))
    return tuple(features)


def _suffixes(windows: Windows) -> list[tuple[str, int | None]]:
    if windows is None:
        return [("", None)]
    return [("_lifetime" if days is None else f"_{days}d", days) for days in windows]


def _rows_of(formula: Formula) -> Shown | None:
    match formula:
        case Rate(events=events, among=among):
            return Shown(lambda rows: _both(rows, events, among))
        case WeightedRate(weight=weight):
            return Shown(lambda rows: is_true(weight(rows) > 0))
        case Mean(of=of, among=among):
            return Shown(lambda rows: _both(rows, lambda t: of(t).notnull(), among))
        case PerExposure(events=events):
            return Shown(lambda rows: is_true(events(rows) > 0))
        case _:
            return None


def _both(rows: ir.Table, events: Condition, among: Condition | None) -> ir.BooleanValue:
    found = is_true(events(rows))
    return found & is_true(among(rows)) if among else found


def within(window: Window, condition: ir.BooleanValue) -> ir.BooleanValue:
    """Return `condition` inside the window."""
    return is_true(condition) if window is None else window & is_true(condition)
