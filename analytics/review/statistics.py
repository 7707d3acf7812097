"""How the team does: what it decided, how fast, and what waits."""

import statistics as stdlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

import sqlalchemy as sa

from analytics.review.decided import in_force
from analytics.review.schema import IS_NOT_CLOSED, cases_table, decisions_table

AGES: Final[tuple[tuple[str, timedelta], ...]] = (
    ("under a day", timedelta(days=1)),
    ("1 to 3 days", timedelta(days=3)),
    ("3 to 7 days", timedelta(days=7)),
)
OLDEST: Final = "over a week"
STATUSES: Final = ("open", "held", "escalated")
_cases, _decisions = cases_table.c, decisions_table.c


@dataclass(frozen=True)
class ReviewerStatistics:
    """What one reviewer did.

    Attributes:
        per_hour: Decisions per hour of time spent on cases; None without any.
        confirmed_share: Share of violations among the yes and no that still count.
    """

    reviewer: str
    decisions: int
    per_hour: float | None
    confirmed_share: float | None
    median_seconds: float | None


@dataclass(frozen=True)
class Statistics:
    """What the team did since a moment, and what waits now.

    Attributes:
        backlog: Cases that are not closed, by status and by age.
        overdue: How many of them are past their due time.
    """

    since: datetime
    at: datetime
    decisions: int
    per_hour: float | None
    confirmed_share: float | None
    median_seconds: float | None
    backlog: Mapping[str, Mapping[str, int]]
    overdue: int
    reviewers: tuple[ReviewerStatistics, ...]

    @property
    def waiting(self) -> int:
        """How many cases are not closed."""
        return sum(sum(ages.values()) for ages in self.backlog.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the same, ready for JSON."""
        return asdict(self) | {
            "since": self.since.isoformat(),
            "at": self.at.isoformat(),
            "waiting": self.waiting,
        }


def statistics(
    connection: sa.Connection, since: datetime, now: datetime, *, longest_s: float
) -> Statistics:
    """Return the statistics since a moment.

    Args:
        connection: To read from.
        since: Start of the time that counts.
        now: Its end.
        longest_s: Seconds that one case counts at most, because longer is a break.
    """
    times = _times(connection, since, longest_s)
    verdicts = _verdicts(connection, since)
    reviewers = tuple(_of(name, times[name], verdicts.get(name, [])) for name in sorted(times))
    team = _of("", [*chain(*times.values())], [*chain(*verdicts.values())])
    backlog, overdue = _backlog(connection, now)
    return Statistics(
        since,
        now,
        team.decisions,
        team.per_hour,
        team.confirmed_share,
        team.median_seconds,
        backlog,
        overdue,
        reviewers,
    )


def _of(reviewer: str, times: Sequence[float], verdicts: Sequence[bool]) -> ReviewerStatistics:
    spent = sum(times)
    return ReviewerStatistics(
        reviewer,
        decisions=len(times),
        per_hour=3600 * len(times) / spent if spent > 0 else None,
        confirmed_share=sum(verdicts) / len(verdicts) if verdicts else None,
        median_seconds=stdlib.median(times) if times else None,
    )


def _times(connection: sa.Connection, since: datetime, longest_s: float) -> dict[str, list[float]]:
    """Return the seconds that each reviewer spent on each case decided since then."""
    query = sa.select(_decisions.reviewer, _decisions.seconds).where(
        _decisions.decided_at >= since,
        _decisions.kind == "decision",
        _decisions.source == "review",
    )
    times: dict[str, list[float]] = {}
    for row in connection.execute(query):
        times.setdefault(row.reviewer, []).append(min(row.seconds or 0.0, longest_s))
    return times


def _verdicts(connection: sa.Connection, since: datetime) -> dict[str, list[bool]]:
    """Return each reviewer's yes and no about cases judged since then, as far as they count."""
    query = sa.select(_decisions.reviewer, _decisions.outcome).where(
        _decisions.decided_at >= since,  # nothing is decided before it is judged: for the index
        _decisions.judged_at >= since,
        _decisions.source == "review",
        _decisions.outcome != "cannot_tell",
        in_force(),
    )
    verdicts: dict[str, list[bool]] = {}
    for row in connection.execute(query):
        verdicts.setdefault(row.reviewer, []).append(row.outcome == "violation")
    return verdicts


def _backlog(connection: sa.Connection, now: datetime) -> tuple[dict[str, dict[str, int]], int]:
    is_resumed = sa.and_(_cases.status == "held", _cases.hold_until <= now)
    status = sa.case((is_resumed, "open"), else_=_cases.status).label("status")
    age = sa.case(*((_cases.opened_at > now - age, name) for name, age in AGES), else_=OLDEST)
    is_overdue = sa.case((_cases.due_at < now, 1), else_=0)
    inner = sa.select(status, age.label("age"), is_overdue.label("late")).where(IS_NOT_CLOSED)
    each = inner.subquery().c
    query = sa.select(each.status, each.age, sa.func.count(), sa.func.sum(each.late))
    backlog = {s: dict.fromkeys([*(n for n, _ in AGES), OLDEST], 0) for s in STATUSES}
    overdue = 0
    for name, age_name, cases, late in connection.execute(query.group_by(each.status, each.age)):
        backlog[name][age_name] = cases
        overdue += late
    return backlog, overdue
