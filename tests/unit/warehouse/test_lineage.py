from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from analytics.snapshots.home import Home
from analytics.warehouse.reader import Reader
from tests.support.sources import ingest_files

YESTERDAY, TODAY = datetime(2024, 5, 1), datetime(2024, 5, 2)
MERCHANTS = "merchant_id,registered_at\n1,2024-01-01\n2,2024-01-05\n3,2024-02-01\n4,2024-03-01\n"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(Home(tmp_path / "home"))
    yield made
    made.close()


def ingest(reader: Reader, folder: str, as_of: datetime, merchants: str) -> str:
    parent = reader.home.path.parent / folder
    files = {"merchants.csv": merchants}
    [snapshot] = ingest_files(parent, files, as_of, home=reader.home).snapshots
    return snapshot.snapshot_id


def history(reader: Reader, snapshot_id: str) -> list[str]:
    return [snapshot.snapshot_id for snapshot in reader.lineage(snapshot_id)]


def test_the_folder_may_change_from_day_to_day(reader: Reader) -> None:
    first = ingest(reader, "monday", YESTERDAY, MERCHANTS)
    second = ingest(reader, "tuesday", TODAY, MERCHANTS + "5,2024-05-01\n")

    assert history(reader, second) == [first, second]
    assert history(reader, first) == [first]


def test_another_marketplace_in_the_same_home_has_a_history_of_its_own(reader: Reader) -> None:
    ingest(reader, "toys", YESTERDAY, MERCHANTS)
    other = ingest(reader, "shoes", TODAY, "merchant_id,registered_at\ns1,2024-01-01\n")

    assert history(reader, other) == [other]


def test_equal_numbers_are_not_equal_merchants(reader: Reader) -> None:
    ingest(reader, "toys", YESTERDAY, MERCHANTS)
    others = "merchant_id,registered_at\n1,2023-06-01\n2,2023-06-02\n3,2024-02-01\n4,2023-06-04\n"
    other = ingest(reader, "shoes", TODAY, others)

    assert history(reader, other) == [other]  # one of four has the same date


def test_half_of_the_merchants_may_leave(reader: Reader) -> None:
    first = ingest(reader, "monday", YESTERDAY, MERCHANTS)
    half = ingest(
        reader, "tuesday", TODAY, "merchant_id,registered_at\n1,2024-01-01\n4,2024-03-01\n"
    )

    assert history(reader, half) == [first, half]


def test_a_quarter_is_not_the_same_marketplace(reader: Reader) -> None:
    ingest(reader, "monday", YESTERDAY, MERCHANTS)
    quarter = ingest(reader, "tuesday", TODAY, "merchant_id,registered_at\n1,2024-01-01\n")

    assert history(reader, quarter) == [quarter]


def test_without_dates_of_their_own_the_ids_decide(reader: Reader) -> None:
    first = ingest(reader, "monday", YESTERDAY, "merchant_id,country\na,DE\nb,DE\n")
    second = ingest(reader, "tuesday", TODAY, "merchant_id,country\na,DE\nb,DE\nc,DE\n")

    assert history(reader, second) == [first, second]


def test_a_snapshot_that_arrives_later_is_seen(reader: Reader) -> None:
    second = ingest(reader, "tuesday", TODAY, MERCHANTS + "5,2024-05-01\n")
    assert history(reader, second) == [second]
    first = ingest(reader, "monday", YESTERDAY, MERCHANTS)

    assert history(reader, second) == [first, second]
