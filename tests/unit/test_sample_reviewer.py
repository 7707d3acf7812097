from datetime import datetime

import pandas as pd
import pytest

from sample_data.groups import truth_groups
from sample_data.reviewer import SimulatedReviewer

AT = datetime(2026, 6, 1)
EARLIER = datetime(2026, 1, 1)
LATER = datetime(2026, 9, 1)


def truth_of(rows: list[tuple[str, str, str, str, datetime]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["entity_type", "entity_id", "policy", "group", "since"])


def looks_of(rows: list[tuple[str, str, str, str | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["entity_type", "entity_id", "kind", "group"])


def share(reviewer: SimulatedReviewer, names: list[str]) -> float:
    found = [reviewer.decide("merchant", name, AT).outcome == "violation" for name in names]
    return sum(found) / len(found)


@pytest.fixture(scope="module")
def market() -> tuple[SimulatedReviewer, list[str], list[str], list[str]]:
    bad = [f"bad{i}" for i in range(4_000)]
    hard = [f"hard{i}" for i in range(4_000)]
    good = [f"good{i}" for i in range(36_000)]
    truth = truth_of([("merchant", name, "M4", f"g-{name}", EARLIER) for name in bad])
    looks = looks_of([("merchant", name, "fan_club", None) for name in hard])
    population = {"merchant": 44_000, "product": 10, "creator": 10}
    return SimulatedReviewer(truth, looks, seed=3, population=population), bad, hard, good


def test_rates_hold_over_the_population(
    market: tuple[SimulatedReviewer, list[str], list[str], list[str]],
) -> None:
    reviewer, bad, hard, good = market

    # Three standard deviations: 0.9 ± 0.0142 of 4,000; 0.01 ± 0.0015 of 40,000.
    assert share(reviewer, bad) == pytest.approx(0.90, abs=0.0143)
    assert share(reviewer, hard + good) == pytest.approx(0.01, abs=0.0015)


def test_look_alikes_are_mistaken_five_times_as_often(
    market: tuple[SimulatedReviewer, list[str], list[str], list[str]],
) -> None:
    reviewer, _, hard, good = market

    # 0.01 = 0.9 x + 0.1 * 5 x, so x = 0.01 / 1.4: 0.00714 and 0.0357.
    assert share(reviewer, hard) == pytest.approx(0.0357, abs=0.009)
    assert share(reviewer, good) == pytest.approx(0.00714, abs=0.0014)


def test_nothing_is_a_violation_before_it_began() -> None:
    truth = truth_of([("merchant", "a", "M3", "g1", LATER)])
    reviewer = SimulatedReviewer(truth, looks_of([]), sensitivity=1.0, specificity=1.0)

    assert reviewer.decide("merchant", "a", AT).outcome == "no_violation"
    assert reviewer.decide("merchant", "a", LATER).outcome == "violation"
    assert reviewer.decide("merchant", "a", LATER).policy == "M3"


def test_the_same_seed_decides_alike_and_another_does_not() -> None:
    truth = truth_of([("merchant", f"m{i}", "M3", "g", EARLIER) for i in range(500)])

    def outcomes(seed: int) -> list[str]:
        reviewer = SimulatedReviewer(truth, looks_of([]), seed=seed)
        return [reviewer.decide("merchant", f"m{i}", AT).outcome for i in range(500)]

    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)


def test_a_false_alarm_names_a_policy_of_the_entity_type() -> None:
    reviewer = SimulatedReviewer(truth_of([]), looks_of([]), specificity=0.0)

    assert reviewer.decide("creator", "c1", AT).policy == "C2"
    assert reviewer.decide("product", "p1", AT).policy == "P7"


def test_groups_keep_rings_and_their_products_together() -> None:
    truth = truth_of(
        [
            ("merchant", "m1", "M8", "g1", EARLIER),
            ("merchant", "m2", "M8", "g1", EARLIER),
            ("product", "p3", "P6", "g9", EARLIER),
        ]
    )
    looks = looks_of(
        [("merchant", "m3", "shared_warehouse", "g7"), ("merchant", "m4", "new_shop", None)]
    )
    products = pd.DataFrame(
        {"product_id": ["p1", "p2", "p3", "p4"], "merchant_id": ["m1", "m2", "m5", "m4"]}
    )
    entities = pd.DataFrame(
        [("merchant", f"m{i}") for i in range(1, 6)]
        + [("product", f"p{i}") for i in range(1, 5)]
        + [("creator", "c1")],
        columns=["entity_type", "entity_id"],
    )

    groups = truth_groups(truth, looks, entities, products)

    assert groups.tolist() == [
        "g1", "g1", "g7", "merchant:m4", "merchant:m5",
        "g1", "g1", "merchant:m5", "merchant:m4", "creator:c1",
    ]  # fmt: skip
