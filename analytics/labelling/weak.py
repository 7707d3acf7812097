"""Weak labels: labelling functions over features, as data, and what is known of each.

A function votes for an outcome where all of its conditions hold, and abstains elsewhere (Ratner et
al. 2017, doi:10.14778/3157794.3157797). Votes are weighed by the log-odds of each function's
accuracy on reviewers' decisions, shrunk towards `GUESS`, as if functions erred independently.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from analytics.columns import EntityType
from analytics.errors import InputError
from analytics.features.labels import LABEL, LABEL_OF
from analytics.model.metrics import wilson

GUESS: Final = 0.7  # accuracy of a function of which no decision tells
GUESS_COUNTS: Final = 5.0  # decisions that the guess counts for
LEAST_CONFIDENCE: Final = 0.7
MOST_BYTES: Final = 1_000_000
CONFIDENCE: Final = "confidence"
COLUMNS: Final = (
    "name", "says", "policy", "coverage", "overlap", "conflict", "decided", "accuracy", "low",
    "high", "weight",
)  # fmt: skip
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Condition(BaseModel):
    """A feature compared with a number; an unknown value meets no condition."""

    model_config = _STRICT

    feature: Annotated[str, Field(min_length=1, max_length=200)]
    op: Literal[">=", ">", "<=", "<"]
    value: Annotated[float, Field(allow_inf_nan=False)]

    def holds(self, X: pd.DataFrame) -> pd.Series:
        """Return for each row whether it holds."""
        known = X[self.feature]
        compare = {">=": known.ge, ">": known.gt, "<=": known.le, "<": known.lt}[self.op]
        return compare(self.value)


class LabellingFunction(BaseModel):
    """What somebody believes to tell an outcome."""

    model_config = _STRICT

    name: Annotated[str, Field(min_length=1, max_length=100)]
    entity: EntityType
    says: Literal["violation", "no_violation"]
    policy: str | None = None
    when: Annotated[list[Condition], Field(min_length=1, max_length=50)]

    def votes(self, X: pd.DataFrame) -> pd.Series:
        """Return 1 or 0 where all conditions hold, and nothing elsewhere."""
        holds = np.logical_and.reduce([condition.holds(X) for condition in self.when])
        return pd.Series(np.where(holds, LABEL_OF[self.says], np.nan), index=X.index)


_FILE = TypeAdapter(Annotated[list[LabellingFunction], Field(max_length=500)])


def read_functions(path: Path) -> list[LabellingFunction]:
    """Read labelling functions from a YAML file: a list, see docs/labels.md.

    Raises:
        InputError: There is no such file, it is no such list, or two have one name.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path.name} is larger than {MOST_BYTES:,} bytes.")
        text = path.read_text(encoding="utf-8")
        said = yaml.safe_load(text) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InputError(f"The labelling functions in {path} cannot be read: {error}") from error
    try:
        functions = _FILE.validate_python(said)
    except ValidationError as error:
        wrong = "; ".join(
            f"line {line_of(text, e['loc'])}, {'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}"
            for e in error.errors()[:5]
        )
        raise InputError(
            f"The labelling functions in {path} cannot be used: {wrong}.",
            hint="docs/labels.md says what each must hold.",
        ) from error
    names = [function.name for function in functions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path.name} names a labelling function twice: {', '.join(twice)}.")
    return functions


def line_of(text: str, place: Sequence[int | str]) -> int:
    """Return the line, from 1, of a place in YAML, or of the nearest part around it that is there.

    Args:
        text: The YAML, which can be read.
        place: Numbers in lists and names in mappings, from the outermost inwards.
    """
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line if node else 0
    for step in place:
        node = _part(node, step)
        if node is None:
            break
        line = node.start_mark.line
    return line + 1


def _part(node: yaml.Node | None, step: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        return node.value[step]
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    return None


def votes_of(functions: list[LabellingFunction], X: pd.DataFrame) -> pd.DataFrame:
    """Return the vote of each function (columns) on each row: 1, 0 or nothing.

    Raises:
        InputError: A function asks for a feature that there is not.
    """
    for function in functions:
        strange = [c.feature for c in function.when if c.feature not in X.columns]
        if strange:
            raise InputError(
                f"Labelling function {function.name!r} asks for {', '.join(strange)}, which is no "
                f"feature of {function.entity}s.",
                hint="docs/features.md lists them.",
            )
    votes = {function.name: function.votes(X) for function in functions}
    return pd.DataFrame(votes, index=X.index, dtype=float)


def assess(
    functions: list[LabellingFunction],
    votes: pd.DataFrame,
    decided_votes: pd.DataFrame,
    labels: pd.Series,
) -> pd.DataFrame:
    """Say of each function how much it covers, whom it contradicts and how often it is right.

    Args:
        functions: The functions.
        votes: Their votes on all entities.
        decided_votes: Their votes on decided entities, by the features of that moment.
        labels: What reviewers decided, same index as `decided_votes`.

    Returns:
        One row a function: name, says, policy, coverage (share of all entities), overlap and
        conflict (share of its votes where another one votes too, and where one votes otherwise),
        decided (its votes that a decision tells about), accuracy among them with its 90 %
        interval, and weight (log-odds of the shrunken accuracy; 0 where no better than chance).
    """
    rows = []
    for function in functions:
        own = votes[function.name]
        at = own.notna()
        others = votes.loc[at].drop(columns=function.name)
        differs = others.notna() & others.ne(own[at], axis=0)
        told = decided_votes[function.name].dropna()
        right = (told == labels.loc[told.index]).to_numpy()
        share = float(right.mean()) if len(right) else np.nan
        low, high = wilson(share, float(len(right))) if len(right) else (np.nan, np.nan)
        rows.append(
            (
                function.name, function.says, function.policy, float(at.mean()),
                _mean(others.notna().any(axis=1)), _mean(differs.any(axis=1)),
                len(right), share, low, high, _weight(int(right.sum()), len(right)),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def weak_labels(votes: pd.DataFrame, assessed: pd.DataFrame) -> pd.DataFrame:
    """Combine votes into labels; rows without a confident majority have none.

    Returns:
        Indexed by entity id: label (1 or 0) and confidence (`LEAST_CONFIDENCE` to 1).
    """
    weight = assessed.set_index("name")["weight"]
    signed = (2 * votes - 1).mul(weight.reindex(votes.columns), axis=1).fillna(0.0)
    total = signed.sum(axis=1)
    confidence = 1 / (1 + np.exp(-total.abs()))
    found = pd.DataFrame({LABEL: (total > 0).astype(float), CONFIDENCE: confidence})
    return found[confidence >= LEAST_CONFIDENCE - 1e-9]


def _weight(right: int, told: int) -> float:
    accuracy = (right + GUESS * GUESS_COUNTS) / (told + GUESS_COUNTS)
    return max(0.0, float(np.log(accuracy / (1 - accuracy))))


def _mean(values: pd.Series) -> Any:
    return float(values.mean()) if len(values) else 0.0
