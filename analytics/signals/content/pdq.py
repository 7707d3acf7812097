"""PDQ, a perceptual hash: 256 bits that stay nearly the same when a picture is rescaled or saved.

The method is that of Meta's published PDQ ("The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm", 2019): the luminance is smoothed to 64 × 64, and each of the 16 × 16
lowest frequencies of its cosine transform (without the constant) is one bit: above the median.
Pictures whose hashes differ in at most 31 bits count as the same there, and a quality below 50
says that a picture shows too little to be told from others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BITS = 256
SAME_BITS = 31
LEAST_QUALITY = 50

_SIDE = 64
_PASSES = 2
_LOWEST = 16


@dataclass(frozen=True)
class Pdq:
    """A hash: its bits, and how much the picture shows, from 0 to 100."""

    bits: NDArray[np.bool_]
    quality: int

    @property
    def hex(self) -> str:
        """Return the hash as 64 hexadecimal digits, the last bit first, as PDQ files have it."""
        return np.packbits(self.bits[::-1]).tobytes().hex()


def pdq(luminance: Floats) -> Pdq:
    """Hash a picture: rows × columns of luminance from 0 to 255."""
    small = _decimated(luminance)
    frequencies = (_COSINES @ small @ _COSINES.T).ravel()
    # The lower of the two middle values, as the published program takes it.
    median = np.partition(frequencies, BITS // 2 - 1)[BITS // 2 - 1]
    return Pdq(frequencies > median, _quality(small))


def _decimated(luminance: Floats) -> Floats:
    rows, columns = luminance.shape
    smooth = luminance.astype(np.float64)
    for _ in range(_PASSES):
        smooth = _box(smooth, _window(columns), axis=1)
        smooth = _box(smooth, _window(rows), axis=0)
    at = (np.arange(_SIDE) + 0.5) / _SIDE
    return smooth[np.ix_((at * rows).astype(int), (at * columns).astype(int))]


def _window(length: int) -> int:
    return (length + 2 * _SIDE - 1) // (2 * _SIDE)


def _box(values: Floats, window: int, axis: int) -> Floats:
    """Return the mean of a window around each value, cut at the edges."""
    ahead = (window + 2) // 2
    length = values.shape[axis]
    place = np.arange(length)
    start = np.maximum(place - (window - ahead), 0)
    end = np.minimum(place + ahead, length)
    sums = np.insert(np.cumsum(values, axis=axis), 0, 0.0, axis=axis)
    counts = np.expand_dims(end - start, 1 - axis)
    return np.asarray((sums.take(end, axis=axis) - sums.take(start, axis=axis)) / counts)


def _quality(small: Floats) -> int:
    steps = [np.trunc(np.diff(small, axis=axis) * 100 / 255) for axis in (0, 1)]
    return min(100, int(sum(np.abs(step).sum() for step in steps) / 90))


def _cosines() -> Floats:
    frequency = np.arange(1, _LOWEST + 1)[:, None]
    place = np.arange(_SIDE)[None, :]
    return np.sqrt(2 / _SIDE) * np.cos(np.pi / 2 / _SIDE * frequency * (2 * place + 1))


_COSINES = _cosines()
