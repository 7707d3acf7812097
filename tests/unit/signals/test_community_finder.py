import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.communities.finder import RingFinder, pair_weights

TYPES = {"m": "merchant", "c": "creator", "b": "buyer"}


def edges(*rows):
    """Edges from (src, dst, weight[, relation[, value]])."""
    return pd.DataFrame(
        [
            {
                "src_type": TYPES[row[0][0]],
                "src_id": row[0],
                "dst_type": TYPES[row[1][0]],
                "dst_id": row[1],
                "weight": row[2],
                "relation": row[3] if len(row) > 3 else "device",
                "value": row[4] if len(row) > 4 else "v",
            }
            for row in rows
        ],
        columns=["src_type", "src_id", "dst_type", "dst_id", "weight", "relation", "value"],
    )


def clique(names, weight, relation="device"):
    return [(a, b, weight, relation) for i, a in enumerate(names) for b in names[i + 1 :]]


def rings(members):
    return [sorted(group["entity_id"]) for _, group in members.groupby("ring")]


def test_ties_of_a_pair_add_up_as_independent_chances():
    pairs = pair_weights(edges(("m1", "m2", 0.5, "device"), ("m1", "m2", 0.5, "phone")))
    assert pairs["weight"].tolist() == pytest.approx([0.75])


def test_two_rings_with_one_weak_tie_between_them_stay_two():
    rows = clique(["m1", "m2", "m3"], 0.5) + clique(["m4", "m5", "m6", "m7"], 0.5)
    found = RingFinder().fit_predict(edges(*rows, ("m3", "m4", 0.3)))
    # Mean weight between them 0.3 / 12 = 0.025 is below the resolution of 0.07.
    assert rings(found) == [["m4", "m5", "m6", "m7"], ["m1", "m2", "m3"]]


def test_a_strong_enough_tie_makes_one_of_them():
    rows = clique(["m1", "m2"], 0.5) + clique(["m3", "m4"], 0.5)
    found = RingFinder().fit_predict(edges(*rows, ("m1", "m3", 0.5)))
    # 0.5 / 4 = 0.125 is above it.
    assert rings(found) == [["m1", "m2", "m3", "m4"]]


def test_a_warehouse_address_holds_nobody_together():
    shops = [f"m{n:02}" for n in range(30)]
    found = RingFinder(resolution=0.1).fit_predict(edges(*clique(shops, 0.06, "address")))
    assert found.empty


def test_a_ring_inside_a_warehouse_is_found_alone():
    shops = [f"m{n:02}" for n in range(30)]
    rows = clique(shops, 0.06, "address") + clique(shops[:4], 0.6)
    assert rings(RingFinder(resolution=0.1).fit_predict(edges(*rows))) == [shops[:4]]


def test_the_tie_of_a_member_is_the_chance_of_belonging_with_any_other():
    found = RingFinder().fit_predict(edges(*clique(["m1", "m2", "m3"], 0.5)))
    assert found["tie"].tolist() == pytest.approx([0.75] * 3)


def test_the_rest_of_the_graph_changes_no_ring():
    ring = clique(["m1", "m2", "m3"], 0.2)
    others = [row for n in range(40) for row in clique([f"c{n}a", f"c{n}b", f"c{n}c"], 0.9)]
    alone = RingFinder().fit_predict(edges(*ring))
    among = RingFinder().fit_predict(edges(*ring, *others))
    assert rings(alone) == [["m1", "m2", "m3"]]
    assert rings(alone)[0] in rings(among)


def test_the_order_of_edges_and_ends_changes_nothing():
    rows = clique([f"m{n}" for n in range(6)], 0.3) + clique(["m5", "c1", "c2"], 0.4)
    given = edges(*rows)
    swapped = given.rename(
        columns={
            "src_type": "dst_type", "dst_type": "src_type", "src_id": "dst_id", "dst_id": "src_id"
        }
    ).sample(frac=1, random_state=3)  # fmt: skip
    found, again = RingFinder().fit_predict(given), RingFinder().fit_predict(swapped)
    pd.testing.assert_frame_equal(found, again)


def test_buyers_join_the_ring_of_their_strongest_tie_and_hold_none_together():
    rows = [*clique(["m1", "m2"], 0.9), *clique(["m3", "m4"], 0.9)]
    rows += [("b1", "m1", 0.3), ("b1", "m3", 0.4), ("b2", "m8", 0.9), ("b2", "m9", 0.9)]
    found = RingFinder().fit_predict(edges(*rows))
    assert rings(found) == [["m1", "m2"], ["b1", "m3", "m4"]]
    assert found.set_index("entity_id")["tie"]["b1"] == pytest.approx(0.4)


def test_what_cannot_be_meant_is_dropped_and_said():
    given = edges(
        ("m1", "m2", 0.9), ("m2", "m1", 0.9), ("m1", "m1", 0.9), ("m1", "m3", 0.9)
    )  # fmt: skip
    nodes = pd.DataFrame({"entity_type": "merchant", "entity_id": ["m1", "m2"]})
    finder = RingFinder().fit(given, nodes)
    assert rings(finder.members_) == [["m1", "m2"]]
    assert finder.dropped_ == {
        "from a node to itself": 1, "given twice": 1, "with an unknown node": 1
    }  # fmt: skip


def test_an_edge_without_an_id_is_dropped():
    given = edges(("m1", "m2", 0.9), ("m1", "m3", 0.9))
    given.loc[1, "dst_id"] = None
    assert RingFinder().fit(given).dropped_ == {"without an id": 1}


def test_no_edges_have_no_rings():
    finder = RingFinder().fit(edges())
    assert finder.members_.empty
    assert list(finder.members_.columns) == ["ring", "entity_type", "entity_id", "tie"]


@pytest.mark.parametrize("weight", [0.0, -1.0, 1.5, np.nan, np.inf])
def test_a_weight_that_is_no_chance_is_refused_with_its_row(weight):
    with pytest.raises(InputError, match="Row 2 of the edges"):
        RingFinder().fit(edges(("m1", "m2", 0.5), ("m1", "m3", weight)))


def test_missing_columns_and_a_senseless_resolution_are_refused():
    with pytest.raises(InputError, match="lack the column relation"):
        RingFinder().fit(edges(("m1", "m2", 0.5)).drop(columns="relation"))
    with pytest.raises(InputError, match="nodes lack the column entity_id"):
        RingFinder().fit(edges(("m1", "m2", 0.5)), pd.DataFrame({"entity_type": ["merchant"]}))
    with pytest.raises(InputError, match="between 0 and 1, not 2"):
        RingFinder(resolution=2).fit(edges(("m1", "m2", 0.5)))


def test_it_is_an_estimator():
    assert RingFinder(resolution=0.2).get_params() == {"resolution": 0.2}
