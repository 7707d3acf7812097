import os
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.snapshots.publish import (
    home_lock,
    is_abandoned,
    publish_file,
    publish_folder,
    remove_folder,
    temporary_folder,
)


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    final = tmp_path / "a" / "b"
    with publish_folder(final) as folder:
        (folder / "x").write_text("1")
        assert folder.parent == final.parent
        assert folder.name.startswith(".tmp-")
        assert not final.exists()
    assert (final / "x").read_text() == "1"
    assert [path.name for path in final.parent.iterdir()] == ["b"]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with publish_folder(tmp_path / "b") as folder:
            (folder / "x").write_text("1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_is_published_stays(tmp_path: Path) -> None:
    for content in ("first", "second"):
        with publish_folder(tmp_path / "b") as folder:
            (folder / "x").write_text(content)
    assert (tmp_path / "b" / "x").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_two_writers_of_the_same_folder(tmp_path: Path) -> None:
    with publish_folder(tmp_path / "b") as one, publish_folder(tmp_path / "b") as two:
        (one / "x").write_text("one")
        (two / "x").write_text("two")
    assert (tmp_path / "b" / "x").read_text() == "two"


def test_a_file_that_is_there_already_stays(tmp_path: Path) -> None:
    final = tmp_path / "files" / "x"
    for content in ("first", "second"):
        (tmp_path / "new").write_text(content)
        publish_file(tmp_path / "new", final)
    assert final.read_text() == "first"
    assert not (tmp_path / "new").exists()


def test_a_temporary_folder_in_use_is_not_abandoned(tmp_path: Path) -> None:
    with temporary_folder(tmp_path, "x") as folder:
        assert not is_abandoned(folder)
    left = tmp_path / ".tmp-left"
    left.mkdir()
    assert is_abandoned(left)


def test_remove_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x").write_text("1")
    remove_folder(tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_writers_share_the_home_and_a_remover_has_it_alone(tmp_path: Path) -> None:
    code = (
        "import fcntl, os, sys; handle = os.open(sys.argv[1], os.O_RDWR);"
        "fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)"
    )
    alone = [sys.executable, "-c", code, str(tmp_path / ".lock")]
    with home_lock(tmp_path, exclusive=False), home_lock(tmp_path, exclusive=False):
        assert subprocess.run(alone, capture_output=True, check=False).returncode != 0
    assert subprocess.run(alone, capture_output=True, check=False).returncode == 0
    assert os.listdir(tmp_path) == [".lock"]
