"""Retraining that the settings ask for, started in the background while a page is open."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import streamlit as st

from analytics.errors import InputError
from analytics.settings import Settings
from pages._ui import services
from pages._ui.jobs import last_started, start_job

LOOK_EVERY_S: Final = 600.0
TRY_AGAIN: Final = timedelta(hours=12)  # after one that did not end in a challenger
KIND: Final = "scheduled"


def start_due() -> None:
    """Start a retrain of every entity type for which it is due, unless one was tried lately."""
    chosen = services.settings()
    if chosen.retrain_after_labels or chosen.retrain_every_days:
        _look(chosen.model_dump_json())


@st.cache_data(show_spinner=False, max_entries=8, ttl=LOOK_EVERY_S)
def _look(settings_json: str) -> bool:
    bench, home = services.workbench(), Settings.model_validate_json(settings_json).home
    last = last_started(home, KIND)
    if last is not None and datetime.now(UTC) - last < TRY_AGAIN:
        return False
    if not any(bench.due(entity).is_due for entity in bench.live_types()):
        return False
    with suppress(InputError):  # something else is running; the next look is soon enough
        start_job(home, KIND, "Retrain where that is due", ["retrain", "--if-due"])
        return True
    return False
