"""Counts and n-grams, the score made of them, and the stretches that raise it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from analytics.errors import InputError
from analytics.signals.sequence.counts import SequenceCounts
from analytics.signals.sequence.event_log import EventLog, days
from analytics.signals.sequence.leaving_out import raising_stretches
from analytics.signals.sequence.risk import LEAD, SequenceRisk

START = pd.Timestamp("2026-01-01")
NOW = days(START) + 100
KINDS = np.array(["ordered", "delivered", "refunded"])


def log_of(rows):
    events = pd.DataFrame(rows, columns=["entity_id", "day", "kind"])
    events["at"] = START + pd.to_timedelta(events.pop("day"), unit="D")
    return EventLog.from_frame(events)


@pytest.fixture(scope="module")
def market():
    """Two hundred lives of forty events; of every fifth, the second half is often refunded."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(200):
        time = np.sort(rng.uniform(0, 100, 40))
        late = 0.4 if number % 5 == 0 else 0.1
        for day in time:
            refunded = late if day > 50 else 0.1
            kind = rng.choice(KINDS, p=[0.5, 0.5 - refunded, refunded])
            rows.append((f"m{number:03}", day, kind))
    log = log_of(rows)
    return log, pd.Series(np.arange(200) % 5 == 0, index=log.ids).astype(float)


def alone(log):
    return pd.Series(log.ids, index=log.ids)


def now(log):
    return np.full(log.size, NOW)


def test_counts_fade_and_chains_are_counted():
    log = log_of([("a", 40, "x"), ("a", 97, "y"), ("a", 100, "x"), ("b", 100, "y")])
    counts = SequenceCounts(n_grams=(2,), half_lives=(3.0,)).fit(log, moments=now(log))
    names = counts.get_feature_names_out().tolist()
    assert names[:3] == ["count x 3d", "count y 3d", "count other 3d"]
    table = pd.DataFrame(
        counts.transform(log, now(log)).toarray() / counts.scale_, index=log.ids, columns=names
    )
    assert table.loc["a", "count x 3d"] == pytest.approx(np.log1p(1 + 0.5**20))
    assert table.loc["a", "count y 3d"] == pytest.approx(np.log1p(0.5))
    x, y = 1 + 0.5**20, 0.5
    assert table.loc["a", "share y 3d"] == pytest.approx((y / (1 + x + y)) ** 0.5)
    # Chains fade by 60 days: y → x ends at the moment, x → y three days before.
    both = 1 + 0.5**0.05
    assert table.loc["a", "y → x"] == pytest.approx((1 / (1 + both)) ** 0.5)
    assert table.loc["b", ["x → y", "y → x"]].tolist() == [0.0, 0.0]


def test_chains_of_three_do_not_reach_into_another_life():
    rows = [("a", 1, "x"), ("a", 2, "y"), ("b", 3, "x"), ("b", 4, "x"), ("b", 5, "y")]
    counts = SequenceCounts(n_grams=(3,)).fit(log_of(rows), moments=np.full(2, NOW))
    assert "x → x → y" in counts.get_feature_names_out()
    assert sum("→" in name for name in counts.get_feature_names_out()) == 1


def test_columns_have_unit_mean_square_in_the_population(market):
    log, _ = market
    columns = SequenceCounts().fit(log, moments=now(log)).transform(log, now(log)).toarray()
    square = (columns**2).mean(axis=0)
    assert square[square > 0] == pytest.approx(1.0)


def test_labels_are_found_and_shuffled_labels_give_chance(market):
    log, label = market
    score = SequenceRisk(seed=1).fit(log, label, groups=alone(log), moments=now(log))
    assert roc_auc_score(label, score.decision_function(log, now(log))) > 0.85
    rng = np.random.default_rng(3)
    chance = []
    for _ in range(5):
        dealt = pd.Series(rng.permutation(label.to_numpy()), index=log.ids)
        fitted = SequenceRisk().fit(log, dealt, groups=alone(log), moments=now(log))
        chance.append(roc_auc_score(dealt, fitted.decision_function(log, now(log))))
    assert np.mean(chance) < 0.55


def test_the_score_of_each_comes_from_the_labels_of_other_folds_and_from_before_the_decision(
    market,
):
    log, label = market
    groups = alone(log).mask(np.isin(log.ids, ["m001", "m002"]), "pair")
    known = label.drop("m002")
    risk = SequenceRisk().fit(log, known, groups=groups, moments=now(log))
    score = risk.decision_function(log, now(log))
    fold = risk.fold_of_.reindex(groups).to_numpy()
    seen, columns = (risk.columns_.transform(log, now(log) - lead) for lead in (LEAD, 0))
    is_known = log.ids != "m002"
    for number in range(5):
        others = is_known & (fold != number)
        model = LogisticRegression(C=risk.C, max_iter=1000).fit(seen[others], label[others])
        mine = fold == number
        assert score[mine] == pytest.approx(model.decision_function(columns)[mine])
    assert fold[1] == fold[2]  # m002 has no label, but belongs to m001


def test_other_columns_take_the_place_of_the_usual_ones(market):
    log, label = market
    pairs = SequenceCounts(n_grams=(2,), most=3)
    risk = SequenceRisk(columns=pairs).fit(log, label, groups=alone(log), moments=now(log))
    width = len(risk.columns_.get_feature_names_out())
    assert width == 3 * 2 * len(log.kinds) + 3  # counts and shares of each half-life, three pairs
    assert all(model.coef_.shape == (1, width) for model in risk.models_)
    assert not hasattr(pairs, "grams_")


def test_who_has_no_label_gets_the_mean_of_the_models(market):
    log, label = market
    known = label.drop("m002")
    risk = SequenceRisk().fit(log, known, groups=alone(log), moments=now(log))
    columns = risk.columns_.transform(log, now(log))[2]
    each = [model.decision_function(columns)[0] for model in risk.models_]
    assert risk.decision_function(log, now(log))[2] == pytest.approx(np.mean(each))


def test_too_few_labels_are_refused(market):
    log, label = market
    few = label.where(np.arange(len(label)) < 50)
    with pytest.raises(InputError, match="20 labels of either outcome") as error:
        SequenceRisk().fit(log, few, groups=alone(log), moments=now(log))
    assert error.value.hint == "There are 10 and 40."
    together = pd.Series("all", index=log.ids)
    with pytest.raises(InputError, match="two groups"):
        SequenceRisk().fit(log, label, groups=together, moments=now(log))


def test_leaving_out_finds_the_stretch_that_raises_the_score(market):
    log, label = market
    risk = SequenceRisk().fit(log, label, groups=alone(log), moments=now(log))
    codes = np.flatnonzero(label == 1)[:8]
    found = raising_stretches(risk, log, codes, NOW)
    first = found.groupby("code").head(1)
    assert set(first["code"]) <= set(codes.tolist())
    assert (first["start"] >= days(START) + 44).mean() >= 0.8  # two weeks around day 50 and later
    assert found["drop"].min() >= 0.05
    # By hand: the drop is the score with all events less that without them.
    row = first.iloc[0]
    one = log.of(np.array([int(row["code"])]))
    rest = one.where((one.at < row["start"]) | (one.at > row["end"]))
    whole, left = (risk.decision_function(part, np.full(1, NOW))[0] for part in (one, rest))
    assert row["drop"] == pytest.approx(whole - left)


def test_nobody_has_no_stretch(market):
    log, label = market
    risk = SequenceRisk().fit(log, label, groups=alone(log), moments=now(log))
    assert raising_stretches(risk, log, np.zeros(0, dtype=int), NOW).empty
