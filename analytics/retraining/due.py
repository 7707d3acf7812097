"""Whether it is time to retrain, by the number of new labels or by the days that went by."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from analytics import formats
from analytics.columns import EntityType
from analytics.features.labels import DECISION_ID, LABEL
from analytics.review.challengers import Challenger
from analytics.settings import Settings


@dataclass(frozen=True)
class Due:
    """Whether to retrain one entity type, and why or why not.

    Attributes:
        new_labels: Labels from decisions made since the last retrain.
        days: Days since then; None where there was none.
    """

    entity: EntityType
    is_due: bool
    why: str
    new_labels: int
    days: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return asdict(self)


def when_due(
    entity: EntityType,
    labels: pd.DataFrame,
    last: Challenger | None,
    now: datetime,
    settings: Settings,
) -> Due:
    """Tell whether a retrain is due; without a new label none ever is.

    Args:
        entity: Entity type.
        labels: Of the decisions database, as from its `labels`.
        last: The challenger trained last, whatever became of it.
        now: Naive UTC.
        settings: `retrain_after_labels`, `retrain_every_days` and `min_labels_per_class`.
    """
    new, days = _new_labels(labels, last), _days(last, now)
    why = _reason(new, days, settings)
    if why is None:
        is_on = settings.retrain_after_labels or settings.retrain_every_days
        never = "Neither retrain_after_labels nor retrain_every_days is set."
        waits = f"{formats.plural(new, 'new label')} so far."
        return Due(entity, False, waits if is_on else never, new, days)
    if (rarer := _rarer(labels)) < (least := settings.min_labels_per_class):
        too_few = f"Only {rarer} labels of one outcome, where {least} are needed."
        return Due(entity, False, too_few, new, days)
    return Due(entity, True, why, new, days)


def _reason(new: int, days: float | None, settings: Settings) -> str | None:
    after, every = settings.retrain_after_labels, settings.retrain_every_days
    if after and new >= after:
        return f"{formats.plural(new, 'new label')} since the last retrain."
    if every and new and days is None:
        return "There was no retrain before."
    if every and new and days is not None and days >= every:
        return f"{formats.days(days)} since the last retrain."
    return None


def _new_labels(labels: pd.DataFrame, last: Challenger | None) -> int:
    newest = ((last.comparison or {}).get("newest_decision") or 0) if last else 0
    return int((labels[DECISION_ID] > newest).sum())


def _days(last: Challenger | None, now: datetime) -> float | None:
    return None if last is None else round((now - last.at).total_seconds() / 86_400, 2)


def _rarer(labels: pd.DataFrame) -> int:
    return int(min((labels[LABEL] == 1).sum(), (labels[LABEL] == 0).sum()))
