"""Pictures: the same, nearly the same, missing, broken and hostile."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analytics.errors import InputError, NotFoundError
from analytics.signals.content.images import find_images, image_duplicates, read_luminance
from analytics.signals.content.pdq import pdq
from tests.support.pictures import drawn, write_bomb


def test_a_copy_is_found_at_another_size_and_quality(tmp_path: Path) -> None:
    picture = drawn(0)
    picture.save(tmp_path / "a.png")
    picture.resize((200, 150)).save(tmp_path / "b.jpg", quality=40)
    drawn(1).save(tmp_path / "c.png")

    found = image_duplicates(find_images(tmp_path))

    paths = [str(tmp_path / name) for name in ("a.png", "b.jpg", "c.png")]
    assert found.images["path"].tolist() == paths
    assert found.pairs[["left", "right"]].to_numpy().tolist() == [paths[:2]]
    assert found.images["cluster"].tolist()[:2] == [paths[0], paths[0]]
    assert pd.isna(found.images["cluster"][2])
    assert found.problems.empty


def test_the_same_file_twice_has_distance_zero(tmp_path: Path) -> None:
    drawn(0).save(tmp_path / "a.png")
    drawn(0).save(tmp_path / "b.png")

    assert image_duplicates(find_images(tmp_path)).pairs["distance"].tolist() == [0]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK"])
def test_every_mode_is_read(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode == "CMYK" else "png"
    drawn(0).convert(mode).save(tmp_path / f"a.{suffix}")

    assert read_luminance(tmp_path / f"a.{suffix}").shape == (300, 400)


def test_what_is_clear_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "a.png")

    assert read_luminance(tmp_path / "a.png").min() == 255


def test_files_that_cannot_be_hashed_are_reported(tmp_path: Path) -> None:
    drawn(0).save(tmp_path / "good.png")
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "page.jpg").write_bytes(b"<html><script>alert(1)</script></html>")
    (tmp_path / "vector.gif").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    Image.new("RGB", (64, 64), "white").save(tmp_path / "plain.png")
    write_bomb(tmp_path / "bomb.png", 9_000)
    write_bomb(tmp_path / "worse.png", 60_000)
    write_bomb(tmp_path / "short.png", 900)

    found = image_duplicates([*find_images(tmp_path), tmp_path / "none.png"])

    problems = {Path(p).name: problem for p, problem in found.problems.itertuples(index=False)}
    assert set(problems) == {
        *("cut.png", "empty.jpg", "page.jpg", "vector.gif", "plain.png"),
        *("bomb.png", "worse.png", "short.png", "none.png"),
    }
    assert problems["bomb.png"] == "it would unpack to 81,000,000 pixels (at most 50,000,000)"
    assert problems["worse.png"] == "it would unpack to far too many pixels"
    assert problems["page.jpg"] == "it is no picture of the kinds JPEG, PNG, WEBP, GIF, BMP"
    assert problems["none.png"] == "there is no such file"
    assert problems["plain.png"].startswith("it shows too little")
    assert problems["cut.png"].startswith("the picture is broken (")
    assert problems["short.png"].startswith("the picture is broken (")
    assert found.pairs.empty


def test_a_file_of_many_bytes_is_not_opened(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(50_000_001)

    with pytest.raises(InputError, match="too large \\(50,000,001 bytes"):
        read_luminance(tmp_path / "a.png")


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shop = tmp_path / "shop"
    outside.mkdir()
    (shop / "sub").mkdir(parents=True)
    drawn(0).save(outside / "a.png")
    drawn(0).save(shop / "sub" / "B.PNG")
    (shop / "link.png").symlink_to(outside / "a.png")
    (shop / "folder").symlink_to(outside)

    assert find_images(shop) == [shop / "sub" / "B.PNG"]


def test_no_folder_and_nodrawn(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no folder"):
        find_images(tmp_path / "none")

    found = image_duplicates(find_images(tmp_path))
    assert found.images.empty
    assert found.pairs.empty


def test_half_of_the_bits_are_set() -> None:
    gradient = np.add.outer(np.arange(128.0), np.sin(np.arange(128.0)) * 100)

    assert pdq(np.clip(gradient, 0, 255)).bits.sum() == 128


def test_a_plain_picture_has_no_quality() -> None:
    assert pdq(np.full((90, 70), 128.0)).quality == 0


def test_the_hash_is_that_of_the_published_program() -> None:
    x, y = np.meshgrid(np.arange(300), np.arange(200))
    luminance = ((x * x // 50 + y * 3 * (x // 40)) % 256).astype(float)

    made = pdq(luminance)

    # As `pdqhash` 0.2.8, Meta's C++ behind Python, prints it.
    assert made.hex == "127ac6e69ccc31198e71b31c8e7938e1798f38f13e07787cc1f0338391e637c3"
    assert made.quality == 100
