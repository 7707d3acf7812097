"""Bringing in data from the page: upload, ingest and build in a process of their own."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import streamlit as st

from analytics import formats
from analytics.errors import InputError
from pages._ui import services, state
from pages._ui.frame import guarded
from pages._ui.jobs import Job, latest_job, start_job
from pages._ui.text import clean, plain
from pages._ui.uploads import ENDINGS, save_uploads, source_kind

KINDS = {"tables": "Tables of the contract", "olist": "The published Olist files"}


def show_job() -> None:
    """Show the ingest or build that runs, and the one that this session saw end."""
    job = latest_job(services.settings().home)
    if job is None:
        return
    is_running = job.status == "running"
    if is_running:
        st.session_state[state.WATCHED] = str(job.folder)
    if st.session_state.get(state.WATCHED) == str(job.folder):
        st.fragment(run_every=1 if is_running else None)(_show_job)(job, is_running)


def show_ingest() -> None:
    """Offer to upload files, to ingest them and to build what is new."""
    job = latest_job(services.settings().home)
    is_running = job is not None and job.status == "running"
    left, right = st.columns([3, 2], gap="medium")
    with left, guarded("start the ingest"):
        _offer_upload(is_running)
        if services.settings().allow_server_paths:
            _offer_path(is_running)
    with right, guarded("start the build"):
        _offer_build(is_running)


def _offer_upload(is_running: bool) -> None:
    limit = services.settings().upload_limit_mb
    st.subheader("1. Ingest", anchor=False)
    with st.form("upload", border=True):
        files = st.file_uploader(
            "Files named after their tables, such as merchants.csv and orders.parquet",
            type=[ending.removeprefix(".") for ending in (*ENDINGS, ".gz")],
            accept_multiple_files=True,
            max_upload_size=limit,
            help=f"CSV, gzipped CSV or parquet, together at most {limit} MB. One of merchants, "
            "products and creators is the least. The published Olist files work as they are.",
        )
        as_of = _ask_as_of("upload-as-of")
        pressed = st.form_submit_button("Ingest", type="primary", disabled=is_running)
    if pressed:
        if not files:
            raise InputError("No file was chosen.", hint="Choose one file per table.")
        folder = save_uploads(files, services.settings().home, limit)
        _start_ingest(source_kind([path.name for path in folder.iterdir()]), folder, as_of)


def _offer_path(is_running: bool) -> None:
    with st.form("path", border=True):
        kind = st.segmented_control(
            "Files", list(KINDS), format_func=lambda k: KINDS[k], default="tables", required=True
        )
        path = st.text_input("Folder on the server")
        as_of = _ask_as_of("path-as-of")
        if st.form_submit_button("Ingest the folder", disabled=is_running):
            folder = Path(path).expanduser()
            if not path or not folder.is_dir():
                raise InputError(f"There is no folder {clean(path, 200)!r} on the server.")
            _start_ingest(kind, folder.resolve(), as_of)


def _ask_as_of(key: str) -> date | None:
    chosen: date | None = st.date_input(
        "As of (optional)",
        None,
        key=key,
        min_value=date(1990, 1, 1),
        help="Only what was known before this day (UTC) begins counts. "
        "Left empty: the last moment known in the data.",
        width=220,
    )
    return chosen


def _start_ingest(kind: str, folder: Path, as_of: date | None) -> None:
    arguments = ["ingest", kind, str(folder)]
    if as_of is not None:
        arguments += ["--as-of", datetime.combine(as_of, time()).isoformat()]
    _start("ingest", f"Ingest {KINDS[kind].lower()}", arguments)


def _start(kind: str, title: str, arguments: list[str]) -> None:
    job = start_job(services.settings().home, kind, title, arguments)
    st.session_state[state.WATCHED] = str(job.folder)
    st.rerun()


def _offer_build(is_running: bool) -> None:
    st.subheader("2. Build", anchor=False)
    snapshots = services.warehouse().snapshots()
    with st.container(border=True):
        if snapshots.empty:
            st.caption("Ingest data first.")
            return
        built = dict(zip(snapshots["snapshot_id"], snapshots["is_built"], strict=True))
        chosen = st.multiselect(
            "Snapshots",
            list(built),
            default=[name for name in list(built)[:1] if not built[name]],
            format_func=lambda name: f"{name}{' (built)' if built[name] else ''}",
            placeholder="Choose snapshots",
        )
        st.caption("Makes features, models, scores and reasons; the newest then goes live.")
        if st.button("Build", type="primary", disabled=is_running or not chosen):
            arguments = ["build", *(part for name in chosen for part in ("--snapshot", name))]
            title = f"Build {formats.plural(len(chosen), 'snapshot')}"
            _start("build", title, arguments)


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
    for snapshot in result.get("snapshots", ()):
        if isinstance(snapshot, dict):
            st.text(f"Snapshot {snapshot['snapshot_id']}")
