import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.columns import ENTITY_TYPES
from analytics.warehouse import QueueFilters

texts = st.text(min_size=1, max_size=20).filter(lambda t: t.strip() == t)
choices = st.lists(texts, max_size=3, unique=True).map(tuple)
filters = st.builds(
    QueueFilters,
    entity=st.lists(st.sampled_from(ENTITY_TYPES), max_size=3, unique=True).map(tuple),
    family=choices,
    category=choices,
    region=choices,
    policy=choices,
    min_exposure=st.integers(0, 10**9).map(float),
    min_age=st.integers(0, 10_000),
    max_age=st.none() | st.integers(0, 10_000),
    min_probability=st.integers(0, 100).map(lambda n: n / 100),
    text=texts | st.just(""),
    new_only=st.booleans(),
    order=st.sampled_from(["harm", "probability"]),
)


@given(filters)
def test_what_is_written_to_the_address_reads_back(wanted: QueueFilters) -> None:
    assert QueueFilters.from_query(wanted.to_query()) == wanted


def test_defaults_leave_the_address_empty() -> None:
    assert QueueFilters().to_query() == {}
    assert QueueFilters().is_default


def test_address_of_some_filters() -> None:
    chosen = QueueFilters(entity=("merchant",), category=("toys", "art"), min_exposure=250.0)
    assert chosen.to_query() == {
        "entity": ["merchant"],
        "category": ["toys", "art"],
        "min_exposure": "250",
    }


@pytest.mark.parametrize(
    "query",
    [
        {"entity": "<script>"},
        {"min_exposure": "nan"},
        {"min_exposure": "-5"},
        {"min_exposure": "1e400"},
        {"max_age": "٣"},
        {"max_age": "9" * 400},
        {"min_age": "soon"},
        {"min_probability": "1.5"},
        {"order": "1; DROP TABLE scores"},
        {"new_only": "yes"},
        {"unknown": "x"},
        {"family": ["", ""]},
    ],
)
def test_what_an_address_cannot_mean_is_left_out(query: dict[str, str]) -> None:
    assert QueueFilters.from_query(query) == QueueFilters()


def test_long_addresses_are_cut() -> None:
    read = QueueFilters.from_query({"text": "x" * 5_000, "category": [str(i) for i in range(500)]})
    assert len(read.text) == 200
    assert len(read.category) == 50
