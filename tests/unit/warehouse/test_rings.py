"""Reads of rings: joined with the scores of the tiny home, so every sum is in its tables."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.warehouse import RingFilters, Warehouse
from analytics.warehouse.rings import Rings, known_by, ties_of
from tests.support.rings import write_rings
from tests.support.tiny_home import TinyHome


@pytest.fixture(scope="module")
def own(tiny: TinyHome, tmp_path_factory: pytest.TempPathFactory) -> TinyHome:
    copied = Path(shutil.copytree(tiny.home.path, tmp_path_factory.mktemp("rings") / "home"))
    return replace(tiny, home=type(tiny.home)(copied))


@pytest.fixture(scope="module")
def names(own: TinyHome) -> dict[str, str]:
    return write_rings(own)


@pytest.fixture(scope="module")
def rings(own: TinyHome, names: dict[str, str]) -> Iterator[Rings]:
    warehouse = Warehouse(own.home)
    yield warehouse.rings
    warehouse.close()


def shown(frame: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """One member of each ring, in the order of the frame."""
    of = {names[member]: member for member in ("m1", "c1", "p2")}
    return [of[ring] for ring in frame["ring"]]


def test_harm_is_summed_without_counting_anything_twice(rings, own, names):
    found = rings.ranked(own.april, own.models)
    assert shown(found, names) == ["m1", "c1", "p2"]
    # m1, m2 and m4, in which p5 is; m3, of whom c1 is a part; p2 and p3, whose sellers are not in.
    assert found["expected_harm"].tolist() == [120.0, 60.0, 30.0]
    assert found["exposure"].tolist() == [195.0, 80.0, 35.0]
    assert found["harm_unit"].tolist() == ["money"] * 3
    assert found["mean_risk"].tolist() == pytest.approx([0.2875, 0.45, 0.35])
    first = found.iloc[0]
    assert first[["size", "buyers", "merchants", "products", "creators"]].tolist() == [
        4,
        1,
        3,
        1,
        0,
    ]
    assert (first["confirmed"], first["decided"], first["previous_size"]) == (1, 2, 0)
    assert first["kinds"] == ["device", "licence", "phone"]


def test_harm_is_weighed_by_suspicion(rings, own, names):
    found = rings.ranked(own.april, own.models).set_index("ring")["score"]
    # Of m1, m2, m4 and p5 one of six pairs is tied by what nobody shows (.9), two openly (.6 each,
    # a quarter); of decisions known one is yes, one no, and .05 stands for the others and one more.
    control = (0.9 + 0.25 * 1.2) / 6 / 2
    assert found[names["m1"]] == pytest.approx((control * (1 + 0 + 3 * 0.05) / 5) ** 0.5)
    assert found[names["c1"]] == pytest.approx((0.9 / 2 * 0.05) ** 0.5)
    assert found[names["p2"]] == pytest.approx((0.25 * 0.6 / 2 * 0.05) ** 0.5)


def test_what_was_decided_since_counts_instead(rings, own, names):
    decided = pd.DataFrame(
        {"entity_type": "merchant", "entity_id": ["m2", "m3"], "label": [1.0, 1.0]}
    )
    found = rings.ranked(own.april, own.models, decided=decided)
    assert found["confirmed"].tolist() == [2, 1, 0]
    assert found["decided"].tolist() == [2, 1, 0]
    nobody = RingFilters(undecided=True)
    assert shown(rings.ranked(own.april, own.models, nobody, decided), names) == ["p2"]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (RingFilters(), ["m1", "c1", "p2"]),
        (RingFilters(kind=("bank_account", "phone")), ["m1", "c1"]),
        (RingFilters(held_by="hidden"), ["m1", "c1"]),
        (RingFilters(held_by="open"), ["p2"]),
        (RingFilters(min_size=3), ["m1"]),
        (RingFilters(undecided=True), ["c1", "p2"]),
        (RingFilters(text=" KITE "), ["p2"]),
        (RingFilters(text="M4"), ["m1"]),
        (RingFilters(text="'; DROP TABLE scores; --"), []),
        (RingFilters(order="suspicion"), ["m1", "c1", "p2"]),
        (RingFilters(order="harm"), ["m1", "c1", "p2"]),
    ],
)
def test_filters(rings, own, names, filters, left):
    assert shown(rings.ranked(own.april, own.models, filters), names) == left


def test_members_come_by_harm_and_buyers_last(rings, own, names):
    members = rings.members(own.april, own.models, names["m1"])
    assert members["entity_id"].tolist() == ["m1", "m2", "p5", "m4", "b1"]
    assert members["hidden_tie"].fillna(-1).round(3).tolist() == [0.9, 0.0, 0.0, 0.9, -1.0]
    assert members["confirmed"].fillna(-1).tolist() == [1, 0, -1, -1, -1]


def test_values_and_edges_of_a_ring(rings, own, names):
    values = rings.values(own.april, own.models, names["m1"])
    assert values[["relation", "members"]].values.tolist() == [
        ["device", 3], ["licence", 2], ["phone", 2],
    ]  # fmt: skip
    edges = rings.edges(own.april, own.models, names["m1"])
    assert edges[["entity_id", "other_id"]].values.tolist() == [
        ["m1", "m4"], ["m1", "m2"], ["m4", "p5"], ["b1", "m1"],
    ]  # fmt: skip
    assert rings.common(own.april, own.models)["sharers"].tolist() == [187]
    assert rings.kinds(own.april, own.models) == ["licence", "device", "phone", "bank_account"]


def test_neighbourhood_as_of_a_day(rings, own, names):
    network = rings.neighbourhood(own.april, own.models, "merchant", "m1")
    assert network.nodes["entity_id"].tolist() == ["m1", "m4", "m2", "b1"]
    assert network.nodes["ring"].tolist() == [names["m1"]] * 4
    assert network.neighbours == 3
    earlier = known_by(network, pd.Timestamp("2026-03-15"))
    assert earlier.nodes["entity_id"].tolist() == ["m1", "m4", "b1"]
    before = known_by(network, pd.Timestamp("2025-01-01"))
    assert before.nodes["entity_id"].tolist() == ["m1"]
    assert before.edges.empty
    ties = ties_of(network, "merchant", "m1")
    assert ties[["other_id", "relation"]].values.tolist() == [
        ["m4", "device"], ["m2", "phone"], ["b1", "device"],
    ]  # fmt: skip


def test_only_the_nearest_are_read(rings, own):
    network = rings.neighbourhood(own.april, own.models, "merchant", "m1", limit=1)
    assert network.nodes["entity_id"].tolist() == ["m1", "m4"]
    assert network.neighbours == 3


def test_whom_nothing_ties_stands_alone(rings, own, names):
    alone = rings.neighbourhood(own.april, own.models, "creator", "c2")
    assert alone.nodes["entity_id"].tolist() == ["c2"]
    assert (len(alone.edges), alone.neighbours) == (0, 0)
    assert rings.ring_of(own.april, own.models, "creator", "c2") is None
    assert rings.ring_of(own.april, own.models, "product", "p5") == names["m1"]


def test_what_is_not_there_is_said(rings, own):
    assert rings.are_stored(own.april, own.models)
    assert not rings.are_stored(own.march, own.models)
    with pytest.raises(NotFoundError, match="stores no rings"):
        rings.ranked(own.march, own.models)
    with pytest.raises(NotFoundError, match="no ring 'ring-0'"):
        rings.ring(own.april, own.models, "ring-0")
