"""What the pages read from: one workbench per home folder, and what is live, once per run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.columns import EntityType
from analytics.review.store import Live, Store
from analytics.settings import Settings, load_settings
from pages._ui import state
from pages._ui.site import PAGES

if TYPE_CHECKING:
    from analytics.explain.sources import CaseSources
    from analytics.pipeline import Workbench
    from analytics.warehouse import Warehouse


def settings() -> Settings:
    """Read the settings, so that a change of the environment or the file counts at once."""
    return load_settings()


def workbench() -> "Workbench":
    """Return the workbench of the home folder, opened once and shared by all sessions."""
    return _workbench(settings().model_dump_json())


@st.cache_resource(show_spinner=False, max_entries=8)
def _workbench(settings_json: str) -> "Workbench":
    from analytics.pipeline import open_workbench

    return open_workbench(Settings.model_validate_json(settings_json))


def warehouse() -> "Warehouse":
    """Return the reads of the workbench."""
    return workbench().warehouse


def store() -> Store:
    """Return the decisions database of the workbench."""
    return workbench().store


def reviewer() -> str:
    """Return the name under which this session reviews."""
    from analytics.review.identity import SingleUser

    chosen = settings()
    given = st.session_state.get(state.REVIEWER, "") if chosen.ask_reviewer_name else ""
    return SingleUser(str(given).strip() or chosen.reviewer).name


def resolve_live() -> Live | None:
    """Look up what is live; app.py does it once per run, so that one page never mixes two."""
    st.session_state[state.LIVE] = workbench().store.live()
    return live()


def live() -> Live | None:
    """Return what was live when this run began."""
    if state.LIVE not in st.session_state:
        _enter_by_the_front_door()
    found: Live | None = st.session_state[state.LIVE]
    return found


def _enter_by_the_front_door() -> None:
    """Run app.py: a fresh server runs a page alone if its address is the first to be asked for."""
    st.navigation(PAGES, position="hidden")
    st.rerun()


def case_sources(live: Live) -> "CaseSources":
    """Return what explanations of the live snapshot are made from."""
    from analytics.explain.sources import CaseSources

    bench = workbench()
    return CaseSources(
        bench.warehouse, bench.taxonomy, bench.settings, live.snapshot_id, live.models
    )


def freshness(live: Live) -> dict[str, Any]:
    """Return how old the live data and models are, with the currency."""
    return _freshness(settings().model_dump_json(), live.snapshot_id, _key(live))


@st.cache_data(show_spinner=False, max_entries=50)
def _freshness(home: str, snapshot_id: str, models: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return _workbench(home).warehouse.freshness(snapshot_id, dict(models))


def warm(live: Live) -> None:
    """Prepare the live snapshot's tables in the background, once, so that a case opens at once."""
    _warm(settings().model_dump_json(), live.snapshot_id, _key(live))


@st.cache_resource(show_spinner=False, max_entries=50)
def _warm(home: str, snapshot_id: str, models: tuple[tuple[str, str], ...]) -> object:
    return _workbench(home).warehouse.warm(snapshot_id, dict(models))


def currency(live: Live) -> str:
    """Return the currency of the live dataset."""
    return str(freshness(live)["currency"])


def choices(live: Live, entity: EntityType) -> Mapping[str, list[str]]:
    """Return the values that the queue can be filtered by, most frequent first, by facet."""
    return _choices(settings().model_dump_json(), live.snapshot_id, _key(live), entity)


@st.cache_data(show_spinner=False, max_entries=50)
def _choices(
    home: str, snapshot_id: str, models: tuple[tuple[str, str], ...], entity: EntityType
) -> dict[str, list[str]]:
    found = _workbench(home).warehouse.choices(snapshot_id, dict(models), (entity,))
    return {str(facet): list(rows["value"]) for facet, rows in found.groupby("facet")}


def _key(live: Live) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(live.models.items()))
