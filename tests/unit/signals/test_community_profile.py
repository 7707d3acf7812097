from datetime import datetime
from math import sqrt

import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.communities.finder import RingFinder
from analytics.signals.communities.names import name_rings
from analytics.signals.communities.profile import profile_rings

AS_OF = datetime(2026, 3, 1)
TYPES = {"m": "merchant", "b": "buyer"}


def edge(src, dst, relation, value, weight, sharers=2, first="2026-01-01"):
    return {
        "src_type": TYPES[src[0]], "src_id": src, "dst_type": TYPES[dst[0]], "dst_id": dst,
        "relation": relation, "value": value, "sharers": sharers, "weight": weight,
        "first_seen": pd.Timestamp(first),
    }  # fmt: skip


# A pair behind one device and one account, and three shops at one address and telephone.
EDGES = pd.DataFrame(
    [
        edge("m1", "m2", "device", "d1", 0.5, first="2026-01-30"),
        edge("m1", "m2", "bank_account", "a1", 0.5, first="2026-02-09"),
        edge("m3", "m4", "address", "h1", 0.2, sharers=3),
        edge("m3", "m5", "address", "h1", 0.2, sharers=3),
        edge("m4", "m5", "address", "h1", 0.2, sharers=3),
        edge("m3", "m4", "phone", "p1", 0.5),
        edge("b1", "m1", "device", "d1", 0.4),
    ]
)


def profiled(**given):
    finder = RingFinder().fit(EDGES)
    names = name_rings(finder.members_, given.pop("previous", None))
    profile = profile_rings(finder.members_, finder.edges_, AS_OF, names=names, **given)
    return profile.set_index(profile["ring"].map({0: "house", 1: "pair"}))


def entities(**columns):
    ids = ["m1", "m2", "m3", "m4", "m5"]
    return pd.DataFrame({"entity_type": "merchant", "entity_id": ids, **columns})


def decision(who, outcome, when="2026-02-01"):
    return {"entity_type": "merchant", "entity_id": who, "outcome": outcome,
            "decided_at": pd.Timestamp(when)}  # fmt: skip


def test_what_holds_a_ring_together_is_listed_strongest_first():
    house = profiled().loc["house"]
    assert house["kinds"] == [
        {"relation": "address", "pairs": 3, "values": 1, "rarest": 3},
        {"relation": "phone", "pairs": 1, "values": 1, "rarest": 2},
    ]


def test_cohesion_is_the_mean_weight_over_pairs_with_and_without_what_is_open():
    profile = profiled()
    assert profile["cohesion"].to_dict() == pytest.approx(
        {"pair": 0.75, "house": (1 - 0.8 * 0.5 + 0.2 + 0.2) / 3}
    )
    assert profile["hidden_cohesion"].to_dict() == pytest.approx({"pair": 0.75, "house": 0})
    assert profile["corroborated"].to_dict() == pytest.approx({"pair": 1, "house": 1 / 3})


def test_density_stands_against_a_random_one():
    profile = profiled()
    assert profile["density"].tolist() == [1.0, 1.0]
    # Four pairs of sellers, eight ends: a pair of degrees 1 and 1 has 1/8 of a tie by chance.
    assert profile["expected_density"].to_dict() == pytest.approx({"pair": 1 / 8, "house": 4 / 8})


def test_size_age_and_buyers():
    pair = profiled().loc["pair"]
    assert (pair["size"], pair["buyers"]) == (2, 1)
    assert pair["oldest_tie"] == pd.Timestamp("2026-01-01")  # the buyer's
    assert pair["newest_tie"] == pd.Timestamp("2026-02-09")
    assert pair["age_days"] == 59


def test_money_and_risk_are_those_of_the_members():
    given = entities(risk=[0.5, 0.3, 0.1, 0.1, 0.1], policy_harm=[10.0, 5, 1, 1, 1],
                     exposure=[100.0, 50, 10, 10, None])  # fmt: skip
    profile = profiled(entities=given)
    assert profile["expected_harm"].to_dict() == {"pair": 15, "house": 3}
    assert profile["exposure"].to_dict() == {"pair": 150, "house": 20}
    assert profile["mean_risk"].to_dict() == pytest.approx({"pair": 0.4, "house": 0.1})
    # Pair: control .75, fully corroborated; risk (.5 + .3 + .05) / 3.
    assert profile.loc["pair", "score"] == pytest.approx(sqrt(0.75 * 0.85 / 3))
    # House: nothing hidden, a quarter of what is open counts, a third of the pairs corroborated.
    control = 0.25 * 1 / 3 * (1 + 1 / 3) / 2
    assert profile.loc["house", "score"] == pytest.approx(sqrt(control * 0.35 / 4))
    assert profile["rank"].to_dict() == {"pair": 1, "house": 2}


def test_what_is_unknown_stays_empty():
    profile = profiled()
    assert (
        profile[["mean_risk", "exposure", "expected_harm", "confirmed_share"]].isna().all(axis=None)
    )


def test_the_last_decision_by_the_as_of_counts():
    decisions = pd.DataFrame(
        [
            decision("m1", "no_violation", "2026-01-01"),
            decision("m1", "violation"),
            decision("m1", "no_violation", "2026-03-02"),
            decision("m2", "cannot_tell"),
            decision("m3", "no_violation"),
            decision("m4", "violation"),
        ]
    )
    profile = profiled(decisions=decisions)
    assert profile["decided"].to_dict() == {"pair": 1, "house": 2}
    assert profile["confirmed"].to_dict() == {"pair": 1, "house": 1}
    assert profile["confirmed_share"].to_dict() == {"pair": 1, "house": 0.5}
    # m1 is sure, m2 and one more are of the base risk.
    assert profile.loc["pair", "score"] == pytest.approx(sqrt(0.75 * (1 + 0.05 + 0.05) / 3))


def test_growth_is_told_against_the_earlier_ring():
    previous = pd.DataFrame(
        {"ring": "ring-old", "entity_type": "merchant", "entity_id": ["m3", "m4"]}
    )
    profile = profiled(previous=previous)
    assert profile.loc["house", "name"] == "ring-old"
    assert profile.loc["house", "growth"] == 1
    assert profile.loc["pair", "growth"] == 2


def test_no_rings_have_an_empty_profile():
    finder = RingFinder().fit(EDGES.iloc[:0])
    profile = profile_rings(finder.members_, finder.edges_, AS_OF)
    assert profile.empty
    assert {"score", "rank", "kinds", "expected_harm"} <= set(profile.columns)


def test_frames_without_keys_are_refused():
    with pytest.raises(InputError, match="decisions lack the column outcome"):
        profiled(decisions=entities())
    with pytest.raises(InputError, match="entities lack the column entity_id"):
        profiled(entities=entities().drop(columns="entity_id"))
