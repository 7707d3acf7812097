"""Everything that is known about one entity's risk, in the order a reviewer needs it.

The case page and `portreeve explain` show the same object.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import formats
from analytics.columns import (
    CATEGORY,
    NAME,
    PEER_GROUP,
    QUALITY_PROBABILITY,
    QUALITY_STATUS,
    RANK,
    REGION,
    SHRUNKEN_RATE,
    SIZE_BAND,
    VIOLATION_PROBABILITY,
    VIOLATION_SOURCE,
    VOLUME,
    EntityType,
    Target,
)
from analytics.explain.counterfactual import Advice
from analytics.explain.harm import Harm, explain_harm, why_ranked
from analytics.explain.render import Reason, render_reason
from analytics.explain.similar import SimilarCases, similar_cases
from analytics.explain.sources import CaseSources
from analytics.explain.waterfall import Step, Waterfall, waterfall, waterfalls
from analytics.settings import Settings

__all__ = [
    "CaseExplanation",
    "CaseSources",
    "Identity",
    "Scores",
    "Standing",
    "Step",
    "Waterfall",
    "advise",
    "explain_entity",
    "read_reasons",
    "waterfall",
]


@dataclass(frozen=True)
class Identity:
    """Who it is."""

    entity: EntityType
    entity_id: str
    name: str
    category: str | None
    region: str | None
    size_band: str | None
    peer_group: str | None
    peers: int
    known_since: datetime | None
    merchant_id: str | None


@dataclass(frozen=True)
class Standing:
    """Where it stands: rank, queue, decisions so far."""

    rank: int
    entities: int
    is_in_queue: bool
    decisions: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Scores:
    """The two predictions, with what a reader must know about each."""

    quality_probability: float | None
    quality_status: str
    quality_note: str
    shrunken_rate: float | None
    volume: float | None
    violation_probability: float | None
    violation_source: str
    violation_note: str
    snapshot_id: str
    as_of: datetime
    model_version: str
    trained_as_of: str | None
    label_set_id: str | None


@dataclass(frozen=True)
class CaseExplanation:
    """What the case page and `portreeve explain` show of one entity."""

    identity: Identity
    standing: Standing
    scores: Scores
    harm: Harm
    why_ranked: str
    reasons: tuple[Reason, ...]
    waterfalls: dict[Target, Waterfall]
    similar: SimilarCases
    advice: Advice | None = None
    notes: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values: times as ISO text, what is missing as null."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    def summary(self) -> str:
        """Return it as text for the terminal."""
        from analytics.explain.summary import summarise

        return summarise(self)


def explain_entity(
    sources: CaseSources,
    entity: EntityType,
    entity_id: str,
    *,
    with_advice: bool = False,
    with_waterfalls: bool = True,
) -> CaseExplanation:
    """Explain one entity from what the build stored.

    Args:
        sources: Where to read.
        entity: Its type.
        entity_id: Its id.
        with_advice: Also say what would have to change, which re-scores with the real model and so
            imports scikit-learn (see `advise`).
        with_waterfalls: Also take the raw scores apart (see `waterfall`), half of the time.

    Raises:
        NotFoundError: It is not known in the snapshot, or was not scored.
    """
    model_version = sources.model_of(entity)
    row = sources.warehouse.entity(sources.snapshot_id, sources.models, entity, entity_id)
    row |= _stored(sources, model_version, entity_id)
    meta = sources.warehouse.meta(sources.snapshot_id, model_version)
    harm = explain_harm(row, meta, sources.taxonomy, sources.settings, sources.currency)
    scores = _scores(sources, row, meta)
    return CaseExplanation(
        identity=_identity(entity, entity_id, row),
        standing=_standing(sources, entity, entity_id, row),
        scores=scores,
        harm=harm,
        why_ranked=why_ranked(entity, int(row[RANK]), int(row["entities"]), harm),
        reasons=read_reasons(sources, entity, entity_id),
        waterfalls=waterfalls(sources, entity, entity_id) if with_waterfalls else {},
        similar=similar_cases(
            sources.warehouse, sources.snapshot_id, model_version, entity, entity_id
        ),
        advice=advise(sources, entity, entity_id) if with_advice else None,
        notes=_notes(sources, row, meta, scores, harm),
    )


def advise(sources: CaseSources, entity: EntityType, entity_id: str) -> Advice:
    """Say what would have to change for the risk to fall below the queue's threshold.

    Re-scores with the real model.
    """
    from analytics.explain.advice import advise_entity

    return advise_entity(sources, entity, entity_id)


def read_reasons(
    sources: CaseSources, entity: EntityType, entity_id: str, top: int = 5
) -> tuple[Reason, ...]:
    """Return the strongest reasons of one entity in words."""
    stored = sources.warehouse.reasons_of(
        sources.snapshot_id, sources.model_of(entity), entity_id, top
    )
    declared = sources.declarations(entity)
    return tuple(
        render_reason(
            row,
            (said := declared.of(str(row["feature"]))).spec,
            sources.currency,
            said.noun,
        )
        for row in stored
    )


_STORED: Final = """
SELECT policies, expected_defect_share FROM read_parquet($path) WHERE entity_id = $id
"""


def _stored(sources: CaseSources, model_version: str, entity_id: str) -> dict[str, Any]:
    """Return the columns of the scores that only one entity's page shows."""
    reader = sources.warehouse.reader
    path = reader.snapshot(sources.snapshot_id).scores_dir(model_version) / "scores.parquet"
    return reader.first(_STORED, path=str(path), id=entity_id) or {}


def _identity(entity: EntityType, entity_id: str, row: Mapping[str, Any]) -> Identity:
    return Identity(
        entity=entity,
        entity_id=entity_id,
        name=_text(row.get(NAME)) or entity_id,
        category=_text(row.get(CATEGORY)),
        region=_text(row.get(REGION)),
        size_band=_text(row.get(SIZE_BAND)),
        peer_group=_text(row.get(PEER_GROUP)),
        peers=int(row.get("peers") or 0),
        known_since=_moment(row.get("started_at")) or _moment(row.get("known_at")),
        merchant_id=_text(row.get("merchant_id")),
    )


def _standing(
    sources: CaseSources, entity: EntityType, entity_id: str, row: Mapping[str, Any]
) -> Standing:
    past = sources.warehouse.past_decisions(sources.snapshot_id, entity, entity_id, limit=20)
    return Standing(
        rank=int(row[RANK]),
        entities=int(row["entities"]),
        is_in_queue=bool(row.get("in_queue", False)),
        decisions=tuple(
            {str(name): value for name, value in decision.items()}
            for decision in past.to_dict("records")
        ),
    )


def _scores(sources: CaseSources, row: Mapping[str, Any], meta: Mapping[str, Any]) -> Scores:
    quality_status, violation_source = str(row[QUALITY_STATUS]), str(row[VIOLATION_SOURCE])
    shrunken, volume = _float(row.get(SHRUNKEN_RATE)), _float(row.get(VOLUME))
    return Scores(
        quality_probability=_float(row.get(QUALITY_PROBABILITY)),
        quality_status=quality_status,
        quality_note=_quality_note(quality_status, shrunken, volume, sources.settings),
        shrunken_rate=shrunken,
        volume=volume,
        violation_probability=_float(row.get(VIOLATION_PROBABILITY)),
        violation_source=violation_source,
        violation_note=VIOLATION_NOTES.get(violation_source, ""),
        snapshot_id=sources.snapshot_id,
        as_of=sources.warehouse.reader.snapshot(sources.snapshot_id).as_of,
        model_version=str(meta["model_version"]),
        trained_as_of=_text(meta.get("trained_as_of")),
        label_set_id=_text(meta.get("label_set_id")),
    )


VIOLATION_NOTES: Final = {
    "prior": "A prior, not a trained model: there are too few decisions to learn from, so this "
    "says how unusual the entity is in harmful directions.",
    "model": "Learned from past decisions.",
    "unavailable": "There is nothing to compute it from.",
}


def _quality_note(
    status: str, shrunken: float | None, volume: float | None, settings: Settings
) -> str:
    if status == "low_volume":
        lines = formats.plural(int(volume or 0), "order line")
        return (
            f"Too little volume for a prediction ({lines} in the last 60 days). The defect rate "
            f"adjusted for volume is {formats.share(shrunken)}."
        )
    if status == "unavailable":
        return "There is no quality model: too few past outcomes are known."
    return (
        f"Probability that at least {formats.share(settings.quality_defect_share)} of the order "
        f"lines of the next {settings.quality_horizon_days} days are defective."
    )


def _notes(
    sources: CaseSources,
    row: Mapping[str, Any],
    meta: Mapping[str, Any],
    scores: Scores,
    harm: Harm,
) -> tuple[str, ...]:
    """Return what limits this explanation."""
    manifest = sources.warehouse.reader.snapshot(sources.snapshot_id).dataset.manifest
    notes = [
        "Contributions explain the model's raw log-odds; the probability is a monotone, calibrated "
        "function of them."
    ]
    if scores.quality_status == "low_volume":
        notes.append(scores.quality_note)
    if scores.violation_source == "prior":
        notes.append(scores.violation_note)
    if harm.unit != "money":
        notes.append("There are no orders in the data, so money at risk is unknown.")
    if missing := list(manifest.missing_tables):
        notes.append(f"Not in the data, and so not looked at: {', '.join(missing)}.")
    late = [name for name, entry in manifest.tables.items() if not entry.is_point_in_time]
    if late:
        notes.append(f"Not point in time: {', '.join(late)}. Past scores may know too much.")
    return (*notes, *(str(note) for note in meta.get("notes", ())))


def _float(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _text(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)


def _moment(value: Any) -> datetime | None:
    return None if value is None or pd.isna(value) else pd.Timestamp(value).to_pydatetime()


def _plain(value: Any) -> Any:
    """Return `value` with only what JSON knows."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, pd.DataFrame):
        return _plain(value.to_dict("records"))
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
