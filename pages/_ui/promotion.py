"""Letting a challenger score, taking that back, and what was live when."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics.errors import NotFoundError
from analytics.review.store import Live
from pages._ui import services, state, tables
from pages._ui.frame import guarded
from pages._ui.text import plain, sentence

if TYPE_CHECKING:
    from analytics.columns import EntityType
    from analytics.review.promotions import Ruling


def show_promotion(live: Live, entity: "EntityType") -> None:
    """Offer to promote and to roll back, each with a reason, and list what was live."""
    if notice := st.session_state.pop(state.NOTICE, None):
        st.success(plain(notice, None), icon=":material/check_circle:")
    can_change = services.is_live(live)
    bench, me = services.workbench(), services.reviewer()
    challenger = bench.challenger(entity)
    ruling = bench.ruling(entity)
    left, right = st.columns(2, gap="medium")
    with left, guarded("promote the challenger"):
        said = (
            f"{challenger.model_version} takes the place of {live.models[entity]}."
            if challenger
            else "No challenger waits."
        )
        _offer(
            "Promote",
            said,
            "promote",
            is_off=challenger is None or not can_change,
            ruling=ruling,
            act=lambda reason, override: bench.promote(
                entity,
                challenger.model_version if challenger else None,
                reason=reason,
                person=me,
                override=override,
            ),
        )
    with right, guarded("roll back"):
        earlier = _earlier(entity)
        _offer(
            "Roll back",
            f"{earlier} scores again." if earlier else "There was no model before this one.",
            "rollback",
            is_off=earlier is None or not can_change,
            act=lambda reason, _override: bench.rollback(entity, reason=reason, person=me),
        )
    st.subheader("What was live", anchor=False)
    tables.show(_history(entity), HISTORY, alt="What was live, newest first")


def _offer(
    label: str,
    said: str,
    key: str,
    *,
    is_off: bool,
    act: Callable[[str, bool], Any],
    ruling: "Ruling | None" = None,
) -> None:
    with st.form(key, border=True):
        st.markdown(plain(said, None))
        override = ruling is not None and _ask_override(ruling, key)
        reason = st.text_area("Reason (required)", key=f"{key}-reason", height=80, max_chars=2_000)
        pressed = st.form_submit_button(
            label, icon=":material/published_with_changes:", disabled=is_off
        )
    if not pressed:
        return
    if not reason.strip():
        st.error("A reason is needed.", icon=":material/error:")
        return
    with st.spinner(f"{label} …"):
        promotion = act(reason, override)
    st.session_state[state.NOTICE] = f"{promotion.version} scores now; it was {promotion.was}."
    st.rerun()


def _ask_override(ruling: "Ruling", key: str) -> bool:
    """Say what stands against a promotion; let a lead promote all the same."""
    from analytics.retraining.gate import FAILED
    from analytics.review.identity import is_lead

    if ruling.outcome != FAILED:
        st.caption(sentence(f"The gate says: {ruling.outcome}."))
        return False
    st.warning(
        sentence(f"The gate does not let it pass. {' '.join(ruling.failed)}"),
        icon=":material/block:",
    )
    if not is_lead(services.reviewer(), services.settings().leads):
        st.caption("Only a lead may promote it all the same.")
        return False
    return st.checkbox("Promote although the gate failed; this is recorded", key=f"{key}-override")


def _earlier(entity: "EntityType") -> str | None:
    """Return the model to which a rollback goes, if there is one."""
    from analytics.retraining.promotion import earlier_version

    try:
        return earlier_version(services.store().history(), entity)
    except NotFoundError:
        return None


def _history(entity: "EntityType") -> pd.DataFrame:
    rulings = {record.at: record.ruling for record in services.store().promotions.all(entity)}
    rows = [
        {
            "at": past.at,
            "model": past.models.get(entity),
            "snapshot": past.snapshot_id,
            "person": past.person,
            "reason": past.reason,
            "gate": _said(rulings.get(past.at)),
        }
        for past in services.store().history()
    ]
    return pd.DataFrame(rows)


def _said(ruling: "Ruling | None") -> str | None:
    if ruling is None:
        return None
    return f"overruled: {' '.join(ruling.failed)}" if ruling.is_override else ruling.outcome


HISTORY = {
    "at": tables.moment("Live from"),
    "model": tables.text("Model", width=210),
    "snapshot": tables.text("Snapshot", width=220),
    "person": tables.text("By", width=120),
    "reason": tables.text("Reason", width=260),
    "gate": tables.text("Gate", width=260),
}
