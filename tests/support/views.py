"""Views of tiny datasets, ingested for real, for the tests of features."""

from datetime import datetime
from functools import cache
from pathlib import Path

from analytics.engines import Engine, open_engine
from analytics.features.as_of import AsOf
from analytics.settings import Settings
from tests.support.sources import ingest_files


@cache
def engine() -> Engine:
    """One engine for all tests, as a build has one for all moments."""
    return open_engine("duckdb://", Settings(threads=2, memory_limit="1GB"))


def view_of(folder: Path, as_of: datetime, **tables: str) -> AsOf:
    """Ingest tables given as CSV text (cells between bars)."""
    files = {f"{name}.csv": _csv(text) for name, text in tables.items()}
    result = ingest_files(folder, files, reject_share_limit=0.05)
    return AsOf(engine(), result.dataset, as_of)


def _csv(text: str) -> str:
    lines = (line.strip() for line in text.strip().splitlines())
    return "\n".join(",".join(cell.strip() for cell in line.split("|")) for line in lines) + "\n"
