"""What the pages read from: one workbench per home folder, and what to show, once per run."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.review.store import Live, Store
from analytics.settings import Settings, load_settings
from pages._ui import state
from pages._ui.site import PAGES
from pages._ui.text import plain

if TYPE_CHECKING:
    from analytics.explain.sources import CaseSources
    from analytics.monitoring.alerts import Alert
    from analytics.pipeline import Workbench
    from analytics.pipeline.watching import Drift
    from analytics.rules.suggest import Suggestion
    from analytics.selection.estimates import Estimates
    from analytics.warehouse import Warehouse

MIRROR_AFTER_S = 10.0  # no page reads it
LOOK_AFTER_S = 3.0  # what drifted, once the first page stands


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
    from analytics.review.identity import person_of

    chosen = settings()
    if chosen.sign_in:
        return person_of(st.user, chosen.sign_in_claim)
    given = st.session_state.get(state.REVIEWER, "") if chosen.ask_reviewer_name else ""
    return str(given).strip() or chosen.reviewer


def resolve_live() -> Live | None:
    """Look up what to show; app.py does it once per run, so that one page never mixes two.

    That is what is live, or the snapshot that the address names: a page's own address may have
    lost it, so the session remembers.
    """
    live_now = workbench().store.live()
    wanted = st.query_params.get(state.SNAPSHOT, st.session_state.get(state.LOOKED_AT))
    shown = live_now
    if wanted and live_now is not None and wanted != live_now.snapshot_id:
        try:
            shown = workbench().look_at(wanted)
        except NotFoundError as error:
            st.toast(plain(error.message), icon=":material/history:")
    st.session_state[state.LIVE_NOW], st.session_state[state.LIVE] = live_now, shown
    look_at(None if shown is live_now else wanted)
    return shown


def look_at(snapshot_id: str | None) -> None:
    """Let the session and its address name a snapshot to look at; None: what is live."""
    if snapshot_id is None:
        st.session_state.pop(state.LOOKED_AT, None)
        st.query_params.pop(state.SNAPSHOT, None)
    else:
        st.session_state[state.LOOKED_AT] = snapshot_id
        st.query_params[state.SNAPSHOT] = snapshot_id


def live_now() -> Live | None:
    """Return what was live when this run began, whatever is looked at."""
    found: Live | None = st.session_state.get(state.LIVE_NOW)
    return found


def is_live(shown: Live) -> bool:
    """Whether what is shown is what is live; if not, it is there to read, not to decide on."""
    now = live_now()
    return now is not None and now.snapshot_id == shown.snapshot_id


def live() -> Live | None:
    """Return what this run shows: what was live when it began, or the snapshot looked at."""
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


def prepare() -> None:
    """Once a page stands: in the background, prepare the tables of cases, and mirror the registry.

    Both bring in libraries that take the processor from whoever waits for a page.
    """
    if (shown := live()) is not None:
        home = settings().model_dump_json()
        _warm(home, shown.snapshot_id, _key(shown))
        _mirror(home)


@st.cache_resource(show_spinner=False, max_entries=50)
def _warm(home: str, snapshot_id: str, models: tuple[tuple[str, str], ...]) -> object:
    return _workbench(home).warehouse.warm(snapshot_id, dict(models))


@st.cache_resource(show_spinner=False, max_entries=8)
def _mirror(home: str) -> object:
    mirror = threading.Timer(MIRROR_AFTER_S, _workbench(home).reconcile)
    mirror.name, mirror.daemon = "registry mirror", True
    mirror.start()
    return mirror


def open_cases(live: Live) -> None:
    """Open the cases of what is live, where nobody did yet: a home made by an earlier version."""
    _open_cases(settings().model_dump_json(), live.snapshot_id, _key(live))


@st.cache_resource(show_spinner=False, max_entries=50)
def _open_cases(home: str, snapshot_id: str, models: tuple[tuple[str, str], ...]) -> bool:
    bench = _workbench(home)
    if not bench.has_cases():
        bench.sync_cases()
    return True


def estimates(entity: EntityType) -> "Estimates":
    """Return what the random cases say of all entities of a type."""
    newest = store().queue.newest()
    return _estimates(settings().model_dump_json(), entity, newest)


@st.cache_data(show_spinner=False, max_entries=50)
def _estimates(home: str, entity: EntityType, newest: tuple[int, int]) -> "Estimates":
    return _workbench(home).estimates(entity)


def alerts(live: Live) -> "list[Alert]":
    """Return what crosses a limit of the settings; it waits for the look at what drifted."""
    return _with_drift(live, _looking(live, after_s=0.0))


def alerts_if_known(live: Live) -> "list[Alert] | None":
    """Return as `alerts`, or None while what drifted is still looked at in the background.

    It loads libraries and every feature of two snapshots, for which no page should wait.
    """
    looking = _looking(live, after_s=LOOK_AFTER_S)
    return _with_drift(live, looking) if looking.done() else None


def _looking(live: Live, after_s: float) -> "Future[list[Alert]]":
    home = settings().model_dump_json()
    return _drift_alerts(live, home, _key(live), live.snapshot_id, after_s)


def _with_drift(live: Live, drifted: "Future[list[Alert]]") -> "list[Alert]":
    home, key = settings().model_dump_json(), _key(live)
    newest, today = store().queue.newest(), store().database.now().date()
    current = _current_alerts(live, home, key, live.snapshot_id, newest, today)
    return [*current, *drifted.result()]


@st.cache_data(show_spinner=False, max_entries=50)
def _current_alerts(
    _live: Live,
    home: str,
    models: tuple[tuple[str, str], ...],
    snapshot_id: str,
    newest: tuple[int, int],
    today: date,
) -> "list[Alert]":
    return _workbench(home).monitoring.current_alerts(_live)


@st.cache_resource(show_spinner=False, max_entries=8)
def _drift_alerts(
    _live: Live, home: str, models: tuple[tuple[str, str], ...], snapshot_id: str, _after_s: float
) -> "Future[list[Alert]]":
    bench, found = _workbench(home), Future["list[Alert]"]()

    def look() -> None:
        try:
            found.set_result(bench.monitoring.drift_alerts(_live))
        except Exception as error:  # raised again where it is asked for
            found.set_exception(error)

    looking = threading.Timer(_after_s, look)
    looking.name, looking.daemon = "drift", False  # DuckDB does not bear to be cut off
    looking.start()
    return found


def as_ofs() -> dict[str, datetime]:
    """Return the as-of of every built snapshot, by its id."""
    return {snapshot.snapshot_id: snapshot.as_of for snapshot in warehouse().built()}


def drift(live: Live, entity: EntityType, reference_id: str) -> "Drift | None":
    """Return how a type of entity moved from an earlier snapshot to the one shown."""
    home = settings().model_dump_json()
    return _drift(live, home, _key(live), live.snapshot_id, entity, reference_id)


@st.cache_resource(show_spinner=False, max_entries=50)
def _drift(
    _live: Live,
    home: str,
    models: tuple[tuple[str, str], ...],
    snapshot_id: str,
    entity: EntityType,
    reference_id: str,
) -> "Drift | None":
    return _workbench(home).monitoring.drift(_live, entity, reference_id)


def suggested_rules(live: Live, entity: EntityType) -> "list[Suggestion]":
    """Return the rules suggested from what the model missed, made anew when a decision is new.

    Raises:
        TooFewLabelsError: Too few cases below the capacity are decided.
    """
    newest = store().queue.newest()
    return _suggested_rules(live, settings().model_dump_json(), newest, live.snapshot_id, entity)


@st.cache_resource(show_spinner=False, max_entries=12)
def _suggested_rules(
    _live: Live, home: str, newest: tuple[int, int], snapshot_id: str, entity: EntityType
) -> "list[Suggestion]":
    return _workbench(home).rules.suggestions(_live, entity)


def open_more() -> int:
    """Open another round of cases; return how many are new."""
    return workbench().sync_cases(refill=True).opened


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
