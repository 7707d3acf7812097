"""How well and how fast content is compared: products, copied texts, hidden words, pictures.

`python -m benchmarks.content [--data DIR] [--texts N] [--pictures N] [--merchants N] [--json]`
matches the published Amazon–Google pairs (skipped where DIR does not hold them), finds planted
copies among made-up texts, searches the same texts for the lexicon's terms, hashes made-up
pictures, and compares what content finds on a sample marketplace with its truth. `--only PART`
runs one of them.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from analytics.signals.content.duplicates import DuplicateFinder
from analytics.signals.content.images import find_images, image_duplicates
from analytics.signals.content.matching.evaluate import evaluate_matching, peak_mb
from analytics.signals.content.tables import read_table
from analytics.signals.content.terms import find_terms
from benchmarks.content_sample import planted

DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data"
PARTS = ("train", "valid", "test")
COPIES = 5  # one text in so many is a copy of the one before, with one word changed


def products(folder: Path) -> dict[str, Any] | None:
    """Match the published pairs; None where they are not there."""
    files = {part: folder / f"amazon_google_{part}.parquet" for part in PARTS}
    if not all(file.is_file() for file in files.values()):
        return None
    report, _ = evaluate_matching({part: read_table(file) for part, file in files.items()})
    return report.to_dict()


def made_up_texts(count: int, seed: int = 0) -> tuple[pd.Series, set[tuple[int, int]]]:
    """Return texts of 12 made-up words, and the pairs of rows that were planted as copies."""
    generator = np.random.default_rng(seed)
    syllables = np.array([a + b for a in "bcdfglmnprst" for b in "aeiou"])
    vocabulary = np.array(["".join(generator.choice(syllables, 3)) for _ in range(5_000)])
    rows = vocabulary[generator.integers(len(vocabulary), size=(count, 12))]
    copies = np.arange(COPIES - 1, count, COPIES)
    rows[copies] = rows[copies - 1]
    changed = generator.integers(12, size=len(copies))
    rows[copies, changed] = generator.choice(vocabulary, len(copies))
    return pd.Series([" ".join(row) for row in rows]), {(int(c) - 1, int(c)) for c in copies}


def copies(texts: pd.Series, planted: set[tuple[int, int]]) -> dict[str, Any]:
    """Find the planted copies."""
    started = time.perf_counter()
    finder = DuplicateFinder(threshold=0.6).fit(texts)
    seconds = time.perf_counter() - started
    found = set(finder.pairs_[["left", "right"]].itertuples(index=False, name=None))
    return {
        "texts": len(texts),
        "planted": len(planted),
        "found": len(found & planted),
        "others": len(found - planted),
        "seconds": seconds,
        "peak_mb": peak_mb(),
    }


def terms(texts: pd.Series) -> dict[str, Any]:
    """Search texts for the terms of every list."""
    started = time.perf_counter()
    found = sum(len(find_terms(text)) for text in texts)
    return {"texts": len(texts), "terms": found, "seconds": time.perf_counter() - started}


def pictures(count: int, seed: int = 0) -> dict[str, Any]:
    """Hash pictures of 800 × 600, each stored again at half the size and a quality of 40."""
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            small = generator.integers(0, 256, (12, 16, 3), dtype=np.uint8)
            picture = Image.fromarray(small).resize((800, 600), Image.Resampling.BICUBIC)
            picture.save(Path(folder) / f"{number:05d}_a.jpg", quality=90)
            picture.resize((400, 300)).save(Path(folder) / f"{number:05d}_b.jpg", quality=40)
        started = time.perf_counter()
        found = image_duplicates(find_images(Path(folder)))
    same = [left[:-6] == right[:-6] for left, right, _ in found.pairs.itertuples(index=False)]
    return {
        "files": 2 * count,
        "copies": count,
        "found": sum(same),
        "others": len(same) - sum(same),
        "seconds": time.perf_counter() - started,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    data = os.environ.get("PORTREEVE_DATA", str(DEFAULT_DATA))
    parser.add_argument("--data", type=Path, default=Path(data) / "product_matching")
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=0, help="Of the sample marketplace.")
    parser.add_argument("--only", choices=["products", "copies", "terms", "pictures", "sample"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    texts, pairs = made_up_texts(arguments.texts)
    parts: dict[str, Callable[[], Any]] = {
        "products": lambda: products(arguments.data),
        "copies": lambda: copies(texts, pairs),
        "terms": lambda: terms(texts.head(10_000)),
        "pictures": lambda: pictures(arguments.pictures),
        "sample": lambda: planted(arguments.merchants, arguments.seed),
    }
    found = {name: run() for name, run in parts.items() if arguments.only in (None, name)}
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    for name, figures in (found | found.pop("sample", {})).items():
        print(f"{name}: {_line(figures) if figures else 'no such data'}")


def _line(figures: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in figures.items()
    )


if __name__ == "__main__":
    main()
