"""Long commands on a page: starting one, showing its steps, cancelling it, and how it ended."""

from typing import Any

import streamlit as st

from pages._ui import services, state
from pages._ui.frame import guarded
from pages._ui.jobs import Job, latest_job, start_job
from pages._ui.text import plain, sentence


def show_job() -> None:
    """Show the command that runs, and the one that this session saw end."""
    job = latest_job(services.settings().home)
    if job is None:
        return
    is_running = job.status == "running"
    if is_running:
        st.session_state[state.WATCHED] = str(job.folder)
    if st.session_state.get(state.WATCHED) == str(job.folder):
        st.fragment(run_every=1 if is_running else None)(_show_job)(job, is_running)


def start(kind: str, title: str, arguments: list[str]) -> None:
    """Start a command and watch it.

    Raises:
        InputError: Another one is running.
    """
    job = start_job(services.settings().home, kind, title, arguments)
    st.session_state[state.WATCHED] = str(job.folder)
    st.rerun()


def _show_job(job: Job, was_running: bool) -> None:
    with guarded("show the progress"):
        status = job.status
        if was_running and status != "running":
            st.rerun()  # the whole page, for what is new
        label = {"running": "running", "done": "done", "failed": "did not finish"}[status]
        mark: Any = {"running": "running", "done": "complete", "failed": "error"}[status]
        with st.status(f"{plain(job.title)}: {label}", state=mark, expanded=True):
            _show_steps(job)
            if status == "running":
                st.button("Cancel", on_click=job.cancel, key="cancel-job")
            elif status == "failed":
                _say_why(job)
            else:
                _say_result(job.result() or {})


def _show_steps(job: Job) -> None:
    for step in job.steps():
        took = f"{step.seconds:.1f} s"
        if step.is_done:
            st.caption(f":material/check: {plain(step.text)} · {took}")
        else:
            st.progress(step.share or 0.0, text=f"{plain(step.text)} · {took}")


def _say_why(job: Job) -> None:
    result = job.result()
    if result is None:
        st.warning("It was cancelled or died. Nothing of it was published.")
        return
    hint = f"\n\n{plain(result['hint'], None)}" if result.get("hint") else ""
    st.error(plain(result["error"], None) + hint)


def _say_result(result: dict[str, Any]) -> None:
    for name, table in result.get("tables", {}).items():
        rejected = f", {table['rejected_rows']:,} rejected" if table.get("rejected_rows") else ""
        st.text(f"{name}: {table['rows']:,} rows{rejected}")
    comparison = result.get("comparison")
    if isinstance(comparison, dict):
        st.markdown(
            f"**{plain(comparison['verdict']).capitalize()}.** {sentence(comparison['sentence'])}"
        )
    for one in result.get("entities", ()):
        st.text(f"{one['entity'].capitalize()}s: {one['why']} {one['refusal'] or ''}")
    for snapshot in result.get("snapshots", ()):
        if isinstance(snapshot, dict):
            st.text(f"Snapshot {snapshot['snapshot_id']}")
