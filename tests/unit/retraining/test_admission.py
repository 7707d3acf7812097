"""Who may let which model score."""

from datetime import datetime

import pytest

from analytics.errors import GateError
from analytics.retraining.admission import check_override, ruling_on
from analytics.retraining.gate import load_gate
from analytics.retraining.gate_rules import judge
from analytics.review.challengers import Challenger
from analytics.review.identity import is_lead
from analytics.review.store import Live
from tests.support.comparisons import comparison, gap

AT = datetime(2026, 5, 1)
LIVE = Live("s1", {"merchant": "m1"}, "ana", "build", AT)
EARLIER = Live("s0", {"merchant": "m0"}, "ana", "build", AT)


def challenger(version: str = "m2", champion: str = "m1", *, is_worse: bool = False) -> Challenger:
    found = comparison(champion=champion, challenger=version)
    if is_worse:
        found.differences["average_precision"] = gap(-0.1, -0.2, -0.01)
    document = found.to_dict() | {"gate": judge(load_gate(), found).to_dict()}
    return Challenger(1, AT, "merchant", version, "s1", "l1", "ana", document, "trained")


def ruling(version: str, *challengers: Challenger):
    return ruling_on("merchant", version, LIVE, [LIVE, EARLIER], challengers)


def test_a_challenger_that_passed_may_score():
    found = ruling("m2", challenger())
    assert (found.outcome, found.was) == ("passed", "m1")
    assert found.gate_version == load_gate().version
    assert not check_override(found, "ana", "lea", override=False)
    assert not check_override(found, "ana", "lea", override=True)  # nothing to overrule


def test_a_challenger_that_failed_needs_a_lead_who_says_so():
    found = ruling("m2", challenger(is_worse=True))
    assert found.outcome == "failed"
    [why] = found.failed
    assert why.startswith("Average precision changes by -0.100")
    with pytest.raises(GateError, match="does not let m2 pass: Average precision changes"):
        check_override(found, "lea", "lea, max", override=False)
    with pytest.raises(GateError, match="Only a lead"):
        check_override(found, "ana", "lea, max", override=True)
    assert check_override(found, "max", "lea, max", override=True)
    assert check_override(found, "ana", "", override=True)


def test_the_newest_comparison_counts():
    assert ruling("m2", challenger(), challenger(is_worse=True)).outcome == "passed"
    assert ruling("m2", challenger(is_worse=True), challenger()).outcome == "failed"


def test_one_that_was_compared_with_another_champion_or_never_does_not_pass():
    for found in (
        ruling("m2", challenger(champion="m0")),
        ruling("m3", challenger()),
        ruling("m2"),
    ):
        assert found.outcome == "failed"
        assert found.failed == (
            "It was not compared with m1, which scores now; retrain to have it compared.",
        )


def test_what_has_scored_before_may_return():
    assert ruling("m0").outcome == "returned"


def test_without_a_setting_everybody_is_a_lead():
    assert is_lead("ana", "")
    assert is_lead("ana", " lea ,ana,")
    assert not is_lead("", " , lea")
    assert not is_lead("an", "ana")
