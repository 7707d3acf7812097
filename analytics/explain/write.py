"""Explain everybody in the build: contributions and reasons as parquet, beside the scores."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.columns import ENTITY_ID, EXPECTED_HARM, POLICIES, RANK, EntityType, Target
from analytics.explain.declared import write_declarations
from analytics.explain.explainers import Contributions, ModelPart, explain_part
from analytics.explain.reasons import FAMILY, build_reasons
from analytics.features.spec import FeatureSpec
from analytics.progress import NullProgress, Progress

ROW_GROUP: Final = 8_192  # small, so that one entity's row reads in milliseconds
LEAST_WEIGHT: Final = 0.05  # a target without harm still says something
REASONS_FILE: Final = "reasons.parquet"


def contributions_file(target: Target) -> str:
    """Return the name of the file of one target's contributions."""
    return f"contributions_{target}.parquet"


class Explainable(Protocol):
    """The parts of an entity type's model."""

    @property
    def entity(self) -> EntityType:
        """Entity type."""

    @property
    def quality(self) -> Any:
        """The quality part; None without one."""

    @property
    def violation(self) -> Any:
        """The violation part; None without one."""


@dataclass(frozen=True)
class Explained:
    """What the build records beside the explanations.

    Attributes:
        base: Per target, the log-odds before any feature is known.
        top_family: Per entity id, the family of its first reason; missing where it has none.
        explainers: Per target, what computed the contributions.
        importance: Per target, the mean absolute contribution of each feature.
        notes: What a reader should know, such as the use of the fallback.
    """

    base: dict[Target, float]
    top_family: pd.Series
    explainers: dict[Target, str]
    importance: dict[Target, dict[str, float]]
    notes: list[str] = field(default_factory=list)


def explain_parts(
    model: Explainable, X: pd.DataFrame, progress: Progress | None = None
) -> dict[Target, Contributions]:
    """Explain every entity by each part that the model has, behind the gates.

    Raises:
        GateError: Contributions do not add up to the model's own prediction.
    """
    progress = progress or NullProgress()
    explained: dict[Target, Contributions] = {}
    for target, part in _parts(model).items():
        with progress.step(f"Explain {target} of {len(X):,} {model.entity}s"):
            explained[target] = explain_part(part, X)
    return explained


def write_explanations(
    folder: Path,
    explained: Mapping[Target, Contributions],
    X: pd.DataFrame,
    context: pd.DataFrame,
    scores: pd.DataFrame,
    specs: Sequence[FeatureSpec],
    *,
    evidence: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> Explained:
    """Write contributions and reasons of every entity, and the features' declarations.

    Args:
        folder: Where the scores of one model go; exists.
        explained: As from `explain_parts`.
        X: Entities × features, indexed by entity id, sorted.
        context: Indexed alike: the peer group and what stands beside the features.
        scores: Indexed alike: expected harm and its split by policy weigh the reasons.
        specs: Declarations of the features.
        evidence: Entities × features, number of rows behind each (see `count_evidence`).
        progress: Told of each step.
    """
    progress = progress or NullProgress()
    phis = {target: result.phi for target, result in explained.items()}
    with progress.step(f"Reasons of {len(X):,} entities"):
        for target, phi in phis.items():
            _write(phi, folder / contributions_file(target))
        weights = target_weights(scores.reindex(X.index), list(phis))
        reasons = build_reasons(phis, X, context, specs, weights=weights, evidence=evidence)
        _write(reasons.set_index(ENTITY_ID), folder / REASONS_FILE)
        write_declarations(folder, specs)
    return Explained(
        base={target: result.base for target, result in explained.items()},
        top_family=_top_family(reasons, X.index),
        explainers={target: result.explainer for target, result in explained.items()},
        importance={target: _importance(phi) for target, phi in phis.items()},
        notes=[note for result in explained.values() for note in result.notes],
    )


def _importance(phi: pd.DataFrame) -> dict[str, float]:
    return {str(name): float(value) for name, value in phi.abs().mean().items()}


def _parts(model: Explainable) -> dict[Target, ModelPart]:
    parts: dict[Target, ModelPart | None] = {
        "quality": model.quality,
        "violation": model.violation,
    }
    return {target: part for target, part in parts.items() if part is not None}


def target_weights(scores: pd.DataFrame, targets: Sequence[Target]) -> pd.DataFrame:
    """Return how much of each entity's expected harm comes from either target."""
    if EXPECTED_HARM not in scores or POLICIES not in scores:
        return pd.DataFrame(1.0, index=scores.index, columns=list(targets))
    total = scores[EXPECTED_HARM].to_numpy(dtype=float)
    by_policy = np.array([policy_harm(text) for text in scores[POLICIES]])
    with np.errstate(divide="ignore", invalid="ignore"):
        violation = np.where(total > 0, np.clip(by_policy / total, 0, 1), 0.5)
    shares = {"quality": 1 - violation, "violation": violation}
    return pd.DataFrame({t: np.maximum(shares[t], LEAST_WEIGHT) for t in targets}, scores.index)


def policy_harm(text: Any) -> float:
    """Return the harm that the policies in the scores' JSON text expect together."""
    if not isinstance(text, str):
        return 0.0
    return float(sum(policy.get("harm") or 0.0 for policy in json.loads(text)))


def _top_family(reasons: pd.DataFrame, index: pd.Index) -> pd.Series:
    first = reasons[reasons[RANK] == 1].set_index(ENTITY_ID)[FAMILY]
    return first.reindex(index).astype(object)


def _write(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame indexed by entity id: float columns of contributions as 32 bits."""
    small = frame.astype({c: "float32" for c in frame if path.name.startswith("contributions")})
    flat = small.copy().rename_axis(ENTITY_ID).reset_index()  # the copy is one block, not p
    table = pa.Table.from_pandas(flat, preserve_index=False)
    pq.write_table(table, path, row_group_size=ROW_GROUP, compression="zstd")
