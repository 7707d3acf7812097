import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Tests run side by side: threads of OpenMP that wait for one another would only take turns.
os.environ.setdefault("OMP_NUM_THREADS", "1")

if TYPE_CHECKING:
    from analytics.warehouse import Warehouse
    from tests.support.tiny_home import TinyHome

ROOT = Path(__file__).parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest tests start first, so that no worker begins one when the others are done."""
    items.sort(key=lambda item: ("slow" not in item.keywords, "browser" not in item.keywords))


@pytest.fixture(scope="session")
def fork_server() -> None:
    """For tests that fork: the first of them to run would else say what is imported for all."""
    from tests.support.forks import start_fork_server

    start_fork_server()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    return Path(os.environ.get("PORTREEVE_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def olist_dir(data_dir: Path) -> Path:
    folder = data_dir / "olist"
    if not folder.is_dir():
        pytest.skip("no such data: the published Olist files (set PORTREEVE_DATA)")
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> "TinyHome":
    """A home folder small enough to check by hand; nobody writes to it."""
    from tests.support.tiny_home import build_tiny_home

    return build_tiny_home(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> "TinyHome":
    """The tiny home with April live; nobody opens it, since a page that shows a case claims it."""
    from tests.support.live_home import build_live_home

    return build_live_home(tmp_path_factory.mktemp("live"))


@pytest.fixture
def live_home(pristine: "TinyHome", tmp_path: Path) -> "TinyHome":
    """A copy of it, to work in."""
    copied = Path(shutil.copytree(pristine.home.path, tmp_path / "home"))
    return replace(pristine, home=type(pristine.home)(copied))


@pytest.fixture(scope="session")
def warehouse(tiny: "TinyHome") -> "Iterator[Warehouse]":
    """Reads of the tiny home."""
    from analytics.warehouse import Warehouse

    made = Warehouse(tiny.home)
    yield made
    made.close()
