"""How well the product matcher does on labelled pairs in a given split."""

import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from analytics.errors import InputError
from analytics.signals.content.matching.candidates import Candidates, from_pairs
from analytics.signals.content.matching.matcher import ProductMatcher, best_threshold
from analytics.signals.content.tables import labels_of

Floats = NDArray[np.float64]

PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class Measured:
    """Precision, recall, F1 and average precision on some pairs."""

    f1: float
    precision: float
    recall: float
    average_precision: float

    @classmethod
    def of(cls, labels: Floats, probability: Floats, threshold: float) -> "Measured":
        """Measure; a ratio of nothing is 0."""
        called = probability >= threshold
        hits = float((called * labels).sum())
        precision = hits / called.sum() if called.any() else 0.0
        recall = hits / labels.sum() if labels.any() else 0.0
        f1 = 2 * hits / (called.sum() + labels.sum()) if hits else 0.0
        average = float(average_precision_score(labels, probability)) if labels.any() else 0.0
        return cls(float(f1), float(precision), float(recall), average)


@dataclass(frozen=True)
class MatchReport:
    """The result on the test part, and what it was reached with.

    `train` is out of fold, `first_look` the result on test before rivals' probabilities are seen.
    `seen_before` is the share of the test pairs whose two products stand, letter for letter, as a
    pair in train or valid; `f1_unseen` leaves them out.
    """

    f1: float
    precision: float
    recall: float
    average_precision: float
    threshold: float
    train: Measured
    valid: Measured
    first_look: Measured
    f1_unseen: float
    seen_before: float
    pairs: dict[str, int]
    matches: dict[str, int]
    seconds: float
    peak_mb: float

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON document."""
        return asdict(self)

    def summary(self) -> str:
        """Return the report as text."""
        return "\n".join(
            [
                f"Test: F1 {self.f1:.4f}, precision {self.precision:.4f}, recall "
                f"{self.recall:.4f}, average precision {self.average_precision:.4f}.",
                f"Train (out of fold): F1 {self.train.f1:.4f}, valid: F1 {self.valid.f1:.4f}. "
                f"Threshold {self.threshold:.3f}, chosen on these two.",
                f"Test without rivals' probabilities: F1 {self.first_look.f1:.4f}.",
                f"{self.seen_before:.1%} of the test pairs also stand in train or valid; without "
                f"them F1 {self.f1_unseen:.4f}.",
                "Pairs: "
                + ", ".join(f"{p} {self.pairs[p]:,} ({self.matches[p]:,} match)" for p in PARTS)
                + f". {self.seconds:.0f} s, {self.peak_mb:,.0f} MB.",
            ]
        )


def evaluate_matching(
    parts: Mapping[str, pd.DataFrame], label: str = "match", matcher: ProductMatcher | None = None
) -> tuple[MatchReport, Floats]:
    """Fit on train, choose the threshold on train (out of fold) and valid, measure on test.

    The labels of valid are read after the fit, those of test after the threshold is chosen. The
    products of all parts are known to the fit, their labels are not: a catalogue is at hand before
    its matches are.

    Returns:
        The report, and the probabilities of the test pairs.

    Raises:
        InputError: A part lacks columns, or has labels other than 0 and 1.
    """
    started = time.perf_counter()
    candidates, part_of = _joined(parts, label)
    labels = np.full(len(candidates), np.nan)
    labels[part_of == "train"] = labels_of(parts["train"], label, "train")
    model = (matcher or ProductMatcher()).fit(candidates, labels)

    labels[part_of == "valid"] = labels_of(parts["valid"], label, "valid")
    known = part_of != "test"
    last, first = (
        (each, best_threshold(labels[known], each[known]))
        for each in (model.probability_, model.first_probability_)
    )

    labels[part_of == "test"] = labels_of(parts["test"], label, "test")
    pair = candidates.left_row * len(candidates.right) + candidates.right_row
    is_seen = np.isin(pair, pair[known])
    rows = {part: part_of == part for part in PARTS} | {"unseen": ~known & ~is_seen}
    found = {name: Measured.of(labels[at], last[0][at], last[1]) for name, at in rows.items()}
    report = MatchReport(
        **asdict(found["test"]),
        threshold=last[1],
        train=found["train"],
        valid=found["valid"],
        first_look=Measured.of(labels[~known], first[0][~known], first[1]),
        f1_unseen=found["unseen"].f1,
        seen_before=float(is_seen[~known].mean()),
        pairs={part: int(rows[part].sum()) for part in PARTS},
        matches={part: int(labels[rows[part]].sum()) for part in PARTS},
        seconds=time.perf_counter() - started,
        peak_mb=peak_mb(),
    )
    return report, last[0][~known]


def _joined(parts: Mapping[str, pd.DataFrame], label: str) -> tuple[Candidates, NDArray[np.str_]]:
    columns = [c for c in parts["train"].columns if c != label]
    for part in PARTS:
        if missing := [c for c in (*columns, label) if c not in parts[part].columns]:
            raise InputError(f"The {part} pairs have no column {', '.join(missing)}.")
    candidates = from_pairs(pd.concat([parts[p][columns] for p in PARTS], ignore_index=True))
    return candidates, np.repeat(PARTS, [len(parts[part]) for part in PARTS])


def peak_mb() -> float:
    """Return the most memory that this process has held so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / (1024**2 if sys.platform == "darwin" else 1024))
