"""Who copied whom, worked out by hand."""

import pandas as pd

from analytics.signals.content.copies import CopyFinder

SAME = "hand knitted winter scarf with fringe"
NEAR = "hand-knitted winter scarf, with fringes"
OTHER = "stainless steel garden shears forged"


def found(*rows: tuple[str, str, str | None]) -> CopyFinder:
    frame = pd.DataFrame(rows, columns=["id", "owner", "text"]).set_index("id")
    return CopyFinder().fit(frame)


def test_the_original_is_the_earliest_text_of_another_owner() -> None:
    finder = found(
        ("a", "x", SAME), ("b", "y", NEAR), ("c", "z", SAME), ("d", "x", SAME), ("e", "x", OTHER)
    )
    table = finder.found_.astype(object).where(finder.found_.notna(), None)
    assert table["original"].tolist() == [None, "a", "a", "b", None]
    assert table["own"].tolist() == [None, None, None, "a", None]
    assert table["others"].tolist() == [2, 3, 3, 2, 0]


def test_matches_name_the_others_most_similar_first() -> None:
    finder = found(("a", "x", SAME), ("b", "y", NEAR), ("c", "z", SAME))
    of_a = finder.matches_[finder.matches_["id"] == "a"]
    assert of_a["other"].tolist() == ["c", "b"]
    assert of_a["similarity"].iloc[0] == 1.0
    assert 0.8 <= of_a["similarity"].iloc[1] < 1.0


def test_later_texts_change_nothing_about_earlier_ones() -> None:
    rows = [(f"t{k}", f"o{k % 3}", NEAR if k % 2 else SAME) for k in range(130)]
    early, late = found(*rows[:60]).found_, found(*rows).found_.iloc[:60]
    pd.testing.assert_frame_equal(early[["original", "own"]], late[["original", "own"]])


def test_short_and_missing_texts_copy_nothing() -> None:
    finder = found(
        ("a", "x", "red shirt"), ("b", "y", "red shirt"), ("c", "z", None), ("d", "w", "")
    )
    assert finder.found_["original"].isna().all()
    assert finder.found_["others"].tolist() == [0, 0, 0, 0]
    assert finder.matches_.empty


def test_nothing_to_search_gives_nothing() -> None:
    assert found().found_.empty
