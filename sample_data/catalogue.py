"""What is sold where: categories, countries, brands, and the yearly, weekly and daily rhythm."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import yaml

from sample_data.plan import DAY, DAYS, HOUR

LANGUAGES: Final = ("en", "pt", "id")
FAMOUS: Final = 12
WEEKDAY: Final = np.array([0.95, 0.93, 0.95, 1.0, 1.08, 1.12, 1.05])
HOURS: Final = np.array(
    [4, 2, 1, 1, 1, 2, 4, 7, 9, 11, 12, 13, 14, 13, 12, 12, 12, 13, 15, 18, 21, 20, 15, 9.0]
)


def read_phrases(name: str) -> dict[str, Any]:
    """One of the phrase files, as it is written."""
    text = files("sample_data").joinpath("phrases", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@dataclass(frozen=True)
class Catalogue:
    """Everything about the marketplace that no seed changes."""

    categories: list[str]
    classes: list[str]
    shares: np.ndarray
    prices: np.ndarray
    spreads: np.ndarray
    peaks: np.ndarray
    heights: np.ndarray
    has_claims: np.ndarray
    brands: list[str]
    nouns: dict[str, list[str]]
    countries: list[str]
    country_shares: np.ndarray
    country_language: np.ndarray
    regions: list[str]
    first_region: np.ndarray
    region_counts: np.ndarray

    @property
    def nouns_per_category(self) -> int:
        """Nouns of a category; noun k of category c stands at c × this + k."""
        return len(self.nouns["en"]) // len(self.categories)


@cache
def read_catalogue() -> Catalogue:
    """The catalogue of the phrase files."""
    raw = read_phrases("catalogue")
    rows = list(raw["categories"].values())
    countries = list(raw["countries"].values())
    counts = np.array([len(c["regions"]) for c in countries])
    return Catalogue(
        categories=list(raw["categories"]),
        classes=[r["variant"] for r in rows],
        shares=_shares([r["share"] for r in rows]),
        prices=np.array([r["price"] for r in rows], dtype=float),
        spreads=np.array([r["spread"] for r in rows], dtype=float),
        peaks=np.array([r["peak"] for r in rows]),
        heights=np.array([r["height"] for r in rows], dtype=float),
        has_claims=np.array([r.get("claims", False) for r in rows]),
        brands=raw["brands"],
        nouns={
            lang: [noun for row in raw["nouns"][lang].values() for noun in row]
            for lang in LANGUAGES
        },
        countries=list(raw["countries"]),
        country_shares=_shares([c["share"] for c in countries]),
        country_language=np.array([LANGUAGES.index(c["language"]) for c in countries]),
        regions=[region for c in countries for region in c["regions"]],
        first_region=np.cumsum(counts) - counts,
        region_counts=counts,
    )


def _shares(weights: list[float]) -> np.ndarray:
    return np.array(weights) / sum(weights)


class Clock:
    """Draws moments that follow the rhythm of a category.

    The intensity of every hour of the year is summed up once for each category; a draw is the
    inverse of that sum, so any window of time is as cheap as the whole year.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        hours = np.arange(DAYS * 24)
        moments = start + hours * HOUR
        weekday = (moments // DAY + 3) % 7  # 1970-01-01 was a Thursday
        rhythm = WEEKDAY[weekday] * HOURS[(moments // HOUR) % 24]
        intensity = rhythm * _season(moments) * (1 + 0.25 * hours / len(hours))
        sums = np.concatenate([np.zeros((len(intensity), 1)), np.cumsum(intensity, axis=1)], axis=1)
        self._cdf = sums / sums[:, -1:]
        self._grid = np.arange(self._cdf.shape[1], dtype=float) * HOUR
        offsets = np.arange(len(self._cdf))[:, None]
        self._flat = (self._cdf + offsets).ravel()
        self._flat_grid = np.tile(self._grid, len(self._cdf))

    def share(self, category: np.ndarray, moment: np.ndarray) -> np.ndarray:
        """Share of the category's year that lies before the moment."""
        position = np.clip((moment - self.start) / HOUR, 0, self._cdf.shape[1] - 1)
        low = position.astype(np.int64)
        high = np.minimum(low + 1, self._cdf.shape[1] - 1)
        at_low, at_high = self._cdf[category, low], self._cdf[category, high]
        return at_low + (position - low) * (at_high - at_low)

    def draw(self, category: np.ndarray, share: np.ndarray) -> np.ndarray:
        """The moment before which `share` of the category's year lies, in seconds since 1970."""
        inside = np.clip(share, 0, 1 - 1e-9)
        return self.start + np.interp(category + inside, self._flat, self._flat_grid).astype(int)

    def between(
        self, category: np.ndarray, first: np.ndarray, last: np.ndarray, u: np.ndarray
    ) -> np.ndarray:
        """A moment in [first, last] for each u in [0, 1)."""
        low = self.share(category, first)
        return self.draw(category, low + u * (self.share(category, last) - low))


def _season(moments: np.ndarray) -> np.ndarray:
    """Yearly factor of each category (rows) at each moment (columns): one hump around its peak."""
    catalogue = read_catalogue()
    day_of_year = (moments / DAY) % 365.25
    peak = np.array([datetime(1970, int(m), 15, tzinfo=UTC).timestamp() for m in catalogue.peaks])
    distance = np.abs(day_of_year[None, :] - peak[:, None] / DAY)
    distance = np.minimum(distance, 365.25 - distance)
    return 1 + catalogue.heights[:, None] * np.exp(-0.5 * (distance / 18) ** 2)
