"""How one raw score comes about, from the average entity's to its own."""

from dataclasses import dataclass
from typing import Final

from analytics import formats
from analytics.columns import TARGETS, EntityType, Target
from analytics.errors import NotFoundError
from analytics.explain.render import claim_of, label_of
from analytics.explain.sources import CaseSources

TOP_STEPS: Final = 10
"""Features that a waterfall names; the others are added up."""


@dataclass(frozen=True)
class Step:
    """One feature's part of the raw score."""

    feature: str
    label: str
    value: str
    claim: str
    contribution: float


@dataclass(frozen=True)
class Waterfall:
    """From the average entity's log-odds to this one's, before calibration.

    `base + Σ steps + rest` is `raw`.
    """

    target: Target
    base: float
    steps: tuple[Step, ...]
    rest: float
    rest_count: int
    raw: float


def waterfalls(sources: CaseSources, entity: EntityType, entity_id: str) -> dict[Target, Waterfall]:
    """Return the waterfalls of all predictions that there are."""
    found = {}
    for target in TARGETS:
        try:
            found[target] = waterfall(sources, entity, target, entity_id)
        except NotFoundError:
            continue  # the source or the labels gave no such model
    return found


def waterfall(
    sources: CaseSources, entity: EntityType, target: Target, entity_id: str, top: int = TOP_STEPS
) -> Waterfall:
    """Return how one raw score comes about, the `top` largest parts by name.

    Raises:
        NotFoundError: There is no such score.
    """
    model_version = sources.model_of(entity)
    parts = sources.warehouse.contributions(
        sources.snapshot_id, model_version, entity, target, entity_id
    )
    base = sources.warehouse.base_value(sources.snapshot_id, model_version, target)
    declared = sources.declarations(entity)
    steps = []
    for row in parts.head(top).itertuples():
        spec = declared.of(str(row.feature)).spec
        steps.append(
            Step(
                feature=spec.name,
                label=label_of(spec),
                value=formats.value(float(str(row.value)), spec.unit, sources.currency),
                claim=claim_of(spec, float(str(row.value)), sources.currency),
                contribution=float(str(row.contribution)),
            )
        )
    total = float(parts["contribution"].sum())
    rest = total - sum(step.contribution for step in steps)
    return Waterfall(target, base, tuple(steps), rest, max(0, len(parts) - top), base + total)
