"""Product matching, on rows that can be checked by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError, NotFoundError
from analytics.signals.content.matching.blocking import nearest_pairs, with_nearest
from analytics.signals.content.matching.candidates import (
    Attributes,
    Candidates,
    attributes_of,
    from_pairs,
)
from analytics.signals.content.matching.features import pair_features
from analytics.signals.content.matching.matcher import best_threshold
from analytics.signals.content.matching.rivals import probability_features
from analytics.signals.content.matching.spaces import Space, record_words, word_weights
from analytics.signals.content.matching.tokens import is_model, is_version, is_year, words
from analytics.signals.content.tables import ids_of, labels_of, read_table

PAIRS = pd.DataFrame(
    {
        "left_title": ["office 2007 mac", "office 2007 mac", "photo shop", "tax pro"],
        "left_brand": ["acme", "acme", "", "sage"],
        "left_price": ["10", "10", "20.0", ""],
        "right_title": ["acme office 2007", "photoshop upgrade", "photoshop upgrade", "tax pro"],
        "right_brand": ["", "", "", "sage"],
        "right_price": ["10.5", "5", "5", "7"],
    }
)


def _rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Adobe Photoshop CS3 ( v10 .0 )", ["adobe", "photoshop", "cs3", "10"]),
        ("punch ! home-design & more", ["punch", "home", "design", "and", "more"]),
        ("Office ( R ) 2007®™", ["office", "2007"]),
        ("soundtrack v1 .2", ["soundtrack", "1.2"]),
        ("standard17", ["standard", "17"]),
        ("millie 's math c# c++", ["millies", "math", "c#", "c++"]),
        ("naïve Größe 7.0.0", ["naive", "große", "7"]),
        ("", []),
        ("...", []),
    ],
)
def test_words_of_a_title(title: str, expected: list[str]) -> None:
    assert list(words(title)) == expected


def test_kinds_of_words() -> None:
    assert [w for w in ("7", "2007", "6.2.9", "410000", "cs3") if is_version(w)] == ["7", "6.2.9"]
    assert [w for w in ("2007", "1899", "20070") if is_year(w)] == ["2007"]
    assert [w for w in ("m9301z", "cs3", "2007", "office", "a1") if is_model(w)] == [
        "m9301z",
        "cs3",
    ]


def test_equal_records_of_pairs_are_one_record() -> None:
    candidates = from_pairs(PAIRS)

    assert candidates.left["title"].tolist() == ["office 2007 mac", "photo shop", "tax pro"]
    assert candidates.left_row.tolist() == [0, 0, 1, 2]
    assert candidates.right_row.tolist() == [0, 1, 1, 2]


def test_texts_and_numbers_are_told_apart() -> None:
    assert attributes_of(from_pairs(PAIRS)) == Attributes("title", ("brand",), ("price",))


def test_the_longest_text_names_the_product_where_none_is_called_title() -> None:
    pairs = PAIRS.rename(columns=lambda c: c.replace("title", "what"))

    assert attributes_of(from_pairs(pairs)) == Attributes("what", ("brand",), ("price",))
    assert attributes_of(from_pairs(pairs), "brand").title == "brand"


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (pd.DataFrame({"a": [1]}), "No column is there for both products"),
        (PAIRS.iloc[:0], "There is no pair"),
    ],
)
def test_pairs_that_are_none_are_refused(pairs: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_pairs(pairs)


def test_a_title_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no column 'name' in common"):
        attributes_of(from_pairs(PAIRS), "name")


def test_only_numbers_are_no_ground_to_compare_on() -> None:
    pairs = pd.DataFrame({"left_price": [1.0], "right_price": [2.0]})
    with pytest.raises(InputError, match="no text in common"):
        attributes_of(from_pairs(pairs))


def test_features_of_pairs() -> None:
    candidates = from_pairs(PAIRS)
    features = pair_features(candidates, attributes_of(candidates))

    first, second, third, same = (features.iloc[k] for k in range(4))
    # office 2007 mac | acme office 2007: two of four words; the brand is in the other's title.
    assert first["title_jaccard"] == 2 / 4
    assert first["left_others_found"] == 1.0
    assert first["years_agree"] == 1
    assert first["left_only_words"] == 1
    assert first["edition_mac"] == 1
    assert first["price_same"] == 1.0
    assert second["title_jaccard"] == 0.0
    assert second["years_left_only"] == 1
    # photo shop | photoshop upgrade: joined they are the same word.
    assert third["left_only_words"] == 0
    assert third["edition_upgrade"] == -1
    assert third["price_ratio"] == pytest.approx(np.log(5 / 20))
    assert same["title_jaccard"] == same["words_cosine"] == pytest.approx(1.0)
    assert np.isnan(same["price_ratio"])
    assert same["words_left_rank"] == 0


def test_weights_are_inverse_document_frequencies() -> None:
    candidates = from_pairs(PAIRS)
    sides = [
        record_words(table, Attributes("title", (), ()))
        for table in (candidates.left, candidates.right)
    ]

    weights = word_weights(*sides)

    assert weights["office"] == pytest.approx(np.log(7 / 3) + 1)  # two of six records
    assert weights["mac"] == pytest.approx(np.log(7 / 2) + 1)


def test_empty_texts_have_features_too() -> None:
    pairs = pd.DataFrame(
        {"left_title": ["", "hat"], "right_title": [None, ""], "left_price": ["", "x"],
         "right_price": [None, "-1"]}
    )  # fmt: skip
    candidates = from_pairs(pairs)
    features = pair_features(candidates, Attributes("title", (), ("price",)))

    assert len(features) == 2
    assert features["title_jaccard"].tolist() == [0.0, 0.0]
    assert features["price_ratio"].isna().all()


def test_a_title_of_ten_megabytes_is_cut() -> None:
    pairs = pd.DataFrame({"left_title": ["hat " * 2_500_000], "right_title": ["hat"]})
    candidates = from_pairs(pairs)

    features = pair_features(candidates, attributes_of(candidates))

    assert features["left_words"].tolist() == [25_000]


def test_the_nearest_of_each_record() -> None:
    space = Space("s", np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.8, 0.6], [1.0, 0.0]]))

    assert nearest_pairs(space, 1, 0.1).tolist() == [[0, 0], [0, 1], [1, 0]]
    assert nearest_pairs(space, 1, 0.7).tolist() == [[0, 0], [0, 1]]


def test_rivals_follow_the_candidates() -> None:
    space = Space("s", np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.8, 0.6], [1.0, 0.0]]))
    two = pd.DataFrame({"title": ["a", "b"]})

    extended = with_nearest(Candidates(two, two, _rows(1, 0), _rows(1, 1)), space, 1, 0.1)

    assert extended.left_row.tolist() == [1, 0, 0, 1]
    assert extended.right_row.tolist() == [1, 1, 0, 0]


def test_a_probability_beside_its_rivals() -> None:
    two = pd.DataFrame({"title": ["a", "b"]})
    candidates = Candidates(two, two, _rows(0, 0, 1, 0), _rows(0, 1, 1, 0))

    found = probability_features(candidates, np.array([0.8, 0.3, 0.6, 0.9]))

    # Pair (0, 0) stands twice: its mean is 0.85.
    assert found["model_p"].tolist() == pytest.approx([0.85, 0.3, 0.6, 0.85])
    assert found["model_left_best_other"].tolist() == pytest.approx([0.3, 0.85, 0.0, 0.3])
    assert found["model_left_rank"].tolist() == [1, 2, 1, 1]
    assert found["model_right_best_other"].tolist() == pytest.approx([0.0, 0.6, 0.3, 0.0])
    assert found["model_right_candidates"].tolist() == [1, 2, 2, 1]


def test_the_best_threshold() -> None:
    # Calling 1, 2, 3, 4 of them: F1 2/3, 1, 4/5, 4/6.
    assert best_threshold(np.array([1.0, 0, 1, 0]), np.array([0.75, 0.25, 0.625, 0.0])) == 0.4375
    # Equal probabilities cannot be told apart: both are called.
    assert best_threshold(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == 0.5


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="There is no file"):
        read_table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"id\n1\n", "its name ends neither"),
        ("a.csv", b"", "cannot be read as a table"),
        ("a.csv", b"id,title\n", "has no rows"),
        ("a.csv", b"id,title\n1,\xff\n", "cannot be read as a table"),
        ("a.csv", b"title\nhat\n", "has no column id"),
        ("a.parquet", b"PAR1 not", "cannot be read as a table"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_table(tmp_path / name, ["id"])


def test_ids_must_be_there_and_differ() -> None:
    with pytest.raises(InputError, match="Left, row 2: id is empty"):
        ids_of(pd.DataFrame({"id": ["a", None]}), "id", "Left")
    with pytest.raises(InputError, match="Left: id 'a' occurs in rows 1 and 3"):
        ids_of(pd.DataFrame({"id": ["a", "b", "a"]}), "id", "Left")


def test_labels_are_zero_or_one() -> None:
    with pytest.raises(InputError, match="train, row 2: match is 0 or 1, not 'yes'"):
        labels_of(pd.DataFrame({"match": ["1", "yes"]}), "match", "train")
