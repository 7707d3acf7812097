"""What reviewers' hours buy: precision, recall, harm caught and missed, the cheapest threshold."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import charts, services
from pages._ui.frame import empty, guarded
from pages._ui.words import ENTITIES

if TYPE_CHECKING:
    from analytics.selection.capacity import CapacityPlan

ORDERS = {"violation_probability": "Probability", "expected_harm": "Expected harm"}
SECONDS = 240


def show_capacity(live: Live, entity: EntityType) -> None:
    """Let the user choose hours, pace and cost, and show what that gives."""
    from analytics.selection.capacity import cases_per_day

    chosen = services.settings()
    usual = chosen.review_capacity * SECONDS / 3600
    with st.container(horizontal=True, vertical_alignment="bottom"):
        hours = st.number_input(
            "Reviewer hours a day", min_value=0.1, max_value=10_000.0, value=round(usual, 1),
            step=1.0, format="%.1f", key="plan-hours", width=180,
        )  # fmt: skip
        seconds = st.number_input(
            "Seconds a case", min_value=1, max_value=36_000, value=SECONDS, step=10,
            key="plan-seconds", width=150,
        )  # fmt: skip
        cost = st.number_input(
            "Cost of a missed violator", min_value=0.01, max_value=10_000.0,
            value=float(chosen.missed_cost), step=1.0, format="%.2f", key="plan-cost", width=210,
            help="Where an honest one hit costs 1.",
        )  # fmt: skip
        order = st.segmented_control(
            "Highest first", list(ORDERS), format_func=lambda o: ORDERS[o],
            default="violation_probability", required=True, key="plan-order",
        )  # fmt: skip
    with guarded("plan the capacity"):
        cases = cases_per_day(hours, seconds)
        plan = services.workbench().monitoring.capacity(
            live, entity, cases, missed_cost=cost, order=order or "violation_probability"
        )
        _show_plan(live, entity, cases, plan)


def _show_plan(live: Live, entity: EntityType, cases: int, plan: "CapacityPlan | None") -> None:
    st.markdown(f"**{formats.plural(cases, 'case')} a day**")
    if plan is None:
        empty(
            "Too few random cases are decided for an estimate.",
            command=f"portreeve estimate --entity {entity}",
            icon=":material/casino:",
        )
        return
    if cases > plan.entities:
        st.caption(f"There are only {plan.entities:,} {ENTITIES[entity].lower()}.")
    _show_metrics(live, plan)
    shares = (plan.points, plan.capacity)
    charts.show(
        figures.capacity_shares(*shares), figures.capacity_shares_alt(*shares), key="shares"
    )
    best = plan.at(plan.cheapest)
    st.markdown(
        f"Least cost at **{formats.plural(plan.cheapest, 'case')}**, from a score of "
        f"**{formats.number(best['threshold'])}** on."
    )
    costs = (plan.points, plan.capacity, plan.cheapest)
    charts.show(figures.capacity_cost(*costs), figures.capacity_cost_alt(*costs), key="cost")
    st.caption(
        "Estimated from decided rounds: the top lists count for themselves, random cases for the "
        "rest. GMV at risk stands for harm. Bands are 90 % intervals. A cost curve without a "
        "clear dip says that the data do not settle the threshold."
    )


def _show_metrics(live: Live, plan: "CapacityPlan") -> None:
    row, currency = plan.at(plan.capacity), services.currency(live)
    with st.grid(4, min_column_width=170):
        for name, label in (("precision", "Precision"), ("recall", "Recall")):
            _metric(label, *(formats.share(row[f"{name}{end}"]) for end in ("", "_low", "_high")))
        for name, label in (("caught", "GMV at risk caught"), ("missed", "GMV at risk missed")):
            amounts = (
                formats.short_money(row[f"{name}{end}"], currency) for end in ("", "_low", "_high")
            )
            _metric(label, *amounts)


def _metric(label: str, value: str, low: str, high: str) -> None:
    st.metric(
        label, value, f"{low} to {high}", delta_color="off", delta_arrow="off", border=True,
        height="stretch",
    )  # fmt: skip
