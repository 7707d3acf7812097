"""Pruning beside what needs the files."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from analytics.pipeline import Workbench, open_workbench
from analytics.progress import NullProgress, Step
from analytics.settings import Settings
from analytics.snapshots.prune import Pruned

AS_OF = datetime(2025, 6, 1)


class PruneDuringTheBuild:
    """Receives a build's steps; at the first of them another user prunes the same home folder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.pruned: list[Pruned] = []
        self.done_at_step: list[bool] = []
        self.thread: threading.Thread | None = None

    @contextmanager
    def step(self, text: str, total: float | None = None) -> Iterator[Step]:
        if self.thread is None:
            self.thread = threading.Thread(target=self._prune)
            self.thread.start()
        self.done_at_step.append(bool(self.pruned))
        with NullProgress().step(text, total) as step:
            yield step

    def _prune(self) -> None:
        other = open_workbench(Settings(home=self._home, threads=1))
        self.pruned.append(other.prune(keep=1))
        other.close()


def _ingested(folder: Path) -> Workbench:
    source = folder / "source"
    source.mkdir()
    ids = [f"m{i:02d}" for i in range(40)]
    rows = "".join(f"{i},2025-01-01\n" for i in ids)
    (source / "merchants.csv").write_text("merchant_id,registered_at\n" + rows)
    extra = "".join(f"merchant,{i},2025-02-01,{n * 7 % 10}\n" for n, i in enumerate(ids))
    (source / "extra_features.csv").write_text("entity_type,entity_id,known_at,calls\n" + extra)
    workbench = open_workbench(Settings(home=folder / "home", threads=2))
    workbench.ingest("tables", source, [AS_OF, datetime(2025, 7, 1)])
    return workbench


def test_prune_waits_for_a_build_and_keeps_what_it_made_live(tmp_path: Path) -> None:
    workbench = _ingested(tmp_path)
    older, newer = workbench.home.snapshots()  # prune --keep 1 would drop the older one
    watching = PruneDuringTheBuild(workbench.home.path)

    workbench.build([older.snapshot_id], progress=watching)

    assert watching.thread is not None
    watching.thread.join(timeout=60)
    assert len(watching.done_at_step) > 1
    assert not any(watching.done_at_step)
    [pruned] = watching.pruned
    assert pruned.snapshots == ()  # the newest, and the one that is live by now
    assert pruned.models == ()
    assert [s.snapshot_id for s in workbench.home.snapshots()] == [
        older.snapshot_id,
        newer.snapshot_id,
    ]
    assert workbench.live().snapshot_id == older.snapshot_id
    assert workbench.verify() == []
