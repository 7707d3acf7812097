"""The queue's filters: widgets bound to the address, and the filters that an address stands for.

On the queue's page Streamlit writes each widget into the address itself, by its shown label. A case
carries the filters it was opened with in one parameter of its own address.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import streamlit as st

from analytics.columns import EntityType
from analytics.review.store import Live
from analytics.warehouse.filters import QueueFilters, View
from pages._ui import services, state
from pages._ui.words import ENTITIES, STATUSES, family_name, policy_name

ORDERS = {"harm": "Expected harm", "probability": "Probability"}
AGES = {0: "Any", 30: "≤ 30 days", 90: "≤ 90 days", 365: "≤ 1 year"}
FACETS: dict[str, tuple[str, Callable[[str], str]]] = {
    "family": ("Reason", family_name),
    "policy": ("Policy", policy_name),
    "category": ("Category", str),
}
LISTED = (*FACETS, "size_band")
VIEWS = {"cases": "Cases", "everybody": "Everybody"}
DUES = {"any": "Any time", "overdue": "Overdue", "today": "Within a day", "week": "Within a week"}
WAITING = {0: "Any", 1: "≥ 1 day", 3: "≥ 3 days", 7: "≥ 1 week"}
CHOICES: dict[str, Mapping[Any, str]] = {
    "view": VIEWS,
    "entity": ENTITIES,
    "order": ORDERS,
    "max_age": AGES,
    "due": DUES,
    "min_waiting": WAITING,
}


def carried_filters(live: Live, entity: EntityType) -> QueueFilters:
    """Return the filters of the queue that a case was opened from, from the case's address."""
    query = parse_qs(st.query_params.get(state.FROM_QUEUE, ""), max_num_fields=500)
    filters = QueueFilters.from_query(query)
    return filters if filters.entity else replace(filters, entity=(entity,))


def put_filters(live: Live, filters: QueueFilters) -> None:
    """Set the queue's widgets before they are drawn; what they do not offer is left out."""
    entity = next((e for e in ENTITIES if e in filters.entity), default_entity(live))
    offered = services.choices(live, entity)
    for facet in LISTED:
        wanted = getattr(filters, facet)
        st.session_state[facet] = [v for v in wanted if v in offered.get(facet, ())]
    st.session_state["entity"] = entity
    st.session_state["order"] = filters.order
    st.session_state["text"] = filters.text
    st.session_state["new_only"] = filters.new_only
    st.session_state["min_exposure"] = filters.min_exposure
    st.session_state["max_age"] = filters.max_age if filters.max_age in AGES else 0
    st.session_state["view"] = filters.view
    st.session_state["status"] = list(filters.status)
    st.session_state["due"] = filters.due
    st.session_state["min_waiting"] = filters.min_waiting if filters.min_waiting in WAITING else 0
    st.session_state["mine"] = filters.mine


def default_entity(live: Live) -> EntityType:
    """Return the entity type that the queue opens with."""
    return next(entity for entity in ENTITIES if entity in live.models)


def show_filters(live: Live) -> tuple[EntityType, QueueFilters]:
    """Draw the filters of the queue; return the entity type shown and all that they say."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # Cases are of now; an earlier snapshot knows only who was scored.
        view: View = "everybody"
        if services.is_live(live):
            view = _one_of("View", "view", list(VIEWS))
        entity: EntityType = _one_of("Show", "entity", [e for e in ENTITIES if e in live.models])
        order = _one_of("Order by", "order", list(ORDERS))
        text = st.text_input(
            "Find", key="text", bind="query-params", placeholder="Part of a name or id", width=210
        )
    is_of_cases = view == "cases"
    options = services.choices(live, entity)
    with st.grid(6, min_column_width=130, vertical_alignment="bottom"):
        filters = _show_case_filters() if is_of_cases else QueueFilters()
        picked = {facet: _facet(facet, options.get(facet, ())) for facet in FACETS}
        with st.popover(_more_label(), icon=":material/tune:", width="stretch"):
            filters = _show_more(filters, options, is_of_cases=is_of_cases)
    filters = replace(
        filters,
        view=view,
        entity=(entity,),
        order=order,
        text=text.strip(),
        family=picked["family"],
        policy=picked["policy"],
        category=picked["category"],
    )
    return entity, filters


def _show_case_filters() -> QueueFilters:
    """Draw the filters that cases are mostly looked through by."""
    status = st.multiselect(
        "Status", list(STATUSES), format_func=lambda s: STATUSES[s], key="status",
        bind="query-params", placeholder="All but closed",
    )  # fmt: skip
    return QueueFilters(status=tuple(status), due=_select("Due", "due"))


def _show_more(
    filters: QueueFilters, options: Mapping[str, Sequence[str]], *, is_of_cases: bool
) -> QueueFilters:
    """Draw the rarer filters."""
    waiting, mine = 0, False
    if is_of_cases:
        mine = st.toggle("Assigned to me", key="mine", bind="query-params")
        waiting = _select("Waiting", "min_waiting")
    new_only = st.toggle("New only", key="new_only", bind="query-params", help=NEW_HELP)
    sizes = st.multiselect(
        "Size", options.get("size_band", ()), key="size_band", bind="query-params",
        placeholder="All",
    )  # fmt: skip
    exposure = st.number_input(
        "Exposure at least", 0.0, step=100.0, format="%.0f",
        key="min_exposure", bind="query-params",
    )  # fmt: skip
    return replace(
        filters,
        min_waiting=waiting,
        mine=mine,
        new_only=new_only,
        size_band=tuple(sizes),
        min_exposure=exposure,
        max_age=_select("Known for", "max_age") or None,
    )


def _more_label() -> str:
    """Name the rarer filters, with how many are set: by the session, at first by the address."""
    count = sum(
        bool(st.session_state[key]) if key in st.session_state else key in st.query_params
        for key in MORE
    )
    return f"More filters ({count})" if count else "More filters"


def _select(label: str, key: str) -> Any:
    return st.selectbox(
        label,
        list(CHOICES[key]),
        format_func=lambda option: CHOICES[key][option],
        key=key,
        bind="query-params",
    )


MORE = ("mine", "min_waiting", "new_only", "size_band", "min_exposure", "max_age")
NEW_HELP = "Only those that entered the queue since the snapshot before."


def _one_of(label: str, key: str, options: Sequence[str]) -> Any:
    return st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        format_func=lambda option: CHOICES[key][option],
        key=key,
        bind="query-params",
    )


def _facet(facet: str, options: Sequence[str]) -> tuple[str, ...]:
    label, name = FACETS[facet]
    picked = st.multiselect(
        label, options, format_func=name, key=facet, bind="query-params", placeholder="All"
    )
    return tuple(picked)
