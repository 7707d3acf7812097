"""Alerts: what crossed a limit of the settings, as data."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

import pandas as pd

from analytics import formats
from analytics.columns import EntityType
from analytics.features.spec import FeatureSpec
from analytics.monitoring.drift import FEATURE, IS_DRIFTED, PSI
from analytics.monitoring.outcomes import PERIOD

Kind = Literal[
    "feature_drift", "score_drift", "missing_drift", "calibration", "label_rate", "freshness"
]
KINDS: Final[Mapping[Kind, str]] = {
    "feature_drift": "Features drifted",
    "score_drift": "Scores drifted",
    "missing_drift": "Missing values changed",
    "calibration": "Probabilities off",
    "label_rate": "Verdicts shifted",
    "freshness": "Old data or model",
}
GOING_ON: Final = ("orders", "reviews", "events")  # tables that get rows every day
NAMED: Final = 3  # subjects that a message names
DAY: Final = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Alert:
    """One thing that crossed its limit.

    Attributes:
        kind: What was watched.
        entity: Whose; None where it is about the data as a whole.
        subjects: The features, scores, months, versions, tables or models, the worst first.
        value: How far the worst went.
        limit: Setting that it crossed.
        message: The same in a sentence; names in it are the program's or the policies' own.
        snapshot_id: Where it was seen.
        reference_id: What it was compared with; None where it was not.
    """

    kind: Kind
    entity: EntityType | None
    subjects: tuple[str, ...]
    value: float
    limit: float
    message: str
    snapshot_id: str
    reference_id: str | None = None

    @property
    def title(self) -> str:
        """The kind in words."""
        return KINDS[self.kind]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return asdict(self) | {"subjects": list(self.subjects)}


@dataclass(frozen=True)
class Watched:
    """What alerts are about: a type of entity in a snapshot, against an earlier one."""

    entity: EntityType
    snapshot_id: str
    reference_id: str | None = None

    def alert(
        self, kind: Kind, subjects: Iterable[str], value: float, limit: float, message: str
    ) -> Alert:
        """Make an alert about it."""
        return Alert(
            kind, self.entity, tuple(subjects), float(value), limit, message,
            self.snapshot_id, self.reference_id,
        )  # fmt: skip


def drift_alerts(
    watched: Watched, kind: Kind, found: pd.DataFrame, limit: float, note: str = ""
) -> list[Alert]:
    """Return one alert about all features or scores whose distribution drifted, or none.

    Args:
        watched: What it is about.
        kind: `feature_drift` or `score_drift`.
        found: As from `distribution_drift`.
        limit: Of the stability index.
        note: A sentence to add.
    """
    drifted = found[found[IS_DRIFTED]]
    if drifted.empty:
        return []
    names = list(drifted[FEATURE])
    what = "feature" if kind == "feature_drift" else "score"
    message = (
        f"{_some(len(names), len(found), watched.entity, what)} drifted: {_listed(names)}. "
        f"The largest stability index is {formats.number(drifted[PSI].iloc[0])}. {note}"
    )
    return [watched.alert(kind, names, drifted[PSI].iloc[0], limit, message.rstrip())]


def by_family(
    subjects: Iterable[str], specs: Mapping[str, FeatureSpec]
) -> dict[str, list[FeatureSpec]]:
    """Return the features of an alert by family, in their order; undeclared ones are left out."""
    found: dict[str, list[FeatureSpec]] = {}
    for name in subjects:
        if (spec := specs.get(name)) is not None:
            found.setdefault(spec.family, []).append(spec)
    return found


def missing_alerts(watched: Watched, found: pd.DataFrame, limit: float) -> list[Alert]:
    """Return one alert about all features whose share of missing values changed, or none."""
    drifted = found[found[IS_DRIFTED]]
    if drifted.empty:
        return []
    names, worst = list(drifted[FEATURE]), drifted.iloc[0]
    message = (
        f"The share of missing values changed for {formats.plural(len(names), 'feature')} of "
        f"{watched.entity}s: {_listed(names)}. The largest change is from "
        f"{formats.share(worst['reference_missing'])} to {formats.share(worst['current_missing'])}."
    )
    return [watched.alert("missing_drift", names, abs(worst["change"]), limit, message)]


def calibration_alerts(watched: Watched, months: pd.DataFrame, limit: float) -> list[Alert]:
    """Return an alert if the newest month with enough cases is off."""
    off = months[months["is_off"]]
    if off.empty or off.index[-1] != months.index[-1]:
        return []
    month = off.iloc[-1]
    message = (
        f"Of the {watched.entity} cases of {month[PERIOD]:%Y-%m}, "
        f"{formats.share(month['observed'])} were confirmed "
        f"({formats.share(month['low'])} to {formats.share(month['high'])}) where the model "
        f"expected {formats.share(month['predicted'])}."
    )
    subject = f"{month[PERIOD]:%Y-%m}"
    return [watched.alert("calibration", [subject], abs(month["excess"]), limit, message)]


def shift_alerts(watched: Watched, shifts: pd.DataFrame, limit: float) -> list[Alert]:
    """Return an alert if reviewers confirm otherwise since the newest version of the policies."""
    if shifts.empty or not shifts["is_shifted"].iloc[-1]:
        return []
    shift = shifts.iloc[-1]
    points = 100 * shift["change"]
    message = (
        f"Since the policies' version {shift['after']}, {abs(points):.1f} points "
        f"{'more' if points > 0 else 'fewer'} {watched.entity} cases are confirmed than the "
        f"probabilities let expect, compared with version {shift['before']}."
    )
    return [watched.alert("label_rate", [shift["after"]], abs(shift["change"]), limit, message)]


def freshness_alerts(
    snapshot_id: str,
    as_of: datetime,
    now: datetime,
    trained: Mapping[str, pd.Timestamp | None],
    newest: pd.DataFrame,
    *,
    data_days: int,
    model_days: int,
) -> list[Alert]:
    """Return alerts about old data, a table that stopped, and old models.

    Args:
        snapshot_id: The snapshot.
        as_of: Its as-of.
        now: Naive UTC.
        trained: As-of that the model of each entity type was trained at.
        newest: As from `newest_rows`; orders, reviews and events are expected to go on.
        data_days: Days after which data are old.
        model_days: Days after which a model is old.
    """
    ages: list[tuple[str, str, Any, datetime, int]] = [
        ("data", "The data are known until", as_of, now, data_days)
    ]
    for name, last in zip(newest["name"], newest["newest"], strict=True):
        if name in GOING_ON and pd.notna(last):
            said = f"As of {formats.date(as_of)}, the newest row of {name} is of"
            ages.append((name, said, last, as_of, data_days))
    for entity, at in trained.items():
        if at is not None:
            said = f"The {entity}s' model was trained as of"
            ages.append((entity, said, at, as_of, model_days))
    return [
        Alert("freshness", None, (subject,), days, limit,
              f"{said} {formats.date(at)}: {formats.days(int(days))}.", snapshot_id)
        for subject, said, at, until, limit in ages
        if (days := (pd.Timestamp(until) - pd.Timestamp(at)) / DAY) > limit
    ]  # fmt: skip


def _some(count: int, of: int, entity: str, what: str) -> str:
    return f"{count:,} of {formats.plural(of, what)} of {entity}s"


def _listed(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
