"""The tiny home with its April snapshot live: what the dashboard opens on in tests."""

from pathlib import Path

from analytics.pipeline import open_workbench
from analytics.settings import Settings
from tests.support.tiny_home import TinyHome, build_tiny_home


def build_live_home(folder: Path, *, with_cases: bool = True) -> TinyHome:
    """Make the tiny home below `folder` and put its newest snapshot live."""
    tiny = build_tiny_home(folder)
    go_live(tiny, tiny.april, with_cases=with_cases)
    return tiny


def go_live(tiny: TinyHome, snapshot_id: str, *, with_cases: bool = True) -> None:
    """Put a snapshot of the tiny home live, and open one case of each type: its first."""
    settings = Settings(home=tiny.home.path, review_capacity=1, control_share=0, threads=2)
    workbench = open_workbench(settings)
    workbench.store.set_live(snapshot_id, tiny.models, person="tester", reason="test")
    if with_cases:
        workbench.sync_cases()
    workbench.reconcile()
    workbench.close()
