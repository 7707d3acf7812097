import numpy as np
import pandas as pd
import pytest

from analytics.explain.similar import nearest_cases

DECISIONS = pd.DataFrame(
    {
        "entity_id": ["m1", "m2", "m3"],
        "outcome": ["violation", "no_violation", "violation"],
        "policy": ["M2", None, "M4"],
        "decided_at": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]),
    }
)
PHI = np.array([[1.0, 0.0], [0.0, 2.0], [0.9, 0.1]])


def nearest(own, entity_id="me", nearest=5):
    return nearest_cases(
        np.array(own), entity_id, DECISIONS, PHI, ("late_90d", "low_rating_90d"), nearest
    )


def test_nearest_first_with_what_was_decided():
    cases = nearest([0.8, 0.0])
    assert [case.entity_id for case in cases] == ["m3", "m1", "m2"]
    assert [case.distance for case in cases] == pytest.approx(
        [np.sqrt(0.02), 0.2, np.sqrt(0.64 + 4)]
    )
    assert (cases[0].outcome, cases[0].policy) == ("violation", "M4")
    assert cases[2].policy is None


def test_similarity_is_the_cosine_and_never_negative():
    assert nearest([2.0, 0.0])[0].similarity == pytest.approx(1.0)
    assert [case.similarity for case in nearest([0.0, -1.0])] == pytest.approx([0.0] * 3)


def test_shared_are_the_features_that_push_both_up():
    cases = {case.entity_id: case for case in nearest([0.8, 0.5])}
    assert cases["m3"].shared == ("late_90d", "low_rating_90d")
    assert cases["m2"].shared == ("low_rating_90d",)


def test_a_decided_entity_is_not_similar_to_itself():
    assert [case.entity_id for case in nearest([1.0, 0.0], "m1")] == ["m3", "m2"]


def test_no_more_than_asked_for():
    assert len(nearest([1.0, 0.0], nearest=1)) == 1


def test_no_contributions_at_all_is_no_similarity():
    assert {case.similarity for case in nearest([0.0, 0.0])} == {0.0}
