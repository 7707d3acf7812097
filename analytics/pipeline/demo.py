"""The ready sample marketplace, put where the dashboard can open it."""

import shutil
from pathlib import Path

from analytics.errors import NotFoundError
from analytics.settings import Settings
from analytics.snapshots.publish import publish_folder

READY = Path(__file__).parents[2] / "sample_data" / "ready"


def unpack_demo(settings: Settings, ready: Path = READY) -> Path:
    """Copy the ready sample into `<home>/demo`, unless it is there; return that home folder.

    Raises:
        NotFoundError: Portreeve does not run from a checkout, so there is no ready sample.
    """
    if not ready.is_dir():
        raise NotFoundError(
            f"There is no ready sample at {ready}.",
            hint="Run from a checkout of Portreeve, or make one with `portreeve sample OUT`.",
        )
    home = settings.home / "demo"
    if not home.exists():
        with publish_folder(home) as folder:
            shutil.copytree(ready, folder, dirs_exist_ok=True)
    return home
