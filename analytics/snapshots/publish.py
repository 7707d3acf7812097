"""Writing that a crash cannot leave half done: aside, to the disk, then renamed into place."""

import errno
import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".tmp-"


@contextmanager
def publish_folder(final: Path) -> Iterator[Path]:
    """Fill a folder aside and let it appear at `final` whole, or not at all.

    Yields a temporary folder beside `final`. If `final` exists already when the block ends, it
    stays as it is and the temporary one is dropped.
    """
    with temporary_folder(final.parent, final.name) as folder:
        yield folder
        for path in sorted(folder.rglob("*")):
            sync(path)
        sync(folder)
        _rename_folder(folder, final)


@contextmanager
def temporary_folder(parent: Path, name: str) -> Iterator[Path]:
    """Yield a new folder that readers ignore; it is removed at the end if it is still there.

    The folder is locked while it is in use, so that `sweep` can tell it from what a crash left.
    """
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / f"{TEMPORARY}{name}-{uuid.uuid4().hex[:12]}"
    folder.mkdir()
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def publish_file(temporary: Path, final: Path) -> None:
    """Move a complete file to `final`; what stands there already is the same and stays."""
    if final.exists():
        temporary.unlink()
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    sync(temporary)
    os.replace(temporary, final)
    sync(final.parent)


def is_temporary(path: Path) -> bool:
    """Whether a path is something that readers must ignore."""
    return path.name.startswith(TEMPORARY)


def remove_folder(folder: Path) -> None:
    """Remove a published folder: first out of sight in one step, then from the disk."""
    doomed = folder.parent / f"{TEMPORARY}{folder.name}-{uuid.uuid4().hex[:12]}"
    os.rename(folder, doomed)
    shutil.rmtree(doomed)


def is_abandoned(folder: Path) -> bool:
    """Whether no living process holds a temporary folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


@contextmanager
def home_lock(home: Path, *, exclusive: bool) -> Iterator[None]:
    """Let any number of writers into a home folder, or one that removes things, alone."""
    with folder_lock(home, exclusive=exclusive):
        yield


@contextmanager
def folder_lock(folder: Path, *, exclusive: bool) -> Iterator[None]:
    """Let any number of threads and processes into a folder, or one alone; the others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def sync(path: Path) -> None:
    """Have the system write a file's content, or a folder's entries, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rename_folder(folder: Path, final: Path) -> None:
    if final.exists():
        return
    try:
        os.rename(folder, final)
    except OSError as error:  # another process published the same content in between
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    sync(final.parent)
