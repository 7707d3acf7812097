from pathlib import Path

import pytest

from analytics.engines.scratch import scratch_database

SPILL = "SELECT value FROM duckdb_settings() WHERE name = 'temp_directory'"


def test_what_does_not_fit_into_memory_goes_to_a_folder_that_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with scratch_database(threads=1, memory_limit="40MB") as con:
        con.execute("SET preserve_insertion_order = false")
        con.execute("CREATE TEMP TABLE t AS SELECT hash(range) AS h FROM range(8_000_000)")
        folder = Path(con.execute(SPILL).fetchall()[0][0])
        spilled = sum(file.stat().st_size for file in folder.iterdir())
        assert con.execute("SELECT count(*) FROM t").fetchall() == [(8_000_000,)]

    assert spilled > 0
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []
