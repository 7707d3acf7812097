"""Trained on the past, judged on what came after: nothing newer than the cut gets in."""

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analytics.model.bundle import EntityModel
from analytics.model.labelled import LabelledFrame
from analytics.model.metrics import average_precision
from analytics.model.prior import violation_prior
from analytics.model.training_set import TrainingSet
from analytics.model.violation import train_violation
from analytics.retraining.contender import Contender
from analytics.retraining.estimator import draw_sample
from analytics.retraining.in_time import Cut, before, cut_at, judge_in_time
from analytics.retraining.moves import Scored
from analytics.retraining.slices import Least

LEAST = Least(20, 3)
LEARNED, JUDGED = 160, 100
FIRST = pd.Timestamp("2026-01-01")


def market(count: int, prefix: str, seed: int) -> LabelledFrame:
    """Decisions, one a day but for the judged ones of the same days; half are of risky entities."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"{prefix}{n}" for n in range(count)])
    X = pd.DataFrame(rng.normal(size=(count, 2)), columns=["late", "refunds"], index=ids)
    y = (rng.random(count) < expit(3 * X["late"] + X["refunds"])).astype(float)
    days = np.linspace(0, 200, count).astype(int)
    labels = pd.DataFrame(
        {
            "label": y, "decided_at": FIRST + pd.to_timedelta(days, unit="D"), "source": "review",
            "decision_id": pd.array(days * 2 + (prefix == "j"), dtype="Int64"),
            "queue_policy": "control", "stratum": "merchant/rest",
            "inclusion_probability": 0.1, "control_probability": 0.1,
        },
        index=ids,
    )  # fmt: skip
    return LabelledFrame(X, labels, pd.Series(ids, index=ids))


LEARNED_FROM, JUDGING = market(LEARNED, "l", 1), market(JUDGED, "j", 2)
PRIOR = violation_prior(LEARNED_FROM.X, [], prevalence=0.3)
GROUPS = pd.concat([LEARNED_FROM.groups, JUDGING.groups])
CUT = cut_at(JUDGING.labels, LEAST)


def recipe(labelled: LabelledFrame):
    model = train_violation(
        labelled.X, labelled.labels["label"], groups=labelled.groups, prior=PRIOR, least_per_class=5
    )
    return PRIOR if model is None else model


def contender(learned: LabelledFrame | None, part=None) -> Contender:
    """A model trained by the recipe, or this one."""
    trained_on = None if learned is None else TrainingSet(learned.labels, learned.X)
    nobody = Scored(pd.DataFrame(), pd.DataFrame(), 0.0, None)
    return Contender(_model(part or recipe(learned)), trained_on, nobody)


def _model(part) -> EntityModel:
    return EntityModel("merchant", datetime(2026, 1, 1), quality=None, violation=part)


def first(count: int) -> LabelledFrame:
    """The oldest decisions that are learned from."""
    ids = LEARNED_FROM.labels.index[:count]
    return LabelledFrame(LEARNED_FROM.X.loc[ids], LEARNED_FROM.labels.loc[ids], GROUPS.loc[ids])


def from_ninetieth() -> LabelledFrame:
    """The newest decisions that are learned from, of which seven are older than the cut."""
    ids = LEARNED_FROM.labels.index[90:]
    return LabelledFrame(LEARNED_FROM.X.loc[ids], LEARNED_FROM.labels.loc[ids], GROUPS.loc[ids])


def weigh(part: LabelledFrame):
    return draw_sample(part.labels, part.groups, reached=0, population=1_000, share=0.2)


def judged(champion: Contender, challenger: Contender, **changes):
    both = {"champion": champion, "challenger": challenger}
    given = {"recipe": recipe, "weigh": weigh, "least": LEAST, "k": 10, "seed": 0}
    return judge_in_time(both, JUDGING, GROUPS, **(given | changes))


@pytest.fixture(scope="module")
def challenger() -> Contender:
    return contender(LEARNED_FROM)


@pytest.fixture(scope="module")
def champion() -> Contender:
    return contender(first(60))


# Ten cases on ten days; of the third, the sixth and the ninth the answer was yes.
TEN = pd.DataFrame(
    {
        "label": [0.0, 0, 1, 0, 0, 1, 0, 0, 1, 0],
        "decided_at": pd.date_range("2026-03-01", periods=10),
        "decision_id": pd.array(range(100, 110), dtype="Int64"),
    }
)


@pytest.mark.parametrize(
    ("least", "day"),
    [
        (Least(2, 1), 7),  # two fifths are four: the 7th to the 10th
        (Least(5, 1), 6),
        (Least(2, 2), 6),  # the second yes from the end is of the 6th
        (Least(2, 3), 3),
        (Least(10, 1), 1),
    ],
)
def test_the_newest_two_fifths_judge_or_as_many_as_are_needed(least, day):
    assert cut_at(TEN, least) == Cut(pd.Timestamp(2026, 3, day), 99 + day)


@pytest.mark.parametrize("least", [Least(11, 1), Least(2, 4)])
def test_too_few_cases_are_not_parted(least):
    assert cut_at(TEN, least) is None


def test_decisions_of_one_moment_are_on_one_side():
    moments = TEN["decided_at"].where(TEN.index < 4, pd.Timestamp("2026-03-05"))
    assert cut_at(TEN.assign(decided_at=moments), Least(2, 1)) == Cut(
        pd.Timestamp("2026-03-05"), 104
    )


def test_what_was_entered_after_the_cut_was_not_known_before_it():
    labels = pd.DataFrame(
        {
            "decided_at": pd.to_datetime(["2026-03-04", "2026-03-04", "2026-03-04", "2026-03-05"]),
            "decision_id": pd.array([103, 104, None, None], dtype="Int64"),
        }
    )
    known = Cut(pd.Timestamp("2026-03-05"), 104).is_known(labels)
    assert list(known) == [True, False, True, False]


def hashes(champion: Contender, challenger: Contender) -> dict[str, str]:
    past = before({"champion": champion, "challenger": challenger}, CUT, GROUPS, recipe)
    return {name: _model(one.part).model_version for name, one in past.items()}


@pytest.fixture(scope="module")
def as_they_are(challenger) -> dict[str, str]:
    return hashes(contender(first(150), challenger.model.violation), challenger)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_decided_since_the_cut_reaches_either_model(challenger, as_they_are, seed):
    rng = np.random.default_rng(seed)

    def changed(one: Contender, count: int) -> Contender:
        """The same, but for labels and features of what was decided, or entered, since."""
        X, labels = LEARNED_FROM.X.iloc[:count].copy(), LEARNED_FROM.labels.iloc[:count].copy()
        is_later = (labels["decided_at"] >= CUT.at) | (labels["decision_id"] >= CUT.decision_id)
        assert 0 < is_later.sum() < count
        labels.loc[is_later, "label"] = rng.integers(0, 2, is_later.sum()).astype(float)
        X[is_later] = rng.normal(size=(is_later.sum(), 2))
        return replace(one, trained_on=TrainingSet(labels, X))

    assert hashes(changed(challenger, 150), changed(challenger, 160)) == as_they_are
    assert as_they_are["challenger"] != challenger.model.model_version


def test_figures_are_those_of_plain_computation(champion, challenger):
    found = judged(champion, challenger)

    times = JUDGING.labels["decided_at"]
    assert CUT.at == times.sort_values().iloc[60]  # the newest 40 of 100
    later, y = JUDGING.X[times >= CUT.at], JUDGING.labels.loc[times >= CUT.at, "label"].to_numpy()
    past = first(int((LEARNED_FROM.labels["decided_at"] < CUT.at).sum()))
    parts = {"champion": champion.model.violation, "challenger": recipe(past)}
    plainly = {name: average_precision(y, part.raw(later)) for name, part in parts.items()}
    for name, value in plainly.items():
        assert found.results[name]["average_precision"]["value"] == pytest.approx(value, abs=1e-6)
    gap = found.differences["average_precision"]
    assert gap["value"] == pytest.approx(plainly["challenger"] - plainly["champion"], abs=1e-6)
    assert gap["low"] <= gap["value"] <= gap["high"]
    assert (found.cases, found.positives) == (len(y), y.sum()) == (40, found.control_positives)
    assert found.learned_from == {"champion": 60, "challenger": len(past.labels)}
    assert found.trained_again == {"champion": False, "challenger": True}
    assert found.cut == CUT.at.isoformat()
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()


def test_the_sentence_says_what_each_learned_from(champion, challenger):
    known = int(CUT.is_known(LEARNED_FROM.labels).sum())
    assert judged(champion, challenger).sentence == (
        f"Of what was decided before {CUT} the champion learned from 60 decisions (as it is), "
        f"the challenger learned from {known} decisions (trained again); 40 cases decided since "
        f"judge, {int(JUDGING.labels['label'].iloc[60:].sum())} of them violations."
    )


def test_the_prior_is_taken_as_it_is(challenger):
    found = judged(contender(None, PRIOR), challenger)
    assert found.learned_from["champion"] == 0
    assert "the champion learned nothing, being the prior" in found.sentence


def test_of_the_same_decisions_there_is_one_fit_and_no_difference(challenger):
    fits = []

    def counted(labelled: LabelledFrame):
        fits.append(len(labelled.labels))
        return recipe(labelled)

    older = contender(first(150), challenger.model.violation)
    found = judged(older, challenger, recipe=counted)
    assert len(fits) == 1
    assert found.differences["average_precision"]["value"] == 0.0
    assert found.sentence.endswith("Both learned from the same decisions, so they do not differ.")


def test_a_champion_of_too_few_decisions_was_the_prior(challenger):
    found = judged(contender(from_ninetieth(), challenger.model.violation), challenger)
    assert found.trained_again["champion"]
    assert "the champion had too few to learn from (" in found.sentence
    assert found.results


def test_a_challenger_of_too_few_decisions_cannot_be_judged(champion):
    learned = from_ninetieth()
    known = int(CUT.is_known(learned.labels).sum())
    found = judged(champion, contender(learned, champion.model.violation))
    assert (found.results, found.differences) == ({}, {})
    assert found.sentence == (
        f"By {CUT} there were too few decisions to train a challenger: {known}."
    )


def test_a_champion_of_unknown_decisions_cannot_be_taken_back(champion, challenger):
    found = judged(replace(champion, trained_on=None), challenger)
    assert found.sentence == "Nothing tells which decisions the champion learned from."
    assert found.results == {}


def test_too_few_judged_cases_say_how_many_there_are(champion, challenger):
    found = judged(champion, challenger, least=Least(101, 5))
    positives = int(JUDGING.labels["label"].sum())
    assert found.cut is None
    assert found.sentence == (
        f"Too few cases judge to part them by time: 100, {positives} of them violations, where "
        "101 with 5 of either outcome are needed."
    )
