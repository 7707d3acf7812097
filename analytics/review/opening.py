"""Opening cases from scores: the top list, a random control sample, and what must be reopened."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from analytics import formats
from analytics.columns import EntityType
from analytics.policies import Taxonomy
from analytics.review.drawing import Fired, Round, draw_round, round_size
from analytics.review.eligible import REOPENS, decided_ids, eligible_entities, ranked
from analytics.review.entries import IsLive
from analytics.review.rounds import Run, rounds_drawn, write_round
from analytics.review.store import Store
from analytics.review.waiting import refresh
from analytics.selection.pool import Pool
from analytics.selection.registry import find_policy, ordered
from analytics.settings import Settings

Contributions = Callable[[], pd.DataFrame]


@dataclass(frozen=True)
class OpenedCases:
    """What was opened of one entity type.

    Attributes:
        population: How many entities were eligible; 0 when this round had been drawn before.
        opened: New cases.
        control: How many entities the control sample took, also such that the top list took too.
        by_rule: How many live rules took, also such that the top list took too.
        reopened: New cases of entities that were closed.
        reprioritised: Waiting cases that got another place.
        withdrawn: Waiting cases that were closed, because the entity is not in the data any more.
    """

    entity_type: EntityType
    population: int = 0
    opened: int = 0
    control: int = 0
    by_rule: int = 0
    reopened: int = 0
    reprioritised: int = 0
    withdrawn: int = 0


@dataclass(frozen=True)
class OpeningReport:
    """What was opened for what is live."""

    snapshot_id: str
    entities: tuple[OpenedCases, ...]

    @property
    def opened(self) -> int:
        """New cases of all entity types."""
        return sum(entity.opened for entity in self.entities)

    def to_dict(self) -> dict[str, Any]:
        """Return the same, ready for JSON."""
        return {"snapshot_id": self.snapshot_id, "entities": [asdict(e) for e in self.entities]}

    def summary(self) -> str:
        """Return one line for a person."""
        new = [formats.plural(e.opened, f"{e.entity_type} case") for e in self.entities if e.opened]
        return f"Opened {', '.join(new)}." if new else "No new cases."


def open_cases(
    store: Store,
    scores: Mapping[EntityType, pd.DataFrame],
    live: IsLive,
    as_of: datetime,
    settings: Settings,
    taxonomy: Taxonomy,
    *,
    refill: bool = False,
    contributions: Mapping[EntityType, Contributions] | None = None,
    fired: Mapping[EntityType, Fired] | None = None,
) -> OpeningReport:
    """Open the cases that scores ask for; asking twice opens nothing twice.

    Of each entity type, the entities that have no open case and none that is closed for a while
    are eligible. The top list takes what the queue policy puts first, until `review_capacity`
    cases wait (by expected harm also beyond, those within the first `review_capacity` ranks); the
    control sample takes `control_share` of the capacity at random from all that are eligible.
    Live rules take those that they fire on, beside the top list at most a capacity more.
    Waiting cases get the places of the new scores.

    Args:
        store: The decisions database.
        scores: `scores.parquet` of each live model, by entity type.
        live: The snapshot and the models.
        as_of: As-of of the snapshot.
        settings: Queue policy, capacity, control share, closing and reopening.
        taxonomy: Gives the due times.
        refill: Draw another round for the same snapshot and models.
        contributions: By entity type, what gives the contributions to violation of everybody
            scored (see `Pool`); it is asked only by policies that look at them.
        fired: By entity type, the live rules that fire.

    Raises:
        InputError: The queue policy of the settings cannot be used; no case was opened.
    """
    find_policy(settings.queue_policy)
    parts = []
    for entity, frame in scores.items():
        with store.database.writing() as connection:
            run = Run(live, entity, 0, as_of, store.database.now(), settings, taxonomy)
            known = (contributions or {}).get(entity, pd.DataFrame)
            parts.append(
                _open_type(
                    connection, run, ranked(frame), known, (fired or {}).get(entity, {}),
                    refill=refill,
                )
            )  # fmt: skip
    return OpeningReport(live.snapshot_id, tuple(parts))


def _open_type(
    connection: sa.Connection,
    run: Run,
    frame: pd.DataFrame,
    contributions: Contributions,
    fired: Fired,
    *,
    refill: bool,
) -> OpenedCases:
    refreshed = refresh(connection, run.entity, frame, run.now, run.seed)
    report = OpenedCases(
        run.entity, reprioritised=refreshed.reprioritised, withdrawn=refreshed.withdrawn
    )
    rounds = rounds_drawn(connection, run)
    if rounds and not refill:
        return report
    run = replace(run, round=rounds)
    eligible = eligible_entities(
        connection,
        frame,
        run.entity,
        as_of=run.as_of,
        now=run.now,
        capacity=run.settings.review_capacity,
        reopen_factor=run.settings.reopen_factor,
    )
    size = round_size(
        eligible,
        run.settings.queue_policy,
        capacity=run.settings.review_capacity,
        waiting=refreshed.waiting,
        is_refill=refill,
    )
    pool = Pool(eligible, size, decided_ids(connection, run.entity), contributions)
    drawn = _draw(run, pool, fired)
    opened = write_round(connection, run, drawn, eligible)
    if opened is None:  # another process drew this round at the same moment
        return report
    return replace(
        report,
        population=drawn.population,
        opened=len(opened),
        control=len(drawn.control),
        by_rule=len(drawn.by_rule),
        reopened=int(eligible.loc[list(opened), REOPENS].notna().sum()),
    )


def _draw(run: Run, pool: Pool, fired: Fired) -> Round:
    """Let the queue policy choose, and chance choose the control sample."""
    settings = run.settings
    return draw_round(
        pool.scores,
        ordered(settings.queue_policy, pool),
        settings.queue_policy,
        capacity=settings.review_capacity,
        control_share=settings.control_share,
        seed=run.seed,
        fired=fired,
    )
