"""Rules that a challenger has to meet before a person may promote it, as data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.errors import InputError

Status = Literal["passed", "failed", "cannot tell"]
Outcome = Literal["passed", "failed", "cannot tell"]
Metric = Literal[
    "auroc", "average_precision", "precision_at_k", "lift_at_k", "brier", "calibration_error"
]
PASSED: Final = "passed"
FAILED: Final = "failed"
CANNOT_TELL: Final = "cannot tell"


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EvidenceRule(_Rule):
    """The control sample holds enough violations for a verdict; this rule never fails."""

    kind: Literal["evidence"]


class DifferenceRule(_Rule):
    """The challenger is at most so much worse than the champion, by one metric.

    Attributes:
        part: "all" judged decisions, or "later": both trained on the past, judged on what came
            after.
    """

    kind: Literal["difference"]
    metric: Metric
    most_loss: float = Field(ge=0)
    part: Literal["all", "later"] = "all"


class LevelRule(_Rule):
    """The challenger's own metric is at least, or at most, this."""

    kind: Literal["level"]
    metric: Metric
    limit: float = Field(ge=0)


class SlicesRule(_Rule):
    """No slice loses more average precision than this; slices with fewer cases are not judged."""

    kind: Literal["slices"]
    most_loss: float = Field(ge=0)
    least_cases: int = Field(ge=2)
    least_positives: int = Field(ge=1)


class LabelsRule(_Rule):
    """No reviewer's decisions are doubted more often than those of the others."""

    kind: Literal["labels"]


Rule = Annotated[
    EvidenceRule | DifferenceRule | LevelRule | SlicesRule | LabelsRule,
    Field(discriminator="kind"),
]


class Gate(BaseModel):
    """All rules, with the version that a promotion records.

    Attributes:
        when_unsure: Whether a challenger passes where a rule cannot tell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    when_unsure: Literal["allow", "fail"] = "allow"
    rules: tuple[Rule, ...] = Field(min_length=1)

    @property
    def slices(self) -> SlicesRule:
        """The rule on slices; where there is none, it gives the least counts alone."""
        named = [rule for rule in self.rules if isinstance(rule, SlicesRule)]
        return named[0] if named else NO_SLICES_RULE


NO_SLICES_RULE: Final = SlicesRule(kind="slices", most_loss=1, least_cases=30, least_positives=5)


@dataclass(frozen=True)
class Result:
    """What one rule says.

    Attributes:
        rule: The rule, as it stands in the file.
        status: "passed", "failed" or "cannot tell".
        sentence: Why.
    """

    rule: dict[str, Any]
    status: Status
    sentence: str


@dataclass(frozen=True)
class GateResult:
    """What all rules say of a challenger.

    Attributes:
        version: Version of the rules.
        outcome: "passed", "failed", or "cannot tell": nothing failed, but not everything passed.
        results: Rule by rule.
    """

    version: str
    outcome: Outcome
    results: list[Result] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; `gate_result` makes it anew."""
        return asdict(self)

    @property
    def failed(self) -> list[Result]:
        """The rules that stand in the way of a promotion."""
        return [result for result in self.results if result.status == FAILED]

    def summary(self) -> str:
        """Return the same as text."""
        return "\n".join(
            [f"Gate: {self.outcome}.", *(f"  {r.status}: {r.sentence}" for r in self.results)]
        )


def gate_result(document: Mapping[str, Any]) -> GateResult:
    """Make the result of a gate anew from plain data."""
    results = [Result(**result) for result in document["results"]]
    return GateResult(document["version"], document["outcome"], results)


@cache
def load_gate(path: Path | None = None) -> Gate:
    """Read the rules from `path`, by default those that ship with Portreeve.

    Raises:
        InputError: The file cannot be read or breaks the schema.
    """
    source = path or files("analytics.retraining") / "gate.yaml"
    try:
        document: Any = yaml.safe_load(source.read_text(encoding="utf-8"))
        return Gate.model_validate(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise InputError(
            f"Gate file {source} cannot be used: {error}.",
            hint="docs/retraining.md describes the rules and their limits.",
        ) from error
