import pytest

from analytics.explain.render import claim_of, label_of, render_reason
from analytics.features.spec import FeatureSpec

LATE = FeatureSpec(
    "late_dispatch_90d", "merchant", "fulfilment", "Late dispatch rate", "share", "higher_is_worse",
    "{value} of order lines {period} were handed over late", "", 90, policies=("M2",),
    evidence="merchant.late_dispatch_90d",
)  # fmt: skip
STARS = FeatureSpec(
    "rating_mean", "product", "ratings", "Average rating", "rating", "lower_is_worse",
    "Reviews give {value} stars on average", "",
)  # fmt: skip


def row(**changes):
    return {
        "entity_id": "m1",
        "rank": 1,
        "target": "quality",
        "contribution": 0.7,
        "value": 12 / 67,
        "peer_median": 0.04,
        "peer_count": 214,
        "peer_rank": 9,
        "points_to_policies": "M2,M9",
        "evidence_rows": 12,
        "evidence_of": 67,
        **changes,
    }


def test_a_reason_says_value_period_rows_peers_and_rank():
    reason = render_reason(row(), LATE, "BRL", "order line")
    assert reason.sentence == (
        "18 % of order lines in the last 90 days were handed over late (12 of 67 order lines); "
        "the median of 214 similar merchants is 4 %, this is the 9th highest."
    )
    assert reason.claim == "18 % of order lines in the last 90 days were handed over late"
    assert reason.policies == ("M2", "M9")
    assert (reason.evidence_rows, reason.evidence_of) == (12, 67)


def test_the_worst_of_all():
    reason = render_reason(
        row(value=2.25, peer_median=4.1, peer_rank=1, evidence_of=None), STARS, "BRL", "review"
    )
    assert reason.sentence == (
        "Reviews give 2.2 of 5 stars on average (12 reviews); the median of 214 similar products "
        "is 4.1 of 5, none is lower."
    )


def test_too_few_peers_say_nothing():
    reason = render_reason(row(peer_count=4, evidence_rows=None), LATE, "BRL")
    assert reason.sentence == "18 % of order lines in the last 90 days were handed over late."
    assert reason.comparison == ""


def test_one_row_is_singular_and_none_is_not_mentioned():
    assert "(1 row)" in render_reason(row(evidence_rows=1, evidence_of=None), LATE, "BRL").sentence
    assert "(" not in render_reason(row(evidence_rows=0), LATE, "BRL").sentence


def test_a_direction_that_nobody_gave():
    brought = FeatureSpec(
        "score", "creator", "extra", "Score", "number", "neutral", "Score is {value}", "",
        extra=True,
    )  # fmt: skip
    reason = render_reason(row(value=9.0, peer_median=1.0, evidence_rows=None), brought, "USD")
    assert reason.sentence == (
        "Score is 9; the median of 214 similar creators is 1, this is the 9th furthest from it."
    )


@pytest.mark.parametrize("name", ["{0.__class__}", "{value.real}", "{missing}", "{", "%s"])
def test_a_hostile_column_name_is_only_text(name):
    brought = FeatureSpec(
        "x", "merchant", "extra", name, "number", "neutral", f"{name} is {{value}}", "", extra=True
    )
    assert claim_of(brought, 2.0, "USD") == f"{name} is 2"


def test_a_label_names_its_window_only_if_there_is_one():
    assert label_of(LATE) == "Late dispatch rate, in the last 90 days"
    assert label_of(STARS) == "Average rating"
