"""Features made of the columns that a user brought along; they depend on the dataset."""

from analytics.columns import EntityType
from analytics.features.declare import Feature, Formula, Shown, Source, Value
from analytics.features.facts.extras import CATEGORY_KIND, extras
from analytics.features.spec import FeatureSpec
from analytics.snapshots.home import Dataset

TABLE = "extra_features"
PREFIX = "extra_"
EXTRAS = Source("extras", table=TABLE, build=extras, columns=(), needs=(TABLE,))


def extra_features(entity: EntityType, dataset: Dataset) -> tuple[Feature, ...]:
    """Return the features of an entity type that the dataset's own columns give.

    A number stands as it is; a category becomes two numbers, its share among the entities and its
    place in alphabetical order. Their harmful direction is not known.
    """
    if not dataset.has(TABLE):
        return ()
    table = dataset.manifest.tables[TABLE]
    features: list[Feature] = []
    for column, kind in sorted(table.extra_columns.items()):
        for suffix, meaning in _encodings(kind):
            features.append(_feature(entity, column, suffix, meaning, table.is_point_in_time))
    return tuple(features)


def _encodings(kind: str) -> tuple[tuple[str, str], ...]:
    if kind != CATEGORY_KIND:
        return (("", "as given"),)
    return (
        ("__share", "share of the entities that have the same value"),
        ("__code", "place of the value in alphabetical order"),
    )


def _feature(
    entity: EntityType, column: str, suffix: str, meaning: str, is_point_in_time: bool
) -> Feature:
    spec = FeatureSpec(
        name=f"{PREFIX}{column}{suffix}",
        entity=entity,
        family="extra",
        label=f"{column} ({meaning})" if suffix else column,
        unit="share" if suffix == "__share" else "number",
        direction="neutral",
        template=f"{_plain(column)} ({meaning}) is {{value}}",
        description=f"Own column {column!r}, {meaning}; the newest value known.",
        needs=(TABLE,),
        evidence=f"{entity}.{PREFIX}{column}{suffix}",
        is_point_in_time=is_point_in_time,
        extra=True,
    )
    return Feature(spec, EXTRAS, _newest(column + suffix), Shown(None, (column,), column))


def _plain(text: str) -> str:
    """Return a name without the braces that a template would read."""
    return text.replace("{", "(").replace("}", ")")


def _newest(column: str) -> Formula:
    return Value(lambda t, w: t[column].cast("float64").max())
