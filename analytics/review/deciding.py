"""What a new row of the decisions holds."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from analytics.policies import Taxonomy
from analytics.review.schema import decisions_table, queue_entries_table, queue_runs_table
from analytics.review.types import Decision, Draft, Shown

_entries, _runs = queue_entries_table.c, queue_runs_table.c


def insert_decision(connection: sa.Connection, values: Mapping[str, Any]) -> Decision:
    """Add a row and return it."""
    insert = sa.insert(decisions_table).values(values).returning(decisions_table)
    return Decision(**connection.execute(insert).one()._mapping)


def judged(draft: Draft, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return what a checked draft says, with the points that it costs."""
    is_violation = draft.outcome == "violation" and draft.policy and draft.severity
    points = taxonomy.points(draft.policy, draft.severity) if is_violation else 0  # type: ignore[arg-type]
    return asdict(draft) | {"points": points, "taxonomy_version": taxonomy.version}


def claimed(claim: sa.Row, now: datetime, seconds: float | None) -> dict[str, Any]:
    """Return what a decision keeps of the claim under which it was made."""
    if seconds is None:
        seconds = (now - (claim.viewed_at or claim.claimed_at)).total_seconds()
    return {
        "lease_token": claim.token,
        "reviewer": claim.reviewer,
        "position": claim.position,
        "claimed_at": claim.claimed_at,
        "viewed_at": claim.viewed_at,
        "seconds": max(0.0, float(seconds)),
    }


def seen(shown: Shown) -> dict[str, Any]:
    """Return what the reviewer saw, with nothing in it that JSON lacks."""
    values = {name: plain(value) for name, value in vars(shown).items() if name != "features"}
    features = None if shown.features is None else _plain_row(shown.features)
    return values | {"features": features}


def drawn(connection: sa.Connection, case_id: int) -> dict[str, Any]:
    """Return how the queue came to hold a case.

    An entity that both the top list and the control sample took counts as control; the queue
    would have taken it anyway, so its inclusion probability is 1.
    """
    query = (
        sa.select(
            _entries.policy,
            _entries.stratum,
            _entries.inclusion_probability,
            _runs.control_size,
            _runs.population,
        )
        .outerjoin(queue_runs_table, _runs.id == _entries.run_id)
        .where(_entries.case_id == case_id)
        .order_by(_entries.id)
    )
    entries = connection.execute(query).all()
    if not entries:
        return {}
    control = [entry for entry in entries if entry.policy == "control"]
    first = (control or entries)[0]
    known = [e.inclusion_probability for e in entries if e.inclusion_probability is not None]
    return {
        "queue_policy": first.policy,
        "stratum": first.stratum,
        "inclusion_probability": max(known, default=None),
        "control_probability": first.control_size / first.population if first.population else None,
    }


def plain(value: Any) -> Any:
    """Return a value as JSON and the drivers take it: no NumPy type, no NaN, no infinity."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _plain_row(features: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name): plain(value) for name, value in features.items()}
