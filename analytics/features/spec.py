"""How a feature is declared. The declarations drive reasons, docs and tests."""

from dataclasses import dataclass, field
from typing import Literal

from analytics.columns import EntityType

Unit = Literal["share", "days", "hours", "money", "count", "rating", "ratio", "per_day", "number"]
Direction = Literal["higher_is_worse", "lower_is_worse", "neutral"]


@dataclass(frozen=True)
class FeatureSpec:
    """One feature of one entity type.

    Attributes:
        name: Column name in the features file, unique within the entity type.
        entity: Entity type it describes.
        family: Group shown together and filtered by, such as "fulfilment" or "ratings".
        label: Plain name, sentence case, without the period: "Late dispatch rate".
        unit: How its value is printed.
        direction: Which way harm lies.
        template: Sentence about one entity, with `{value}` and `{period}`:
            "{value} of order lines {period} were handed over late".
        description: What is computed, exactly, for the docs.
        window_days: Days before the as-of that it looks at; None is lifetime.
        needs: Tables of the contract without which it is switched off.
        policies: Codes of the violation taxonomy that it may point to.
        evidence: Name of the evidence (`analytics.features.evidence`) with the rows behind it.
        is_actionable: Whether the entity itself can change it, for coaching.
        is_default: False where it is kept out of the models unless asked for (country, language).
        is_point_in_time: False where its source has no history.
    """

    name: str
    entity: EntityType
    family: str
    label: str
    unit: Unit
    direction: Direction
    template: str
    description: str
    window_days: int | None = None
    needs: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    evidence: str | None = None
    is_actionable: bool = False
    is_default: bool = True
    is_point_in_time: bool = True
    extra: bool = field(default=False)

    @property
    def monotone(self) -> int:
        """Sign for monotone constraints: 1 when more is worse, -1 when less is, 0 when neither."""
        return {"higher_is_worse": 1, "lower_is_worse": -1, "neutral": 0}[self.direction]
