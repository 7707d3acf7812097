"""A retrain where it is due, which always ends in a challenger and never in a promotion."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.columns import EntityType
from analytics.errors import GateError, InputError
from analytics.progress import Progress
from analytics.retraining.due import Due

if TYPE_CHECKING:
    from analytics.pipeline.learning import Learning
    from analytics.pipeline.retrain import RetrainReport


@dataclass(frozen=True)
class Scheduled:
    """What came of one entity type.

    Attributes:
        due: Whether it was due, and why.
        report: Of the retrain; None where there was none.
        refusal: Why one that was due did not end in a challenger.
    """

    due: Due
    report: "RetrainReport | None" = None
    refusal: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        report = self.report.to_dict() if self.report else None
        return {**self.due.to_dict(), "report": report, "refusal": self.refusal}

    def summary(self) -> str:
        """Return the same as text."""
        head = f"{self.due.entity}: {'due' if self.due.is_due else 'not due'}. {self.due.why}"
        more = self.report.summary() if self.report else self.refusal
        return f"{head}\n{more}" if more else head


def retrain_if_due(
    workbench: "Learning", entities: Sequence[EntityType], progress: Progress
) -> list[Scheduled]:
    """Retrain each entity type for which that is due."""
    found = []
    for entity in entities:
        due = workbench.due(entity)
        if not due.is_due:
            found.append(Scheduled(due))
            continue
        try:
            found.append(Scheduled(due, workbench.retrain(entity, progress)))
        except (InputError, GateError) as error:
            found.append(Scheduled(due, refusal=str(error)))
    return found
