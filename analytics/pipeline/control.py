"""What the control sample of a home folder says, and how much more of it is wanted."""

import json
from datetime import timedelta

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import InputError, NotFoundError
from analytics.review.store import Store
from analytics.selection.estimates import Estimates, estimate
from analytics.selection.planner import Plan, plan_control
from analytics.settings import Settings
from analytics.snapshots.home import Home


def estimates_of(home: Home, store: Store, settings: Settings, entity: EntityType) -> Estimates:
    """Estimate from the rounds and labels within the labels' validity."""
    entries, labels = rounds_of(home, store, settings, entity)
    return estimate(entries, labels, closed_days=settings.closed_days)


def rounds_of(
    home: Home, store: Store, settings: Settings, entity: EntityType
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the entries of the rounds within the labels' validity, and the labels.

    Returns:
        The columns of `QueueEntries.frame` with `threshold` (see `estimate`), without withdrawn
        cases; and labels as from `Decisions.labels`.
    """
    now = store.database.now()
    days = settings.label_validity_days
    entries = store.queue.frame(entity, since=now - timedelta(days=days))
    entries = entries[~entries["is_withdrawn"].astype(bool)]
    keys = zip(entries["snapshot_id"], entries["model_version"], strict=True)
    known = {key: threshold_of(home, *key) for key in set(keys)}
    found = [
        known[key] for key in zip(entries["snapshot_id"], entries["model_version"], strict=True)
    ]
    thresholds = pd.Series(found, index=entries.index, dtype=float)
    return entries.assign(threshold=thresholds), store.decisions.labels(entity, now, days)


def plan(
    found: Estimates,
    settings: Settings,
    entity: EntityType,
    half_width: float,
    days: int | None,
) -> Plan:
    """Plan the control sample around the estimate, or around the assumed prevalence.

    Raises:
        InputError: No round was drawn yet, or the width or the days cannot be.
    """
    if not found.entities:
        raise InputError(
            f"No round of {entity}s was drawn yet, so there is nothing to plan for.",
            hint="Run `portreeve build` first.",
        )
    known = found.prevalence
    return plan_control(
        half_width,
        prevalence=known.value if known else settings.assumed_prevalence,
        reached=(known.high - known.low) / 2 if known else None,
        entities=found.entities,
        decided=found.control,
        capacity=settings.review_capacity,
        control_share=settings.control_share,
        days=days,
    )


def threshold_of(home: Home, snapshot_id: str | None, version: str | None) -> float | None:
    """Return P(violation) of the last entity within a day's capacity, where it is still known."""
    try:
        meta = home.snapshot(snapshot_id).scores_dir(str(version)) / "meta.json"
        thresholds = json.loads(meta.read_text(encoding="utf-8"))["thresholds"]
    except (NotFoundError, FileNotFoundError):  # pruned meanwhile, or asked for by a person
        return None
    value: float | None = thresholds.get("queue_probability")
    return value
