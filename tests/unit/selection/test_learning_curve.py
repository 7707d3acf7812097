"""The stored curves, and whether the docs quote them."""

import re
from pathlib import Path

import pytest

from analytics.selection.learning_curve import read_learning_curves

DOCS = Path(__file__).parents[3] / "docs" / "learning.md"
KNOWN = read_learning_curves()


def test_the_default_mix_needs_at_most_a_third_of_random() -> None:
    assert KNOWN.reach == 0.95
    assert KNOWN.needed["mix"] <= KNOWN.needed["random"] / 3


@pytest.mark.parametrize("policy", KNOWN.needed)
def test_a_curve_ends_with_all_labels_and_reaches_what_is_claimed(policy: str) -> None:
    rows = KNOWN.curves[KNOWN.curves["policy"] == policy]
    assert rows["labels"].is_monotonic_increasing
    assert rows["share"].iloc[-1] == 1.0
    first = rows[rows["share"] >= KNOWN.reach]["labels"].iloc[0]
    before = rows[rows["labels"] < first]["labels"].iloc[-1]
    assert before <= KNOWN.needed[policy] <= first


@pytest.mark.parametrize("policy", KNOWN.needed)
def test_the_docs_quote_the_labels_needed(policy: str) -> None:
    row = re.search(rf"^\| `?{policy}`? \| ([\d,]+) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert row is not None
    assert int(row[1].replace(",", "")) == KNOWN.needed[policy]
