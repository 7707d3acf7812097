from dataclasses import dataclass

import pytest

from analytics.errors import InputError
from pages._ui.uploads import save_uploads, source_kind


@dataclass
class File:
    name: str
    content: bytes = b"merchant_id\nm1\n"

    @property
    def size(self) -> int:
        return len(self.content)

    def getbuffer(self) -> memoryview:
        return memoryview(self.content)


def test_files_are_written_under_their_own_names(tmp_path):
    folder = save_uploads([File("Merchants.csv"), File("sub/orders.parquet", b"x")], tmp_path, 1)
    assert sorted(path.name for path in folder.iterdir()) == ["merchants.csv", "orders.parquet"]
    assert (folder / "merchants.csv").read_bytes() == b"merchant_id\nm1\n"
    assert folder.parent.parent == tmp_path / "uploads"


@pytest.mark.parametrize(
    "name", ["../../etc/cron.csv/..", "..csv", ".csv", "a b.csv", "x.exe", "con/aux", "naïve.csv"]
)
def test_a_name_that_is_no_table_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="cannot be a table"):
        save_uploads([File(name)], tmp_path, 1)
    assert not (tmp_path / "uploads").exists()


def test_a_path_cannot_leave_the_folder(tmp_path):
    folder = save_uploads([File("..\\..\\..\\orders.csv")], tmp_path, 1)
    assert [path.name for path in folder.iterdir()] == ["orders.csv"]


def test_the_same_table_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="more than one file for orders"):
        save_uploads([File("orders.csv"), File("orders.parquet")], tmp_path, 1)


def test_too_much_is_refused_with_the_way_round(tmp_path):
    with pytest.raises(InputError, match="2 MB; 1 MB may be uploaded") as error:
        save_uploads([File("orders.csv", b"x" * 2_000_000)], tmp_path, 1)
    assert "portreeve ingest tables" in error.value.hint


def test_the_source_is_told_by_the_names():
    assert (
        source_kind(["olist_orders_dataset.csv", "product_category_name_translation.csv"])
        == "olist"
    )
    assert source_kind(["merchants.csv"]) == "tables"
