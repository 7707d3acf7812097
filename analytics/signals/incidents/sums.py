"""Running sums of daily series from which single days can be taken out again."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]


class CleanSums:
    """Sums of k and n over any window, without the days that belong to an incident.

    Attributes:
        k: What counts of each day, days × columns; 0 on days that are taken out.
        n: The same of the exposure.
    """

    def __init__(self, k: Floats, n: Floats) -> None:
        self._all_k, self._all_n = k, n
        self.k, self.n = k.copy(), n.copy()
        self._sums_k = np.zeros((len(k) + 1, k.shape[1]))
        self._sums_n = np.zeros((len(k) + 1, k.shape[1]))

    def reach(self, day: int) -> None:
        """Add the next day."""
        self._sums_k[day + 1] = self._sums_k[day] + self.k[day]
        self._sums_n[day + 1] = self._sums_n[day] + self.n[day]

    def over(self, low: int, high: int) -> tuple[Floats, Floats]:
        """Return k and n of all columns from day `low` up to but not `high`."""
        k = self._sums_k[high] - self._sums_k[low]
        return k, self._sums_n[high] - self._sums_n[low]

    def of(self, column: int, lows: Ints, high: int) -> tuple[Floats, Floats]:
        """Return k and n of one column from each of `lows` up to but not `high`."""
        k = self._sums_k[high, column] - self._sums_k[lows, column]
        return k, self._sums_n[high, column] - self._sums_n[lows, column]

    def hide(self, column: int, first: int, day: int) -> None:
        """Take the days from `first` to `day`, the last that was added, out."""
        self._set(column, first, day, 0.0, 0.0)

    def show(self, column: int, first: int, day: int) -> None:
        """Let the days from `first` to `day`, the last that was added, count again."""
        span = slice(first, day + 1)
        self._set(column, first, day, self._all_k[span, column], self._all_n[span, column])

    def restart(self, column: int, first: int, day: int) -> None:
        """Forget what was before `first`, and let the days since then count."""
        self.hide(column, 0, first - 1)
        self.show(column, first, day)

    def _set(self, column: int, first: int, day: int, k: Any, n: Any) -> None:
        for cells, sums, value in ((self.k, self._sums_k, k), (self.n, self._sums_n, n)):
            cells[first : day + 1, column] = value
            added = np.cumsum(cells[first : day + 1, column], dtype=float)
            sums[first + 1 : day + 2, column] = sums[first, column] + added
