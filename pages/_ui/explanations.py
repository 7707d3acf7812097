"""Explanations of cases and what was shown of them, kept for a while and shared by all sessions."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import services

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation
    from analytics.review.types import Shown

Models = tuple[tuple[str, str], ...]


def explain(live: Live, entity: EntityType, entity_id: str) -> "CaseExplanation":
    """Explain an entity as `portreeve explain` does; the last ones are kept."""
    return _explain(live, *_key(live), entity, entity_id)


def shown(live: Live, entity: EntityType, entity_id: str) -> "Shown":
    """Return what a decision records about what stood on the page."""
    return _shown(live, *_key(live), entity, entity_id)


def prepare(live: Live, entity: EntityType, entity_id: str) -> None:
    """Compute both, so that the page has them when it asks. Needs no session."""
    explain(live, entity, entity_id)
    shown(live, entity, entity_id)


@st.cache_resource(show_spinner=False, max_entries=200)
def _explain(
    _live: Live, home: str, snapshot_id: str, models: Models, entity: EntityType, entity_id: str
) -> "CaseExplanation":
    from analytics.explain.case import explain_entity

    sources = services.case_sources(_live)
    return explain_entity(sources, entity, entity_id, with_waterfalls=False)


@st.cache_resource(show_spinner=False, max_entries=200)
def _shown(
    _live: Live, home: str, snapshot_id: str, models: Models, entity: EntityType, entity_id: str
) -> "Shown":
    return services.workbench().shown(_live, explain(_live, entity, entity_id))


def _key(live: Live) -> tuple[str, str, Models]:
    home = services.settings().model_dump_json()
    return home, live.snapshot_id, tuple(sorted(live.models.items()))
