"""The queue's filters: widgets bound to the address, and the filters that an address stands for.

Streamlit writes the shown label of an option into the address, so labels are what is read back.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from analytics.columns import EntityType
from analytics.review.store import Live
from analytics.warehouse.filters import QueueFilters
from pages._ui import services
from pages._ui.words import ENTITIES, family_name, policy_name

Query = dict[str, list[str]]

ORDERS = {"harm": "Expected harm", "probability": "Probability"}
AGES = {0: "Any", 30: "≤ 30 days", 90: "≤ 90 days", 365: "≤ 1 year"}
FACETS: dict[str, tuple[str, Callable[[str], str]]] = {
    "family": ("Reason", family_name),
    "policy": ("Policy", policy_name),
    "category": ("Category", str),
    "size_band": ("Size", str),
}
CHOICES: dict[str, Mapping[Any, str]] = {"entity": ENTITIES, "order": ORDERS, "max_age": AGES}
OWN = ("entity", "order", "text", "min_exposure", "max_age", "new_only", *FACETS)


def address_query() -> Query:
    """Return the part of the address that belongs to the queue."""
    return {name: st.query_params.get_all(name) for name in OWN if name in st.query_params}


def filters_of(query: Query, live: Live) -> QueueFilters:
    """Read an address back into filters, as the widgets would."""
    raw = {name: [_value(name, label) for label in labels] for name, labels in query.items()}
    raw.setdefault("entity", [default_entity(live)])
    return QueueFilters.from_query(raw)


def default_entity(live: Live) -> EntityType:
    """Return the entity type that the queue opens with."""
    return next(entity for entity in ENTITIES if entity in live.models)


def show_filters(live: Live) -> tuple[EntityType, QueueFilters]:
    """Draw the filters of the queue; return the entity type shown and all that they say."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        entity: EntityType = _one_of("Show", "entity", [e for e in ENTITIES if e in live.models])
        order = _one_of("Order by", "order", list(ORDERS))
        text = st.text_input(
            "Find", key="text", bind="query-params", placeholder="Part of a name or id", width=230
        )
        st.toggle("New only", key="new_only", bind="query-params", help=NEW_HELP)
    options = services.choices(live, entity)
    with st.grid(6, min_column_width=140):
        picked = {facet: _facet(facet, options.get(facet, ())) for facet in FACETS}
        exposure = st.number_input(
            "Exposure at least", 0.0, step=100.0, format="%.0f",
            key="min_exposure", bind="query-params",
        )  # fmt: skip
        max_age = st.selectbox(
            "Known for",
            list(AGES),
            format_func=lambda days: AGES[days],
            key="max_age",
            bind="query-params",
        )
    filters = QueueFilters(
        entity=(entity,),
        order=order,
        text=text.strip(),
        new_only=st.session_state["new_only"],
        min_exposure=exposure,
        max_age=max_age or None,
        family=picked["family"],
        policy=picked["policy"],
        category=picked["category"],
        size_band=picked["size_band"],
    )
    return entity, filters


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


def _value(name: str, label: str) -> str:
    """Turn a label of the address into the value that it stands for."""
    if name == "policy":
        return label.split(" ", 1)[0]
    if name == "family":
        return label.lower().replace(" ", "_")
    for value, shown in CHOICES.get(name, {}).items():
        if shown == label:
            return str(value or "")
    return label
