"""Rings as a family: what a tiny marketplace of seven shops gives, worked out by hand."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analytics.signals.communities.family import Rings
from analytics.signals.family import EVIDENCE_COLUMNS
from analytics.signals.frame import write_tables
from tests.support.views import view_of

DEVICE, ACCOUNT, HOUSE, PHONE, PAPER = ("ab" * 16, "cd" * 16, "ef" * 16, "12" * 16, "34" * 16)
MERCHANTS = "merchant_id|registered_at\n" + "\n".join(f"m{n}|2024-01-01" for n in range(1, 8))
PRODUCTS = """
product_id|merchant_id|listed_at
p1|m1|2024-01-02
p6|m6|2024-01-02
p7|m7|2024-01-02
"""
# m1, m2 and m3 share a device and two of them an account; m5 and m6 a house; m4 and m7 nothing.
LINKS = f"""
entity_type|entity_id|kind|value_hash|first_seen
merchant|m1|device|{DEVICE}|2024-01-05
merchant|m2|device|{DEVICE}|2024-01-06
merchant|m3|device|{DEVICE}|2024-05-20
merchant|m1|bank_account|{ACCOUNT}|2024-02-01
merchant|m2|bank_account|{ACCOUNT}|2024-02-02
merchant|m5|address|{HOUSE}|2024-01-05
merchant|m6|address|{HOUSE}|2024-01-07
merchant|m4|phone|{PHONE}|2024-01-07
product|p6|licence|{PAPER}|2024-01-07
product|p7|licence|{PAPER}|2024-01-08
buyer|b1|device|{DEVICE}|2024-01-09
"""
DECISIONS = """
entity_type|entity_id|policy|outcome|decided_at
merchant|m1|M8|violation|2024-03-01
merchant|m2|M8|violation|2024-03-02
merchant|m2||no_violation|2024-04-02
merchant|m6|M2|violation|2024-05-30
"""
AS_OF = datetime(2024, 6, 1)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    def at(as_of=AS_OF, **more):
        folder = tmp_path_factory.mktemp("in") / "in"
        tables = {"merchants": MERCHANTS, "links": LINKS, "products": PRODUCTS} | more
        return view_of(folder, as_of, **tables)

    return at


@pytest.fixture(scope="module")
def view(inputs):
    with inputs(past_decisions=DECISIONS) as view:
        yield view


def test_features_tell_hidden_ties_from_open_ones(view):
    frame = Rings().features(view, "merchant")
    assert frame["ring_others"].to_dict() == {
        "m1": 2, "m2": 2, "m3": 2, "m4": 0, "m5": 1, "m6": 1, "m7": 0,
    }  # fmt: skip
    assert frame["ring_hidden_others"].tolist() == [2, 2, 2, 0, 0, 0, 0]
    assert frame["ring_rarest"].fillna(-1).tolist() == [2, 2, 3, -1, -1, -1, -1]


def test_weights_follow_kind_and_rarity(view):
    # Three hold the device: .9 / log2(3); two hold the account: .9.
    device, account = 0.9 / np.log2(3), 0.9
    frame = Rings().features(view, "merchant")
    assert frame.loc["m3", "ring_hidden_tie"] == pytest.approx(1 - (1 - device) ** 2)
    both = 1 - (1 - device) ** 2 * (1 - account)
    assert frame.loc["m1", "ring_hidden_tie"] == pytest.approx(both)
    pair = 1 - (1 - device) * (1 - account)
    assert frame.loc["m1", "ring_cohesion"] == pytest.approx((pair + 2 * device) / 3)
    assert frame.loc["m5", ["ring_cohesion", "ring_hidden_tie"]].tolist() == [0.2, 0]


def test_growth_counts_who_came_lately_without_itself(view):
    frame = Rings().features(view, "merchant")
    assert frame["ring_joined_90d"].tolist() == [1, 1, 0, 0, 0, 0, 0]


def test_own_decision_is_left_out_and_the_last_one_counts(view):
    frame = Rings().features(view, "merchant")["ring_confirmed"]
    assert frame.dropna().to_dict() == {"m1": 0.0, "m2": 0.5, "m3": 0.5, "m5": 1.0, "m6": 0.0}


def test_products_have_what_their_seller_has(view):
    frame = Rings().features(view, "product")
    assert frame["seller_ring_hidden_others"].to_dict() == {"p1": 2.0, "p6": 0.0, "p7": 0.0}
    assert frame["seller_ring_confirmed"].dropna().to_dict() == {"p1": 0.0, "p6": 0.0}


def test_evidence_names_the_value_the_other_and_the_day(view):
    rows = Rings().evidence(view)
    assert list(rows.columns) == list(EVIDENCE_COLUMNS)
    own = rows[(rows["entity_id"] == "m3") & (rows["feature"] == "ring_hidden_tie")]
    assert own[["at", "what", "other_id", "detail"]].astype(str).values.tolist() == [
        ["2024-05-20", "Same device", "m1", "value abababab…, 3 holders"],
        ["2024-05-20", "Same device", "m2", "value abababab…, 3 holders"],
    ]
    confirmed = rows[rows["feature"] == "ring_confirmed"]
    assert confirmed[["entity_id", "other_id", "detail"]].values.tolist() == [
        ["m2", "m1", "M8"], ["m3", "m1", "M8"], ["m5", "m6", "M2"],
    ]  # fmt: skip


def test_tables_hold_rings_members_values_and_edges(view):
    tables = Rings().tables(view)
    rings = tables["rings"]
    assert rings.set_index("ring")["size"].sort_values().tolist() == [2, 2, 3]
    kinds = [["address"], ["device", "bank_account"], ["licence"]]
    assert sorted(rings["kinds"]) == kinds
    members = tables["members"].set_index("entity_id", drop=False)
    assert members["merchant_id"].dropna().to_dict() == {"p6": "m6", "p7": "m7"}
    first = members["ring"]["m1"]
    members = members[members["ring"] == first]
    assert members["entity_id"].tolist() == ["m1", "m2", "m3", "b1"]
    values = tables["values"][tables["values"]["ring"] == first].set_index("relation")
    assert values["members"].to_dict() == {"bank_account": 2, "device": 4}
    edges = tables["edges"]
    # The device among shops and with the buyer, the account, the house and the licence.
    assert len(edges) == 2 * (3 + 3 + 1 + 1 + 1)
    assert edges["entity_id"].is_monotonic_increasing  # b, m, p are in the order of the types


def test_a_later_fact_changes_nothing(inputs):
    earlier = datetime(2024, 4, 1)
    without = [line for line in LINKS.splitlines() if "2024-05" not in line]
    decided = [line for line in DECISIONS.splitlines() if "2024-04-02" not in line]
    decided = [line for line in decided if "2024-05" not in line]
    then = inputs(earlier, past_decisions=DECISIONS)
    pruned = inputs(earlier, links="\n".join(without), past_decisions="\n".join(decided))
    with then, pruned:
        pd.testing.assert_frame_equal(
            Rings().features(then, "merchant"), Rings().features(pruned, "merchant")
        )


def test_a_ring_keeps_its_name_as_it_grows(inputs, tmp_path):
    for month in (3, 6):
        (tmp_path / str(month)).mkdir()
    with inputs(datetime(2024, 3, 1)) as before:
        write_tables(before, tmp_path / "3", [Rings()])
    with inputs(AS_OF) as after:
        write_tables(after, tmp_path / "6", [Rings()], earlier=tmp_path / "3")
        alone = Rings().tables(after)["rings"]
    then, now = (
        pd.read_parquet(tmp_path / month / "signals" / "rings_rings.parquet").set_index("ring")
        for month in ("3", "6")
    )
    assert set(now.index) == set(then.index)
    assert set(alone["ring"]) != set(then.index)
    grown = now.sort_values("size").iloc[-1]
    assert grown[["size", "previous_size", "joined", "left"]].tolist() == [3, 2, 1, 0]


def test_off_where_nothing_ties_anybody(inputs, tmp_path):
    with view_of(tmp_path / "in", AS_OF, merchants=MERCHANTS) as view:
        assert Rings().why_off(view.dataset) == "links"
    with inputs() as view:
        assert Rings().why_off(view.dataset) is None


def test_shuffled_decisions_tell_nothing(tmp_path):
    """Own labels left out: what is confirmed around an entity says nothing where labels are noise.

    Sixty rings of three with random outcomes; the area lies within four standard errors of chance.
    """
    chance = np.random.default_rng(7)
    ids = [f"s{n:03}" for n in range(180)]
    merchants = "merchant_id|registered_at\n" + "\n".join(f"{i}|2024-01-01" for i in ids)
    links = "entity_type|entity_id|kind|value_hash|first_seen\n" + "\n".join(
        f"merchant|{name}|device|{n // 3:032x}|2024-01-05" for n, name in enumerate(ids)
    )
    outcomes = chance.permutation(np.repeat(["violation", "no_violation"], 90))
    decisions = "entity_type|entity_id|policy|outcome|decided_at\n" + "\n".join(
        f"merchant|{name}|{'M8' if outcome == 'violation' else ''}|{outcome}|2024-03-01"
        for name, outcome in zip(ids, outcomes, strict=True)
    )
    tables = {"merchants": merchants, "links": links, "past_decisions": decisions}
    with view_of(tmp_path / "in", AS_OF, **tables) as view:
        around = Rings().features(view, "merchant")["ring_confirmed"]
    area = roc_auc_score(outcomes == "violation", around.loc[ids])
    assert abs(area - 0.5) < 4 * np.sqrt(181 / (12 * 90 * 90))
