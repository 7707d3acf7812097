"""How many control cases an interval needs, and how long the team takes to decide them."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from analytics import formats
from analytics.errors import InputError
from analytics.model.metrics import wilson
from analytics.selection.estimates import LEAST_CONTROL


@dataclass(frozen=True)
class Plan:
    """Control cases for an interval of a wanted width around a prevalence.

    Attributes:
        half_width: Wanted: from the middle of the 90 % interval to its ends.
        prevalence: That the plan takes for true.
        entities: How many entities the sample is drawn from.
        reached: Half width of the interval that there is; None where there is none. What top
            lists found makes it narrower than control cases alone would.
        needed: Control cases decided in all, at least `LEAST_CONTROL`, if nothing else told.
        decided: How many are decided already.
        per_day: Control cases a day under the present settings.
        days: Days of work for those that are missing; None where none are drawn.
        share: `control_share` that would bring them within `wanted_days`; None without such a
            wish, above 1 where more would be needed than a day's capacity.
    """

    half_width: float
    prevalence: float
    entities: int
    reached: float | None
    needed: int
    decided: int
    per_day: int
    days: int | None
    wanted_days: int | None
    share: float | None

    @property
    def missing(self) -> int:
        """Control cases still to be decided."""
        return _missing(self.half_width, self.reached, self.needed, self.decided)

    def summary(self) -> str:
        """Return the same as text."""
        width = f"{formats.share(self.prevalence)} ± {formats.share(self.half_width)}"
        lines = [
            f"An interval of {width} takes {formats.plural(self.needed, 'random case')} out of "
            f"{self.entities:,} where nothing else is known; {self.decided:,} are decided.",
            self._pace(),
        ]
        if self.share is not None:
            lines.append(self._wish())
        return "\n".join(lines)

    def _pace(self) -> str:
        if not self.missing:
            return "There are enough: the interval is as narrow as wanted, or narrower."
        lacking = f"{formats.plural(self.missing, 'case')} missing"
        if self.days is None:
            return f"{lacking}, and none are drawn: control_share is 0."
        days = formats.plural(self.days, "day")
        return f"{lacking}: at {self.per_day:,} a day they take {days} of decided rounds."

    def _wish(self) -> str:
        assert self.share is not None
        assert self.wanted_days is not None
        if self.share > 1:
            return f"They are more than a day's capacity over {self.wanted_days} days allows."
        days = formats.plural(self.wanted_days, "day")
        return f"Within {days}: control_share = {self.share:.3f}."

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {**asdict(self), "missing": self.missing}


def control_cases(half_width: float, prevalence: float, entities: int) -> int:
    """Return how many random cases give Wilson's 90 % interval this half width or a smaller one.

    With the correction for a finite population; all entities, where nothing less is enough.

    Raises:
        InputError: The width or the prevalence is no share, or there is no entity.
    """
    if not 0 < half_width < 0.5 or not 0 <= prevalence <= 1:
        raise InputError(
            "The half width must lie between 0 and 0.5, and the prevalence between 0 and 1.",
            hint="0.02 asks for an interval of 2 points to either side.",
        )
    if entities < 1:
        raise InputError("There is no entity to draw control cases from.")
    low, high = min(LEAST_CONTROL, entities), entities
    while low < high:
        middle = (low + high) // 2
        if _half_width(middle, prevalence, entities) <= half_width:
            high = middle
        else:
            low = middle + 1
    return low


def plan_control(
    half_width: float,
    *,
    prevalence: float,
    entities: int,
    decided: int,
    capacity: int,
    control_share: float,
    reached: float | None = None,
    days: int | None = None,
) -> Plan:
    """Plan the control sample.

    Args:
        half_width: Wanted of the interval of prevalence.
        prevalence: As estimated, or as assumed.
        entities: How many there are.
        decided: Control cases decided so far.
        capacity: Cases that the team reviews a day.
        control_share: Control cases, as a share of the capacity.
        reached: Half width of the interval that there is.
        days: Within how many days they should be decided.

    Raises:
        InputError: As `control_cases`, or the days are not positive.
    """
    if days is not None and days < 1:
        raise InputError("The days must be at least 1.")
    needed = control_cases(half_width, prevalence, entities)
    missing = _missing(half_width, reached, needed, decided)
    per_day = max(1, round(control_share * capacity)) if control_share else 0
    return Plan(
        half_width=half_width,
        prevalence=prevalence,
        entities=entities,
        reached=reached,
        needed=needed,
        decided=decided,
        per_day=per_day,
        days=math.ceil(missing / per_day) if per_day else (0 if not missing else None),
        wanted_days=days,
        share=None if days is None else math.ceil(missing / days) / capacity,
    )


def _missing(half_width: float, reached: float | None, needed: int, decided: int) -> int:
    is_reached = reached is not None and reached <= half_width
    return 0 if is_reached else max(0, needed - decided)


def _half_width(cases: int, prevalence: float, entities: int) -> float:
    left_over = 1 - cases / entities
    if left_over <= 0:
        return 0.0
    low, high = wilson(prevalence, cases / left_over)
    return (high - low) / 2
