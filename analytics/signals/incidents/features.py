"""Features of an entity from the incidents found so far."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.features.spec import Direction, FeatureSpec
from analytics.signals.incidents.declared import DOWN, SERIES, UP

NAME: Final = "incidents"
HARMS: Final = tuple(s.name for s in SERIES if s.is_harm)
VOLUME: Final = ("orders", "gmv")
# Surer than this is sure: keeps one enormous burst from dwarfing all else.
MOST_SURE: Final = 12.0
_PERIODS: Final = {30: "in the last 30 days", 90: "in the last 90 days"}
_HARM_POLICIES: Final[dict[EntityType, tuple[str, ...]]] = {
    "merchant": ("M2", "M3", "M9"),
    "product": ("P7",),
    "creator": (),
}


class _Idea:
    """What is counted over the incidents found in a window."""

    def __init__(
        self,
        stem: str,
        series: Sequence[str],
        direction: str,
        label: str,
        template: str,
        description: str,
        *,
        harm: Direction = "neutral",
        strength: bool = False,
        windows: Sequence[int] = (90,),
        entities: Sequence[EntityType] = ("merchant", "product", "creator"),
    ) -> None:
        self.stem, self.series, self.direction = stem, tuple(series), direction
        self.label, self.template, self.description = label, template, description
        self.harm, self.strength = harm, strength
        self.windows, self.entities = tuple(windows), tuple(entities)

    def specs(self) -> list[FeatureSpec]:
        return [self._spec(entity, days) for entity in self.entities for days in self.windows]

    def _spec(self, entity: EntityType, days: int) -> FeatureSpec:
        name = f"{self.stem}_{days}d"
        return FeatureSpec(
            name=name,
            entity=entity,
            family=NAME,
            label=self.label,
            unit="number" if self.strength else "count",
            direction=self.harm,
            template=self.template,
            description=self.description,
            window_days=days,
            needs=("orders",),
            policies=_HARM_POLICIES[entity] if self.harm != "neutral" else (),
            evidence=f"{entity}.{name}",
        )

    def of(self, incidents: pd.DataFrame) -> pd.DataFrame:
        """Return the incidents that it counts."""
        is_series = incidents["series"].isin(self.series)
        return incidents[is_series & (incidents["direction"] == self.direction)]

    def value(self, incidents: pd.DataFrame) -> pd.Series:
        """Return the value by entity_id; incidents are those of the window that it counts."""
        grouped = incidents.groupby(ENTITY_ID)
        if not self.strength:
            return grouped.size().astype("float64")
        sure = -np.log10(incidents["q_value"].clip(lower=10**-MOST_SURE))
        return sure.groupby(incidents[ENTITY_ID]).max()


IDEAS: Final = (
    _Idea(
        "incident_harms", HARMS, UP, "Sudden worsenings",
        "{value} sudden worsenings were found {period}",
        "Incidents found in the window: late dispatch, refunds, cancellations or bad ratings "
        "suddenly above their own usual level, by more than chance and the category's trend.",
        harm="higher_is_worse", windows=(30, 90),
    ),
    _Idea(
        "incident_harm_sureness", HARMS, UP, "Sureness of the surest worsening",
        "The surest sudden worsening {period} has a sureness of {value}",
        "−log10 of the smallest q-value (false discovery rate) of its sudden worsenings found in "
        "the window, at most 12; 0 without one.",
        harm="higher_is_worse", strength=True,
    ),
    _Idea(
        "incident_bursts", VOLUME, UP, "Bursts of orders",
        "{value} bursts of orders or GMV were found {period}",
        "Incidents found in the window: orders or GMV suddenly above their own usual level. "
        "Growth by itself is no harm.",
        windows=(30, 90),
    ),
    _Idea(
        "incident_burst_sureness", VOLUME, UP, "Sureness of the surest burst",
        "The surest burst of orders {period} has a sureness of {value}",
        "−log10 of the smallest q-value of its bursts found in the window, at most 12; 0 without "
        "one.",
        strength=True,
    ),
    _Idea(
        "incident_falls", VOLUME, DOWN, "Sudden falls of orders",
        "{value} sudden falls of orders were found {period}",
        "Incidents found in the window: orders suddenly below their own usual level.",
    ),
    _Idea(
        "incident_price_rises", ("price_rises",), UP, "Sudden price rises",
        "{value} sudden price rises were found {period}",
        "Incidents found in the window: many orders suddenly at 1.2 times the product's usual "
        "price or more.",
        entities=("merchant", "product"),
    ),
    _Idea(
        "incident_price_cuts", ("price_cuts",), UP, "Sudden price cuts",
        "{value} sudden price cuts were found {period}",
        "Incidents found in the window: many orders suddenly at 1/1.2 of the product's usual "
        "price or less.",
        entities=("merchant", "product"),
    ),
    _Idea(
        "incident_views", ("views",), UP, "Sudden views",
        "{value} sudden surges of views were found {period}",
        "Incidents found in the window: many contents suddenly seen three times as often as the "
        "creator's usual ones.",
        entities=("creator",),
    ),
)  # fmt: skip
SPECS: Final = tuple(spec for idea in IDEAS for spec in idea.specs())


def feature_values(
    incidents: pd.DataFrame, watched: pd.Index, entity: EntityType, as_of: datetime
) -> pd.DataFrame:
    """Return the features by entity_id of those that sell enough to be watched.

    Args:
        incidents: What was found by `as_of`: entity_type, entity_id, series, direction, found_on
            and q_value are looked at.
        watched: Ids of the entities that had sold enough by then; the others get no value.
        entity: Entity type.
        as_of: Naive UTC.
    """
    own = incidents[incidents[ENTITY_TYPE] == entity]
    columns = {}
    for idea in IDEAS:
        counted = idea.of(own)
        for spec in idea.specs():
            if spec.entity == entity and spec.window_days is not None:
                recent = counted[counted["found_on"] >= as_of - timedelta(days=spec.window_days)]
                columns[spec.name] = idea.value(recent).reindex(watched).fillna(0.0)
    return pd.DataFrame(columns, index=watched).astype("float64")


def counted(incidents: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Return each incident once for every feature that counts it, with the name in `feature`."""
    parts = [
        found[found["found_on"] >= as_of - timedelta(days=days)].assign(
            feature=f"{idea.stem}_{days}d"
        )
        for idea in IDEAS
        for found in [idea.of(incidents[incidents[ENTITY_TYPE].isin(idea.entities)])]
        for days in idea.windows
    ]
    return pd.concat(parts, ignore_index=True)
