"""What the random cases say of everybody, how many are needed, and what makes a model learn."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.review.store import Live
from pages._ui import charts, services, tables
from pages._ui.frame import empty, guarded
from pages._ui.text import plain
from pages._ui.words import ENTITIES, queue_policy_name

if TYPE_CHECKING:
    from analytics.columns import EntityType
    from analytics.model.metrics import Estimate
    from analytics.selection.estimates import Estimates

INTERVAL = "In brackets the 90 % interval."
TOO_FEW = "too few random cases decided"  # no count: it would tell which case counted


def show_prevalence(live: Live) -> None:
    """Show for each type the estimated share of violators; never the share among the reviewed."""
    st.subheader("Estimated prevalence", anchor=False)
    entities = [entity for entity in ENTITIES if entity in live.models]
    with st.grid(3, min_column_width=200):
        for entity in entities:
            _show_share(
                f"{ENTITIES[entity]} in violation",
                services.estimates(entity).prevalence,
                "Of all, as the random cases of the queue say. "
                f"{INTERVAL} The share among reviewed cases says nothing of this: the queue "
                "serves those first who are suspected.",
                TOO_FEW,
            )


def show_learning(live: Live, entity: "EntityType") -> None:
    """Show the estimates of one type, the planner, and how fast each queue policy teaches."""
    found = services.estimates(entity)
    st.subheader("What random cases say of all", anchor=False)
    if found.is_enough:
        show_estimates(entity, found)
    else:
        empty(
            f"Too few random cases for an estimate: {found.too_few}",
            command=f"portreeve estimate --entity {entity}",
            icon=":material/casino:",
        )
    st.subheader("How many random cases are needed", anchor=False)
    with guarded("plan the random cases"):
        _show_plan(entity, found)
    st.subheader("Which cases teach the most", anchor=False)
    _show_curves()


def show_estimates(entity: "EntityType", found: "Estimates") -> None:
    with st.grid(3, min_column_width=200):
        _show_share("Prevalence", found.prevalence, f"Of all {ENTITIES[entity].lower()}.")
        _show_share(
            "Precision at capacity",
            found.precision,
            "Violations among those whose probability was within a day's capacity when their "
            "round was drawn.",
        )
        _show_share("Recall at capacity", found.recall, "Of all violators, those within it.")
    st.caption(
        f"From {formats.plural(found.control, 'random case')} of "
        f"{formats.plural(found.rounds, 'round')}, {formats.count(found.reviewed)} decided in "
        f"all. {INTERVAL}"
    )


def _show_share(
    label: str, found: "Estimate | None", help: str, without: str | None = None
) -> None:
    from analytics.selection.estimates import said

    value = said(found) if found else formats.MISSING
    share, _, ends = value.partition(" (")
    st.metric(
        label,
        share,
        f"({ends}" if ends else without,
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=help,
    )


def _show_plan(entity: "EntityType", found: "Estimates") -> None:
    from analytics.pipeline.control import plan

    with st.container(horizontal=True, vertical_alignment="bottom"):
        points = st.number_input(
            "Interval of ± points", min_value=0.1, max_value=40.0, value=2.0, step=0.5,
            format="%.1f", key="plan-points", width=180,
        )  # fmt: skip
        days = st.number_input(
            "Within days", min_value=1, max_value=1000, value=30, step=1, key="plan-days", width=180
        )
    made = plan(found, services.settings(), entity, points / 100, int(days))
    st.markdown("  \n".join(plain(line, None) for line in made.summary().splitlines()))


def _show_curves() -> None:
    from analytics.selection.learning_curve import read_learning_curves

    known = read_learning_curves()
    chosen = services.settings().queue_policy
    st.caption(
        plain(
            f"Measured on {formats.plural(known.marketplaces, 'generated marketplace')} of "
            f"{known.merchants:,} merchants with a simulated reviewer, not on your data. Your "
            f"queue goes by {queue_policy_name(chosen).lower()} (setting queue_policy).",
            None,
        )
    )
    arguments = (known.curves, known.reach)
    charts.show(figures.learning_curves(*arguments), figures.learning_curves_alt(*arguments))
    rows = [
        {"policy": queue_policy_name(policy), "labels": labels}
        for policy, labels in sorted(known.needed.items(), key=lambda item: item[1])
    ]
    columns = {
        "policy": tables.text("Queue policy", width=220),
        "labels": tables.count(f"Labels for {formats.share(known.reach)}", width=150),
    }
    tables.show(pd.DataFrame(rows), columns, alt="Labels needed", height="content")
