"""The rows behind a signal are read where the build stored them."""

from pathlib import Path

import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.explain.evidence import evidence_count, evidence_rows
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION, signal_specs
from analytics.signals.family import EVIDENCE_COLUMNS
from analytics.signals.frame import EVIDENCE
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import ingest
from analytics.snapshots.sources.tables import open_tables
from analytics.warehouse import Warehouse

FEATURE = next(spec.name for spec in signal_specs("merchant") if spec.evidence)
HOSTILE = "'; DROP TABLE x; --"
ROWS = [
    ("merchant", "m1", FEATURE, "2026-01-02", "Older", None, None, None),
    ("merchant", "m1", FEATURE, "2026-01-09", HOSTILE, "merchant", "m2", "more"),
    ("merchant", "m1", "another", "2026-01-05", "Of another signal", None, None, None),
    ("merchant", "m2", FEATURE, None, "Of another merchant", None, None, None),
]


@pytest.fixture
def snapshot(tmp_path: Path):
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "merchants.csv").write_text("merchant_id,registered_at\nm1,2026-01-01\nm2,2026-01-01")
    home = Home(tmp_path / "home")
    result = ingest(open_tables(tables), home, as_ofs=[], settings=Settings(home=home.path))
    return result.snapshots[0]


def test_rows_come_newest_first_and_only_its_own(snapshot) -> None:
    path = snapshot.signal_path(EVIDENCE, FEATURE_VERSION)
    path.parent.mkdir(parents=True)
    rows = pd.DataFrame(ROWS, columns=list(EVIDENCE_COLUMNS))
    rows.astype({"at": "datetime64[us]"}).to_parquet(path)
    where = (Warehouse(snapshot.home), snapshot.snapshot_id, "merchant")
    found = evidence_rows(*where, "m1", FEATURE)
    assert list(found.columns) == ["at", "what", "other_type", "other_id", "detail"]
    assert found["what"].tolist() == [HOSTILE, "Older"]
    assert found["other_id"].tolist()[0] == "m2"
    assert evidence_rows(*where, "m1", FEATURE, limit=1, offset=1)["what"].tolist() == ["Older"]
    assert evidence_count(*where, "m1", FEATURE) == 2
    assert evidence_count(*where, HOSTILE, FEATURE) == 0


def test_a_snapshot_of_another_version_says_what_to_do(snapshot) -> None:
    where = (Warehouse(snapshot.home), snapshot.snapshot_id, "merchant")
    with pytest.raises(NotFoundError, match="stores no rows behind"):
        evidence_rows(*where, "m1", FEATURE)
