"""One row of features per entity, computed as of a moment."""

from collections import defaultdict
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import CONTEXT_COLUMNS, ENTITY_ID, EntityType
from analytics.features.as_of import AsOf
from analytics.features.catalog import available
from analytics.features.context import context
from analytics.features.declare import (
    Derived,
    Feature,
    Mean,
    PerExposure,
    Rate,
    Source,
    Value,
    WeightedRate,
    within,
)
from analytics.features.portable import ratio
from analytics.features.shrinkage import Kind, Shrunk, category_priors, moments, posterior

DIGITS = 9

SIGNIFICANT_BITS = 34  # ten decimal digits
ROW_GROUP = 8_192  # small, so that one entity's row reads in milliseconds


def feature_table(view: AsOf, entity: EntityType) -> ir.Table:
    """Return one row per entity known at the as-of: `entity_id`, context columns, features.

    Features are float64, null where they cannot be told.
    """
    declared = available(entity, view.dataset)
    return view.once(f"features of {entity}", lambda view: _features(view, entity, declared, ""))


def some_features(view: AsOf, entity: EntityType, names: Sequence[str], key: str) -> ir.Table:
    """Return as `feature_table`, but only some features and those that can be told; `key` names it.

    None of them may be derived from another one.
    """
    declared = [f for f in available(entity, view.dataset) if f.name in names]
    return view.once(
        f"{key} of {entity}", lambda view: _features(view, entity, declared, f"{key} ")
    )


def feature_frame(
    view: AsOf, entity: EntityType, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the features as a frame indexed by `entity_id` (sorted), NaN where unknown.

    Numbers keep ten digits: in which order an engine's threads added them up shows only behind
    those, and the same data must train the same model.

    Args:
        view: The dataset as of a moment.
        entity: Entity type.
        columns: Which columns, in this order; all where None.
    """
    table = feature_table(view, entity)
    if columns is not None:
        table = table.select(ENTITY_ID, *columns)
    key = f"rows of {entity}: {'all' if columns is None else ' '.join(columns)}"
    frame = view.frame(key, lambda: table.order_by(ENTITY_ID)).set_index(ENTITY_ID)
    numbers = frame.select_dtypes("number").columns
    rounded = {name: significant(frame[name].to_numpy()) for name in numbers}
    return frame.assign(**rounded).copy()  # the copy is one block, not a hundred


def significant(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to `SIGNIFICANT_BITS` binary digits, whatever the magnitude; NaN stays NaN."""
    mantissa, exponent = np.frexp(values)
    scale = 2.0**SIGNIFICANT_BITS
    return np.ldexp(np.round(mantissa * scale) / scale, exponent)


def _features(view: AsOf, entity: EntityType, declared: list[Feature], key: str) -> ir.Table:
    wide = _wide(view, entity, declared, key)
    shrunk = [_shrunk(f) for f in declared if _kind(f)]
    if shrunk:
        # A few sums per category decide the priors, so they are worked out right here.
        priors = view.once(
            f"{key}priors {entity}",
            lambda view: moments(_wide(view, entity, declared, key), shrunk),
            lambda sums: category_priors(sums, shrunk),
        )
        wide = posterior(wide, priors, shrunk)
    # Sums over several threads differ in their last digits from run to run; rounding hides that.
    columns = {f.name: _value(f, wide).cast("float64").round(DIGITS) for f in declared}
    return wide.select(ENTITY_ID, *CONTEXT_COLUMNS, **columns)


def _value(feature: Feature, wide: ir.Table) -> ir.Value:
    formula = feature.formula
    return formula.of(wide) if isinstance(formula, Derived) else wide[feature.name]


def _wide(view: AsOf, entity: EntityType, declared: list[Feature], key: str) -> ir.Table:
    return view.once(f"{key}wide {entity}", lambda view: _aggregated(view, entity, declared, key))


def _aggregated(view: AsOf, entity: EntityType, declared: list[Feature], key: str) -> ir.Table:
    """Return the context with every aggregate that the features are made of."""
    wide = view.once(f"context {entity}", lambda view: context(view, entity))
    by_source: dict[Source, list[Feature]] = defaultdict(list)
    for feature in declared:
        if feature.source:
            by_source[feature.source].append(feature)
    # One selection from one chain of joins: SQL nested per join would name each column each time.
    names = wide.columns
    for number, (source, features) in enumerate(by_source.items()):
        sums = _sums(view, entity, source, features, key)
        wide = wide.left_join(sums, ENTITY_ID, rname=f"{{name}} of join {number}")
        names += tuple(name for name in sums.columns if name != ENTITY_ID)
    fills = {f.name: e for f in declared if (e := getattr(f.formula, "empty", None)) is not None}
    return wide.select(**{n: wide[n].fill_null(fills[n]) if n in fills else wide[n] for n in names})


def _sums(
    view: AsOf, entity: EntityType, source: Source, features: list[Feature], key: str
) -> ir.Table:
    """Return the aggregates of one source; a step of its own, since small SQL compiles faster."""

    def make(view: AsOf) -> ir.Table:
        rows = source.build(view, entity)
        parts = {name: part for f in features for name, part in _parts(f, rows).items()}
        return rows.group_by(ENTITY_ID).aggregate(**parts)

    return view.once(f"{key}{source.name} {entity}", make)


def _parts(feature: Feature, rows: ir.Table) -> dict[str, ir.Scalar]:
    """Return the aggregates over `rows` that a feature is made of, by column name."""
    name, window = feature.name, feature.window(rows)
    match feature.formula:
        case Value(of=of):
            return {name: of(rows, window)}
        case Rate(events=events, among=among, is_shrunk=is_shrunk):
            base = within(window, among(rows)) if among else window
            total = rows.count(where=within(base, events(rows)))
            return _either(name, total, rows.count(where=base), is_shrunk)
        case WeightedRate(weight=weight, is_shrunk=is_shrunk):
            value = weight(rows)
            total = value.sum(where=window)
            return _either(name, total, value.count(where=window), is_shrunk)
        case Mean(of=of, among=among):
            value = of(rows) if among is None else ibis.ifelse(among(rows), of(rows), ibis.null())
            value = value.cast("float64")
            return {
                f"{name}__x": value.sum(where=window),
                f"{name}__n": value.count(where=window).cast("float64"),
                f"{name}__s": (value * value).sum(where=window),
            }
        case PerExposure(events=events, exposure=exposure):
            return {
                f"{name}__x": events(rows).sum(where=window).cast("float64"),
                f"{name}__n": exposure(rows).sum(where=window).cast("float64"),
            }
        case _:
            return {}


def _either(
    name: str, total: ir.NumericScalar, count: ir.NumericScalar, is_shrunk: bool
) -> dict[str, ir.Scalar]:
    if not is_shrunk:
        return {name: ratio(total, count)}
    return {f"{name}__x": total.cast("float64"), f"{name}__n": count.cast("float64")}


def _kind(feature: Feature) -> Kind | None:
    match feature.formula:
        case Rate(is_shrunk=True) | WeightedRate(is_shrunk=True):
            return "rate"
        case PerExposure():
            return "count"
        case Mean():
            return "mean"
        case _:
            return None


def _shrunk(feature: Feature) -> Shrunk:
    gives_prior = getattr(feature.formula, "gives_prior", False)
    return Shrunk(feature.name, _kind(feature) or "rate", gives_prior)
