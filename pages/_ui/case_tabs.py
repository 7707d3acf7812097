"""The tabs of a case; each reads its rows only while it is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import TARGETS, EntityType, Target
from analytics.errors import NotFoundError
from analytics.review.store import Live
from pages._ui import charts, navigation, services, state, tables
from pages._ui.case_history import show_history
from pages._ui.case_network import show_network
from pages._ui.case_rows import show_rows
from pages._ui.case_words import show_listing, show_words
from pages._ui.frame import empty, guarded
from pages._ui.text import plain
from pages._ui.words import TARGETS as TARGET_NAMES
from pages._ui.words import policy_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

MAX_POINTS = 1_500  # more draws slowly, and no eye tells them apart
Body = Callable[[Live, "CaseExplanation"], None]


@st.fragment
def show_tabs(live: Live, case: "CaseExplanation") -> None:
    """Show the tabs; switching reruns only them."""
    bodies = TABS | OF_ENTITY[case.identity.entity]
    names = [n for n in ORDER if n in bodies and (n != "Products" or "Contents" not in bodies)]
    opened = st.tabs(names, key=state.TAB, bind="query-params")
    for name, tab in zip(names, opened, strict=True):
        if tab.open:
            with tab, guarded(f"show {name.lower()}"), st.skeleton(height=360):
                bodies[name](live, case)


def _timeline(live: Live, case: "CaseExplanation") -> None:
    identity = case.identity
    frame = services.warehouse().timeline(
        live.snapshot_id, identity.entity, identity.entity_id, max_points=MAX_POINTS
    )
    if frame.empty:
        empty("Nothing about it has a date.", icon=":material/timeline:")
        return
    bands, why = _bands(live, case)
    charts.show_timeline(frame, bands, case)
    if why:
        st.caption(why)
    elif bands is not None:
        for row in bands.itertuples(index=False):
            st.caption(plain(f"{row.label}: {row.what} ({row.detail}).", 400))
    history = services.warehouse().risk_history(
        live.snapshot_id, live.models, identity.entity, identity.entity_id
    )
    if len(history) > 1:
        charts.show_history(history, case)


def _bands(live: Live, case: "CaseExplanation") -> tuple[pd.DataFrame | None, str]:
    """Return the stretches to shade, or in words why there are none."""
    from analytics.explain.stretches import standing_out

    identity = case.identity
    try:
        found = standing_out(
            services.warehouse(), live.snapshot_id, identity.entity, identity.entity_id
        )
    except NotFoundError as error:
        return None, f"Nothing is shaded: {error.hint}"
    return found, ""


def _orders(live: Live, case: "CaseExplanation") -> None:
    _paged("orders", live, case)


def _reviews(live: Live, case: "CaseExplanation") -> None:
    _paged("reviews", live, case)


def _products(live: Live, case: "CaseExplanation") -> None:
    _paged("products", live, case)


def _contents(live: Live, case: "CaseExplanation") -> None:
    _paged("contents", live, case)


def _paged(table: str, live: Live, case: "CaseExplanation") -> None:
    identity = case.identity
    if table in missing_tables(live):
        empty(f"The source has no {table}.", icon=":material/block:")
        return
    rows = services.warehouse().rows(live.snapshot_id, identity.entity, identity.entity_id)
    total = rows.count(table)
    page = 1
    if total > tables.PAGE_ROWS:
        with st.container(horizontal=True, vertical_alignment="center"):
            page = st.pagination(-(-total // tables.PAGE_ROWS), key=f"{table}-page")
            st.caption(f"{formats.plural(total, 'row')}, newest first")
    found = rows.page(table, tables.PAGE_ROWS, (page - 1) * tables.PAGE_ROWS)
    show_rows(found, services.currency(live), alt=f"{table.capitalize()} of this {identity.entity}")


def missing_tables(live: Live) -> tuple[str, ...]:
    """Return the tables that the live dataset was made without."""
    home = services.workbench().home
    return home.snapshot(live.snapshot_id).dataset.manifest.missing_tables


def _explanation(live: Live, case: "CaseExplanation") -> None:
    from analytics.explain.waterfall import waterfall

    sources, scores = services.case_sources(live), case.scores
    can_say = {
        "violation": scores.violation_source != "unavailable",
        "quality": scores.quality_status != "unavailable",
    }
    targets: list[Target] = [target for target in TARGETS if can_say[target]]
    if not targets:
        empty("There are no contributions to show.", icon=":material/waterfall_chart:")
        return
    target = st.segmented_control(
        "Prediction",
        targets,
        default=targets[0],
        required=True,
        format_func=lambda name: TARGET_NAMES[name],
        label_visibility="collapsed",
    )
    identity = case.identity
    charts.show_waterfall(
        waterfall(sources, identity.entity, target or targets[0], identity.entity_id)
    )


def _similar(live: Live, case: "CaseExplanation") -> None:
    similar = case.similar
    if not similar.cases:
        empty(similar.note or "There are no similar cases.", icon=":material/join_inner:")
        return
    st.caption(
        f"Nearest of {formats.plural(similar.decided, 'decided case')} by what moves their score. "
        "A click opens one."
    )
    rows = pd.DataFrame([vars(found) for found in similar.cases])
    rows["outcome"] = rows["outcome"].str.replace("_", " ").str.capitalize()
    rows["policy"] = rows["policy"].map(policy_name, na_action="ignore")
    rows["shared"] = rows["shared"].map(", ".join).str.replace("_", " ")
    event = tables.show(
        rows,
        SIMILAR,
        alt="Similar decided cases; a click opens one",
        key=f"similar-{case.identity.entity_id}",
        on_select="rerun",
        selection_mode="single-cell",
    )
    if cells := event["selection"]["cells"]:
        navigation.open_case(case.identity.entity, str(rows["entity_id"].iloc[int(cells[0][0])]))


SIMILAR: dict[str, Any] = {
    "entity_id": tables.text("Id"),
    "similarity": tables.probability("Similarity", help="1 = moved by the same, equally."),
    "outcome": tables.text("Decided"),
    "policy": tables.text("Policy"),
    "decided_at": tables.day("When"),
    "shared": tables.text("In common", width=340),
}
TABS: dict[str, Body] = {
    "Timeline": _timeline,
    "Orders": _orders,
    "Reviews": _reviews,
    "Products": _products,
    "Network": show_network,
    "Explanation": _explanation,
    "Similar": _similar,
    "History": show_history,
}
OF_ENTITY: dict[EntityType, dict[str, Body]] = {
    "merchant": {"Words": show_words},
    "product": {"Listing": show_listing},
    "creator": {"Words": show_words, "Contents": _contents},
}
ORDER = (
    "Timeline",
    "Listing",
    "Orders",
    "Reviews",
    "Products",
    "Contents",
    "Network",
    "Words",
    "Explanation",
    "Similar",
    "History",
)
