"""The leads' work on labels: what is disputed or doubted, and the check that finds doubts."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.errors import DecisionError, PortreeveError
from analytics.review.identity import is_lead
from analytics.review.second_types import Settlement
from analytics.review.store import Live
from analytics.review.types import OUTCOMES, Draft
from pages._ui import job_status, navigation, services, tables
from pages._ui.frame import empty, show_problem
from pages._ui.text import plain
from pages._ui.words import ENTITIES, policy_name
from pages._ui.words import OUTCOMES as OUTCOME_NAMES

Row = Mapping[Hashable, Any]
LISTED = 10
PURPOSES = {"blind": "Two judgements differ", "flag": "In doubt"}
SETTLEMENTS: dict[Settlement, str] = {
    "first": "The first judgement",
    "second": "The second judgement",
    "other": "Another judgement",
}


def require_lead() -> None:
    """Stop, and say why, where the settings name leads and this reviewer is none."""
    if not is_lead(services.reviewer(), services.settings().leads):
        empty(
            "This page is for leads: it shows who judged what. The setting `leads` names them.",
            icon=":material/lock:",
        )
        st.stop()


def choose_entity(live: Live) -> EntityType:
    """Let the lead choose a type of entity."""
    entities = [entity for entity in ENTITIES if entity in live.models]
    chosen: Any = st.segmented_control(
        "Type", entities, format_func=lambda e: ENTITIES[e], default=entities[0], required=True,
        key="labels-of", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def show_unsettled(entity: EntityType) -> None:
    """Show what waits for a lead, and the form that settles the chosen one."""
    rows = services.store().second_looks.unsettled(entity)
    if rows.empty:
        empty(
            "Nothing is to be settled: no two judgements differ, and no decision is in doubt.",
            command=f"portreeve labels check --entity {entity}",
            icon=":material/check_circle:",
        )
        return
    rows = rows.assign(
        what=rows["purpose"].map(PURPOSES),
        first=[_judged(row, "first") for row in rows.to_dict("records")],
        second=[_judged(row, "second") for row in rows.to_dict("records")],
    )
    columns = {
        "entity_id": tables.text("Who", width=150),
        "what": tables.text("Why it is here", width=150),
        "first": tables.text("First judgement", width=250),
        "second": tables.text("Second judgement", width=250),
        "why": tables.text("What speaks against it", width=420),
        "decided_at": tables.day("Decided"),
    }
    event = tables.show(
        rows, columns, alt="Decisions to settle, the oldest first; a click shows one",
        key=f"unsettled-{entity}", height=tables.height_of(rows, LISTED),
        on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    picked = event["selection"]["rows"]
    row = rows.iloc[int(picked[0]) if picked and picked[0] < len(rows) else 0]
    _show_one(entity, row.to_dict())


def _judged(row: Row, which: str) -> str:
    outcome = row[f"{which}_outcome"]
    if outcome is None:
        return ""
    policy = f" {row[f'{which}_policy']}" if row[f"{which}_policy"] else ""
    return f"{OUTCOME_NAMES[outcome]}{policy}, {row[f'{which}_reviewer']}"


def _show_one(entity: EntityType, row: Row) -> None:
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.subheader(plain(row["entity_id"]), anchor=False)
        if row["why"]:
            st.markdown(plain(row["why"], None))
        for which in ("first", "second"):
            if said := _judged(row, which):
                st.markdown(f"**{which.capitalize()}: {plain(said)}**")
                st.text(str(row[f"{which}_reason"] or "No reason was given."))
        if st.button("Open the case", icon=":material/folder_open:", key="open-disputed"):
            navigation.open_case(entity, str(row["entity_id"]))
        _offer_golden(row)
    with right:
        _show_settling(entity, row)


def _show_settling(entity: EntityType, row: Row) -> None:
    taxonomy = services.workbench().taxonomy
    codes = [policy.code for policy in taxonomy.of(entity)]
    can = [s for s in SETTLEMENTS if s != "second" or row["second_outcome"] is not None]
    with st.form(f"settle-{row['look_id']}", border=True):
        stands: Any = st.segmented_control(
            "What stands?", can, format_func=lambda s: SETTLEMENTS[s], key="settle-which"
        )
        with st.container(horizontal=True):
            outcome: Any = st.selectbox(
                "Another outcome", OUTCOMES, format_func=lambda o: OUTCOME_NAMES[o],
                index=None, key="settle-outcome", placeholder="Only for another judgement",
            )  # fmt: skip
            policy = st.selectbox(
                "Policy", codes, format_func=policy_name, index=None, key="settle-policy",
                placeholder="Only for a violation",
            )  # fmt: skip
        reason = st.text_area("Why? (required)", max_chars=2_000, height=80, key="settle-reason")
        pressed = st.form_submit_button("Settle it", type="primary", icon=":material/gavel:")
    if pressed and not stands:
        st.error("Say which judgement stands.", icon=":material/error:")
    elif pressed:
        other: Any = outcome or ""
        draft = Draft(other, policy if outcome == "violation" else None)
        _settle(int(row["look_id"]), stands, reason, draft)
    if row["purpose"] == "flag" and st.button(
        "Let somebody judge it blindly", icon=":material/visibility_off:", key="send-blind"
    ):
        _do(lambda: services.store().second_looks.send(int(row["look_id"]), services.reviewer()))


def _settle(look_id: int, stands: Settlement, reason: str, draft: Draft) -> None:
    looks, me = services.store().second_looks, services.reviewer()
    given = draft if stands == "other" else None
    _do(lambda: looks.settle(look_id, me, stands, reason, given))


def _offer_golden(row: Row) -> None:
    with st.popover("Make it a golden case", icon=":material/star:"):
        st.caption("Reviewers then get it now and then among their second reviews.")
        reason = st.text_input("How is it known?", max_chars=500, key="golden-reason")
        if st.button("Make it golden", key="make-golden"):
            looks, me = services.store().second_looks, services.reviewer()
            _do(lambda: looks.mark_golden(int(row["decision_id"]), me, reason))


def _do(work: Any) -> None:
    try:
        work()
    except DecisionError as problem:
        st.error(plain(" ".join(problem.problems.values()), None), icon=":material/error:")
    except PortreeveError as problem:
        show_problem(problem)
    else:
        st.rerun()


def show_check(entity: EntityType) -> None:
    """Show what the last check of the labels found, and offer another one."""
    st.caption(
        "A model judges each decision without having learned from it, and so do the decided "
        "cases that are most like it. What they contradict is worth a second look; it need not be "
        "wrong."
    )
    if st.button("Check the labels now", icon=":material/fact_check:", key="check-labels"):
        job_status.start(
            "check", f"Check the labels of {ENTITIES[entity].lower()}",
            ["labels", "check", "--entity", entity],
        )  # fmt: skip
    found = services.store().second_looks.last_check(entity)
    if found is None:
        empty("The labels were never checked.", command=f"portreeve labels check --entity {entity}")
        return
    result = found.result
    with st.grid(4, min_column_width=150):
        _metric("Decisions", formats.count(result["decisions"]))
        _metric("Worth a second look", formats.count(result["doubted"]))
        _metric(
            "Estimated wrong",
            formats.share(result["wrong_share"]),
            "Share of all labels, by the confident joint; rough where decisions are few.",
        )
        _metric("Checked", formats.date(found.at), f"By {plain(found.person)}.")
    _show_reviewers(pd.DataFrame(result["reviewers"]))


def _metric(label: str, value: str, help: str | None = None) -> None:
    st.metric(label, value, border=True, height="stretch", help=help)


def _show_reviewers(rows: pd.DataFrame) -> None:
    st.subheader("Reviewers", anchor=False)
    if rows.empty:
        st.caption("Fewer than two reviewers decided, so nobody can be compared.")
        return
    for name in rows.loc[rows["is_alarm"], "reviewer"]:
        st.warning(
            f"{plain(name)} is doubted more often than the others, beyond chance: look at what "
            "was decided, before anybody learns from it.",
            icon=":material/warning:",
        )
    columns = {
        "reviewer": tables.text("Reviewer", width=180),
        "decisions": tables.count("Decisions"),
        "doubted": tables.count("Doubted"),
        "share": tables.share("Share"),
        "share_of_others": tables.share("The others"),
        "p_value": tables.number(
            "p", help="Chance of such a share if all decided alike; corrected for their number."
        ),
        "is_alarm": tables.flag("Alarm"),
    }
    tables.show(rows, columns, alt="How often each reviewer is doubted", height="content")
