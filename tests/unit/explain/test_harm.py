import json

import pytest

from analytics.explain.harm import explain_harm, why_ranked
from analytics.policies import load_taxonomy
from analytics.settings import Settings

META = {"thresholds": {"queue_harm": 100.0}}


def row(**changes):
    policies = [
        {"code": "M3", "probability": 0.2, "harm": 100.0},
        {"code": "M2", "probability": 0.1, "harm": 10.0},
    ]
    return {
        "harm_unit": "money",
        "expected_harm": 310.0,
        "policies": json.dumps(policies),
        "expected_defect_share": 0.2,
        "shrunken_rate": 0.3,
        "gmv_30d": 500.0,
        "gmv_open": 50.0,
        "gmv_at_risk": 500.0,
        **changes,
    }


def harm_of(**changes):
    return explain_harm(row(**changes), META, load_taxonomy(), Settings(), "BRL")


def test_parts_add_up_and_the_largest_comes_first():
    harm = harm_of()
    assert [(part.code, part.harm) for part in harm.parts] == [
        (None, pytest.approx(200.0)),
        ("M3", 100.0),
        ("M2", 10.0),
    ]
    assert sum(part.harm for part in harm.parts) == pytest.approx(harm.expected)
    assert harm.parts[0].sentence == (
        "20 % of about BRL 1,000 sold in 60 days (at the pace of the last 30)"
    )
    assert harm.parts[1].sentence == "20 % probability × severity 1 of BRL 500 at risk"


def test_why_ranked_says_place_amount_parts_and_threshold():
    assert why_ranked("merchant", 3, 2559, harm_of()) == (
        "Ranked 3rd of 2,559 merchants by expected harm: BRL 310. Of this BRL 200 from defective "
        "orders (20 % of about BRL 1,000 sold in 60 days (at the pace of the last 30)); BRL 100 "
        "from M3 fulfilment fraud: empty parcel, fake tracking, wrong item (20 % probability × "
        "severity 1 of BRL 500 at risk). The queue starts at BRL 100: it is in it."
    )


def test_without_orders_harm_is_in_units_of_severity():
    nothing = {"gmv_30d": None, "gmv_open": None, "gmv_at_risk": None}
    policies = json.dumps([{"code": "M3", "probability": 0.2, "harm": 0.2}])
    harm = harm_of(harm_unit="severity", expected_harm=0.2, policies=policies, **nothing)
    assert [part.code for part in harm.parts] == ["M3"]
    assert harm.parts[0].sentence == "20 % probability × severity 1"
    assert "the money at risk is unknown" in why_ranked("merchant", 1, 5, harm)
    assert "it is below it" in why_ranked("merchant", 1, 5, harm)


def test_a_policy_that_the_taxonomy_does_not_name_is_still_counted():
    policies = json.dumps([{"code": "other", "probability": 0.1, "harm": 5.0}])
    assert "Other policies" in [part.label for part in harm_of(policies=policies).parts]


def test_nothing_scored_has_no_parts_from_policies():
    assert [part.code for part in harm_of(policies=None).parts] == [None]
