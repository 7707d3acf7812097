"""The team's part of the Overview: what waits, since when, and how fast it is decided."""

from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats
from pages._ui import charts, leases, services, tables

DAYS = 7


def show_team() -> None:
    """Show backlog and age, overdue cases, decisions an hour and time per case.

    What share the team confirmed is not among them: it follows from what the queue served.
    """
    since = leases.now() - timedelta(days=DAYS)
    found = services.store().decisions.statistics(since)
    st.subheader("Reviews", anchor=False)
    with st.grid(5, min_column_width=120):
        _metric("Cases waiting", formats.count(found.waiting), "Open, on hold and escalated.")
        _metric("Overdue", formats.count(found.overdue), "Past their due time.")
        _metric(f"Decided, {DAYS} days", formats.count(found.decisions), "By all reviewers.")
        _metric(
            "Decisions an hour",
            formats.MISSING if found.per_hour is None else formats.number(found.per_hour),
            "Per hour that was spent on cases; long breaks do not count.",
        )
        _metric("Time per case", _duration(found.median_seconds), "Median.")
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Waiting since**")
        charts.show(figures.backlog(found.backlog), figures.backlog_alt(found.backlog))
    with right:
        st.markdown(f"**Reviewers, last {DAYS} days**")
        _show_reviewers(found.reviewers)


def _metric(label: str, value: str, help: str) -> None:
    st.metric(label, value, border=True, height="stretch", help=help)


def _show_reviewers(reviewers: Any) -> None:
    if not reviewers:
        st.caption("Nobody decided a case in this time.")
        return
    rows = pd.DataFrame([vars(reviewer) for reviewer in reviewers])
    rows["time"] = rows["median_seconds"].map(_duration)
    tables.show(rows, REVIEWERS, alt="What each reviewer decided", height="content")


REVIEWERS: dict[str, Any] = {
    "reviewer": tables.text("Reviewer", width=150),
    "decisions": tables.count("Decided"),
    "per_hour": tables.number("An hour"),
    "time": tables.text("Time per case"),
}


def _duration(seconds: float | None) -> str:
    if seconds is None or pd.isna(seconds):
        return formats.MISSING
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
