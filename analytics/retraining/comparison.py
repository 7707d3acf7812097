"""How a challenger compares with the champion: plain data, and the same as text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analytics import formats
from analytics.model.metrics import HIGHER_IS_BETTER
from analytics.retraining.gate import GateResult, gate_result

CHAMPION, CHALLENGER = "champion", "challenger"
DECIDES = "average_precision"  # the metric that the verdict goes by
Results = dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Comparison:
    """What the Model page shows of a challenger; plain data, ready for JSON.

    Attributes:
        entity: Entity type.
        champion: Model version.
        challenger: Model version.
        snapshot_id: Snapshot that both scored.
        at: When they were compared, naive UTC, ISO 8601.
        verdict: "better", "worse", "no clear difference" or "not enough evidence".
        sentence: Why.
        k: Capacity of precision and lift.
        cases: Judged cases, and how many of them are positive, of the control sample, both; how
            many were left out because the champion had learned from them or their group mates;
            how many labels the challenger learned from.
        strata: Per stratum: entities, judged cases, positives, largest weight, and the smallest
            and largest probability with which its cases came to judge.
        results: "champion" and "challenger" → metric → value, low, high.
        differences: Metric → challenger minus champion, paired: value, low, high, p.
        reliability: "champion" and "challenger" → bins: predicted, observed, low, high, count.
        quality: "same" or "trained anew".
        moves: As from `Moves.to_dict`.
        notes: What limits the figures.
        slices: As from `slices_of`.
        stability: As from `reason_stability`.
        reviewers: As from `doubted_reviewers`.
        newest_decision: Highest id of the decisions that were known; None where there were none.
        in_time: As from `InTime.to_dict`; empty in comparisons made before there was one.
        gate: As from `GateResult.to_dict`; empty until the rules were asked.
    """

    entity: str
    champion: str
    challenger: str
    snapshot_id: str
    at: str
    verdict: str
    sentence: str
    k: int
    cases: dict[str, int]
    strata: list[dict[str, Any]]
    results: dict[str, Results]
    differences: Results
    reliability: dict[str, list[dict[str, float]]]
    quality: str
    moves: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    slices: list[dict[str, Any]] = field(default_factory=list)
    stability: dict[str, Any] = field(default_factory=dict)
    reviewers: list[dict[str, Any]] = field(default_factory=list)
    newest_decision: int | None = None
    in_time: dict[str, Any] = field(default_factory=dict)
    gate: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `Comparison(**document)` makes it anew."""
        return asdict(self)

    def gate_result(self) -> GateResult | None:
        """Return what the gate said; None where it was not asked."""
        return gate_result(self.gate) if self.gate else None

    def summary(self) -> str:
        """Return the same as text."""
        cases, moves = self.cases, self.moves
        lines = [
            f"{self.entity}: challenger {self.challenger} beside champion {self.champion}",
            f"Verdict: {self.verdict}. {self.sentence}",
            f"Learned from {cases['learned_from']} decisions; judged by {cases['judged']} that "
            f"neither has seen, {cases['positives']} of them violations; control sample: "
            f"{cases['control']}, {cases['control_positives']} of them violations.",
        ]
        lines += _table(self.results, self.differences)
        if self.in_time:
            lines += [
                "",
                f"Trained on the past, judged on what came after. {self.in_time['sentence']}",
            ]
            lines += _table(self.in_time["results"], self.in_time["differences"])
        if figures := [one for one in self.slices if one["difference"] is not None]:
            lines += ["", "Average precision of slices", *(_sliced(one) for one in figures)]
        if self.stability.get("entities"):
            lines += ["", _stable(self.stability)]
        lines += [
            "",
            f"Of the first {moves['capacity']} in the queue {moves['stayed']} stay, "
            f"{len(moves['entered'])} enter, {len(moves['left'])} leave.",
            *(f"  {_moved(move)}" for move in [*moves["entered"][:5], *moves["left"][:5]]),
            *(f"Note: {note}" for note in self.notes),
        ]
        if (asked := self.gate_result()) is not None:
            lines += ["", asked.summary()]
        return "\n".join(lines)


def _table(results: Mapping[str, Results], differences: Results) -> list[str]:
    if not results:
        return []
    head = ["", f"{'':22}{CHAMPION:>12}{CHALLENGER:>12}   difference [5 %, 95 %]"]
    return head + [_line(metric, results, differences) for metric in HIGHER_IS_BETTER]


def _line(metric: str, results: Mapping[str, Results], differences: Results) -> str:
    ours, theirs = (results[name][metric]["value"] for name in (CHALLENGER, CHAMPION))
    gap = differences[metric]
    value, low, high = (_figure(gap[bound], "+") for bound in ("value", "low", "high"))
    name = metric.replace("_", " ")
    return f"{name:22}{_figure(theirs):>12}{_figure(ours):>12}   {value} [{low}, {high}]"


def _moved(move: Mapping[str, Any]) -> str:
    name = f" ({move['name']})" if move["name"] else ""
    return f"{move['entity_id']}{name}: {move['was']} → {move['rank']}. {move['sentence']}"


def _figure(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign}.3f}"


def _sliced(one: Mapping[str, Any]) -> str:
    gap = one["difference"]
    low, high = _figure(gap["low"], "+"), _figure(gap["high"], "+")
    name = f"{one['dimension'].replace('_', ' ')} {one['value']}"
    return (
        f"{name:34}{_figure(one[CHAMPION]):>8}{_figure(one[CHALLENGER]):>8}   "
        f"{_figure(gap['value'], '+')} [{low}, {high}], {one['cases']:,} cases"
    )


def _stable(found: Mapping[str, Any]) -> str:
    compared = formats.plural(found["entities"], "entity", "entities")
    return (
        f"Reasons of {compared} in capacity: {formats.share(found['overlap'])} of the first "
        f"{found['top']} are shared; the first is the same for "
        f"{formats.share(found['same_first'])}."
    )
