"""Whether a challenger is better, in a word and a sentence."""

from dataclasses import dataclass
from typing import Literal

from analytics import formats
from analytics.model.metrics import Estimate

Word = Literal["better", "worse", "no clear difference", "not enough evidence"]

LEAST_CONTROL_POSITIVES = 20


@dataclass(frozen=True)
class Verdict:
    """What a comparison came to, and why."""

    word: Word
    sentence: str


def verdict(control_positives: int, difference: Estimate | None) -> Verdict:
    """Judge by the difference in average precision, challenger minus champion.

    Below `LEAST_CONTROL_POSITIVES` confirmed violations in the control sample the answer is "not
    enough evidence", however good the figures look: all other cases were chosen by a model.

    Args:
        control_positives: Confirmed violations among the judged cases of the control sample.
        difference: With its 5 % and 95 % bounds; None where it cannot be told.
    """
    if control_positives < LEAST_CONTROL_POSITIVES:
        return Verdict(
            "not enough evidence",
            f"The control sample holds {formats.plural(control_positives, 'confirmed violation')}; "
            f"a verdict needs {LEAST_CONTROL_POSITIVES}. The figures are shown, but do not decide "
            "anything.",
        )
    if difference is None or not difference.low <= difference.high:
        return Verdict(
            "not enough evidence", "The judged cases cannot tell the two models apart at all."
        )
    shown = f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
    if difference.low > 0:
        return Verdict("better", f"Average precision rises by {shown}, surely above zero.")
    if difference.high < 0:
        return Verdict("worse", f"Average precision changes by {shown}, surely below zero.")
    return Verdict(
        "no clear difference", f"Average precision changes by {shown}, which may be chance."
    )
