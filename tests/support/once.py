"""What all worker processes of a test run share: made by the first that asks, copied by each."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics.snapshots.publish import home_lock


def own_copy(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of one's own with what `make` writes into the folder that it is given.

    Args:
        factory: Of this process.
        name: Tells it from others.
        make: Called once in a test run. What it writes must not tell its own place.
    """
    base = factory.getbasetemp()
    made = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    with home_lock(made, exclusive=True):
        if not (made / "whole").is_dir():
            (made / "part").mkdir()
            make(made / "part")
            (made / "part").rename(made / "whole")
    return Path(shutil.copytree(made / "whole", factory.mktemp(name) / "copy"))
