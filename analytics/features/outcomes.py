"""What became of an entity's order lines: the label that the quality model learns."""

from datetime import datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.engines import Engine
from analytics.features.as_of import AsOf
from analytics.features.facts.lines import entity_lines
from analytics.features.facts.links import ACTED_ON
from analytics.features.portable import is_true
from analytics.settings import Settings
from analytics.snapshots.home import Dataset

LINES, DEFECTS, SHARE, LABEL, CENSORED = "lines", "defects", "share", "label", "censored"


def quality_outcomes(
    engine: Engine,
    dataset: Dataset,
    entity: EntityType,
    as_of: datetime,
    known_by: datetime,
    settings: Settings,
) -> pd.DataFrame:
    """Return the outcomes after `as_of` by what is known at `known_by`; see `outcomes_at`."""
    with AsOf(engine, dataset, known_by) as view:
        return outcomes_at(view, entity, as_of, settings)


def outcomes_at(
    known: AsOf, entity: EntityType, as_of: datetime, settings: Settings
) -> pd.DataFrame:
    """Return how the order lines placed in [as_of, as_of + horizon) turned out.

    A line is a defect if rated 2 or less (a review shared by several merchants weighs 1/merchants),
    cancelled by the seller's side or not handed over by its ship-by time.

    Args:
        known: The dataset at the moment by which outcomes are known; one view serves many as-ofs.
        entity: Entity type.
        as_of: Start of the horizon.
        settings: Horizon, least lines and defect share of the label.

    Returns:
        A frame indexed by `entity_id` (sorted), entities without any line left out, with `lines`,
        `defects`, `share`, `label` (1.0, 0.0, NaN below the least lines or where censored) and
        `censored` (acted on within the horizon, by a decision or an event).
    """
    until = as_of + timedelta(days=settings.quality_horizon_days)
    frame = known.engine.frame(lambda: _outcomes(known, entity, as_of, until))
    frame = frame.set_index(ENTITY_ID).sort_index()
    is_bad = frame[SHARE] >= settings.quality_defect_share
    is_labelled = (frame[LINES] >= settings.quality_min_lines) & ~frame[CENSORED]
    frame.insert(3, LABEL, is_bad.astype(float).where(is_labelled))
    return frame


def _outcomes(known: AsOf, entity: EntityType, as_of: datetime, until: datetime) -> ir.Table:
    lines = entity_lines(known, entity)
    start, end = ibis.timestamp(as_of), ibis.timestamp(until)
    lines = lines.filter((lines.placed_at >= start) & (lines.placed_at < end))
    outcomes = lines.group_by(ENTITY_ID).aggregate(
        **{LINES: lines.count(), DEFECTS: lines.defect.fill_null(0.0).sum().round(9)}
    )
    outcomes = outcomes.mutate(**{SHARE: (outcomes[DEFECTS] / outcomes[LINES]).round(9)})
    acted_on = _acted_on(known, entity, start, end)
    if acted_on is None:
        return outcomes.mutate(**{CENSORED: ibis.literal(False)})
    outcomes = outcomes.left_join(acted_on, ENTITY_ID).drop(f"{ENTITY_ID}_right")
    return outcomes.mutate(**{CENSORED: is_true(outcomes[CENSORED])})


def _acted_on(
    known: AsOf, entity: EntityType, start: ir.TimestampValue, end: ir.TimestampValue
) -> ir.Table | None:
    """Return the entities that were acted on in [start, end)."""
    parts = []
    if known.has("past_decisions"):
        decisions = known.table("past_decisions")
        decisions = decisions.filter(decisions.outcome == "violation")
        parts.append(decisions.select(ENTITY_TYPE, ENTITY_ID, at=decisions.decided_at))
    if known.has("events"):
        events = known.table("events")
        parts.append(events.filter(events.kind.isin(ACTED_ON)).select(ENTITY_TYPE, ENTITY_ID, "at"))
    if not parts:
        return None
    acted = parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]
    acted = acted.filter(
        (acted[ENTITY_TYPE] == entity) & (acted["at"] >= start) & (acted["at"] < end)
    )
    return acted.select(ENTITY_ID).distinct().mutate(**{CENSORED: ibis.literal(True)})
