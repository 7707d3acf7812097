"""Whom rules hit in a snapshot, read from its stored features."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from analytics.columns import ENTITY_ID, EntityType
from analytics.errors import InputError
from analytics.explain.declared import declarations
from analytics.features.spec import FeatureSpec
from analytics.rules.definition import Definition
from analytics.rules.predicate import Predicate, predicate_of, quoted
from analytics.warehouse.reader import Models, Reader

_HITS: Final = """
WITH f AS (SELECT entity_id{columns} FROM read_parquet($features))
SELECT s.entity_id, s.name, s.category, s.rank, s.in_queue, s.gmv_at_risk, s.expected_harm,
       s.harm_unit, s.violation_probability, s.known_at{shown}
FROM f JOIN scores s USING (entity_id)
WHERE s.entity_type = $entity AND ({condition})
ORDER BY s.rank, s.entity_id
"""
_FIRING: Final = """
WITH f AS (SELECT entity_id{columns} FROM read_parquet($features) WHERE entity_id = $id)
SELECT {conditions}{shown} FROM f
"""
_COUNT: Final = """
SELECT count(*) AS entities, any_value(harm_unit) AS harm_unit
FROM scores WHERE entity_type = $entity
"""
_STORED: Final = "SELECT name FROM parquet_schema($features)"


class RuleReader:
    """Evaluates rules over the entities of one type in one snapshot.

    Raises:
        NotFoundError: The model has no scores in the snapshot.
    """

    def __init__(
        self, reader: Reader, snapshot_id: str, models: Models, entity: EntityType
    ) -> None:
        self._reader = reader
        self._snapshot_id = snapshot_id
        self._models = models
        self.entity = entity
        version = reader.meta(snapshot_id, models[entity])["feature_version"]
        self._features = str(reader.snapshot(snapshot_id).features_path(entity, version))

    @property
    def as_of(self) -> pd.Timestamp:
        """As-of of the snapshot."""
        return pd.Timestamp(self._reader.snapshot(self._snapshot_id).as_of)

    def specs(self) -> dict[str, FeatureSpec]:
        """Return the declared features that the snapshot stores, by name."""
        snapshot = self._reader.snapshot(self._snapshot_id)
        declared = declarations(snapshot, self._models[self.entity], self.entity).specs
        stored = set(self._reader.query(_STORED, features=self._features)["name"])
        return {name: spec for name, spec in declared.items() if name in stored}

    def count(self) -> int:
        """Return how many entities were scored."""
        row = self._reader.first_on_scores(
            self._snapshot_id, self._models, _COUNT, entity=self.entity
        )
        return int(row["entities"]) if row else 0

    def hits(self, definition: Definition) -> pd.DataFrame:
        """Return whom a rule hits, in the order of the model's rank.

        Returns:
            entity_id, name, category, rank, in_queue, gmv_at_risk, expected_harm, harm_unit,
            violation_probability, known_at, then each feature that the rule looks at.

        Raises:
            InputError: It names a feature that the snapshot does not have.
        """
        predicate = predicate_of(definition, self.specs())
        statement = _HITS.format(
            columns=_columns(predicate.features),
            shown="".join(f", f.{quoted(name)}" for name in predicate.features),
            condition=predicate.sql,
        )
        return self._reader.on_scores(
            self._snapshot_id,
            self._models,
            statement,
            entity=self.entity,
            features=self._features,
            **predicate.values,
        )

    def hit_ids(self, definition: Definition) -> frozenset[str]:
        """Return the ids of whom a rule hits; raises as `hits`."""
        return frozenset(self.hits(definition)[ENTITY_ID])

    def firing(
        self, definitions: Sequence[Definition], entity_id: str
    ) -> list[Mapping[str, float | None] | None]:
        """Return, for each rule, the values that it looks at if it hits one entity, else None.

        A rule that names a feature which the snapshot does not have hits nobody.
        """
        declared = self.specs()
        found = [_known(d, declared, f"rule{n}_") for n, d in enumerate(definitions)]
        usable = [predicate for predicate in found if predicate is not None]
        names = tuple(dict.fromkeys(name for p in usable for name in p.features))
        if not usable:
            return [None] * len(found)
        row = self._reader.first(
            _FIRING.format(
                columns=_columns(names),
                conditions=", ".join(f"({p.sql}) AS fires_{n}" for n, p in enumerate(usable)),
                shown="".join(f", f.{quoted(name)}" for name in names),
            ),
            features=self._features,
            id=entity_id,
            **{name: value for p in usable for name, value in p.values.items()},
        )
        fires = {id(p): bool(row and row[f"fires_{n}"]) for n, p in enumerate(usable)}
        return [
            {name: row[name] for name in p.features} if p and row and fires[id(p)] else None
            for p in found
        ]


def _known(
    definition: Definition, declared: Mapping[str, FeatureSpec], prefix: str
) -> Predicate | None:
    try:
        return predicate_of(definition, declared, prefix)
    except InputError:
        return None


def _columns(features: Sequence[str]) -> str:
    """Return columns in which not-a-number, which would compare as largest, is missing."""
    return "".join(
        f", nullif({quoted(name)}::DOUBLE, 'nan'::DOUBLE) AS {quoted(name)}" for name in features
    )
