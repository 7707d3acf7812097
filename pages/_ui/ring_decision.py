"""The decision on a whole ring: what it does to whom, whom it spares and why, and its undo."""

import secrets
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.errors import DecisionError, PortreeveError
from analytics.pipeline.rings import RingPreview
from analytics.review.batches import Batch, LeftOut
from analytics.review.store import Live
from analytics.review.types import Draft
from pages._ui import leases, services, state, tables
from pages._ui.frame import empty, show_problem
from pages._ui.text import plain
from pages._ui.words import ENTITY, OUTCOMES, action_name, policy_name

YES_OR_NO = ("violation", "no_violation")


def show_ring_decision(live: Live, ring: str) -> None:
    """Show the form with its preview, and what was decided on the ring before."""
    if services.is_live(live):
        _show_form(live, ring)
    else:
        st.caption("This is an earlier snapshot: decisions are made on what is live.")
    for batch in services.store().batches.of_subject(ring):
        _show_batch(batch)


def _show_form(live: Live, ring: str) -> None:
    desk, me = services.workbench().rings, services.reviewer()
    st.session_state.setdefault(state.RING_SINCE, {}).setdefault(ring, leases.now())
    known = desk.preview(live, ring, {}, me).members
    if known.empty:
        empty("No member has scores, so none can be decided on.", icon=":material/gavel:")
        return
    drafts = _choose(ring, known)
    preview = desk.preview(live, ring, drafts, me)
    table = st.container()
    left_out = _choose_left_out(ring, preview.members)
    with table:
        _show_preview(preview, left_out)
    reason = st.text_area(
        "Reason (required)", key=f"ring-reason-{ring}", max_chars=2_000, height=80,
        placeholder="What shows that they are one?",
    )  # fmt: skip
    _offer_decision(live, ring, preview, drafts, left_out, reason)


def _choose(ring: str, members: pd.DataFrame) -> dict[EntityType, Draft]:
    """Let the reviewer choose an outcome, and a policy and an action for each type of member."""
    outcome: Any = st.segmented_control(
        "Outcome", YES_OR_NO, format_func=lambda o: OUTCOMES[o], default="violation",
        required=True, key=f"ring-outcome-{ring}",
    )  # fmt: skip
    types = sorted(members["entity_type"].unique())
    if outcome != "violation":
        return {entity: Draft(outcome) for entity in types}
    return {entity: _choose_violation(ring, entity, members) for entity in types}


def _choose_violation(ring: str, entity: EntityType, members: pd.DataFrame) -> Draft:
    taxonomy = services.workbench().taxonomy
    policies = {policy.code: policy for policy in taxonomy.of(entity)}
    likely = members.loc[members["entity_type"] == entity, "top_policy"].dropna()
    codes = [*dict.fromkeys(code for code in likely.mode() if code in policies), *policies]
    codes = list(dict.fromkeys(codes))
    levels = list(taxonomy.severity_levels)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        policy = st.selectbox(
            f"{ENTITY[entity]}s: policy", codes, format_func=policy_name,
            key=f"ring-policy-{ring}-{entity}", width=320,
        )  # fmt: skip
        severity = st.selectbox(
            "Severity", levels, index=levels.index(taxonomy.default_severity),
            format_func=str.capitalize, key=f"ring-severity-{ring}-{entity}", width=150,
        )  # fmt: skip
        action = st.selectbox(
            "Action", policies[policy].actions, format_func=action_name,
            key=f"ring-action-{ring}-{entity}-{policy}", width=200,
        )  # fmt: skip
    return Draft("violation", policy, severity, action)


def _choose_left_out(ring: str, members: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return whom the reviewer leaves out, with the reason typed; look-alikes are, at first."""
    keys = list(zip(members["entity_type"], members["entity_id"], strict=True))
    names = dict(zip(keys, members["name"].fillna(members["entity_id"]), strict=True))
    speaks = dict(zip(keys, members["reasons"], strict=True))
    alike = [key for key, is_likely in zip(keys, members["is_likely"], strict=True) if is_likely]
    chosen = st.multiselect(
        "Leave out", keys, default=alike, format_func=lambda key: f"{names[key]} ({key[1]})",
        key=f"ring-spare-{ring}", placeholder="Nobody",
        help="Who looks innocent is left out at first: take out of here whom you are sure of.",
    )  # fmt: skip
    with st.grid(2, min_column_width=280):
        return {
            key: st.text_input(
                f"Why {plain(names[key], 60)} is left out",
                value=speaks[key],
                key=f"ring-why-{ring}-{key[0]}-{key[1]}",
                max_chars=500,
            )
            for key in chosen
        }


def _show_preview(preview: RingPreview, left_out: Mapping[tuple[str, str], str]) -> None:
    members = preview.members
    keys = list(zip(members["entity_type"], members["entity_id"], strict=True))
    rows = members.assign(
        hit=[key not in left_out for key in keys],
        type=members["entity_type"].map(ENTITY),
        triggers=members["reached"].str.replace("_", " "),
        last=members["last_outcome"].map(OUTCOMES),
    )
    columns = {
        "hit": tables.flag("Hit"),
        "type": tables.text("Type"),
        "name": tables.text("Name", width=190),
        "entity_id": tables.text("Id"),
        "violation_probability": tables.probability("Violation"),
        "reasons": tables.text("What speaks for it", width=300),
        "points_now": tables.count("Points now"),
        "points_after": tables.count("Points after"),
        "triggers": tables.text("Triggers"),
        "blocked": tables.text("In the way", width=170),
        "last": tables.text("Last decision"),
    }
    tables.show(
        rows,
        columns,
        alt="What the decision does to each member",
        height=tables.height_of(rows, 12),
    )
    hit = rows[rows["hit"]]
    reached = hit["triggers"].str.split(", ").explode()
    said = [
        f"{count} × {action}" for action, count in reached[reached != ""].value_counts().items()
    ]
    st.caption(
        f"Hits {len(hit)} of {formats.plural(len(rows), 'member')}; "
        f"triggers {plain(', '.join(said), None) if said else 'nothing'}."
    )
    innocent = hit[hit["is_likely"]]
    if len(innocent):
        names = ", ".join(innocent["name"].fillna(innocent["entity_id"]).head(5))
        st.warning(
            f"{formats.plural(len(innocent), 'member')} that may be innocent would be hit: "
            f"{plain(names, 300)}.",
            icon=":material/warning:",
        )


def _offer_decision(
    live: Live,
    ring: str,
    preview: RingPreview,
    drafts: Mapping[EntityType, Draft],
    left_out: Mapping[tuple[str, str], str],
    reason: str,
) -> None:
    members = preview.members
    keys: list[Any] = list(zip(members["entity_type"], members["entity_id"], strict=True))
    hit = [key for key in keys if key not in left_out]
    if len(hit) > preview.most:
        st.error(
            f"One decision may hit at most {formats.plural(preview.most, 'member')}, not "
            f"{len(hit)}: leave some out, and decide on them afterwards.",
            icon=":material/error:",
        )
    pressed = st.button(
        f"Decide on {formats.plural(len(hit), 'member')}",
        key="ring-decide",
        type="primary",
        icon=":material/gavel:",
        disabled=not 0 < len(hit) <= preview.most,
    )
    if pressed:
        told = {entity: _with_reason(draft, reason) for entity, draft in drafts.items()}
        spared = [LeftOut(*key, why) for key, why in left_out.items()]  # type: ignore[arg-type]
        _decide(live, ring, hit, told, spared, reason)


def _with_reason(draft: Draft, reason: str) -> Draft:
    return Draft(draft.outcome, draft.policy, draft.severity, draft.action, reason)


def _decide(
    live: Live,
    ring: str,
    hit: list[Any],
    drafts: Mapping[EntityType, Draft],
    left_out: list[LeftOut],
    reason: str,
) -> None:
    since = st.session_state[state.RING_SINCE][ring]
    key = st.session_state.setdefault(state.RING_KEY, secrets.token_urlsafe(12))
    try:
        services.workbench().rings.decide(
            live, ring, hit, drafts, services.reviewer(), key=key, reason=reason,
            left_out=left_out, seconds=(leases.now() - since).total_seconds(),
        )  # fmt: skip
    except DecisionError as problem:
        st.error(plain(" ".join(problem.problems.values()), None), icon=":material/error:")
    except PortreeveError as problem:
        show_problem(problem)
    else:
        del st.session_state[state.RING_KEY]
        st.toast(f"Decided on {formats.plural(len(hit), 'member')}.", icon=":material/gavel:")
        st.rerun()


def _show_batch(batch: Batch) -> None:
    with st.container(border=True, gap="xsmall"):
        count, stands = len(batch.decisions), len(batch.in_force)
        st.markdown(f"**{formats.plural(count, 'decision')}**, {stands} in force")
        st.caption(f"By {plain(batch.actor)}, {formats.time(batch.at)}")
        st.text(batch.reason)
        for one in batch.left_out:
            st.caption(f"Left out: {plain(one.entity_id, 60)}, because {plain(one.reason, None)}")
        if stands:
            _offer_undo(batch)
        else:
            st.caption("Undone: nothing of it is in force.")


def _offer_undo(batch: Batch) -> None:
    with (
        st.expander("Undo it", icon=":material/undo:", type="compact"),
        st.form(f"undo-{batch.id}", border=False),
    ):
        st.caption(
            "Every decision that is in force is overturned; nothing is deleted, and what was "
            "corrected by hand stays."
        )
        reason = st.text_area("Why is it undone?", max_chars=2_000, height=80)
        if st.form_submit_button("Undo the decision", icon=":material/undo:"):
            _undo(batch, reason)


def _undo(batch: Batch, reason: str) -> None:
    try:
        services.store().batches.undo(batch.id, services.reviewer(), reason)
    except PortreeveError as problem:
        show_problem(problem)
    else:
        st.rerun()
