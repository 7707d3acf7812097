"""One incident: the change, the days around it, what happened before, and what people say."""

from typing import Any

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.columns import ENTITY_TYPES
from analytics.errors import NotFoundError, PortreeveError
from analytics.review.store import Live
from analytics.signals.incidents import words
from analytics.signals.incidents.declared import BY_NAME
from pages._ui import charts, navigation, services, tables
from pages._ui.frame import empty, guarded, show_problem
from pages._ui.incident_list import STANDINGS, STATUS
from pages._ui.text import plain, sentence
from pages._ui.words import ENTITY_ICONS

Incident = dict[str, Any]
CATEGORY_ICON = ":material/category:"
SAID = {"acknowledged": "acknowledged it", "linked": "opened a case for it",
        "dismissed": "dismissed it", "reopened": "took it up again"}  # fmt: skip


def show_incident(live: Live, incident_id: str) -> None:
    """Show one incident below the list."""
    try:
        incident = services.workbench().incidents.one(live, incident_id)
    except NotFoundError as problem:
        show_problem(problem)
        return
    with guarded("show this incident"):
        _show_head(incident)
        _show_figures(live, incident)
        _show_chart(live, incident)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            if incident["entity_type"] in ENTITY_TYPES:
                _show_before(live, incident)
            else:
                _show_shops(live, incident)
        with right:
            _show_standing(live, incident)


def _show_head(incident: Incident) -> None:
    icon = ENTITY_ICONS.get(incident["entity_type"], CATEGORY_ICON)
    what = words.change_words(incident["series"], incident["direction"])
    st.subheader(f"{icon} {plain(incident['entity_id'], 60)}: {plain(what)}", anchor=False)
    level = words.level_words(incident["series"], incident["before"], incident["level"])
    st.markdown(sentence(f"Since {incident['started_on']:%d %b %Y}: {level}."))


def _show_figures(live: Live, incident: Incident) -> None:
    shown = (
        ("GMV at stake", formats.short_money(incident["gmv_at_stake"], services.currency(live)),
         "Of the orders more or fewer than usual, or the part of the GMV since it started that "
         "went wrong more than usual."),
        ("Sure", formats.probability(1 - incident["q_value"]),
         f"q = {incident['q_value']:.2g}: the expected share of chance among changes this sure, "
         "over all series that were watched that day."),
        ("Since", formats.date(incident["started_on"]), "Orders placed from this day on."),
        ("Found", formats.date(incident["found_on"]), "The first day on which it was sure."),
        ("State", STATUS[incident["status"]],
         "Usual by now: it lasted six weeks and is what later days are compared with."),
        ("Until", formats.date(incident["ended_on"]), None),
    )  # fmt: skip
    with st.grid(6, min_column_width=110):
        for label, value, help in shown:
            st.metric(label, value, help=help)


def _show_chart(live: Live, incident: Incident) -> None:
    days = services.warehouse().incidents.series(
        live.snapshot_id, live.models, incident["incident_id"]
    )
    label = BY_NAME[incident["series"]].label
    seen, ended = pd.Timestamp(incident["seen_on"]), incident["ended_on"]
    end = None if ended is None else pd.Timestamp(ended)
    charts.show(
        figures.incident(days, label, pd.Timestamp(incident["started_on"]), seen, end),
        figures.incident_alt(days, label, seen, end),
    )
    st.caption(
        "Each count stands on the day on which it was known. The dotted line marks the first "
        "orders that it is about, the shade the days on which the series shows it."
    )


def _show_before(live: Live, incident: Incident) -> None:
    st.markdown("**What happened just before**")
    rows = services.warehouse().incidents.before(
        live.snapshot_id, live.models, incident["incident_id"]
    )
    if rows.empty:
        empty("Nothing in the data happened in the week before.", icon=":material/history:")
        return
    told = rows.assign(
        told=[
            words.before_words(what, int(count)).capitalize()
            for what, count in zip(rows["what"], rows["count"], strict=True)
        ],
        who=rows["other_type"].str.capitalize() + " " + rows["other_id"],
    )
    columns = {
        "at": tables.moment("When"),
        "told": tables.text("What", width=260),
        "who": tables.text("Whose (one of them)", width=220),
    }
    event = tables.show(
        told, columns, alt="What happened before; a click on a row opens that case",
        key=f"before-{incident['incident_id']}", on_select="rerun",
        selection_mode="single-cell",
    )  # fmt: skip
    if cells := event["selection"]["cells"]:
        row = told.iloc[int(cells[0][0])]
        navigation.open_case(row["other_type"], row["other_id"])


def _show_shops(live: Live, incident: Incident) -> None:
    """Show who is affected: the category's shops that changed in the same days."""
    st.markdown("**Shops of the category that changed in the same days**")
    rows = services.warehouse().incidents.shops(live.snapshot_id, live.models, incident)
    if rows.empty:
        empty("None by itself beyond chance: many changed a little.", icon=":material/groups:")
        return
    told = rows.assign(
        what=[
            words.sentence(*values)
            for values in zip(
                rows["series"], rows["direction"], rows["before"], rows["level"],
                rows["started_on"], strict=True,
            )
        ]
    )  # fmt: skip
    columns = {
        "entity_id": tables.text("Shop"),
        "what": tables.text("What changed", width=340),
        "gmv_at_stake": tables.money("GMV at stake", services.currency(live)),
    }
    event = tables.show(
        told, columns, alt="Shops that changed, too; a click on a row opens the case",
        key=f"shops-{incident['incident_id']}", on_select="rerun", selection_mode="single-cell",
    )  # fmt: skip
    if cells := event["selection"]["cells"]:
        navigation.open_case("merchant", str(told["entity_id"].iloc[int(cells[0][0])]))


def _show_standing(live: Live, incident: Incident) -> None:
    st.markdown(f"**Standing: {STANDINGS[incident['standing']].lower()}**")
    for event in services.workbench().incidents.events(incident):
        reason = f": {plain(event.reason, 300)}" if event.reason else ""
        st.caption(
            f"{event.at:%d %b %Y, %H:%M} UTC · {plain(event.actor, 60)} {SAID[event.kind]}{reason}"
        )
    if incident["entity_type"] in ENTITY_TYPES:
        _offer_case(live, incident)
    if services.is_live(live):
        _offer_words(live, incident)


def _offer_case(live: Live, incident: Incident) -> None:
    key = incident["incident_id"]
    with st.container(horizontal=True):
        if st.button("Look at the case", key=f"incident-look-{key}", icon=":material/folder_open:"):
            navigation.open_case(incident["entity_type"], incident["entity_id"])
        if incident["standing"] == "linked" or not services.is_live(live):
            return
        if st.button(
            "Link to a case", key=f"incident-case-{key}", icon=":material/add_link:",
            type="primary", help="Links it to the open case, or opens one with it as the reason.",
        ):  # fmt: skip
            try:
                services.workbench().incidents.open_case(live, incident, services.reviewer())
            except PortreeveError as problem:
                show_problem(problem)
                return
            st.rerun()


def _offer_words(live: Live, incident: Incident) -> None:
    """Offer what can be said about it, each with a reason: only acknowledging needs none."""
    desk, key = services.workbench().incidents, incident["incident_id"]
    is_new = incident["standing"] == "new"
    offers = {
        "acknowledge": ("Acknowledge", ":material/visibility:", desk.acknowledge),
        "dismiss": ("Dismiss", ":material/notifications_off:", desk.dismiss),
    }
    if not is_new:
        offers = {"reopen": ("Take up again", ":material/undo:", desk.reopen)}
    with st.form(f"incident-words-{key}", border=False):
        reason = st.text_area(
            "Reason", key=f"incident-reason-{key}", height=68, max_chars=2_000,
            placeholder="Needed to dismiss it" if is_new else "Needed to take it up again",
        )  # fmt: skip
        with st.container(horizontal=True):
            pressed = [
                say
                for name, (label, icon, say) in offers.items()
                if st.form_submit_button(label, key=f"incident-{name}-{key}", icon=icon)
            ]
    for say in pressed:
        try:
            say(live, incident, services.reviewer(), reason)
        except PortreeveError as problem:
            show_problem(problem)
            return
        st.session_state.pop(f"incident-reason-{key}", None)
        st.rerun()
