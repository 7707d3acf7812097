import numpy as np
import pyarrow as pa
import pytest

from sample_data.catalogue import LANGUAGES, read_catalogue
from sample_data.text import (
    Topic,
    expand,
    make_slot,
    read_phrasebook,
    sentence,
    write_some,
    write_texts,
)


def topic(count: int, language: int = 0) -> Topic:
    rows = np.arange(count)
    return Topic(np.full(count, language), rows % 160, rows % 48, rows)


@pytest.mark.parametrize(
    ("phrase", "texts"),
    [
        ("plain", ["plain"]),
        ("(a|b) c", ["a c", "b c"]),
        ("(a|b)(c|d)", ["ac", "ad", "bc", "bd"]),
        ("x (a|(b|c))", ["x a", "x b", "x a", "x c"]),
        ("no choice (large)", ["no choice (large)"]),
        ("a(b|)", ["ab", "a"]),
    ],
)
def test_a_phrase_stands_for_all_its_choices(phrase: str, texts: list[str]) -> None:
    assert sorted(set(expand(phrase))) == sorted(set(texts))


def test_placeholders_are_filled_row_by_row() -> None:
    slot = make_slot(["{noun} by {brand}!"])
    fillers = {"noun": pa.array(["pan", "lamp"]), "brand": pa.array(["Okari", "Kestra"])}

    texts = slot.render(np.array([1, 2]), 0, fillers)

    assert texts.to_pylist() == ["pan by Okari!", "lamp by Kestra!"]


def test_an_empty_phrase_gives_null() -> None:
    assert make_slot([""]).render(np.array([1, 2]), 0, {}).to_pylist() == [None, None]


def test_a_sentence_leaves_no_gap_and_drops_no_row() -> None:
    first, second = pa.array(["a", None, None]), pa.array(["b", "c", None])

    assert sentence(first, second).to_pylist() == ["a b", "c", ""]


def test_equal_keys_give_equal_texts_and_others_differ() -> None:
    twice = Topic(np.zeros(2, int), np.full(2, 5), np.full(2, 7), np.array([42, 42]))
    one, other = write_texts(twice, "review.positive").to_pylist()
    many = write_texts(topic(3_000), "review.positive").to_pylist()

    assert one == other
    assert len(set(many)) > 2_000


def test_texts_keep_the_order_of_rows_in_several_languages() -> None:
    rows = np.arange(90)
    mixed = Topic(rows % 3, rows, rows % 48, rows)
    alone = [write_texts(mixed.where(np.array([r])), "title.branded")[0].as_py() for r in rows]

    assert write_texts(mixed, "title.branded").to_pylist() == alone


def test_details_follow_the_category() -> None:
    catalogue = read_catalogue()
    shoes = catalogue.categories.index("shoes") * catalogue.nouns_per_category
    about = Topic(np.zeros(200, int), np.full(200, shoes), np.zeros(200, int), np.arange(200))
    texts = set(write_texts(about, "detail.*").to_pylist())

    assert texts <= {
        text
        for phrase in read_phrasebook("en").slots["detail.shoes"].pieces[0].to_pylist()
        for text in [phrase]
    }


def test_only_chosen_rows_get_a_text() -> None:
    texts = write_some(np.array([False, True, False]), topic(3), ["review.late"])

    assert texts.is_null().to_pylist() == [True, False, True]


@pytest.mark.parametrize("language", range(len(LANGUAGES)))
def test_every_slot_of_every_language_can_be_rendered(language: int) -> None:
    book = read_phrasebook(LANGUAGES[language])
    for name in book.slots:
        texts = write_texts(topic(50, language), name).to_pylist()
        assert not any("{" in text or "|" in text.replace("| ", "") for text in texts), name


def test_languages_have_the_same_places() -> None:
    english, *others = (set(read_phrasebook(language).slots) for language in LANGUAGES)

    assert all(other == english for other in others)


def test_nouns_mean_the_same_thing_in_every_language() -> None:
    assert {len(nouns) for nouns in read_catalogue().nouns.values()} == {160}
