"""One case as a file of its own: who, how much is at stake, why, on what rows, decided how.

One value a row, so that sections of different shape share one file and its columns stay. Nothing in
it says whether the control sample opened the case: who reads it may still have to decide.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.explain.case import CaseExplanation
from analytics.reports.cells import write_csv

CASE_COLUMNS: Final = ("section", "subject", "row", "field", "value")
CASE_SECTIONS: Final = (
    "identity",
    "exposure",
    "scores",
    "harm",
    "reasons",
    "evidence",
    "past_decisions",
    "cases",
    "decisions",
    "events",
    "notes",
)
CASE_FIELDS: Final = (
    "case_id",
    "status",
    "opened_at",
    "opened_by_shown",
    "opened_reason",
    "due_at",
    "assigned_to",
    "hold_until",
    "hold_reason",
    "closed_at",
    "closed_until",
    "reopens",
)
DECISION_FIELDS: Final = (
    "decision_id",
    "case_id",
    "kind",
    "corrects",
    "source",
    "outcome",
    "policy",
    "severity",
    "points",
    "action",
    "reason",
    "reviewer",
    "decided_at",
    "taxonomy_version",
    "violation_probability",
    "quality_probability",
    "expected_harm",
    "harm_unit",
    "snapshot_id",
    "as_of",
    "model_version",
)
EVENT_FIELDS: Final = ("at", "kind", "actor", "case_id")
EVENT_DETAILS: Final = (
    "to",
    "until",
    "reason",
    "taken_by",
    "decision_id",
    "corrects",
    "outcome",
    "policy",
    "severity",
    "action",
)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Evidence:
    """The rows behind one reason: its feature, some of the rows, and how many there are."""

    feature: str
    rows: pd.DataFrame
    total: int


@dataclass(frozen=True)
class CaseFile:
    """What the file is made of.

    Attributes:
        explanation: The case as its page shows it.
        evidence: Rows behind the reasons.
        past_decisions: Decisions that came with the data: policy, outcome, decided_at.
        cases: Every case of the entity, with `CASE_FIELDS`.
        decisions: Every decision on it, with `DECISION_FIELDS`.
        events: Everything that happened to its cases: `EVENT_FIELDS` and data (a mapping).
    """

    explanation: CaseExplanation
    evidence: tuple[Evidence, ...] = ()
    past_decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    cases: pd.DataFrame = field(default_factory=pd.DataFrame)
    decisions: pd.DataFrame = field(default_factory=pd.DataFrame)
    events: pd.DataFrame = field(default_factory=pd.DataFrame)


def export_case(case: CaseFile, path: Path, *, bom: bool = False) -> int:
    """Write one case as CSV, one value a row (see docs/reports.md).

    Args:
        case: What to write.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of rows written.

    Raises:
        InputError: The file cannot be written.
    """
    return write_csv(path, CASE_COLUMNS, _rows(case), bom=bom)


def _rows(case: CaseFile) -> Iterator[Row]:
    explanation = case.explanation
    yield from _fields("identity", _values(explanation.identity))
    yield from _fields("exposure", _exposure(explanation))
    yield from _fields("scores", _values(explanation.scores))
    for number, part in enumerate(explanation.harm.parts, start=1):
        yield from _fields("harm", _values(part), part.code or "defective_orders", number)
    for reason in explanation.reasons:
        yield from _fields("reasons", _values(reason), reason.feature, reason.rank)
    for evidence in case.evidence:
        yield from _evidence(evidence)
    past = case.past_decisions
    yield from _listed("past_decisions", past, tuple(str(name) for name in past.columns))
    yield from _listed("cases", case.cases, CASE_FIELDS)
    decisions = case.decisions.rename(columns={"id": "decision_id"})
    yield from _listed("decisions", decisions, DECISION_FIELDS)
    yield from _events(case.events)
    for number, note in enumerate(explanation.notes, start=1):
        yield ("notes", None, number, "text", note)


def _exposure(explanation: CaseExplanation) -> dict[str, Any]:
    harm, standing = explanation.harm, explanation.standing
    return {
        "gmv_30d": harm.gmv_30d,
        "gmv_open": harm.gmv_open,
        "gmv_at_risk": harm.gmv_at_risk,
        "currency": harm.currency,
        "expected_harm": harm.expected,
        "harm_unit": harm.unit,
        "queue_threshold": harm.threshold,
        "rank": standing.rank,
        "entities": standing.entities,
        "is_in_queue": standing.is_in_queue,
        "why_ranked": explanation.why_ranked,
    }


def _evidence(evidence: Evidence) -> Iterator[Row]:
    yield ("evidence", evidence.feature, None, "rows", evidence.total)
    yield ("evidence", evidence.feature, None, "rows_here", len(evidence.rows))
    columns = tuple(str(name) for name in evidence.rows.columns)
    yield from _listed("evidence", evidence.rows, columns, evidence.feature)


def _events(events: pd.DataFrame) -> Iterator[Row]:
    for number, event in enumerate(events.to_dict("records"), start=1):
        details = event.get("data") or {}
        told = {name: event.get(name) for name in EVENT_FIELDS}
        told |= {name: details.get(name) for name in EVENT_DETAILS if name in details}
        yield from _fields("events", told, None, number)


def _listed(
    section: str, frame: pd.DataFrame, names: tuple[str, ...], subject: str | None = None
) -> Iterator[Row]:
    kept = [name for name in names if name in frame.columns]
    for number, row in enumerate(frame[kept].to_dict("records"), start=1):
        yield from _fields(section, row, subject, number)


def _fields(
    section: str, values: Mapping[Any, Any], subject: str | None = None, number: int | None = None
) -> Iterator[Row]:
    for name, value in values.items():
        shown = ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
        yield (section, subject, number, str(name), shown)


def _values(told: Any) -> dict[str, Any]:
    return {one.name: getattr(told, one.name) for one in fields(told)}
