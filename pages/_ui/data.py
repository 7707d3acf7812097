"""Parts of the Data page: snapshots, tables, rejects and what is missing."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import ENTITY_TYPES
from pages._ui import services, tables
from pages._ui.data_content import show_pictures, show_word_models
from pages._ui.frame import empty
from pages._ui.ingest import show_ingest
from pages._ui.text import clean, plain
from pages._ui.words import ENTITIES, TARGETS

if TYPE_CHECKING:
    from analytics.warehouse.about import DataReport

INGEST = "portreeve ingest tables DIR"
SNAPSHOTS = {
    "is_live": tables.flag("Live"),
    "snapshot_id": tables.text("Snapshot"),
    "as_of": tables.moment("As of"),
    "source_name": tables.text("Source"),
    "is_built": tables.flag("Built"),
    "dataset_id": tables.text("Dataset"),
    "created_at": tables.moment("Made"),
    "models": tables.text("Models that scored it", width=320),
}
TABLES = {
    "table": tables.text("Table", pinned=True),
    "read": tables.count("Rows read"),
    "rows": tables.count("Rows kept"),
    "rejected_rows": tables.count("Rows rejected"),
    "emptied_cells": tables.count("Cells emptied", help="Wrong values of otherwise good rows."),
    "not_yet_known": tables.count("Not yet known", help="Rows from after the latest as-of."),
    "is_point_in_time": tables.flag("Point in time", help="Its rows say from when they are known."),
    "missing_columns": tables.text("Missing columns", width=220),
    "unknown_columns": tables.text("Unknown columns, not used", width=180),
    "source_file": tables.text("File"),
    "notes": tables.text("Notes", width=300),
}
REASONS = {
    "table": tables.text("Table"),
    "reason": tables.text("Reason", width=460),
    "count": tables.count("Rows or cells"),
}
REJECTS = {
    "row_number": tables.count("Row", help="Counted in the source file, its header left out."),
    "column": tables.text("Column"),
    "value": tables.text("Value", width=220),
    "reason": tables.text("Reason", width=420),
    "scope": tables.text("Rejected", help="The whole row, or only the cell."),
}


def require_dataset() -> "DataReport":
    """Let the user choose a dataset, by default the live one; before the first, only ingest."""
    snapshots = services.warehouse().snapshots()
    if snapshots.empty:
        empty("There is no data yet. Upload files here, or run", command=INGEST)
        show_ingest()
        st.stop()
    live = services.live()
    datasets = list(dict.fromkeys(snapshots["dataset_id"]))
    names = {
        row["dataset_id"]: f"{clean(row['source_name'], 40)} · {row['dataset_id']}"
        for row in snapshots.to_dict("records")
    }
    of_live = snapshots.loc[snapshots["snapshot_id"] == (live and live.snapshot_id), "dataset_id"]
    default = datasets.index(of_live.iloc[0]) if len(of_live) else 0
    chosen = datasets[0]
    if len(datasets) > 1:
        chosen = st.selectbox(
            "Dataset",
            datasets,
            index=default,
            format_func=lambda dataset: names[dataset],
            key="dataset",
            bind="query-params",
            width=420,
        )
    return services.warehouse().data_report(chosen)


def show_totals(report: "DataReport") -> None:
    """Show how much was read, kept and rejected."""
    entries = report.tables
    with st.grid(5, min_column_width=115):
        st.metric("Rows kept", formats.count(entries["rows"].sum()), border=True)
        st.metric("Rows rejected", formats.count(entries["rejected_rows"].sum()), border=True)
        st.metric("Cells emptied", formats.count(entries["emptied_cells"].sum()), border=True)
        given = f"{len(entries)} of {len(entries) + len(report.missing_tables)}"
        st.metric("Tables given", given, border=True)
        st.metric("Known until", formats.date(report.known_until), border=True)


def show_snapshots() -> None:
    """List the snapshots, and how to build or drop them."""
    snapshots = services.warehouse().snapshots()
    live = services.live_now()
    snapshots["is_live"] = snapshots["snapshot_id"] == (live and live.snapshot_id)
    tables.show(snapshots, SNAPSHOTS, alt="Snapshots, newest as-of first")
    st.caption(
        "A snapshot is a dataset seen as of a moment. `portreeve prune` drops what nothing needs."
    )


def show_tables(report: "DataReport") -> None:
    """List the tables of a dataset with what was kept and what was not."""
    tables.show(report.tables, TABLES, alt="Tables of the dataset", height="content")
    st.caption(
        f"{plain(report.source_name)}, ingested {formats.time(report.ingested_at)}; "
        f"currency {plain(report.currency)}."
    )
    if report.unknown_files:
        st.text(f"Files that are no table, not used: {', '.join(report.unknown_files)}")
    for note in report.notes:
        st.text(note)


def show_rejects(report: "DataReport") -> None:
    """Show why rows and cells were rejected, the rows of one table, and unusable pictures."""
    show_pictures(report)
    if report.reasons.empty:
        empty("No row or cell was rejected.", icon=":material/check_circle:")
        return
    tables.show(report.reasons, REASONS, alt="Reasons of rejection", height="content")
    table = st.selectbox("Rows of", list(dict.fromkeys(report.reasons["table"])), width=260)
    total = int(report.reasons.loc[report.reasons["table"] == table, "count"].sum())
    pages = -(-total // tables.PAGE_ROWS)
    page = st.pagination(pages, key=f"rejects-{table}") if pages > 1 else 1
    rows = services.warehouse().rejects(
        report.dataset_id, table, limit=tables.PAGE_ROWS, offset=(page - 1) * tables.PAGE_ROWS
    )
    tables.show(rows, REJECTS, alt=f"Rejected rows of {table}")


def show_missing(report: "DataReport") -> None:
    """Say which tables and columns are missing, and what that switches off."""
    _show_switched_off(report)
    show_word_models(report)


def _show_switched_off(report: "DataReport") -> None:
    off = switched_off(report.dataset_id)
    if report.missing_tables:
        st.text(f"Tables that the source did not give: {', '.join(report.missing_tables)}.")
    if off.empty:
        empty("No feature lacks what it needs.", icon=":material/check_circle:")
        return
    tables.show(off, OFF, alt="Missing tables and what they switch off", height="content")


SIGNALS = {
    "family": tables.text("Family"),
    "entity": tables.text("Of"),
    "target": tables.text("Prediction"),
    "is_on": tables.flag("On"),
    "status": tables.text("Why", width=460),
}


def show_signals(report: "DataReport") -> None:
    """Say which families of signals the models of the newest built snapshot take, and why."""
    snapshots = services.warehouse().snapshots()
    built = snapshots[(snapshots["dataset_id"] == report.dataset_id) & snapshots["is_built"]]
    if built.empty:
        empty("No snapshot of this dataset is built yet. Run", command="portreeve build")
        return
    newest = str(built["snapshot_id"].iloc[0])
    found = pd.DataFrame(services.workbench().signals(newest), columns=list(SIGNALS))
    if found.empty:
        empty("There is no family of signals for what this dataset holds.")
        return
    shown = found.assign(
        family=found["family"].str.capitalize(),
        entity=found["entity"].map(ENTITIES),
        target=found["target"].map(TARGETS),
    )
    tables.show(shown, SIGNALS, alt="Families of signals, on or off", height="content")
    st.caption(
        f"As the models of {newest} chose: a family is on where later outcomes and decisions were "
        "predicted better with it. AP is what it adds to average precision. The setting "
        "`signal_families` overrules the choice."
    )


OFF = {
    "missing": tables.text("Missing table or column"),
    "entity": tables.text("Of"),
    "count": tables.count("Features off"),
    "features": tables.text("Which", width=760),
}


def switched_off(dataset_id: str) -> pd.DataFrame:
    """Return what is off for each missing table or column: missing, entity, count, features."""
    from analytics.signals.catalog import specs, switched_off

    found = pd.DataFrame(
        switched_off(services.workbench().home.dataset(dataset_id)),
        columns=["entity", "feature", "missing"],
    )
    labels = {spec.name: spec.label for entity in ENTITY_TYPES for spec in specs(entity)}
    found["label"] = found["feature"].map(labels)
    grouped = found.groupby(["missing", "entity"], sort=True)["label"]
    shown = grouped.agg(
        count="size", features=lambda names: ", ".join(dict.fromkeys(names))
    ).reset_index()
    return shown.assign(entity=shown["entity"].map(ENTITIES))
