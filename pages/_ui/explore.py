"""Parts of Explore: search, slices, scatter and distribution, each with a way to the case."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.columns import EntityType
from analytics.review.store import Live
from analytics.warehouse.explore import MEASURES
from analytics.warehouse.filters import QueueFilters
from pages._ui import charts, navigation, services, state, tables
from pages._ui.filters import LISTED, default_entity
from pages._ui.frame import empty
from pages._ui.queue_table import MONEY
from pages._ui.words import ENTITIES, ENTITY, GROUPS, feature_name

FOUND = 50


@dataclass(frozen=True)
class View:
    """What is explored: entities of one type, by one group."""

    live: Live
    entity: EntityType
    group: str

    @property
    def currency(self) -> str:
        """Currency of the live dataset."""
        return services.currency(self.live)


def show_search(live: Live) -> None:
    """Find anybody by a part of the name or id."""
    text = st.text_input(
        "Find anybody",
        type="search",
        key=state.FIND,
        bind="query-params",
        placeholder="Part of a name or id, or a whole id",
        width=420,
    )
    if not text.strip():
        return
    rows = services.warehouse().search(live.snapshot_id, live.models, text, limit=FOUND)
    if rows.empty:
        empty("Nobody has this in their name or id.", icon=":material/search_off:")
        return
    rows["type"] = rows["entity_type"].map(ENTITY)
    columns = {
        "type": tables.text("Type"),
        "name": tables.text("Name", width=260),
        "entity_id": tables.text("Id", width=240),
        "category": tables.text("Category"),
        "region": tables.text("Region"),
        "expected_harm": _harm_column(rows, live),
        "violation_probability": tables.probability("Violation"),
        "quality_probability": tables.probability("Bad quality, 60 d"),
        "rank": tables.count("Rank"),
    }
    event = tables.show(
        rows, columns, alt="Found; a click on a row opens the case", key="found",
        on_select="rerun", selection_mode="single-cell",
    )  # fmt: skip
    if cells := event["selection"]["cells"]:
        row = rows.iloc[int(cells[0][0])]
        navigation.open_case(row["entity_type"], row["entity_id"])
    if len(rows) == FOUND:
        st.caption(f"The closest {FOUND} are shown.")


def choose_view(live: Live) -> View:
    """Let the user choose entity type and group."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        entities = [entity for entity in ENTITIES if entity in live.models]
        entity = st.segmented_control(
            "Show", entities, format_func=lambda e: ENTITIES[e], default=entities[0],
            required=True, key="explore", bind="query-params",
        )  # fmt: skip
        group = st.selectbox(
            "Group by", list(GROUPS), format_func=lambda g: GROUPS[g], key=state.SLICE_BY,
            bind="query-params", width=180,
        )  # fmt: skip
    return View(live, entity or default_entity(live), group)


def show_slices(view: View) -> None:
    """Show risk by group: a bar each, and the figures below; a click opens the queue's part."""
    live = view.live
    found = services.warehouse().slice(live.snapshot_id, live.models, view.entity, view.group)
    charts.show(
        figures.slice_bars(found, view.currency), figures.slice_bars_alt(found, view.currency)
    )
    columns = {
        "group": tables.text(GROUPS[view.group], width=220, pinned=True),
        "entities": tables.count(ENTITIES[view.entity]),
        "in_queue": tables.count("In the queue"),
        "expected_harm": _harm_column(found, live),
        "gmv_at_risk": tables.money("Exposure", view.currency),
        "mean_violation_probability": tables.share("Violation, mean"),
        "mean_quality_probability": tables.share("Bad quality, mean"),
        "mean_shrunken_rate": tables.share("Defect rate, mean", help="Adjusted for volume."),
    }
    event = tables.show(
        found, columns, alt="Risk by group; a click opens the queue's part", key="slices",
        on_select="rerun", selection_mode="single-cell",
    )  # fmt: skip
    if cells := event["selection"]["cells"]:
        _open_slice(view, str(found["group"].iloc[int(cells[0][0])]))


def _open_slice(view: View, value: str) -> None:
    """Open the queue filtered to one group, where the queue has such a filter."""
    facet = view.group.removeprefix("top_")
    if facet not in LISTED:
        st.caption(f"The queue cannot be filtered by {GROUPS[view.group].lower()}.")
        return
    filters = QueueFilters.from_query({"entity": view.entity, facet: value})
    navigation.open_queue(view.live, filters)


def show_scatter(view: View) -> None:
    """Show two measures or features against each other; a click on a point opens its case."""
    live, names = view.live, _measures(view)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = _choose("Right", "x", names, "gmv_at_risk")
        y = _choose("Up", "y", names, "violation_probability")
    points, total = services.warehouse().scatter(
        live.snapshot_id, live.models, view.entity, x, y, view.group
    )
    event = charts.show(
        figures.scatter(points, names[x], names[y]),
        figures.scatter_alt(points, names[x], names[y]),
        key="scatter",
        on_select="rerun",
        selection_mode="points",
    )
    if len(points) < total:
        st.caption(
            f"{formats.count(len(points))} of {formats.count(total)}: those with most harm, and a "
            "sample of the others."
        )
    if picked := event["selection"]["points"]:
        navigation.open_case(view.entity, str(picked[0]["customdata"][0]))


def show_distribution(view: View) -> None:
    """Show how a measure or feature is distributed, by group."""
    live, names = view.live, _measures(view)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        column = _choose("Measure", "of", names, "shrunken_rate")
        as_share = st.toggle("Compare shares", key="shares", help="One line per group.")
    found = services.warehouse().distribution(
        live.snapshot_id, live.models, view.entity, column, view.group
    )
    charts.show(
        figures.distribution(found, names[column], as_share=as_share),
        figures.distribution_alt(found, names[column], as_share=as_share),
    )


def _choose(label: str, key: str, names: dict[str, str], default: str) -> str:
    options = list(names)
    chosen: str = st.selectbox(
        label, options, index=options.index(default), format_func=lambda n: names[n], key=key,
        bind="query-params", width=320,
    )  # fmt: skip
    return chosen


def _measures(view: View) -> dict[str, str]:
    """Return measures and features that can be shown, with their names."""
    live = view.live
    specs = services.case_sources(live).declarations(view.entity).specs
    features = services.warehouse().features(live.snapshot_id, live.models, view.entity)
    named = {name: feature_name(specs[name]) for name in features if name in specs}
    return MEASURES | named


def _harm_column(rows: Any, live: Live) -> tables.Column:
    if (rows["harm_unit"] == MONEY).all():
        return tables.money("Expected harm", services.currency(live))
    return tables.number("Expected harm (severity)")
