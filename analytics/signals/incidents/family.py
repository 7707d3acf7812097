"""Behaviour incidents as a family of signals."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.engines import Engine
from analytics.features.as_of import AsOf
from analytics.features.spec import FeatureSpec
from analytics.settings import load_settings
from analytics.signals.family import EVIDENCE_COLUMNS, FEATURE, empty_evidence
from analytics.signals.incidents import features, words
from analytics.signals.incidents.daily import READ
from analytics.signals.incidents.features import NAME, SPECS
from analytics.snapshots.home import Dataset

if TYPE_CHECKING:
    from analytics.signals.incidents.incidents import Found

INCIDENTS, SERIES, BEFORE = "incidents", "series", "before"
_MOST_BEFORE: Final = 4


class Incidents:
    """Sudden changes of behaviour: in daily orders, GMV, dispatch, refunds, ratings, prices, views.

    The days of a dataset are watched up to the moment of a snapshot, or else up to its end. What
    was found by an earlier moment is a prefix of it, since every count stands on the day on which
    it was known and a day is judged by the days before it alone.
    """

    name: str = NAME
    specs: tuple[FeatureSpec, ...] = SPECS

    def why_off(self, dataset: Dataset) -> str | None:
        """Orders are what is watched."""
        return None if dataset.has("orders") else "orders"

    def features(self, view: AsOf, entity: EntityType) -> pd.DataFrame:
        """Count the incidents found so far."""
        found = _at_least(view)
        last = pd.Timestamp(view.as_of).normalize() - timedelta(days=1)
        watched = found.watched[
            (found.watched[ENTITY_TYPE] == entity) & (found.watched["watched_on"] <= last)
        ]
        known = found.incidents[found.incidents["found_on"] <= last]
        ids = pd.Index(watched[ENTITY_ID], name=ENTITY_ID)
        return features.feature_values(known, ids, entity, view.as_of)

    def evidence(self, view: AsOf) -> pd.DataFrame:
        """Return the incidents behind each feature, with what happened just before them."""
        found = _as_of(view)
        rows = features.counted(found.incidents, view.as_of)
        if rows.empty:
            return empty_evidence()
        before = _before(found.before)
        return pd.DataFrame(
            {
                ENTITY_TYPE: rows[ENTITY_TYPE],
                ENTITY_ID: rows[ENTITY_ID],
                FEATURE: rows[FEATURE],
                "at": rows["found_on"],
                "what": [
                    words.sentence(*values)
                    for values in zip(
                        rows["series"], rows["direction"], rows["before"], rows["level"],
                        rows["started_on"], strict=True,
                    )
                ],
                "other_type": None,
                "other_id": None,
                "detail": rows["incident_id"].map(before),
            }
        )[list(EVIDENCE_COLUMNS)]  # fmt: skip

    def tables(self, view: AsOf) -> Mapping[str, pd.DataFrame]:
        """Return the incidents, the days around each, and what happened before."""
        found = _as_of(view)
        return {INCIDENTS: found.incidents, SERIES: found.series, BEFORE: found.before}


def _before(rows: pd.DataFrame) -> pd.Series:
    if rows.empty:
        return pd.Series(dtype=object)
    told = [words.before_words(w, int(n)) for w, n in zip(rows["what"], rows["count"], strict=True)]
    first = rows.assign(told=told).groupby("incident_id").head(_MOST_BEFORE)
    return "Just before: " + first.groupby("incident_id")["told"].agg("; ".join)


def _as_of(view: AsOf) -> "Found":
    """Return the incidents as they stand at the moment of the view."""
    return _found(view, view.as_of, is_exact=True)


def _at_least(view: AsOf) -> "Found":
    """Return incidents of which those found by the moment of the view are a prefix."""
    return _found(view, view.dataset.manifest.exported_at, is_exact=False)


def _found(view: AsOf, as_of: datetime, *, is_exact: bool) -> "Found":
    """Return what was found up to `as_of`, or any later than the view where that is exact enough.

    An engine keeps what was found last: a build asks for a snapshot and then for moments before it.
    """
    kept = _FOUND.get(view.engine)
    if kept is None or kept[0] != view.dataset.dataset_id or not _fits(kept[1], view, is_exact):
        kept = view.dataset.dataset_id, as_of, _find(view, as_of)
        _FOUND[view.engine] = kept
    return kept[2]


def _fits(found_as_of: datetime, view: AsOf, is_exact: bool) -> bool:
    days = found_as_of.date(), view.as_of.date()
    return days[0] == days[1] if is_exact else days[0] >= days[1]


def _find(view: AsOf, as_of: datetime) -> "Found":
    from analytics.signals.incidents.incidents import find_incidents

    paths = {name: path for name in READ if (path := view.dataset.path(name)) is not None}
    return find_incidents(paths, as_of, memory_limit=load_settings().memory_limit)


_FOUND: WeakKeyDictionary[Engine, tuple[str, datetime, "Found"]] = WeakKeyDictionary()
