"""Who it is: identity, exposure and standing, before anything a model says."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import formats
from pages._ui.text import badge, plain
from pages._ui.words import ENTITIES, ENTITY, ENTITY_ICONS

OUTCOMES = {"violation": "violated", "no_violation": "cleared", "cannot_tell": "open"}

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation


def show_header(case: "CaseExplanation") -> None:
    """Show identity, exposure and standing."""
    identity = case.identity
    with st.container(gap="xsmall"):
        st.title(plain(identity.name), anchor=False)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge(ENTITY[identity.entity], icon=ENTITY_ICONS[identity.entity], color="blue")
            for fact in (identity.category, identity.region, _size(identity.size_band)):
                if fact:
                    st.badge(badge(fact), color="gray")
            if identity.name != identity.entity_id:
                st.caption(plain(identity.entity_id))
    with st.grid(6, min_column_width=84):
        for label, value, help in _facts(case):
            st.metric(label, value, help=help)


def _size(band: str | None) -> str | None:
    return band if band is None or "order" in band else f"{band} lines in 90 days"


def _facts(case: "CaseExplanation") -> list[tuple[str, str, str | None]]:
    harm, standing, currency = case.harm, case.standing, case.harm.currency
    known = case.identity.known_since
    age = "" if known is None else f"{(case.scores.as_of - known).days:,} days at the as-of"
    facts = []
    if harm.unit == "money":
        facts = [
            ("Exposure", formats.short_money(harm.gmv_at_risk, currency), "GMV at risk."),
            ("GMV, 30 days", formats.short_money(harm.gmv_30d, currency), None),
            ("Open orders", formats.short_money(harm.gmv_open, currency), "Not yet delivered."),
        ]
    else:
        facts = [("Exposure", "Unknown", "There are no orders in the data.")]
    place = f"{standing.rank:,} of {standing.entities:,}"
    ranked = f"Among all {ENTITIES[case.identity.entity].lower()}, by expected harm."
    return [
        *facts,
        ("Known since", formats.date(known), age),
        ("Past decisions", _decided(standing.decisions), _last_decisions(standing.decisions)),
        ("Rank", place, ranked),
    ]


def _decided(decisions: tuple[dict[str, Any], ...]) -> str:
    counts = Counter(str(decision["outcome"]) for decision in decisions)
    said = [f"{counts[outcome]} {word}" for outcome, word in OUTCOMES.items() if counts[outcome]]
    return ", ".join(said) or "None"


def _last_decisions(decisions: tuple[dict[str, Any], ...]) -> str | None:
    """List the newest decisions, for the tooltip of their number."""
    said = []
    for decision in decisions[:5]:
        outcome = str(decision["outcome"]).replace("_", " ")
        policy = f" ({decision['policy']})" if decision.get("policy") else ""
        said.append(f"{formats.date(decision['decided_at'])} {outcome}{policy}")
    return plain("; ".join(said), None) or None
