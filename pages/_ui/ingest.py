"""Bringing in data from the page: upload, ingest and build in a process of their own."""

from datetime import date, datetime, time
from pathlib import Path

import streamlit as st

from analytics import formats
from analytics.errors import InputError
from pages._ui import services
from pages._ui.frame import guarded
from pages._ui.job_status import start
from pages._ui.jobs import latest_job
from pages._ui.text import clean
from pages._ui.uploads import ENDINGS, save_uploads, source_kind

KINDS = {"tables": "Tables of the contract", "olist": "The published Olist files"}


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
    start("ingest", f"Ingest {KINDS[kind].lower()}", arguments)


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
            start("build", title, arguments)
