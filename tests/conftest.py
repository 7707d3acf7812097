import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    return Path(os.environ.get("PORTREEVE_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def olist_dir(data_dir: Path) -> Path:
    folder = data_dir / "olist"
    if not folder.is_dir():
        pytest.skip("no such data: the published Olist files (set PORTREEVE_DATA)")
    return folder
