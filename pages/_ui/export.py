"""CSV reports as downloads, written only when asked for."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from analytics.columns import EntityType
from analytics.review.store import Live
from analytics.warehouse import IncidentFilters, RingFilters
from analytics.warehouse.filters import QueueFilters
from pages._ui import services
from pages._ui.words import ENTITIES

if TYPE_CHECKING:
    from analytics.pipeline.weak_labels import WeakReport


def offer_exports(live: Live, entity: EntityType, filters: QueueFilters) -> None:
    """Offer the queue as filtered, and the scores of a type."""
    bench, reviewer = services.workbench(), services.reviewer()
    with st.popover("Export", icon=":material/download:"):
        _offer(
            "This list",
            f"queue-{live.snapshot_id}.csv",
            lambda path: bench.export_queue(filters, path, reviewer=reviewer, bom=True, live=live),
            help="What the filters leave, in the order of the queue.",
        )
        _offer(
            "Scores",
            f"{entity}-scores-{live.snapshot_id}.csv",
            lambda path: bench.export_scores(entity, path, bom=True, live=live),
            help=f"All {ENTITIES[entity].lower()}, scored: with harm and the first five reasons.",
        )


def offer_rings(live: Live, filters: RingFilters) -> None:
    """Offer the rings as filtered, with their members."""
    desk = services.workbench().rings
    _offer(
        "Export",
        f"rings-{live.snapshot_id}.csv",
        lambda path: desk.export(live, path, filters, bom=True),
        help="What the filters leave, with all members, as one CSV file.",
        width="content",
    )


def offer_incidents(live: Live, filters: IncidentFilters) -> None:
    """Offer the incidents as filtered."""
    desk = services.workbench().incidents
    _offer(
        "Export",
        f"incidents-{live.snapshot_id}.csv",
        lambda path: desk.export(live, path, filters, bom=True),
        help="What the filters leave, with what was said about each, as one CSV file.",
        width="content",
    )


def offer_case_file(live: Live, entity: EntityType, entity_id: str) -> None:
    """Offer all that is known about one case, with the rows behind each reason."""
    bench = services.workbench()
    _offer(
        "Export the case file",
        f"{entity}-{re.sub('[^A-Za-z0-9_-]', '', entity_id)[:60]}-case.csv",
        lambda path: bench.export_case(entity, entity_id, path, bom=True, live=live),
        help="Scores, reasons with the rows behind them, decisions and events, as one CSV file.",
    )


def offer_model_reports(live: Live, entity: EntityType) -> None:
    """Offer the figures of a live model, and what it learned from.

    Decisions and training sets say which cases were drawn at random, so they are offered here, to
    those who judge models, and not beside the queue.
    """
    bench, version = services.workbench(), live.models[entity]
    with st.popover("Export", icon=":material/download:"):
        _offer(
            "Model report",
            f"{version}-report.csv",
            lambda path: bench.export_model_report(entity, path, bom=True, live=live),
            help="Metrics with intervals, calibration, importance and card of both predictions.",
        )
        _offer(
            "Decisions",
            "decisions.csv",
            lambda path: bench.export_decisions(path, bom=True),
            help="Every decision ever taken, overturned ones included. It marks the control "
            "sample: not for people who still decide.",
        )
        if bench.has_training_set(version):
            _offer(
                "Training set",
                f"{version}-training-set.csv",
                lambda path: bench.export_training_set(entity, path, version=version, bom=True),
                help="Each label with its source and the features of its moment. It marks the "
                "control sample: not for people who still decide.",
            )
        else:
            st.caption("It learned from no decision, so there is no training set.")


def offer_weak_labels(report: "WeakReport", snapshot_id: str) -> None:
    """Offer who gets a weak label, and which functions say so."""
    _offer(
        "Export",
        f"{report.entity}-weak-labels-{snapshot_id}.csv",
        lambda path: report.export(path, bom=True),
        help="Whom the functions give a label, how sure it is, and which functions vote.",
        width="content",
    )


def _offer(
    label: str,
    name: str,
    write: Callable[[Path], object],
    *,
    help: str,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    def read() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.csv"
            write(path)
            return path.read_bytes()

    st.download_button(
        label,
        read,
        name,
        "text/csv",
        icon=":material/csv:",
        help=help,
        on_click="ignore",
        width=width,
    )
