"""What rules and labelling functions say, evaluated once and kept between the runs of a page."""

import json
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st

from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import services

if TYPE_CHECKING:
    import pandas as pd

    from analytics.pipeline.weak_labels import WeakReport
    from analytics.review.rules import Rule
    from analytics.rules.backtest import Backtest
    from analytics.rules.definition import Definition

Shown = tuple[str, str, tuple[tuple[str, str], ...], EntityType]
Decided = tuple[tuple[int, int], date]


def backtest(
    live: Live,
    entity: EntityType,
    definition: "Definition",
    *,
    skip: "Rule | None" = None,
    compare: bool = True,
) -> "Backtest":
    """Return as `RuleDesk.backtest` by the decisions of what is live, anew when one is new.

    Raises:
        InputError: The rule names a feature that the snapshot does not have.
    """
    rules = services.store().rules.all(entity, "draft", "shadow", "live") if compare else []
    others = tuple(rule.id for rule in rules if skip is None or rule.name != skip.name)
    known = services.live_now() or live
    said = json.dumps(definition.to_dict())
    return _backtest(
        live, known, definition, skip, _shown(live, entity), said, known.snapshot_id, _decided(),
        others, compare,
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=500)
def _backtest(
    _live: Live,
    _known: Live,
    _definition: "Definition",
    _skip: "Rule | None",
    shown: Shown,
    said: str,
    known_id: str,
    decided: Decided,
    others: tuple[int, ...],
    compare: bool,
) -> "Backtest":
    desk, entity = services.workbench().rules, shown[-1]
    return desk.backtest(_live, entity, _definition, known=_known, skip=_skip, compare=compare)


def hits(live: Live, entity: EntityType, definition: "Definition") -> "pd.DataFrame":
    """Return whom a rule hits (see `RuleDesk.hits`)."""
    return _hits(live, definition, _shown(live, entity), json.dumps(definition.to_dict()))


@st.cache_data(show_spinner=False, max_entries=50)
def _hits(_live: Live, _definition: "Definition", shown: Shown, said: str) -> "pd.DataFrame":
    return services.workbench().rules.hits(_live, shown[-1], _definition)


def weak_labels(live: Live, entity: EntityType) -> "WeakReport":
    """Return what labelling functions say of a type, anew when they or a decision are new.

    Raises:
        InputError: The settings name no functions, or they cannot be used.
    """
    file = services.settings().weak_labels_file
    written = file.stat().st_mtime_ns if file is not None and file.is_file() else None
    return _weak_labels(_shown(live, entity), _decided(), written)


@st.cache_data(show_spinner=False, max_entries=12)
def _weak_labels(shown: Shown, decided: Decided, written: int | None) -> "WeakReport":
    return services.workbench().weak_labels(shown[-1])


def _shown(live: Live, entity: EntityType) -> Shown:
    """What makes an answer another: the settings, the snapshot, its models, the type."""
    models = tuple(sorted(live.models.items()))
    return services.settings().model_dump_json(), live.snapshot_id, models, entity


def _decided() -> Decided:
    """The newest decision, and the day, on which labels run out."""
    store = services.store()
    return store.queue.newest(), store.database.now().date()
