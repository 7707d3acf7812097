"""The tiny home with its April snapshot live: what the dashboard opens on in tests."""

from pathlib import Path

from analytics.review.store import open_store
from tests.support.tiny_home import TinyHome, build_tiny_home


def build_live_home(folder: Path) -> TinyHome:
    """Make the tiny home below `folder` and put its newest snapshot live."""
    tiny = build_tiny_home(folder)
    go_live(tiny, tiny.april)
    return tiny


def go_live(tiny: TinyHome, snapshot_id: str) -> None:
    """Put a snapshot of the tiny home live."""
    store = open_store(f"sqlite:///{tiny.home.path / 'portreeve.db'}")
    store.set_live(snapshot_id, tiny.models, person="tester", reason="test")
    store.close()
