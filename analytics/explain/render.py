"""A reason in words: value, unit, period, what is normal for peers, where it ranks."""

import math
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from analytics import formats
from analytics.columns import EntityType, Target
from analytics.explain.reasons import EVIDENCE_OF, EVIDENCE_ROWS
from analytics.features.spec import FeatureSpec

LEAST_PEERS: Final = 5  # fewer say nothing about what is normal
NOUNS: Final[dict[EntityType, str]] = {
    "merchant": "merchants",
    "product": "products",
    "creator": "creators",
}


@dataclass(frozen=True)
class Reason:
    """Why an entity ranks where it does, one fact.

    Attributes:
        rank: 1 is the strongest.
        target: The prediction that it drives.
        feature: Feature that shows it best; key of its evidence.
        family: Group of features.
        label: Plain name of the feature.
        sentence: The whole reason: claim, rows behind it, comparison.
        claim: The entity's own value, in words.
        comparison: What is normal for its peers; empty where there are too few.
        contribution: Log-odds that all windows of this measure add together.
        value: The entity's value.
        unit: Unit of the values.
        window_days: Days before the as-of; None is lifetime.
        peer_median: Median of the peers.
        peer_count: Peers with a known value, itself included.
        peer_rank: 1 is the most harmful among them.
        policies: Codes of the policies that it may point to.
        evidence: Name of its evidence; None where there are no rows to show.
        evidence_rows: How many rows stand behind it, where counted.
        evidence_of: How many rows a share is a share of, where it is one.
    """

    rank: int
    target: Target
    feature: str
    family: str
    label: str
    sentence: str
    claim: str
    comparison: str
    contribution: float
    value: float
    unit: str
    window_days: int | None
    peer_median: float
    peer_count: int
    peer_rank: int
    policies: tuple[str, ...]
    evidence: str | None
    evidence_rows: int | None
    evidence_of: int | None


def render_reason(
    row: dict[str, Any], spec: FeatureSpec, currency: str, evidence_noun: str = "row"
) -> Reason:
    """Turn one row of the stored reasons into words.

    Args:
        row: Its columns, see `analytics.explain.reasons.REASON_COLUMNS`.
        spec: Declaration of its feature.
        currency: Currency of the dataset.
        evidence_noun: What one row of its evidence is, such as "order line".
    """
    count, total = _whole(row.get(EVIDENCE_ROWS)), _whole(row.get(EVIDENCE_OF))
    value, median = _number(row["value"]), _number(row["peer_median"])
    claim = claim_of(spec, value, currency)
    comparison = compare(spec, median, row["peer_count"], row["peer_rank"], currency)
    behind = f" ({_rows(count, total, evidence_noun)})" if count else ""
    return Reason(
        rank=int(row["rank"]),
        target=row["target"],
        feature=spec.name,
        family=spec.family,
        label=spec.label,
        sentence=f"{claim}{behind}{'; ' + comparison if comparison else ''}.",
        claim=claim,
        comparison=comparison,
        contribution=float(row["contribution"]),
        value=value,
        unit=spec.unit,
        window_days=spec.window_days,
        peer_median=median,
        peer_count=int(row["peer_count"]),
        peer_rank=int(row["peer_rank"]),
        policies=tuple(code for code in str(row["points_to_policies"]).split(",") if code),
        evidence=spec.evidence,
        evidence_rows=count,
        evidence_of=total,
    )


def _rows(count: int, total: int | None, noun: str) -> str:
    if total is None or total < count:
        return formats.plural(count, noun)
    return f"{count:,} of {formats.plural(total, noun)}"


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def label_of(spec: FeatureSpec) -> str:
    """Return the plain name with its window, if its sentence speaks of one."""
    if "{period}" not in spec.template:
        return spec.label
    return f"{spec.label}, {formats.period(spec.window_days)}"


def claim_of(spec: FeatureSpec, value: float | None, currency: str) -> str:
    """Return the feature's sentence with its value, without a full stop."""
    # Not str.format: the template of a column that the user brought may hold any braces.
    text = spec.template.replace("{period}", formats.period(spec.window_days))
    return text.replace("{value}", formats.value(value, spec.unit, currency)).rstrip(".")


def compare(spec: FeatureSpec, median: float, count: int, rank: int, currency: str) -> str:
    """Return what is normal for peers and where the entity ranks; empty with too few peers."""
    if count < LEAST_PEERS:
        return ""
    normal = formats.value(median, spec.unit, currency)
    peers = f"the median of {count:,} similar {NOUNS[spec.entity]} is {normal}"
    return f"{peers}, {place(spec, rank)}"


def place(spec: FeatureSpec, rank: int) -> str:
    """Return where the value ranks among peers, in words."""
    word = {1: "highest", -1: "lowest", 0: "furthest from it"}[spec.monotone]
    if rank > 1:
        return f"this is the {formats.ordinal(rank)} {word}"
    return {1: "none is higher", -1: "none is lower", 0: "none is further from it"}[spec.monotone]
