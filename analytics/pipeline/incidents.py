"""Incidents as people work on them: stored incidents and what was said about them, together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, ENTITY_TYPES
from analytics.errors import InputError
from analytics.review.incidents import SAME_DAYS, IncidentEvent, IncidentKey
from analytics.review.store import Live, Store
from analytics.review.types import Case
from analytics.signals.incidents import words
from analytics.warehouse import IncidentFilters, Warehouse

NEW: Final = "new"
_KEY: Final = (ENTITY_TYPE, ENTITY_ID, "series", "direction")
_SAID: Final = ("standing", "said_by", "said_at", "said_reason", "case_id")


@dataclass(frozen=True)
class IncidentDesk:
    """Ranks incidents, and keeps what people say about them."""

    warehouse: Warehouse
    store: Store

    def ranked(self, live: Live, filters: IncidentFilters | None = None) -> pd.DataFrame:
        """Incidents in their order (see `warehouse.incidents`), with what was said about them.

        Returns:
            The columns of `Incidents.ranked`, and standing (new, acknowledged, linked or
            dismissed), said_by, said_at, said_reason, case_id (null where nothing was said).

        Raises:
            NotFoundError: The snapshot stores no incidents.
        """
        chosen = filters or IncidentFilters()
        found = self.warehouse.incidents.ranked(live.snapshot_id, live.models, chosen)
        told = with_standing(found, self.store.incidents.standing())
        if chosen.standing:
            told = told[told["standing"].isin(chosen.standing)]
        return told.reset_index(drop=True)

    def one(self, live: Live, incident_id: str) -> dict[str, Any]:
        """Return one incident with what was said about it; raises NotFoundError without it."""
        row = self.warehouse.incidents.one(live.snapshot_id, live.models, incident_id)
        told = with_standing(pd.DataFrame([row]), self.store.incidents.standing())
        return dict(told.astype(object).where(told.notna(), None).iloc[0])

    def events(self, incident: dict[str, Any]) -> list[IncidentEvent]:
        """Return what was said about an incident, oldest first."""
        return self.store.incidents.events(key_of(incident))

    def acknowledge(self, live: Live, incident: dict[str, Any], actor: str, reason: str) -> None:
        """Say that somebody has seen it and takes care."""
        self.store.incidents.acknowledge(key_of(incident), actor, live.snapshot_id, reason)

    def dismiss(self, live: Live, incident: dict[str, Any], actor: str, reason: str) -> None:
        """Say that it needs nobody, and why; raises InputError without a reason."""
        self.store.incidents.dismiss(key_of(incident), actor, live.snapshot_id, reason)

    def reopen(self, live: Live, incident: dict[str, Any], actor: str, reason: str) -> None:
        """Take back what was said; raises InputError without a reason."""
        self.store.incidents.reopen(key_of(incident), actor, live.snapshot_id, reason)

    def open_case(self, live: Live, incident: dict[str, Any], actor: str) -> Case:
        """Link an incident to its entity's open case; open one, with it as the reason, if none is.

        Raises:
            InputError: The incident is about a category, which has no cases.
        """
        entity, entity_id = incident[ENTITY_TYPE], incident[ENTITY_ID]
        if entity not in ENTITY_TYPES:
            raise InputError(
                "A category has no case.", hint="Open one for a merchant of the category."
            )
        case = self.store.cases.find(entity, entity_id)
        if case is None or case.closed_at is not None:
            reason = f"Incident: {sentence_of(incident)}"
            case = self.store.cases.open_by_hand(entity, entity_id, actor, reason)
        self.store.incidents.link(key_of(incident), actor, live.snapshot_id, case.id)
        return case

    def export(
        self, live: Live, path: Path, filters: IncidentFilters | None = None, *, bom: bool = False
    ) -> int:
        """Write incidents as filtered and ordered as CSV; return how many.

        Raises:
            InputError: The file cannot be written.
            NotFoundError: The snapshot stores no incidents.
        """
        from analytics.reports import export_incidents

        rows = self.ranked(live, filters)
        currency = str(self.warehouse.freshness(live.snapshot_id, live.models)["currency"])
        return export_incidents(
            rows.assign(
                what=[sentence_of(row) for row in rows.to_dict("records")],
                snapshot_id=live.snapshot_id,
                currency=currency,
            ),
            path,
            bom=bom,
        )


def key_of(incident: dict[str, Any]) -> IncidentKey:
    """Return what an incident is known by."""
    return IncidentKey(
        incident[ENTITY_TYPE],
        incident[ENTITY_ID],
        incident["series"],
        incident["direction"],
        pd.Timestamp(incident["seen_on"]).to_pydatetime(),
    )


def sentence_of(incident: Any) -> str:
    """Return an incident in one sentence."""
    return words.sentence(
        incident["series"],
        incident["direction"],
        incident["before"],
        incident["level"],
        pd.Timestamp(incident["started_on"]),
    )


def with_standing(incidents: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    """Add the last word about each incident; what was taken back is new again.

    Args:
        incidents: entity_type, entity_id, series, direction and seen_on, and anything else.
        said: As of `Incidents.standing`. It belongs to the incident of the same entity, series
            and direction that begins within three days.
    """
    last = said.rename(
        columns={"kind": "standing", "actor": "said_by", "at": "said_at", "reason": "said_reason",
                 "seen_on": "said_of"}
    )[[*_KEY, "said_of", *_SAID]]  # fmt: skip
    pairs = incidents[["incident_id", *_KEY, "seen_on"]].merge(last, on=list(_KEY))
    off = (pairs["seen_on"] - pd.to_datetime(pairs["said_of"])).abs()
    near = pairs[off <= pd.Timedelta(days=SAME_DAYS)].sort_values("said_at", kind="stable")
    near = near.drop_duplicates("incident_id", keep="last")[["incident_id", *_SAID]]
    told = incidents.merge(near, how="left", on="incident_id")
    return told.assign(standing=told["standing"].fillna(NEW).replace("reopened", NEW))
