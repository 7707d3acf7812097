"""Declarations of the features made of event sequences."""

from typing import Final

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.features.spec import Direction, FeatureSpec, Unit
from analytics.signals.sequence.kinds import BURST, STRETCH

FAMILY: Final = "sequence"
SCORE: Final = "sequence_score"
# Only of merchants: for products and creators the prior found fewer with these than without.
_POLICIES: Final[dict[EntityType, tuple[str, ...]]] = {"merchant": ("M3", "M6", "M9")}
_WITH_ACCOUNT: Final[tuple[EntityType, ...]] = ("merchant", "creator")


def _declare(
    name: str,
    label: str,
    template: str,
    description: str,
    *,
    unit: Unit = "number",
    direction: Direction = "higher_is_worse",
    entities: tuple[EntityType, ...] = ENTITY_TYPES,
    is_telling: bool = False,
    has_rows: bool = False,
    window_days: int | None = None,
    needs: tuple[str, ...] = (),
) -> tuple[FeatureSpec, ...]:
    return tuple(
        FeatureSpec(
            name=name,
            entity=entity,
            family=FAMILY,
            label=label,
            unit=unit,
            direction=direction,
            template=template,
            description=description,
            window_days=window_days,
            needs=needs,
            policies=_POLICIES.get(entity, ()) if is_telling else (),
            evidence=f"{entity}.{name}" if has_rows else None,
        )
        for entity in entities
    )


SPECS: Final = (
    *_declare(
        SCORE,
        "Events like those of violators",
        "Its events are {value} (log-odds) nearer to those of confirmed violators than is typical",
        "Log-odds of a logistic regression on faded counts and n-grams of event kinds, fitted to "
        "the decisions known, minus their median. Whoever was decided, or belongs to one who was, "
        "gets the score of a model that has not seen that decision.",
        has_rows=True,
        needs=("past_decisions",),
    ),
    *_declare(
        STRETCH,
        "Unusual stretch of events",
        "One stretch of its events is {value} bits less likely than what usually follows",
        "Largest sum, over stretches of events, of the surprise of each step under the transition "
        "model of its category, beyond what is expected there and one bit.",
        is_telling=True,
        has_rows=True,
    ),
    *_declare(
        "sequence_surprise",
        "Surprise of events",
        "Each of its last events surprises by {value} bits more than is expected",
        "Mean surprise of steps beyond what is expected, faded with a half-life of 60 days.",
    ),
    *_declare(
        "sequence_mix",
        "Unusual mix of events",
        "Its mix of events differs from everybody's by {value} bits",
        "Kullback–Leibler divergence of the mix of event kinds from the population's, damped by "
        "20 events.",
        is_telling=True,
    ),
    *_declare(
        "sequence_mix_change_90d",
        "Change of the mix of events",
        "Its mix of events {period} differs from the one before by {value} bits",
        "Jensen–Shannon divergence of the mix of event kinds from that of all days before, each "
        "damped by 20 events.",
        window_days=90,
    ),
    *_declare(
        BURST,
        "Highest burst of orders",
        "Its highest burst of orders stands {value} standard deviations above its own pace",
        "2 (√n − √expected) at the highest of all windows of 2, 7 and 21 days; without orders, of "
        "all events.",
        direction="neutral",
        has_rows=True,
    ),
    *_declare(
        "sequence_burst_trouble",
        "Burst of orders that ended in trouble",
        "A burst of orders was followed by trouble: {value} (height × troubles an order)",
        "Height of the highest burst × late, cancelled, refunded, badly rated or complained-of "
        "events an order in it and the 45 days after, at most 3.",
        is_telling=True,
        has_rows=True,
    ),
    *_declare(
        "sequence_burst_account",
        "Account changes before a burst",
        "{value} changes of account, device or campaign came right before its highest burst",
        "Events of the account in the 14 days before the highest burst and during it.",
        unit="count",
        entities=_WITH_ACCOUNT,
        is_telling=True,
        has_rows=True,
        needs=("events",),
    ),
    *_declare(
        "sequence_trouble",
        "Share of trouble among events",
        "{value} of its events are late, cancelled, refunded, badly rated or complained of",
        "Share of such events, faded with a half-life of 60 days, damped by one event.",
        unit="share",
    ),
    *_declare(
        "sequence_pace",
        "Change of pace",
        "Its events of the last days come {value} × as fast as over the last months",
        "Pace of events faded with a half-life of 3 days over that of 60 days, each damped by one "
        "event in twenty days.",
        unit="ratio",
        direction="neutral",
    ),
    *_declare(
        "sequence_gap_variation",
        "Irregular gaps",
        "The gaps between its events vary by {value} × their mean",
        "Standard deviation of the gaps between moments with events over their mean; from 5 gaps.",
        unit="ratio",
        direction="neutral",
    ),
    *_declare(
        "sequence_silence",
        "Silence",
        "It has been silent for {value} × its longest gap",
        "Time since the last event over the longest gap before it, damped by a day.",
        unit="ratio",
        direction="neutral",
    ),
)
