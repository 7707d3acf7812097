"""An explanation as text for the terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analytics import formats
from analytics.explain.render import Reason

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation
    from analytics.explain.waterfall import Waterfall


def summarise(case: "CaseExplanation") -> str:
    """Return the case in the order of its page: evidence before score."""
    return "\n".join(_lines(case))


def _lines(case: "CaseExplanation") -> Iterator[str]:
    who = case.identity
    facts = [who.category, who.region, f"{who.size_band} order lines" if who.size_band else None]
    yield f"{who.entity.capitalize()} {who.name} ({who.entity_id})"
    yield "  " + " · ".join(fact for fact in facts if fact)
    yield f"  {case.why_ranked}"
    yield ""
    yield "Reasons"
    yield from (_reason(reason) for reason in case.reasons)
    if not case.reasons:
        yield "  No single fact stands out among its peers."
    yield ""
    yield "Scores"
    yield from _scores(case)
    for target, waterfall in case.waterfalls.items():
        yield ""
        yield f"What makes the {target} score (log-odds)"
        yield from _steps(waterfall)
    yield ""
    yield "What would help"
    yield f"  {case.advice.sentence if case.advice else 'Not computed.'}"
    yield ""
    yield "Similar decided cases"
    yield from _similar(case)
    yield ""
    yield "Notes"
    yield from (f"  {note}" for note in case.notes)


def _reason(reason: Reason) -> str:
    policies = f" [{', '.join(reason.policies)}]" if reason.policies else ""
    return f"  {reason.rank}. {reason.sentence}{policies}"


def _scores(case: "CaseExplanation") -> Iterator[str]:
    scores = case.scores
    yield f"  Quality: {formats.probability(scores.quality_probability)}. {scores.quality_note}"
    chance = formats.probability(scores.violation_probability)
    yield f"  Violation: {chance} ({scores.violation_source}). {scores.violation_note}"
    for part in case.harm.parts:
        code = f"{part.code} " if part.code else ""
        yield f"  {case.harm.print(part.harm)}: {code}{part.label}, {part.sentence}"


def _steps(waterfall: "Waterfall") -> Iterator[str]:
    yield f"  {waterfall.base:+8.3f}  average"
    for step in waterfall.steps:
        yield f"  {step.contribution:+8.3f}  {step.label}: {step.value}"
    if waterfall.rest_count:
        yield f"  {waterfall.rest:+8.3f}  {waterfall.rest_count} other features"
    yield f"  {waterfall.raw:+8.3f}  raw score"


def _similar(case: "CaseExplanation") -> Iterator[str]:
    if not case.similar.cases:
        yield f"  {case.similar.note}"
    for one in case.similar.cases:
        policy = f" ({one.policy})" if one.policy else ""
        alike = f"{one.similarity:.0%} alike"
        yield f"  {one.entity_id}: {one.outcome}{policy} on {formats.date(one.decided_at)}, {alike}"
