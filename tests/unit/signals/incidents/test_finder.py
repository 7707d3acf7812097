"""What the finder finds in series whose every day is known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from analytics.signals.incidents.finder import OPEN, ChangeFinder
from analytics.signals.incidents.panel import Panel

DAYS = 150


def panel(k: np.ndarray, series: str, n: np.ndarray | float = 1.0, kind: str = "merchant") -> Panel:
    """One series for each column of k, an entity each."""
    columns = k.shape[1]
    trials = np.broadcast_to(np.asarray(n, dtype=float), k.shape)
    return Panel(
        kind=kind,
        columns=pd.DataFrame(
            {
                "series": series,
                "entity": range(columns),
                "group": 0,
                "block": 0,
                "entity_id": [f"m{i}" for i in range(columns)],
                "first": 0,
            }
        ),
        first_day=0,
        k=k.astype(float),
        n=trials.copy(),
        orders=k.astype(float),
        squares=k.astype(float),
        gmv=k.astype(float),
        others_k=np.zeros((len(k), 1, 1)),
        others_n=np.zeros((len(k), 1, 1)),
    )


def steady(level: float, columns: int = 1) -> np.ndarray:
    return np.full((DAYS, columns), level)


def changes(made: Panel) -> list[tuple[object, ...]]:
    found = ChangeFinder().fit(made).changes_
    return [
        tuple(row)
        for row in found[["series", "entity_id", "sign", "start", "end", "stays"]].to_numpy()
    ]


def test_a_burst_is_found_dated_and_ended():
    k = steady(3)
    k[100:108] = 15
    found = ChangeFinder().fit(panel(k, "orders")).changes_.iloc[0]
    assert (found["start"], found["end"], found["sign"]) == (100, 107, 1)
    assert 100 < found["found"] <= 102
    assert (found["before"], found["level"]) == (3, 15)
    assert found["q_value"] < 1e-5


def test_a_stop_is_found():
    k = steady(4)
    k[90:104] = 0
    assert changes(panel(k, "orders")) == [("orders", "m0", -1, 90, 103, False)]


def test_a_level_that_stays_becomes_the_usual():
    k = steady(4)
    k[80:] = 20
    assert changes(panel(k, "orders")) == [("orders", "m0", 1, 80, 121, True)]


def test_the_end_of_a_burst_is_no_fall():
    k = steady(4)
    k[20:27] = 40  # before anything can be compared
    assert changes(panel(k, "orders")) == []


def test_a_season_before_a_burst_is_not_its_start():
    # 29 for 20 is no change that matters, though four weeks of it are surer than a day of 90.
    k = steady(20)
    k[72:100] = 29
    k[100:108] = 90
    assert changes(panel(k, "orders")) == [("orders", "m0", 1, 100, 107, False)]


def test_a_fall_must_leave_less_than_a_rise_adds():
    k = steady(20)
    k[90:104] = 10
    assert changes(panel(k, "orders")) == []
    k[90:104] = 6
    assert changes(panel(k, "orders")) == [("orders", "m0", -1, 90, 103, False)]


def test_an_incident_that_goes_on_is_open():
    k = steady(3)
    k[140:] = 15
    found = ChangeFinder().fit(panel(k, "orders")).changes_.iloc[0]
    assert (found["start"], found["end"], found["closed"]) == (140, OPEN, OPEN)


def test_a_second_burst_soon_after_continues_the_first():
    k = steady(3)
    k[100:104] = 20
    k[109:113] = 20
    assert changes(panel(k, "orders")) == [("orders", "m0", 1, 100, 112, False)]


def test_a_share_is_compared_with_its_own_trials():
    k = steady(0.25)
    k[100:112] = 4
    assert changes(panel(k, "late_dispatch", n=5.0)) == [
        ("late_dispatch", "m0", 1, 100, 111, False)
    ]
    # The same counts out of ten times as many orders are no change of the share.
    n = steady(5)
    n[100:112] = 80
    assert changes(panel(k, "late_dispatch", n=n)) == []


def test_what_happens_to_all_is_nobodys_incident():
    k = steady(0.25)
    k[100:112] = 4
    made = panel(k, "late_dispatch", n=5.0)
    others_k = np.concatenate([np.full(100, 5.0), np.full(12, 80.0), np.full(38, 5.0)])
    shared = Panel(
        **{**vars(made), "others_k": others_k[:, None, None],
           "others_n": np.full((DAYS, 1, 1), 100.0)}
    )  # fmt: skip
    assert changes(shared) == []


def test_chance_alone_is_hardly_ever_an_incident():
    rng = np.random.default_rng(7)
    k = rng.poisson(2.0, (DAYS, 400))
    # 400 shops for four months that can be looked at: at most one in a thousand months.
    assert len(ChangeFinder().fit(panel(k, "orders")).changes_) <= 1
    n = rng.poisson(3.0, (DAYS, 400))
    bad = rng.binomial(n, 0.1)
    assert len(ChangeFinder().fit(panel(bad, "bad_ratings", n=n)).changes_) <= 1


def test_clustered_counts_are_judged_by_their_own_spread():
    rng = np.random.default_rng(8)
    calm, wild = rng.poisson(4.0, (DAYS, 1)), rng.poisson(4.0, (DAYS, 1))
    wild = wild * (np.arange(DAYS)[:, None] // 7 % 2) * 2  # every other week nothing
    calm[120:127] = wild[120:127] = 11
    found = ChangeFinder().fit(panel(np.hstack([calm, wild]), "orders")).changes_
    assert found["entity_id"].tolist() == ["m0"]


@pytest.mark.parametrize("end", [101, 104, 109, 130])
def test_a_shorter_history_finds_the_same(end):
    rng = np.random.default_rng(3)
    k = rng.poisson(3.0, (DAYS, 60))
    k[100:108, :5] += 15
    k[60:80, 5] = 0
    whole = ChangeFinder().fit(panel(k, "orders")).changes_
    part = ChangeFinder().fit(panel(k[:end], "orders")).changes_
    known = whole[whole["found"] < end].reset_index(drop=True)
    causal = ["series", "entity_id", "sign", "start", "found", "q_value", "before", "level"]
    pd.testing.assert_frame_equal(part[causal], known[causal])
    assert len(part) >= 1


def test_categories_must_change_more_than_their_season():
    k = steady(30)
    k[100:108] = 54
    assert changes(panel(k, "orders")) == [("orders", "m0", 1, 100, 107, False)]
    assert changes(panel(k, "orders", kind="category")) == []


def test_young_entities_are_not_compared_with_nothing():
    k = np.zeros((DAYS, 1))
    k[110:] = 12
    assert len(changes(panel(k, "orders"))) == 1
    made = panel(k, "orders")
    made.columns["first"] = 130  # a listing that came with its first orders
    assert changes(made) == []


def test_it_is_an_estimator():
    finder = clone(ChangeFinder(longest=20))
    assert finder.get_params()["longest"] == 20
    k = steady(4)
    k[80:] = 20
    assert finder.fit(panel(k, "orders")).changes_["end"].iloc[0] == 99


def test_a_panel_without_series_has_no_changes():
    assert ChangeFinder().fit(panel(np.zeros((DAYS, 0)), "orders")).changes_.empty
