"""What the gate said of each promotion is kept with it, on SQLite and on a real PostgreSQL."""

import pytest

from analytics.errors import InputError
from analytics.review.promotions import Ruling
from analytics.review.store import Store

FAILED = Ruling("merchant", "m2", "m1", "1", "failed", ("Worse.", "Doubted."), is_override=True)
PASSED = Ruling("product", "p2", "p1", "1", "passed")


def test_a_promotion_keeps_who_why_and_which_rules_failed(store: Store) -> None:
    first = store.set_live("s1", {"merchant": "m1"}, person="ana", reason="build")
    live = store.set_live(
        "s1", {"merchant": "m2"}, person="lea", reason="we need it", ruling=FAILED, expected=first
    )
    store.set_live("s1", {"product": "p2"}, person="bo", reason="better", ruling=PASSED)

    newest, overridden = store.promotions.all()
    assert (overridden.ruling, overridden.at) == (FAILED, live.at)
    assert (overridden.person, overridden.reason) == ("lea", "we need it")
    assert newest.ruling == PASSED
    assert [p.ruling.model_version for p in store.promotions.all("merchant")] == ["m2"]


def test_a_build_is_no_promotion_and_a_refused_change_leaves_none(store: Store) -> None:
    first = store.set_live("s1", {"merchant": "m1"}, person="ana", reason="build")
    store.set_live("s2", {"merchant": "m1"}, person="ana", reason="build")
    with pytest.raises(InputError, match="meanwhile"):
        store.set_live(
            "s1", {"merchant": "m2"}, person="lea", reason="late", ruling=FAILED, expected=first
        )
    assert store.promotions.all() == []
