"""Where the features that a snapshot's go on from are stored."""

from contextlib import closing
from pathlib import Path

from analytics.signals.frame import SIGNALS
from analytics.snapshots.home import Home, Snapshot
from analytics.snapshots.publish import is_temporary
from analytics.warehouse.reader import Reader


def features_before(home: Home, snapshot: Snapshot) -> Path | None:
    """Return the folder of the features whose signals those of a snapshot go on from.

    That is what another version of the program computed for this very snapshot, else the newest
    earlier snapshot of the same marketplace. None where there is neither.
    """
    own = _newest(snapshot)
    if own is not None or len(home.snapshot_ids()) < 2:
        return own
    with closing(Reader(home)) as reader:
        earlier = reader.lineage(snapshot.snapshot_id)[:-1]
    found = (_newest(before) for before in reversed(earlier))
    return next((folder for folder in found if folder is not None), None)


def _newest(snapshot: Snapshot) -> Path | None:
    """Return the newest folder of features that has signals beside them."""
    folders = [path.parent for path in snapshot.path.glob(f"features/*/{SIGNALS}")]
    published = [folder for folder in folders if not is_temporary(folder)]
    return max(published, key=lambda path: path.stat().st_mtime, default=None)
