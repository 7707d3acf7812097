"""Confident learning: which labels probable classes contradict.

Northcutt, Jiang & Chuang 2021, "Confident learning: estimating uncertainty in dataset labels",
Journal of Artificial Intelligence Research 70, doi:10.1613/jair.1.12125.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]


@dataclass(frozen=True)
class Confidence:
    """What probabilities say of labels.

    Attributes:
        joint: Given class × true class, estimated share of all rows (sums to 1).
        thresholds: Mean probability of each class among the rows that are labelled with it.
        is_doubted: Rows that count for another class than their label.
        margin: Probability of the likeliest other class minus that of the label, -1 to 1.
    """

    joint: Floats
    thresholds: Floats
    is_doubted: NDArray[np.bool_]
    margin: Floats


def confident_learning(labels: Labels, probabilities: Floats) -> Confidence:
    """Estimate the joint of given and true classes, and find the labels off its diagonal.

    A row counts for class j if its probability of j is at least the mean one of the rows labelled
    j; where several are, for the most probable of them. Each class needs a row.

    Args:
        labels: Class of each row, 0 … K-1.
        probabilities: Rows × K, from models that had not seen the row.
    """
    classes = probabilities.shape[1]
    rows = np.arange(len(labels))
    thresholds = np.array([probabilities[labels == k, k].mean() for k in range(classes)])
    is_confident = probabilities >= thresholds
    likeliest = np.where(is_confident, probabilities, -1.0).argmax(axis=1)
    counted = is_confident.any(axis=1)
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels[counted], likeliest[counted]), 1.0)
    others = probabilities.copy()
    others[rows, labels] = -1.0
    return Confidence(
        _calibrated(counts, labels),
        thresholds,
        counted & (likeliest != labels),
        others.max(axis=1) - probabilities[rows, labels],
    )


def _calibrated(counts: Floats, labels: Labels) -> Floats:
    """Scale the counts so that each given class has its share of the rows."""
    given = np.bincount(labels, minlength=len(counts)).astype(float)
    known = counts.sum(axis=1)
    safe = np.where(known > 0, known, 1.0)[:, None]
    shares = np.where(known[:, None] > 0, counts / safe, np.eye(len(counts)))
    joint: Floats = shares * given[:, None] / len(labels)
    return joint
