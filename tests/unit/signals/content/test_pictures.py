"""Pictures that products name: hashed at ingest, compared across merchants, refused if hostile."""

from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from analytics.features.as_of import AsOf
from analytics.settings import Settings
from analytics.signals.content.family import ContentFamily
from analytics.signals.content.picture_files import hash_pictures
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import ingest
from analytics.snapshots.prune import prune
from analytics.snapshots.sources.tables import open_tables
from analytics.snapshots.verify import verify_home
from tests.support.pictures import drawn, write_bomb
from tests.support.sources import NOW, write_source
from tests.support.views import engine

PRODUCTS = """product_id,merchant_id,title,price,listed_at,image_path
p1,m1,Blue lamp,10,2024-01-02,pictures/a.png
p2,m2,Lamp in blue,8,2024-02-02,pictures/b.jpg
p3,m2,Red chair,8,2024-02-03,pictures/c.png
p4,m1,Gone,8,2024-02-03,pictures/none.png
p5,m1,Outside,8,2024-02-04,../secret.png
p6,m1,Text,8,2024-02-05,products.csv
p7,m1,Bomb,8,2024-02-06,pictures/bomb.png
p8,m1,Half,8,2024-02-07,pictures/half.png
p9,m1,Link,8,2024-02-08,pictures/link.png
"""
MERCHANTS = "merchant_id,registered_at\nm1,2024-01-01\nm2,2024-01-01\n"


def make_source(folder: Path) -> Path:
    source = write_source(folder, {"merchants.csv": MERCHANTS, "products.csv": PRODUCTS})
    (source / "pictures").mkdir()
    drawn(0).save(source / "pictures" / "a.png")
    drawn(0).resize((200, 150)).save(source / "pictures" / "b.jpg", quality=40)
    drawn(1).save(source / "pictures" / "c.png")
    drawn(2).save(source.parent / "secret.png")
    write_bomb(source / "pictures" / "bomb.png", 60_000)
    whole = (source / "pictures" / "c.png").read_bytes()
    (source / "pictures" / "half.png").write_bytes(whole[: len(whole) // 2])
    (source / "pictures" / "link.png").symlink_to(source.parent / "secret.png")
    return source


def read(source: Path, home: Home):
    reader = partial(hash_pictures, source)
    given = Settings(threads=2)
    return ingest(open_tables(source), home, settings=given, now=NOW, pictures=reader)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    return read(make_source(folder / "source"), Home(folder / "home"))


def test_every_problem_is_told(result):
    found = pd.read_parquet(result.dataset.pictures_path).set_index("image_path")["problem"]
    problems = {path: str(problem) for path, problem in found.dropna().items()}
    assert set(problems) == set(found.index) - {
        f"pictures/{n}" for n in ("a.png", "b.jpg", "c.png")
    }
    assert problems["pictures/none.png"] == "there is no such file"
    assert problems["../secret.png"] == "it lies outside of the source"
    assert problems["pictures/link.png"] == "it lies outside of the source"
    assert problems["products.csv"].startswith("it is no picture of the kinds")
    assert "far too many pixels" in problems["pictures/bomb.png"]
    assert "broken" in problems["pictures/half.png"]
    manifest = result.dataset.manifest.pictures
    assert (manifest.files, manifest.usable) == (9, 3)


def test_a_path_that_is_none_is_a_problem_and_no_crash(tmp_path):
    table = hash_pictures(tmp_path, ["a\0b", "/etc/passwd", "x" * 5_000], lambda: None)
    assert table["hash"].null_count == 3
    assert table["problem"].null_count == 0


def test_the_same_picture_at_two_merchants_is_a_signal_with_evidence(result):
    family = ContentFamily()
    with AsOf(engine(), result.dataset, result.snapshots[0].as_of) as view:
        product = family.features(view, "product")
        merchant = family.features(view, "merchant")
        rows = family.evidence(view)
    assert product["picture_copies"].dropna().to_dict() == {"p1": 1, "p2": 1, "p3": 0}
    assert merchant.loc["m2", "picture_copy_share"] > merchant.loc["m1", "picture_copy_share"]
    (row,) = rows[rows["feature"] == "picture_copy_share"].to_dict("records")
    assert (row["entity_id"], row["other_id"]) == ("m2", "p1")
    assert row["detail"] == "p2 shows the picture of p1 of merchant m1, listed 2024-01-02"


def test_before_the_export_no_picture_is_known(result):
    with AsOf(engine(), result.dataset, datetime(2024, 2, 6)) as view:
        assert ContentFamily().features(view, "product")["picture_copies"].isna().all()


def test_other_pictures_make_another_dataset_and_the_hashes_are_kept(tmp_path):
    home = Home(tmp_path / "home")
    source = make_source(tmp_path / "source")
    first = read(source, home)
    drawn(3).save(source / "pictures" / "none.png")
    second = read(source, home)
    assert first.dataset.dataset_id != second.dataset.dataset_id
    assert verify_home(home) == []
    gone = second.dataset.pictures_path
    assert gone.is_file()
    prune(home, [first.dataset.dataset_id], [])
    assert first.dataset.pictures_path.is_file()
    assert not gone.exists()
    first.dataset.pictures_path.unlink()
    assert [line for line in verify_home(home) if "pictures" in line and "gone" in line]


def test_without_pictures_nothing_is_hashed(tmp_path):
    source = write_source(tmp_path / "source", {"merchants.csv": MERCHANTS})
    assert read(source, Home(tmp_path / "home")).dataset.manifest.pictures is None
