"""The neural encoder of sequences that is measured against the light family; needs PyTorch."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score

from analytics.errors import InputError
from analytics.signals.sequence.event_log import EventLog, days
from analytics.signals.sequence.risk import SequenceRisk

torch = pytest.importorskip("torch")

from benchmarks.deep.encoder import SequenceEncoder, contrast  # noqa: E402
from benchmarks.deep.slices import drawn_stretches, last_events, rows_of  # noqa: E402

START = pd.Timestamp("2026-01-01")
NOW = days(START) + 100
SMALL = {"hidden": 8, "epochs": 8, "batch": 20, "shortest": 5, "longest": 20}


def log_of(rows):
    events = pd.DataFrame(rows, columns=["entity_id", "day", "kind"])
    events["at"] = START + pd.to_timedelta(events.pop("day"), unit="D")
    return EventLog.from_frame(events)


def now(log):
    return np.full(log.size, NOW)


def lives(last_day=100):
    """Forty lives of thirty events: x and y take turns in half of them, come in pairs in others."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(40):
        every = 1 + number % 2
        for place, day in enumerate(np.sort(rng.uniform(0, 100, 30))):
            if day <= last_day:
                rows.append((f"m{number:02}", day, "xy"[place // every % 2]))
    return log_of(rows)


@pytest.fixture(scope="module")
def fitted():
    log = lives()
    return log, SequenceEncoder(**SMALL).fit(log, moments=now(log))


def test_rows_hold_kinds_and_gaps_and_padding_behind_them():
    log = log_of([("a", 0, "x"), ("a", 1, "y"), ("a", 4, "new"), ("b", 9, "y")])
    rows = rows_of(log, ("x", "y", "other"), np.array([1, 3]), np.array([2, 1]))
    assert rows.kind.tolist() == [[1, 2], [1, 3]]  # y then a kind without a number; y, padding
    assert rows.gap == pytest.approx(np.log1p([[1, 3], [0, 0]]))


def test_drawn_stretches_are_of_one_entity_and_of_the_lengths_asked_for():
    log = lives()
    begin, length = drawn_stretches(log, np.array([3, 7]), 50, 5, 20, np.random.default_rng(0))
    assert set(length) == set(range(5, 21))
    assert log.code[begin].tolist() == log.code[begin + length - 1].tolist() == [3] * 50 + [7] * 50


def test_the_last_events_are_encoded():
    log = log_of([("a", day, "x") for day in range(5)] + [("b", 1, "x")])
    begin, length = last_events(log, np.array([1, 0]), 3)
    assert (begin.tolist(), length.tolist()) == ([5, 2], [1, 3])


def test_the_loss_is_the_share_of_the_other_stretch_of_the_same_entity():
    one, other = [1.0, 0.0], [0.0, 1.0]
    loss = contrast(torch.tensor([one, one, other, other]), views=2, temperature=1.0)
    # Of cosines 1, 0 and 0, the right one's share is e / (e + 2).
    assert float(loss) == pytest.approx(-np.log(np.e / (np.e + 2)))


def test_unlike_lives_are_told_apart_without_a_label(fitted):
    log, encoder = fitted
    assert encoder.losses_[-1] < encoder.losses_[0]
    columns = encoder.transform(log, now(log))
    half, is_pair = np.arange(40) < 20, np.arange(40) % 2 == 1
    toward = columns[half & is_pair].mean(axis=0) - columns[half & ~is_pair].mean(axis=0)
    assert roc_auc_score(is_pair[~half], columns[~half] @ toward) == 1.0


def test_columns_are_standardised_and_named(fitted):
    log, encoder = fitted
    columns = encoder.transform(log, now(log))
    assert columns.mean(axis=0) == pytest.approx(np.zeros(8), abs=1e-5)
    assert columns.std(axis=0) == pytest.approx(np.ones(8), abs=1e-5)
    assert encoder.get_feature_names_out().tolist() == [f"encoder {n}" for n in range(8)]


def test_the_same_seed_gives_the_same_columns_and_another_seed_others(fitted):
    log, encoder = fitted
    columns = encoder.transform(log, now(log))
    torch.manual_seed(7)  # what was drawn elsewhere changes nothing
    again = clone(encoder).fit(log, moments=now(log))
    assert np.array_equal(again.transform(log, now(log)), columns)
    other = clone(encoder).set_params(seed=1).fit(log, moments=now(log))
    assert not np.allclose(other.transform(log, now(log)), columns)


def test_what_happens_after_the_moment_teaches_nothing_and_is_not_encoded():
    whole, cut = lives(), lives(last_day=60)
    moments = np.full(whole.size, days(START) + 60)
    by_whole, by_cut = (SequenceEncoder(**SMALL).fit(log, moments=moments) for log in (whole, cut))
    expected = by_cut.transform(cut, moments)
    assert np.array_equal(by_whole.transform(whole, moments), expected)


def test_who_has_no_event_yet_is_zero_and_the_others_do_not_change(fitted):
    log, encoder = fitted
    moments = now(log)
    columns = encoder.transform(log, moments)
    moments[4] = days(START) - 1
    early = encoder.transform(log, moments)
    assert not early[4].any()
    others = np.arange(40) != 4
    assert early[others] == pytest.approx(columns[others], abs=1e-4)


def test_too_few_events_to_learn_from_are_refused():
    log = log_of([("a", day, "x") for day in range(9)] + [("b", 1, "x")])
    with pytest.raises(InputError, match="two entities with 5 events"):
        SequenceEncoder(**SMALL).fit(log, moments=now(log))


def test_a_score_of_its_columns_is_learned_by_the_regression_of_the_light_family(fitted):
    log, encoder = fitted
    label = pd.Series(np.arange(40) % 2, index=log.ids, dtype=float)
    alone = pd.Series(log.ids, index=log.ids)
    risk = SequenceRisk(columns=FrozenEstimator(encoder))
    risk.fit(log, label, groups=alone, moments=now(log))
    # Each gets the score of the model without its label, of columns that were not learned anew.
    model = risk.models_[risk.fold_of_["m07"]]
    expected = model.decision_function(encoder.transform(log, now(log)))[7]
    assert risk.decision_function(log, now(log))[7] == pytest.approx(expected)
