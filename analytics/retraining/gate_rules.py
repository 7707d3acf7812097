"""What each rule of the gate says of a comparison."""

from collections.abc import Callable, Mapping
from typing import Any

from analytics import formats
from analytics.model.metrics import HIGHER_IS_BETTER
from analytics.retraining.comparison import CHALLENGER, DECIDES, Comparison, Results
from analytics.retraining.gate import (
    CANNOT_TELL,
    FAILED,
    PASSED,
    DifferenceRule,
    EvidenceRule,
    Gate,
    GateResult,
    LabelsRule,
    LevelRule,
    Outcome,
    Result,
    Rule,
    SlicesRule,
    Status,
)

BY_CHANCE = 0.05
WORDS = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "precision_at_k": "precision at capacity",
    "lift_at_k": "lift at capacity",
    "brier": "the Brier score",
    "calibration_error": "calibration error",
}
TOO_SMALL = "The control sample is too small for that to decide."
NO_CUT = "Nothing was parted by time."
MAY_BE_CHANCE = "which may be chance"
Said = tuple[Status, str]


def judge(gate: Gate, comparison: Comparison) -> GateResult:
    """Hold a comparison against all rules."""
    results = []
    for rule in gate.rules:
        status, sentence = _SAYS[type(rule)](rule, comparison)
        if status == FAILED and not _can_fail(rule, comparison, gate):
            status, sentence = CANNOT_TELL, f"{sentence} {TOO_SMALL}"
        if status == CANNOT_TELL and gate.when_unsure == "fail":
            status, sentence = FAILED, f"{sentence} The rules ask for certainty."
        results.append(Result(rule.model_dump(), status, sentence))
    return GateResult(gate.version, _outcome({result.status for result in results}), results)


def has_evidence(comparison: Comparison) -> bool:
    """Whether the control sample is large enough for figures to decide anything."""
    return comparison.verdict != "not enough evidence"


def _can_fail(rule: Rule, comparison: Comparison, gate: Gate) -> bool:
    """Whether there is evidence enough for a rule to fail; later cases need some of their own."""
    if isinstance(rule, LabelsRule):
        return True
    if isinstance(rule, DifferenceRule) and rule.part == "later":
        found = int(comparison.in_time.get("control_positives", 0))
        return has_evidence(comparison) and found >= gate.slices.least_positives
    return has_evidence(comparison)


def _outcome(statuses: set[Status]) -> Outcome:
    if FAILED in statuses:
        return FAILED
    return CANNOT_TELL if CANNOT_TELL in statuses else PASSED


def _evidence(_rule: EvidenceRule, comparison: Comparison) -> Said:
    if not has_evidence(comparison):
        return CANNOT_TELL, comparison.sentence
    found = formats.plural(comparison.cases["control_positives"], "confirmed violation")
    return PASSED, f"The control sample holds {found}, enough to judge by."


def _difference(rule: DifferenceRule, comparison: Comparison) -> Said:
    name, found = WORDS[rule.metric], _differences(rule, comparison).get(rule.metric, {})
    value, low, high = (found.get(bound) for bound in ("value", "low", "high"))
    if value is None or low is None or high is None:
        why = comparison.in_time.get("sentence", NO_CUT) if rule.part == "later" else ""
        return CANNOT_TELL, f"No change of {_of(name, rule)} could be measured. {why}".rstrip()
    gain, best = (value, high) if HIGHER_IS_BETTER[rule.metric] else (-value, -low)
    said = f"{_upper(_of(name, rule))} changes by {value:+.3f} [{low:+.3f}, {high:+.3f}]"
    allowed = f"a loss of {rule.most_loss:.3f} is allowed" if rule.most_loss else "none is allowed"
    if gain >= -rule.most_loss:
        return PASSED, f"{said}; {allowed}." if rule.most_loss else f"{said}: no loss."
    if best < 0:
        return FAILED, f"{said}: a loss that is no chance, where {allowed}."
    return CANNOT_TELL, f"{said}: a loss, {MAY_BE_CHANCE}."


def _differences(rule: DifferenceRule, comparison: Comparison) -> Results:
    if rule.part == "all":
        return comparison.differences
    later: Results = comparison.in_time.get("differences", {})
    return later


def _of(name: str, rule: DifferenceRule) -> str:
    return f"{name} on what came after the training" if rule.part == "later" else name


def _level(rule: LevelRule, comparison: Comparison) -> Said:
    name, found = WORDS[rule.metric], comparison.results.get(CHALLENGER, {}).get(rule.metric, {})
    value, low, high = (found.get(bound) for bound in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return CANNOT_TELL, f"The challenger's {name} could not be measured."
    is_least = HIGHER_IS_BETTER[rule.metric]
    limit = f"at {'least' if is_least else 'most'} {rule.limit:.3f} is asked for"
    said = f"{_upper(name)} is {value:.3f} [{low:.3f}, {high:.3f}]; {limit}"
    if value >= rule.limit if is_least else value <= rule.limit:
        return PASSED, f"{said}."
    if high < rule.limit if is_least else low > rule.limit:
        return FAILED, f"{said}."
    return CANNOT_TELL, f"{said}: missed, {MAY_BE_CHANCE}."


def _slices(rule: SlicesRule, comparison: Comparison) -> Said:
    judged = [one for one in comparison.slices if one["difference"] is not None]
    if not judged:
        return CANNOT_TELL, (
            f"No slice has {rule.least_cases} judged cases and {rule.least_positives} of either "
            "outcome."
        )
    losing = sorted(
        (one for one in judged if _gap(one) < -rule.most_loss), key=lambda one: _gap(one)
    )
    sure = [one for one in losing if one["p"] < BY_CHANCE]
    counted = formats.plural(len(judged), "slice")
    if sure:
        named = "; ".join(_named(one) for one in sure)
        return FAILED, (
            f"Of {counted}, {len(sure):,} lose{'s' if len(sure) == 1 else ''} more than "
            f"{rule.most_loss:.3f} of {WORDS[DECIDES]}, which is no chance: {named}."
        )
    if losing:
        named = "; ".join(_named(one) for one in losing)
        return CANNOT_TELL, (
            f"Of {counted}, {len(losing):,} lose{'s' if len(losing) == 1 else ''} more than "
            f"{rule.most_loss:.3f} of {WORDS[DECIDES]}, {MAY_BE_CHANCE}: {named}."
        )
    return PASSED, (f"None of {counted} loses more than {rule.most_loss:.3f} of {WORDS[DECIDES]}.")


def _labels(_rule: LabelsRule, comparison: Comparison) -> Said:
    if not comparison.reviewers:
        return CANNOT_TELL, "Fewer than two reviewers decided, so none can be held against others."
    alarms = [one for one in comparison.reviewers if one["is_alarm"]]
    if not alarms:
        named = formats.plural(len(comparison.reviewers), "reviewer")
        return PASSED, f"None of {named} is doubted more often than the others."
    shares = "; ".join(
        f"{one['doubted']:,} of {one['decisions']:,} decisions "
        f"({formats.share(one['share'])}; the others {formats.share(one['share_of_others'])})"
        for one in alarms
    )
    return FAILED, (
        f"The decisions of {formats.plural(len(alarms), 'reviewer')} are doubted more often than "
        f"those of the others: {shares}. Look at these labels before learning from them."
    )


def _gap(one: Mapping[str, Any]) -> float:
    return float(one["difference"]["value"])


def _named(one: Mapping[str, Any]) -> str:
    return f"{one['dimension'].replace('_', ' ')} {one['value']} ({_gap(one):+.3f})"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


_SAYS: dict[type, Callable[[Any, Comparison], Said]] = {
    EvidenceRule: _evidence,
    DifferenceRule: _difference,
    LevelRule: _level,
    SlicesRule: _slices,
    LabelsRule: _labels,
}
