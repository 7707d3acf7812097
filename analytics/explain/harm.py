"""How the expected harm of one entity is made up, and why it ranks where it ranks."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics import formats
from analytics.columns import (
    EXPECTED_DEFECT_SHARE,
    EXPECTED_HARM,
    GMV_30D,
    GMV_AT_RISK,
    GMV_OPEN,
    HARM_UNIT,
    POLICIES,
    SHRUNKEN_RATE,
    EntityType,
)
from analytics.explain.render import NOUNS
from analytics.policies import Taxonomy
from analytics.settings import Settings


@dataclass(frozen=True)
class HarmPart:
    """One term of the expected harm.

    Attributes:
        code: Policy; None for defective orders.
        label: Plain name.
        probability: Of the violation; for defective orders the expected share of lines.
        severity: Share of the exposure that is harmed.
        exposure: Money that the term multiplies; None where unknown.
        harm: The term.
        sentence: How it comes about.
    """

    code: str | None
    label: str
    probability: float | None
    severity: float
    exposure: float | None
    harm: float
    sentence: str


@dataclass(frozen=True)
class Harm:
    """Expected harm and its parts, in money or, without orders, in units of severity."""

    expected: float
    unit: str
    currency: str
    gmv_30d: float | None
    gmv_open: float | None
    gmv_at_risk: float | None
    threshold: float | None
    parts: tuple[HarmPart, ...]

    def print(self, amount: float | None) -> str:
        """Print an amount of harm in its unit."""
        if self.unit == "money":
            return formats.money(amount, self.currency)
        return formats.number(amount)


def explain_harm(
    row: Mapping[str, Any],
    meta: Mapping[str, Any],
    taxonomy: Taxonomy,
    settings: Settings,
    currency: str,
) -> Harm:
    """Take the expected harm of one scored entity apart.

    Args:
        row: Its scores.
        meta: What the scores say about themselves, with the queue's threshold.
        taxonomy: Names and severities of policies.
        settings: Horizon of quality.
        currency: Of the dataset.
    """
    unit, expected = str(row[HARM_UNIT]), _float(row.get(EXPECTED_HARM)) or 0.0
    policies = _policies(row, taxonomy, currency, unit)
    parts = [*policies]
    defective = expected - sum(part.harm for part in policies)
    if unit == "money":
        parts.append(_defective(row, defective, settings, currency))
    return Harm(
        expected=expected,
        unit=unit,
        currency=currency,
        gmv_30d=_float(row.get(GMV_30D)),
        gmv_open=_float(row.get(GMV_OPEN)),
        gmv_at_risk=_float(row.get(GMV_AT_RISK)),
        threshold=_float((meta.get("thresholds") or {}).get("queue_harm")),
        parts=tuple(sorted(parts, key=lambda part: -part.harm)),
    )


def _policies(
    row: Mapping[str, Any], taxonomy: Taxonomy, currency: str, unit: str
) -> list[HarmPart]:
    text, exposure = row.get(POLICIES), _float(row.get(GMV_AT_RISK))
    known = {policy.code: policy for policy in taxonomy.policies}
    parts = []
    for entry in json.loads(text) if isinstance(text, str) else ():
        policy = known.get(entry["code"])
        severity = policy.severity if policy else 1.0
        chance = formats.probability(entry["probability"])
        at_risk = f" of {formats.money(exposure, currency)} at risk" if unit == "money" else ""
        parts.append(
            HarmPart(
                code=entry["code"],
                label=policy.name if policy else "Other policies",
                probability=entry["probability"],
                severity=severity,
                exposure=exposure,
                harm=float(entry["harm"] or 0.0),
                sentence=f"{chance} probability × severity {severity:g}{at_risk}",
            )
        )
    return parts


def _defective(row: Mapping[str, Any], harm: float, settings: Settings, currency: str) -> HarmPart:
    share = _float(row.get(EXPECTED_DEFECT_SHARE)) or _float(row.get(SHRUNKEN_RATE))
    horizon = settings.quality_horizon_days
    gmv = (_float(row.get(GMV_30D)) or 0.0) * horizon / 30
    return HarmPart(
        code=None,
        label="Defective orders",
        probability=share,
        severity=1.0,
        exposure=gmv,
        harm=max(harm, 0.0),
        sentence=f"{formats.share(share)} of about {formats.money(gmv, currency)} sold in "
        f"{horizon} days (at the pace of the last 30)",
    )


def why_ranked(entity: EntityType, rank: int, entities: int, harm: Harm) -> str:
    """Say in a few sentences why an entity stands where it stands."""
    place = f"{formats.ordinal(rank)} of {entities:,} {NOUNS[entity]}"
    start = f"Ranked {place} by expected harm: {harm.print(harm.expected)}"
    if harm.unit != "money":
        start += " (probability × severity, as the money at risk is unknown)"
    led = [part for part in harm.parts if part.harm > 0][:2]
    made = "; ".join(f"{harm.print(part.harm)} {_from(part)} ({part.sentence})" for part in led)
    return f"{start}. {'Of this ' + made + '. ' if made else ''}{_against(harm)}".strip()


def _from(part: HarmPart) -> str:
    if part.code is None:
        return "from defective orders"
    return f"from {part.code} {part.label[:1].lower() + part.label[1:]}"


def _against(harm: Harm) -> str:
    if harm.threshold is None:
        return ""
    above = harm.expected >= harm.threshold
    return (
        f"The queue starts at {harm.print(harm.threshold)}: it is {'in' if above else 'below'} it."
    )


def _float(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
