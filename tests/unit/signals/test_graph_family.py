"""The graph as a family of signals, on marketplaces small enough to count by hand."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analytics.features.as_of import AsOf
from analytics.signals.catalog import signal_specs
from analytics.signals.frame import entity_frame, write_tables
from analytics.signals.graph.family import GraphFamily
from tests.support.views import view_of

FAMILY = GraphFamily()
MERCHANTS = "merchant_id|registered_at\n" + "\n".join(f"m{i}|2024-01-0{i}" for i in range(1, 7))
PRODUCTS = "product_id|merchant_id|listed_at\np1|m1|2024-01-02\np2|m1|2024-01-03\np3|m2|2024-01-04"
CREATORS = "creator_id|joined_at\nc1|2024-01-01"
DEVICE, BANK = "d" * 32, "b" * 32
# m1 and m2 share a device, m2 and m3 a bank account, m4 and c1 a device.
LINKS = f"""entity_type|entity_id|kind|value_hash|first_seen
merchant|m1|device|{DEVICE}|2024-01-05
merchant|m2|device|{DEVICE}|2024-01-20
merchant|m2|bank_account|{BANK}|2024-01-06
merchant|m3|bank_account|{BANK}|2024-02-10
merchant|m4|device|{"e" * 32}|2024-01-05
creator|c1|device|{"e" * 32}|2024-01-05"""
DECISIONS = """entity_type|entity_id|policy|outcome|decided_at
merchant|m2|M8|violation|2024-03-01
merchant|m1|M8|violation|2024-03-05
merchant|m1|M8|no_violation|2024-03-20
product|p2|P3|violation|2024-03-02
merchant|m5|M2|no_violation|2024-03-02
merchant|m3|M8|violation|2024-05-01"""
TABLES = {
    "merchants": MERCHANTS,
    "products": PRODUCTS,
    "creators": CREATORS,
    "links": LINKS,
    "past_decisions": DECISIONS,
}
APRIL = datetime(2024, 4, 1)


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    with view_of(tmp_path_factory.mktemp("family"), APRIL, **TABLES) as view:
        yield view


@pytest.fixture(scope="module")
def merchants(view):
    return FAMILY.features(view, "merchant")


def test_ties_are_counted_by_relation(merchants):
    assert merchants["linked_ties"].tolist() == [1, 2, 1, 1, 0, 0]
    assert merchants["listing_ties"].tolist() == [2, 1, 0, 0, 0, 0]


def test_neighbours_are_averaged_and_compared_with_the_own_value(merchants, view):
    age = entity_frame(view, "merchant", ["account_age"], [])["account_age"]
    # m2 is linked to m1 and m3 by values that two have each, so both weigh 1.
    assert merchants.loc["m2", "linked_age_mean"] == pytest.approx((age["m1"] + age["m3"]) / 2)
    assert merchants.loc["m2", "linked_age_most"] == age["m1"]
    assert merchants.loc["m2", "linked_age_spread"] == pytest.approx((age["m1"] - age["m3"]) / 2)
    assert merchants.loc["m1", "linked_age_gap"] == pytest.approx(age["m1"] - age["m2"])
    # Two hops: m1's mean with m2, and that of m2 with m1 and m3, halved.
    near = (age["m1"] + age["m2"]) / 2
    around = (near + (age["m1"] + age["m2"] + age["m3"]) / 3) / 2
    assert merchants.loc["m1", "linked_age_around"] == pytest.approx(around)
    assert merchants.loc["m5", ["linked_age_mean", "linked_age_around"]].isna().all()


def test_confirmed_neighbours_are_counted_by_their_last_decision(merchants, view):
    # m2 is confirmed; m1 was cleared on appeal; m3 is decided only in May.
    assert merchants["confirmed_linked"].tolist() == [1, 0, 1, 0, 0, 0]
    assert merchants["confirmed_listing"].tolist() == [1, 0, 0, 0, 0, 0]
    products = FAMILY.features(view, "product")
    assert products["confirmed_siblings"].to_dict() == {"p1": 1, "p2": 0, "p3": 0}
    assert products["confirmed_listing"].to_dict() == {"p1": 0, "p2": 0, "p3": 1}


def test_evidence_names_the_neighbour_the_link_and_since_when(view):
    rows = FAMILY.evidence(view)
    shown = rows[rows["feature"] == "confirmed_linked"].sort_values("entity_id")
    assert shown.astype({"at": str}).values.tolist() == [
        ["merchant", "m1", "confirmed_linked", "2024-01-20", "Same device as a confirmed violator",
         "merchant", "m2", "Confirmed 2024-03-01 for M8"],
        ["merchant", "m3", "confirmed_linked", "2024-02-10",
         "Same bank account as a confirmed violator",
         "merchant", "m2", "Confirmed 2024-03-01 for M8"],
    ]  # fmt: skip


def test_every_count_has_its_evidence(view):
    rows = FAMILY.evidence(view)
    others = rows.drop_duplicates(["entity_type", "entity_id", "feature", "other_type", "other_id"])
    behind = others.groupby(["entity_type", "entity_id", "feature"]).size()
    counted = {}
    for entity in ("merchant", "product", "creator"):
        frame = FAMILY.features(view, entity).filter(regex="^confirmed_(?!share|walk|reach)")
        counted |= {(entity, *key): n for key, n in frame.stack().items() if n}
    assert behind.to_dict() == counted


def test_what_is_decided_or_linked_later_changes_nothing(tmp_path, view, merchants):
    later = {
        **TABLES,
        "past_decisions": DECISIONS.replace("violation|2024-05-01", "no_violation|2024-05-01"),
        "links": f"{LINKS}\nmerchant|m6|device|{DEVICE}|2024-04-02",
    }  # fmt: skip
    with view_of(tmp_path, APRIL, **later) as other:
        pd.testing.assert_frame_equal(FAMILY.features(other, "merchant"), merchants)
        assert len(FAMILY.evidence(other)) == len(FAMILY.evidence(view))


def test_declared_features_are_those_computed(view):
    for entity in ("merchant", "product", "creator"):
        declared = [s.name for s in FAMILY.specs if s.entity == entity]
        assert FAMILY.features(view, entity).columns.tolist() == declared
        known = [s.name for s in signal_specs(entity, view.dataset, [FAMILY])]
        assert set(known) <= set(declared)
        assert not any("buyers" in name for name in known)  # there are no orders


@pytest.mark.parametrize("as_of", [datetime(2023, 1, 1), datetime(2024, 1, 1)])
def test_a_moment_at_which_nobody_is_tied_yet_has_no_ties(tmp_path, as_of):
    with view_of(tmp_path, as_of, **TABLES) as early:
        frame = FAMILY.features(early, "merchant")
        assert len(frame) == (1 if as_of.year == 2024 else 0)
        assert (frame[["linked_ties", "listing_ties", "confirmed_linked"]] == 0).all(axis=None)
        assert frame["linked_age_mean"].isna().all()
        assert FAMILY.evidence(early).empty


def test_without_a_relation_it_is_off(tmp_path):
    with view_of(tmp_path, APRIL, merchants=MERCHANTS) as bare:
        assert FAMILY.why_off(bare.dataset) == "links, orders, products or contents"


def test_the_store_is_written_with_the_tables(view, tmp_path):
    write_tables(view, tmp_path, [FAMILY])
    written = sorted(path.name for path in (tmp_path / "signals").iterdir())
    names = ("capped", "edges_by_dst", "edges_by_src", "nodes", "totals")
    assert written == ["evidence.parquet", *(f"graph_{name}.parquet" for name in names)]


COMMON = "order_id|line_no|buyer_id|merchant_id|product_id|placed_at|price"


@pytest.mark.parametrize(("buyers", "ties"), [(2, 0), (3, 1)])
def test_shops_are_tied_by_enough_buyers_in_common(tmp_path, buyers, ties):
    shops = [("m1", "p1"), ("m2", "p3")]
    lines = [
        f"o{shop}{b}|1|b{b}|{shop}|{product}|2024-02-01|5"
        for shop, product in shops
        for b in range(buyers)
    ]
    orders = "\n".join([COMMON, *lines])
    tables = {"merchants": MERCHANTS, "products": PRODUCTS, "orders": orders}
    with view_of(tmp_path, APRIL, **tables) as view:
        found = FAMILY.features(view, "merchant")["buyers_ties"]
    assert found[["m1", "m2", "m3"]].tolist() == [ties, ties, 0]


def _ring(n: int) -> int:
    return n // 6


def _labels(rng: np.random.Generator, size: int, *, shuffled: bool) -> np.ndarray:
    bad = rng.random(-(-size // 6)) < 0.4
    y = np.array([bad[_ring(n)] for n in range(size)])
    return rng.permutation(y) if shuffled else y


def _rings(tmp_path, *, shuffled: bool, size: int = 240) -> tuple[AsOf, pd.Series]:
    """Rings of six who share a device, of which all or none are confirmed, unless shuffled."""
    rng = np.random.default_rng(5)
    y = _labels(rng, size, shuffled=shuffled)
    ids = [f"m{n:03d}" for n in range(size)]
    merchants = ["merchant_id|registered_at", *(f"{i}|2024-01-01" for i in ids)]
    links = ["entity_type|entity_id|kind|value_hash|first_seen"]
    links += [f"merchant|{i}|device|{_ring(n):032x}|2024-01-02" for n, i in enumerate(ids)]
    outcome = {True: "violation", False: "no_violation"}
    decisions = ["entity_type|entity_id|policy|outcome|decided_at"]
    decisions += [
        f"merchant|{i}|M8|{outcome[bool(bad)]}|2024-03-01" for i, bad in zip(ids, y, strict=True)
    ]
    view = view_of(
        tmp_path,
        APRIL,
        merchants="\n".join(merchants),
        links="\n".join(links),
        past_decisions="\n".join(decisions),
    )
    return view, pd.Series(y.astype(float), index=ids)


NEAR = [
    "confirmed_linked", "confirmed_share_near", "confirmed_share_around",
    "confirmed_walk", "confirmed_reach",
]  # fmt: skip


def test_rings_tell_of_their_members(tmp_path):
    view, y = _rings(tmp_path, shuffled=False)
    with view:
        made = FAMILY.features(view, "merchant")[NEAR]
    assert all(roc_auc_score(y, made[name]) > 0.95 for name in NEAR)


def test_shuffled_labels_tell_nothing(tmp_path):
    view, y = _rings(tmp_path, shuffled=True)
    with view:
        made = FAMILY.features(view, "merchant")[NEAR]
    # Its standard error is .037 for 240 entities: an own label that leaked would give nearly 1.
    for name in NEAR:
        assert roc_auc_score(y, made[name]) == pytest.approx(0.5, abs=0.12), name
