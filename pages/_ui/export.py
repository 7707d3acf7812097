"""CSV reports as downloads, written only when asked for."""

import tempfile
from pathlib import Path

import streamlit as st

from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import services
from pages._ui.words import ENTITIES


def offer_export(live: Live, entity: EntityType) -> None:
    """Offer the scores of an entity type as a CSV file, as `portreeve export scores` writes it."""
    workbench = services.workbench()

    def write() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scores.csv"
            workbench.export_scores(entity, path, bom=True, live=live)
            return path.read_bytes()

    st.download_button(
        "Export scores",
        write,
        f"{entity}-scores-{live.snapshot_id}.csv",
        "text/csv",
        icon=":material/download:",
        help=f"All {ENTITIES[entity].lower()}: probabilities, expected harm, first five reasons.",
        on_click="ignore",
    )
