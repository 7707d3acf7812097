"""The violation taxonomy, as data."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analytics.columns import EntityType
from analytics.errors import InputError

DEFAULT_LEVELS: Final = {"minor": 0.5, "standard": 1.0, "severe": 2.0}


class Policy(BaseModel):
    """One kind of violation.

    Attributes:
        severity: Share (0 to 1) of the GMV at risk that a confirmed violation is taken to harm.
        points: Added to the entity's standing for 90 days.
        due_days: Days to decide a case that this policy leads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    entity: EntityType
    name: str
    severity: float = Field(ge=0, le=1)
    points: int = Field(ge=0)
    due_days: int = Field(ge=1)
    actions: tuple[str, ...]


class Milestone(BaseModel):
    """Points within 90 days that trigger an action."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    points: int = Field(gt=0)
    action: str


class Taxonomy(BaseModel):
    """All policies, with the version that a decision records.

    Attributes:
        severity_levels: How grave a violation was: each level's factor on the policy's points.
        default_severity: Level of a decision that names none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    actions: tuple[str, ...]
    severity_levels: Mapping[str, Annotated[float, Field(gt=0)]] = DEFAULT_LEVELS
    default_severity: str = "standard"
    milestones: tuple[Milestone, ...]
    policies: tuple[Policy, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> "Taxonomy":
        codes = [policy.code for policy in self.policies]
        if len(set(codes)) < len(codes):
            raise ValueError("a policy code stands twice")
        named = {a for p in self.policies for a in p.actions} | {m.action for m in self.milestones}
        if unknown := named - set(self.actions):
            raise ValueError(f"unknown actions: {', '.join(sorted(unknown))}")
        if self.default_severity not in self.severity_levels:
            raise ValueError(f"default_severity {self.default_severity!r} is no severity level")
        return self

    def get(self, code: str) -> Policy:
        """Return the policy with this code; raise `InputError` if there is none."""
        for policy in self.policies:
            if policy.code == code:
                return policy
        raise InputError(f"There is no policy {code!r} in taxonomy {self.version}.")

    def points(self, code: str, severity: str) -> int:
        """Return the points of a violation: the policy's, times the level's factor, rounded."""
        return int(self.get(code).points * self.severity_levels[severity] + 0.5)

    def of(self, entity: EntityType) -> tuple[Policy, ...]:
        """Return the policies that apply to one entity type."""
        return tuple(policy for policy in self.policies if policy.entity == entity)


@cache
def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read the taxonomy from `path`, by default the one that ships with Portreeve.

    Raises:
        InputError: The file cannot be read or breaks the schema.
    """
    source = path or files("analytics") / "policies.yaml"
    try:
        document: Any = yaml.safe_load(source.read_text(encoding="utf-8"))
        return Taxonomy.model_validate(document)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise InputError(f"Policies file {source} cannot be used: {error}.") from error
