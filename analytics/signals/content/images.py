"""Pictures that are nearly the same, among files that may be missing, broken or hostile."""

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from analytics.errors import InputError, NotFoundError
from analytics.signals.content.pdq import LEAST_QUALITY, SAME_BITS, Pdq, pdq

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"})
MAX_PIXELS = 50_000_000
MAX_BYTES = 50_000_000

_SIDE = 512  # pictures are made smaller than this before they are smoothed
_CHUNK = 2_000


@dataclass(frozen=True)
class ImageDuplicates:
    """What was found.

    Attributes:
        images: path, hash, quality, cluster (the first path of its cluster, or missing), problem
            (why a file has no hash or takes part in no cluster, or missing).
        pairs: left, right, distance (bits that differ); nearest first.
    """

    images: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def problems(self) -> pd.DataFrame:
        """Return path and problem of the files that have one."""
        return self.images.loc[self.images["problem"].notna(), ["path", "problem"]]


def find_images(folder: Path) -> list[Path]:
    """Return all files with a picture's suffix under a folder, sorted; links are not followed.

    Raises:
        NotFoundError: There is no such folder.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {folder}.")
    found = (
        Path(where) / name
        for where, _, names in os.walk(folder)
        for name in names
        if Path(name).suffix.lower() in SUFFIXES
    )
    return sorted(file for file in found if not file.is_symlink())


def image_duplicates(
    files: Sequence[Path],
    distance: int = SAME_BITS,
    advance: Callable[[], None] | None = None,
) -> ImageDuplicates:
    """Hash files and pair those whose hashes differ in at most `distance` bits.

    A file that cannot be hashed is reported, never raised.
    """
    rows: list[dict[str, Any]] = []
    bits: list[NDArray[np.bool_]] = []
    for file in files:
        made, problem = hash_picture(file)
        rows.append(
            {
                "path": str(file),
                "hash": made.hex if made else None,
                "quality": made.quality if made else None,
                "problem": problem,
            }
        )
        bits.append(made.bits if made and not problem else np.zeros(0, dtype=bool))
        if advance:
            advance()
    hashed = np.array([k for k, each in enumerate(bits) if len(each)], dtype=np.int64)
    near = near_hashes(np.array([bits[k] for k in hashed]), distance)
    left, right, apart = hashed[near[0]], hashed[near[1]], near[2]
    images = pd.DataFrame(rows, columns=["path", "hash", "quality", "problem"])
    clusters = pd.Series(_clusters(images["path"], left, right), index=images.index, dtype=object)
    images.insert(3, "cluster", clusters)
    pairs = pd.DataFrame(
        {
            "left": images["path"].to_numpy()[left],
            "right": images["path"].to_numpy()[right],
            "distance": apart,
        }
    )
    pairs = pairs.sort_values(["distance", "left", "right"], ignore_index=True)
    return ImageDuplicates(images, pairs)


def hash_picture(file: Path) -> tuple[Pdq | None, str | None]:
    """Return a file's hash, and why it has none or is not to be compared by it."""
    try:
        made = pdq(read_luminance(file))
    except InputError as error:
        return None, error.message
    if made.quality < LEAST_QUALITY:
        return made, f"it shows too little to be told from others (quality {made.quality})"
    return made, None


def near_hashes(
    bits: NDArray[np.bool_], distance: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return left, right (after it) and distance of the rows that differ in few bits.

    Args:
        bits: Hashes, rows × 256.
        distance: Most bits that may differ.
    """
    empty = np.empty(0, dtype=np.int64)
    found = [(empty, empty, empty)]
    signs = np.where(bits, 1, -1).astype(np.float32)
    for start in range(0, len(signs), _CHUNK):
        part = signs[start : start + _CHUNK]
        agreeing = part @ signs[start:].T
        apart = (signs.shape[1] - agreeing).astype(np.int64) // 2
        left, right = np.nonzero(apart <= distance)
        ahead = left < right
        left, right = left[ahead], right[ahead]
        found.append((left + start, right + start, apart[left, right]))
    left, right, apart = (np.concatenate(part) for part in zip(*found, strict=True))
    return left, right, apart


def read_luminance(file: Path) -> NDArray[np.float64]:
    """Read a picture as rows × columns of luminance.

    Size and kind are checked on the file's header, before anything is unpacked.

    Raises:
        NotFoundError: There is no such file.
        InputError: It is no picture of the kinds in `FORMATS`, broken, or too large.
    """
    if not file.is_file():
        raise NotFoundError("there is no such file")
    if (size := file.stat().st_size) > MAX_BYTES:
        raise InputError(f"the file is too large ({size:,} bytes; at most {MAX_BYTES:,})")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise InputError(
                        f"it would unpack to {width * height:,} pixels (at most {MAX_PIXELS:,})"
                    )
                image.draft("L", (_SIDE, _SIDE))
                grey = _flat(image).convert("L")
    except Image.DecompressionBombError as error:
        raise InputError("it would unpack to far too many pixels") from error
    except UnidentifiedImageError as error:
        raise InputError(f"it is no picture of the kinds {', '.join(FORMATS)}") from error
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        raise InputError(f"the picture is broken ({str(error).split(chr(10))[0][:80]})") from error
    grey.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(grey, dtype=np.float64)


def _flat(image: Image.Image) -> Image.Image:
    """Put a picture with transparent parts on white, as a shop shows it."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return image


def _clusters(
    paths: pd.Series, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.object_]:
    links = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(paths), len(paths)))
    _, label = connected_components(links, directed=False)
    first = pd.Series(np.arange(len(paths))).groupby(label).transform("min").to_numpy()
    named = paths.to_numpy(dtype=object)[first] if len(paths) else np.empty(0, object)
    alone = ~np.isin(np.arange(len(paths)), np.concatenate([left, right]))
    named[alone] = None
    return np.asarray(named)
