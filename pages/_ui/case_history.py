"""The History tab: everything that happened to the cases of an entity, in words, newest first."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.review.store import Live
from analytics.review.types import CaseEvent
from pages._ui import services, tables
from pages._ui.export import offer_case_file
from pages._ui.frame import empty
from pages._ui.words import OUTCOMES, action_name, policy_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

KINDS: dict[str, str] = {
    "opened": "Opened",
    "reopened": "Reopened",
    "claimed": "Claimed",
    "viewed": "Looked at",
    "released": "Given back",
    "skipped": "Skipped",
    "held": "Put on hold",
    "resumed": "Taken up again",
    "assigned": "Handed over",
    "escalated": "Escalated",
    "decided": "Decided",
    "corrected": "Decision corrected",
    "overturned": "Decision overturned",
    "lease_lost": "Lost",
    "reprioritised": "Moved in the queue",
}
COLUMNS: dict[str, Any] = {
    "at": tables.moment("When"),
    "what": tables.text("What", width=140),
    "who": tables.text("Who", width=120),
    "details": tables.text("Details", width=620),
    "case": tables.count("Case", width=60),
}


def show_history(live: Live, case: "CaseExplanation") -> None:
    """List the events of all cases of the entity, and the decisions that came with the data."""
    identity = case.identity
    store = services.store()
    offer_case_file(live, identity.entity, identity.entity_id)
    last = store.cases.find(identity.entity, identity.entity_id)
    if last is None:
        empty("There was no case about it yet.", icon=":material/history:")
    else:
        events = store.cases.events(last.id, for_entity=True)
        rows = pd.DataFrame([_row(event) for event in reversed(events)])
        tables.show(rows, COLUMNS, alt="Everything that happened to its cases, newest first")
    if case.standing.decisions:
        st.caption("Decisions that came with the data")
        past = pd.DataFrame(list(case.standing.decisions))
        past["outcome"] = past["outcome"].map(OUTCOMES)
        past["policy"] = past["policy"].map(policy_name, na_action="ignore")
        tables.show(past, PAST, alt="Decisions that came with the data, newest first")


PAST: dict[str, Any] = {
    "decided_at": tables.day("When"),
    "outcome": tables.text("Decided"),
    "policy": tables.text("Policy", width=320),
}


def _row(event: CaseEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "what": KINDS.get(event.kind, event.kind.replace("_", " ").capitalize()),
        "who": event.actor,
        "details": in_words(event),
        "case": event.case_id,
    }


def in_words(event: CaseEvent) -> str:
    """Say what an event was about, from the data stored with it."""
    data = event.data
    said = [
        OUTCOMES.get(str(data.get("outcome")), ""),
        policy_name(str(data["policy"])) if data.get("policy") else "",
        f"{data['severity']} severity" if data.get("severity") else "",
        action_name(str(data["action"])).lower() if data.get("action") else "",
        f"to {data['to']}" if data.get("to") else "",
        f"until {formats.date(pd.Timestamp(data['until']))}" if data.get("until") else "",
        f"taken by {data['taken_by']}" if data.get("taken_by") else "",
    ]
    fact = ", ".join(part for part in said if part)
    reason = str(data.get("reason") or "")
    return ". ".join(part for part in (fact, reason) if part)
