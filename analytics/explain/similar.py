"""Past decided cases that the model saw alike: nearest in the space of contributions.

Two entities with the same risk may have it for different reasons; near contributions mean the same
reasons in the same strength, whatever the units of the features.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.columns import EntityType, Target
from analytics.explain.write import contributions_file
from analytics.warehouse import Warehouse

Floats = npt.NDArray[np.floating[Any]]

NEAREST: Final = 5
MAX_DECIDED: Final = 20_000  # newest decided entities that are compared with

_DECIDED: Final = """
SELECT entity_id, arg_max(outcome, decided_at) AS outcome, arg_max(policy, decided_at) AS policy,
       max(decided_at) AS decided_at
FROM past_decisions WHERE entity_type = $entity
GROUP BY entity_id ORDER BY decided_at DESC, entity_id LIMIT $limit
"""
_SPACE: Final = """
SELECT * FROM read_parquet($path) WHERE list_contains($ids::VARCHAR[], entity_id) ORDER BY entity_id
"""
_ONE: Final = "SELECT * FROM read_parquet($path) WHERE entity_id = $id"


@dataclass(frozen=True)
class SimilarCase:
    """A decided case with like reasons.

    Attributes:
        similarity: 1 is the same contributions, 0 none in common (cosine of the two).
        distance: Euclidean distance of the contributions, in log-odds.
        shared: Features that push both up most.
    """

    entity_id: str
    similarity: float
    distance: float
    outcome: str
    policy: str | None
    decided_at: pd.Timestamp
    shared: tuple[str, ...]


@dataclass(frozen=True)
class SimilarCases:
    """The nearest decided cases; where there are none, why."""

    cases: tuple[SimilarCase, ...]
    decided: int
    note: str

    @property
    def outcomes(self) -> dict[str, int]:
        """How often each outcome was decided among them."""
        counts = pd.Series([case.outcome for case in self.cases], dtype=object).value_counts()
        return {str(outcome): int(n) for outcome, n in counts.items()}


@dataclass(frozen=True)
class _Space:
    """Decided entities and their contributions, rows in the same order."""

    decisions: pd.DataFrame
    features: tuple[str, ...]
    phi: Floats


def similar_cases(
    warehouse: Warehouse,
    snapshot_id: str,
    model_version: str,
    entity: EntityType,
    entity_id: str,
    *,
    nearest: int = NEAREST,
) -> SimilarCases:
    """Return the decided cases nearest to one entity, and what was decided about them."""
    target = _target(warehouse, snapshot_id, model_version)
    if target is None:
        return SimilarCases((), 0, "There are no contributions to compare.")
    space = _space(warehouse, snapshot_id, model_version, entity, target)
    if space.decisions.empty:
        return SimilarCases((), 0, f"No {entity} has been decided on yet, so none is similar.")
    path = _path(warehouse, snapshot_id, model_version, target)
    found = warehouse.reader.query(_ONE, path=path, id=entity_id)
    if found.empty:
        return SimilarCases((), len(space.decisions), f"{entity_id} has no contributions.")
    own = found[list(space.features)].to_numpy(dtype=float)[0]
    cases = nearest_cases(own, entity_id, space.decisions, space.phi, space.features, nearest)
    return SimilarCases(tuple(cases), len(space.decisions), "")


def nearest_cases(
    own: Floats,
    entity_id: str,
    decisions: pd.DataFrame,
    phi: Floats,
    features: tuple[str, ...],
    nearest: int,
) -> list[SimilarCase]:
    """Return the rows of `phi` nearest to `own`, without the entity itself."""
    distance = np.sqrt(((phi - own) ** 2).sum(axis=1))
    distance[(decisions["entity_id"] == entity_id).to_numpy()] = np.inf
    order = [i for i in np.argsort(distance, kind="stable")[:nearest] if np.isfinite(distance[i])]
    norms = np.linalg.norm(phi, axis=1) * np.linalg.norm(own)
    cases = []
    for i in order:
        row = decisions.iloc[i]
        cosine = float(phi[i] @ own / norms[i]) if norms[i] > 0 else 0.0
        common = np.minimum(phi[i], own)
        top = [features[j] for j in np.argsort(-common)[:3] if common[j] > 0]
        cases.append(
            SimilarCase(
                entity_id=str(row["entity_id"]),
                similarity=max(0.0, cosine),
                distance=float(distance[i]),
                outcome=str(row["outcome"]),
                policy=None if pd.isna(row["policy"]) else str(row["policy"]),
                decided_at=pd.Timestamp(row["decided_at"]),
                shared=tuple(top),
            )
        )
    return cases


def _target(warehouse: Warehouse, snapshot_id: str, model_version: str) -> Target | None:
    """Return the prediction to compare in: decisions are about violations, where there are any."""
    folder = warehouse.reader.snapshot(snapshot_id).scores_dir(model_version)
    targets: tuple[Target, ...] = ("violation", "quality")
    return next((t for t in targets if (folder / contributions_file(t)).is_file()), None)


def _path(warehouse: Warehouse, snapshot_id: str, model_version: str, target: Target) -> str:
    folder = warehouse.reader.snapshot(snapshot_id).scores_dir(model_version)
    return str(folder / contributions_file(target))


@lru_cache(maxsize=8)
def _space(
    warehouse: Warehouse, snapshot_id: str, model_version: str, entity: EntityType, target: Target
) -> _Space:
    reader = warehouse.reader
    decided = reader.on_tables(snapshot_id, _DECIDED, entity=entity, limit=MAX_DECIDED)
    path = _path(warehouse, snapshot_id, model_version, target)
    found = reader.query(_SPACE, path=path, ids=list(decided["entity_id"]))
    decisions = found[["entity_id"]].merge(decided, on="entity_id", how="left")
    features = tuple(name for name in found.columns if name != "entity_id")
    return _Space(decisions, features, found[list(features)].to_numpy(dtype=float))
