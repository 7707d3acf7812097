"""Copied texts."""

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.content.duplicates import DuplicateFinder
from analytics.signals.content.shingles import jaccard, letters_only, shingle_sets, signatures


def _texts(**texts: object) -> pd.Series:
    return pd.Series(texts, dtype=object)


def test_similarity_is_the_share_of_common_letter_runs() -> None:
    # abcdef: abcd bcde cdef; abcdeg: abcd bcde cdeg: two of four.
    found = DuplicateFinder(threshold=0.5).fit(_texts(a="abcdef", b="a b c, d e g!"))

    assert found.pairs_.to_dict("records") == [{"left": "a", "right": "b", "similarity": 0.5}]
    assert DuplicateFinder(threshold=0.51).fit(_texts(a="abcdef", b="abcdeg")).pairs_.empty


def test_disguises_do_not_make_another_text() -> None:
    found = DuplicateFinder().fit(
        _texts(a="Genuine leather wallet", b="ＧＥＮＵＩＮＥ l-e-a-t-h-e-r wаllet ✨", c="Hat")
    )

    assert found.pairs_.to_dict("records") == [{"left": "a", "right": "b", "similarity": 1.0}]


def test_clusters_are_chains_named_after_their_first() -> None:
    texts = _texts(a="abcdefghij", x="zzzzyyyy", b="abcdefghijk", c="abcdefghijkl")
    found = DuplicateFinder(threshold=0.86).fit(texts)

    # Seven runs of four, eight, nine: 7/8 and 8/9 pass, 7/9 does not.
    assert found.pairs_[["left", "right"]].to_numpy().tolist() == [["b", "c"], ["a", "b"]]
    assert found.clusters_.to_dict() == {"a": "a", "b": "a", "c": "a"}
    assert found.transform(texts).to_dict("list") == {
        "near_duplicates": [2, 0, 2, 2],
        "nearest_similarity": [7 / 8, 0.0, 8 / 9, 8 / 9],
    }


def test_many_equal_texts_make_one_pair_each() -> None:
    found = DuplicateFinder().fit(pd.Series(["the same boilerplate"] * 1000))

    assert len(found.pairs_) == 999
    assert set(found.pairs_["left"]) == {0}


def test_a_bucket_of_many_is_still_one_cluster() -> None:
    boilerplate = "original item fast shipping best seller of the year buy now " * 3
    texts = pd.Series([f"{boilerplate}{k:03d}" for k in range(200)])

    found = DuplicateFinder(neighbours=2).fit(texts)

    assert len(found.clusters_) == 200
    assert found.clusters_.nunique() == 1
    assert len(found.pairs_) < 200 * 199 / 2


@pytest.mark.parametrize("empty", ["", "   ", "!!! ✨", None, float("nan"), 7])
def test_a_text_without_letters_is_a_duplicate_of_nothing(empty: object) -> None:
    found = DuplicateFinder().fit(_texts(a=empty, b=empty, c="hat"))

    assert found.pairs_.empty
    assert found.empty_ == ["a", "b"]


def test_no_text_at_all() -> None:
    found = DuplicateFinder().fit(pd.Series([], dtype=object))

    assert found.pairs_.empty
    assert found.transform(pd.Series([], dtype=object)).empty


def test_ten_megabytes_are_read_to_the_limit() -> None:
    found = DuplicateFinder().fit(_texts(a="abcdefghij" * 1_000_000, b="abcdefghij" * 20_000))

    assert found.pairs_["similarity"].tolist() == [1.0]


def test_an_id_that_occurs_twice_is_refused() -> None:
    with pytest.raises(InputError, match="The id 'a' occurs more than once"):
        DuplicateFinder().fit(pd.Series(["x", "y"], index=["a", "a"]))


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(InputError, match="above 0 and at most 1"):
        DuplicateFinder(threshold=threshold).fit(_texts(a="x"))


def test_a_text_that_was_not_searched_is_refused() -> None:
    with pytest.raises(InputError, match="for example 'z'"):
        DuplicateFinder().fit(_texts(a="abc")).transform(_texts(z="abc"))


def _copies(seed: int) -> pd.Series:
    """Sixty sentences of ten words, and four copies of each with one word changed."""
    generator = np.random.default_rng(seed)
    words = np.array(["red", "blue", "large", "leather", "cotton", "shirt", "bag", "hat", "belt"])
    made = []
    for _ in range(60):
        sentence = generator.choice(words, 10)
        for _ in range(5):
            made.append(" ".join(sentence))
            sentence = sentence.copy()
            sentence[generator.integers(10)] = generator.choice(words)
    return pd.Series(made).drop_duplicates().reset_index(drop=True)


def test_the_same_texts_give_the_same_pairs() -> None:
    first, second = (DuplicateFinder(threshold=0.6).fit(_copies(1)).pairs_ for _ in range(2))

    assert len(first) > 100
    pd.testing.assert_frame_equal(first, second)


def test_nearly_all_pairs_of_brute_force_are_found() -> None:
    texts = _copies(2)
    sets = shingle_sets(texts.tolist(), 4)
    left, right = np.triu_indices(len(texts), 1)
    near = jaccard(sets, left, right) >= 0.6

    finder = DuplicateFinder(threshold=0.6).fit(texts)

    expected = set(zip(left[near].tolist(), right[near].tolist(), strict=True))
    found = set(finder.pairs_[["left", "right"]].itertuples(index=False, name=None))
    assert found <= expected
    assert len(found) >= 0.97 * len(expected) > 100


def test_the_chance_to_find_is_that_of_banding() -> None:
    assert DuplicateFinder(bands=2, rows=1).chance_to_find(0.5) == 0.75


def test_signatures_agree_as_often_as_sets_are_alike() -> None:
    sets = shingle_sets(["abcdefghijklmnop", "abcdefghijklmnxy"], 4)
    marks = signatures(sets, 4000, seed=0)
    exact = jaccard(sets, np.array([0]), np.array([1]))[0]

    assert exact == 11 / 15
    assert np.mean(marks[0] == marks[1]) == pytest.approx(exact, abs=0.03)


def test_letters_only() -> None:
    assert letters_only(" A-1 é_б ") == "a1eб"
