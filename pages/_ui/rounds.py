"""A review round: which case comes next, found and explained while the present one is read."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analytics.columns import EntityType
from analytics.errors import PortreeveError
from analytics.review.store import Live
from analytics.review.types import Case
from analytics.warehouse.filters import QueueFilters
from pages._ui import explanations, leases, services, state

logger = logging.getLogger("portreeve.pages")
SKIP_MOST = 200  # the newest that were skipped; older ones come round again


@dataclass(frozen=True)
class Round:
    """Whose round it is, and through which part of the queue."""

    reviewer: str
    filters: QueueFilters
    skipped: tuple[int, ...]

    @property
    def entity(self) -> EntityType | None:
        """The type reviewed; None where it is not one alone."""
        from analytics.columns import ENTITY_TYPES

        chosen = [name for name in ENTITY_TYPES if name in self.filters.entity]
        return chosen[0] if len(chosen) == 1 else None


def current_round(filters: QueueFilters) -> Round:
    """Return this session's round under these filters."""
    skipped: list[int] = st.session_state.setdefault(state.SKIPPED, [])
    return Round(services.reviewer(), filters, tuple(skipped))


def claim_next(live: Live, chosen: Round) -> Case | None:
    """Claim the next free case of the round; None when there is none left."""
    claimed = services.store().cases.claim_next(
        chosen.reviewer,
        entity=chosen.entity,
        among=case_order(live, chosen),
        skip=chosen.skipped,
    )
    if claimed is None:
        return None
    leases.hold(claimed)
    return claimed.case


def skip(case_id: int) -> None:
    """Put a case behind the others of this session."""
    skipped: list[int] = st.session_state.setdefault(state.SKIPPED, [])
    skipped.append(case_id)
    del skipped[:-SKIP_MOST]


def case_order(live: Live, chosen: Round) -> list[int] | None:
    """Return the cases of a round in order; None where the store's own order is meant."""
    filters = chosen.filters
    is_plain = filters == QueueFilters(entity=filters.entity) and len(filters.entity) <= 1
    if is_plain:
        return None
    statuses: Any = filters.status or ("open", "escalated")
    listing = services.store().cases.listing(chosen.entity, statuses)
    found = services.warehouse().cases(
        live.snapshot_id, live.models, listing, filters, reviewer=chosen.reviewer
    )
    return [int(case_id) for case_id in found["case_id"]]


def prepare_next(live: Live, chosen: Round) -> None:
    """Explain the case that would come next, in the background and without claiming it."""
    future = _worker().submit(_prepare, live, chosen)
    future.add_done_callback(_log_failure)


def _prepare(live: Live, chosen: Round) -> None:
    case = services.store().cases.peek_next(
        chosen.reviewer,
        entity=chosen.entity,
        among=case_order(live, chosen),
        skip=chosen.skipped,
    )
    if case is not None:
        explanations.prepare(live, case.entity_type, case.entity_id)


def _log_failure(future: "Future[None]") -> None:
    error = future.exception()
    if error is not None and not isinstance(error, PortreeveError):  # the page itself will say it
        logger.warning("The next case could not be prepared.", exc_info=error)


@st.cache_resource(show_spinner=False)
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="portreeve-next")
