"""The queue of cases: where to start, why the first is first, who has which, and until when."""

from datetime import datetime

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.explain.listing import first_claims
from analytics.review.store import Live
from analytics.warehouse.filters import QueueFilters
from pages._ui import actions, keys, leases, navigation, services, state, tables
from pages._ui.filters import put_filters
from pages._ui.queue_table import MONEY, SHORT, TALL, who
from pages._ui.text import sentence
from pages._ui.words import ENTITIES, OUTCOMES, STATUSES, policy_name

DAY_S = 86_400


def find_cases(live: Live, filters: QueueFilters) -> pd.DataFrame:
    """Return the cases that the filters leave, in the order of the queue."""
    entity = filters.entity[0] if len(filters.entity) == 1 else None
    statuses = filters.status or ("open", "held", "escalated")
    listing = services.store().cases.listing(entity, statuses)  # type: ignore[arg-type]
    return services.warehouse().cases(
        live.snapshot_id, live.models, listing, filters, reviewer=services.reviewer()
    )


def describe_cases(cases: pd.DataFrame, filters: QueueFilters) -> str:
    """Say how many wait, how many of them are free, and how many are late."""
    what = f" about {ENTITIES[filters.entity[0]].lower()}" if len(filters.entity) == 1 else ""  # type: ignore[index]
    is_free = (cases["status"] == "open") & cases["claimed_by"].isna() & cases["assigned_to"].isna()
    said = [f"{formats.plural(len(cases), 'case')}{what}", f"{formats.count(is_free.sum())} free"]
    if overdue := int(cases["is_overdue"].astype(bool).sum()):
        said.append(f"{formats.count(overdue)} overdue")
    return " · ".join(said)


def offer_start(live: Live, filters: QueueFilters) -> None:
    """Offer to begin: the first free case under these filters is claimed and opened."""
    pressed = st.button(
        "Start reviewing",
        type="primary",
        icon=":material/play_arrow:",
        shortcut=keys.START,
        key="start",
        help="Claims the first free case under these filters for you and opens it.",
    )
    if pressed:
        actions.start(live, filters)


def show_notice() -> None:
    """Say what the last action led to."""
    if notice := st.session_state.pop(state.NOTICE, None):
        st.success(sentence(notice), icon=":material/check_circle:")


def show_cases(live: Live, filters: QueueFilters, cases: pd.DataFrame) -> None:
    """Show a page of the cases; a click opens one."""
    if cases.empty:
        _say_none(live, filters)
        return
    pages = -(-len(cases) // tables.PAGE_ROWS)
    slot = st.container()
    page = st.pagination(pages, key=state.QUEUE_PAGE, bind="query-params") if pages > 1 else 1
    rows = cases.iloc[(page - 1) * tables.PAGE_ROWS : page * tables.PAGE_ROWS]
    rows = _worded(rows.reset_index(drop=True), live)
    with slot:
        _say_why_first(rows.iloc[0])
        picked = _show_rows(rows, live)
    if picked is not None:
        row = rows.iloc[picked]
        navigation.open_case(row["entity_type"], row["entity_id"], filters)


def _say_none(live: Live, filters: QueueFilters) -> None:
    plain_filters = QueueFilters(entity=filters.entity)
    if filters == plain_filters:
        st.info("No case is waiting: all that were opened are decided.", icon=":material/task_alt:")
        st.button(
            "Open more cases",
            icon=":material/add:",
            key="open-more",
            help="The next ones by expected harm, and another random sample.",
            on_click=_open_more,
        )
        return
    st.info("No case matches these filters.", icon=":material/filter_alt_off:")
    st.button("Clear the filters", on_click=put_filters, args=(live, plain_filters))


def _open_more() -> None:
    opened = services.open_more()
    said = f"{formats.plural(opened, 'new case')}." if opened else "Nobody is left to open one on."
    st.session_state[state.NOTICE] = said


def _worded(rows: pd.DataFrame, live: Live) -> pd.DataFrame:
    now = leases.now()
    return rows.assign(
        name=rows["name"].fillna(rows["entity_id"]),
        why=first_claims(services.case_sources(live), rows),
        policy=rows["top_policy"].map(policy_name, na_action="ignore"),
        status=rows["status"].map(STATUSES),
        due=[_due(at, now) for at in rows["due_at"]],
        waiting=((pd.Timestamp(now) - rows["opened_at"]).dt.total_seconds() // DAY_S).astype(int),
        last=rows["last_outcome"].map(OUTCOMES, na_action="ignore"),
    )


def _due(at: datetime, now: datetime) -> str:
    days = (at - now).total_seconds() / DAY_S
    if days < 0:
        return f"Overdue, {formats.plural(max(1, round(-days)), 'day')}"
    return "Today" if days < 1 else f"In {formats.plural(round(days), 'day')}"


def _say_why_first(row: pd.Series) -> None:
    due = "overdue" if row["is_overdue"] else f"due {formats.date(row['due_at'])}"
    mine = "assigned to you, " if row["assigned_to"] == services.reviewer() else ""
    policy = f" Most likely {row['policy']}." if isinstance(row["policy"], str) else ""
    reason = f" First reason: {row['why']}." if row["why"] else ""
    place = formats.ordinal(int(row["position"]))
    said = sentence(f"{row['name']}: {mine}{due}.{policy}{reason}")
    st.caption(f":material/info: **Why {place}?** {said}")


def _show_rows(rows: pd.DataFrame, live: Live) -> int | None:
    columns = {
        "position": tables.count("#", width=50),
        "name": tables.text(who(rows), width=130),
        "why": tables.text("First reason", width=290, help="Strongest reason, in words."),
        "status": tables.text("Status", width=80),
        "due": tables.text("Due", width=110),
        "waiting": tables.count("Waiting (days)", help="Since the case was opened."),
        "claimed_by": tables.text("Claimed by", width=100),
        "assigned_to": tables.text("Assigned to", width=100),
        "policy": tables.text("Likely policy", width=150),
        "category": tables.text("Category", width=110),
        "last": tables.text("Last decision", width=100),
        "entity_id": tables.text("Id", width=120),
    }
    if (rows["harm_unit"] == MONEY).any():
        columns["gmv_at_risk"] = tables.money(
            "Exposure", services.currency(live), help="GMV at risk."
        )
    event = tables.show(
        rows,
        columns,
        alt="Cases in the order of the queue; a click on a row opens the case",
        key="cases",
        on_select="rerun",
        selection_mode="single-cell",
        height="content" if len(rows) <= SHORT else TALL,
    )
    cells = event["selection"]["cells"]
    return int(cells[0][0]) if cells else None
