"""How well reviewers agree with each other, and with cases whose answer is known."""

from typing import Any

import pandas as pd
import streamlit as st

from analytics.columns import EntityType
from analytics.labelling.words import kappa_text
from pages._ui import services, tables
from pages._ui.frame import empty
from pages._ui.words import policy_name

ALL = "all"


def show_agreement(entity: EntityType) -> None:
    """Show Cohen's kappa per policy and pair of reviewers."""
    rows = services.workbench().agreement(entity)
    if rows.empty:
        empty("No second review was answered yet.", icon=":material/group:")
        return
    rows = rows.assign(
        policy=[_policy(code) for code in rows["policy"]],
        reviewers=rows["reviewers"].replace(ALL, "All pairs"),
        kappa=[kappa_text(row) for row in rows.to_dict("records")],
    )
    columns = {
        "policy": tables.text("Policy", width=280),
        "reviewers": tables.text("Reviewers", width=220),
        "kappa": tables.text(
            "Cohen's kappa", width=190, help="1 is full agreement, 0 what chance would give."
        ),
        "agreed": tables.share("Agreed"),
        "cases": tables.count("Cases"),
    }
    tables.show(rows, columns, alt="Agreement per policy and pair of reviewers", height="content")
    st.caption(
        "In brackets the 90 % interval, which is rough below some 30 cases. The cases are a random "
        "share of the decisions, so they speak for what the queue served."
    )


def show_golden(entity: EntityType) -> None:
    """Show how reviewers did on golden cases, and which cases these are."""
    looks = services.store().second_looks
    golden = looks.golden()
    golden = golden[golden["entity_type"] == entity]
    if golden.empty:
        empty(
            "There is no golden case. Make a decision golden where it is settled, once its answer "
            "is known for certain.",
            icon=":material/star:",
        )
        return
    answered = looks.answered(entity)
    answered = answered[answered["purpose"] == "golden"]
    _show_scores(answered)
    rows = golden.assign(policy=golden["policy"].map(policy_name, na_action="ignore"))
    columns: dict[str, Any] = {
        "entity_id": tables.text("Who", width=160),
        "outcome": tables.text("Answer", width=120),
        "policy": tables.text("Policy", width=260),
        "reason": tables.text("How it is known", width=360),
        "person": tables.text("Made golden by", width=140),
        "at": tables.day("On"),
    }
    tables.show(rows, columns, alt="Golden cases", height="content")


def _show_scores(answered: pd.DataFrame) -> None:
    if answered.empty:
        st.caption("Nobody was given one yet.")
        return
    right = answered["verdict"] == "right"
    rows = right.groupby(answered["second_reviewer"]).agg(["size", "sum"]).reset_index()
    columns = {
        "second_reviewer": tables.text("Reviewer", width=180),
        "size": tables.count("Golden cases"),
        "sum": tables.count("Right"),
    }
    tables.show(rows, columns, alt="Golden cases of each reviewer", height="content")


def _policy(code: str) -> str:
    return "Outcome, any policy" if code == ALL else policy_name(code)
