"""Text models learn from decisions and never score one by itself."""

import numpy as np
import pandas as pd
import pytest

from analytics.signals.content.text_models import TextModels, count_alone, count_terms, words_of

CURES = [f"this tea number {k} cures diabetes at once" for k in range(8)]
FAIR = [f"this cup of tea number {k} with lemon and honey" for k in range(24)]


def decided(violations: int, others: int) -> pd.DataFrame:
    return pd.DataFrame({"P6": [True] * violations + [False] * others, "P1": False})


@pytest.fixture
def fitted() -> TextModels:
    X = count_terms([*CURES, *FAIR])
    return TextModels(["P6", "P1"]).fit(X, decided(8, 24))


def test_words_of_confirmed_violations_score_high(fitted: TextModels) -> None:
    X = count_terms([*CURES, *FAIR, "our tea cures diabetes", "our tea with honey"])
    scores = fitted.predict(X)["P6"]
    assert scores[:8].min() > 0.5 > 0.2 > scores[8:32].max()
    assert scores.iloc[-2] > 0.3 > scores.iloc[-1]


def test_left_out_scores_are_those_of_models_without_the_entity(fitted: TextModels) -> None:
    texts, y = [*CURES, *FAIR], decided(8, 24)
    X = count_terms(texts)
    for row in (0, 5, 20):
        others = y.drop(index=row)
        alone = TextModels(["P6", "P1"]).fit(X, others).predict(X)["P6"][row]
        assert fitted.predict(X)["P6"][row] == pytest.approx(alone, abs=1e-9)


def test_turning_its_own_decision_does_not_move_an_entity(fitted: TextModels) -> None:
    X, y = count_terms([*CURES, *FAIR]), decided(8, 24)
    y.loc[20, "P6"] = True
    turned = TextModels(["P6", "P1"]).fit(X, y)
    assert turned.predict(X)["P6"][20] == pytest.approx(fitted.predict(X)["P6"][20], abs=1e-9)


def test_the_report_says_what_is_off_and_why(fitted: TextModels) -> None:
    report = fitted.report_.set_index("policy")
    assert report["is_on"].to_dict() == {"P6": True, "P1": False}
    assert report.loc["P6", ["violations", "others"]].tolist() == [8, 24]
    assert report.loc["P1", "note"] == "0 of the 5 violations needed are confirmed."
    few = TextModels(["P6"]).report(decided(8, 3), {})
    assert few["note"].tolist() == ["3 of the 20 others needed are decided."]


def test_shuffled_decisions_teach_nothing() -> None:
    """Left-out scores of decisions without sense rank no better than chance."""
    rng = np.random.default_rng(0)
    words = np.array([f"w{k}" for k in range(60)])
    X = count_terms([" ".join(rng.choice(words, 12)) for _ in range(300)])
    y = pd.DataFrame({"P6": rng.permutation(np.arange(300) < 60)})
    models = TextModels(["P6"]).fit(X, y)
    assert models.report_["average_precision"][0] < 0.3
    assert models.names_ == []
    assert models.predict(X).shape == (300, 0)


def test_words_that_weigh_are_those_of_the_violations(fitted: TextModels) -> None:
    words = words_of("this tea cures diabetes with honey")
    weights = fitted.weights(count_alone(words), "P6")
    best = words[int(np.argmax(weights))]
    assert best in ("cures", "diabetes", "cures diabetes")
    assert weights[words.index("honey")] < 0


def test_texts_that_are_none_have_no_terms() -> None:
    assert count_terms([None, "", "  "]).nnz == 0
