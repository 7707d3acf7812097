"""Which model is promoted, and which one comes back."""

from datetime import datetime

import pytest

from analytics.errors import InputError, NotFoundError
from analytics.retraining.promotion import changed, check_reason, earlier_version, promoted
from analytics.review.store import Live


def history(*rows: tuple[str, dict[str, str]]) -> list[Live]:
    """Live rows from (reason, models), oldest first, returned newest first as the store does."""
    at = datetime(2026, 1, 1)
    return [Live("s", models, "ana", reason, at) for reason, models in reversed(rows)]


def test_what_a_build_brought_is_not_promoted():
    assert promoted([]) == {}
    assert promoted(history(("build", {"merchant": "a", "product": "p"}))) == {}


def test_a_promoted_model_stays_promoted_when_a_build_carries_it_on():
    rows = history(
        ("build", {"merchant": "a", "product": "p"}),
        ("finds more", {"merchant": "b", "product": "p"}),
        ("build", {"merchant": "b", "product": "q"}),
    )
    assert promoted(rows) == {"merchant": "b"}


def test_a_model_that_a_build_put_in_the_promoted_ones_place_is_not_promoted():
    rows = history(
        ("build", {"merchant": "a"}), ("better", {"merchant": "b"}), ("build", {"merchant": "c"})
    )
    assert promoted(rows) == {}


def test_a_model_that_a_person_went_back_to_is_kept_like_a_promoted_one():
    rows = history(
        ("build", {"merchant": "a"}), ("better", {"merchant": "b"}), ("worse", {"merchant": "a"})
    )
    assert promoted(rows) == {"merchant": "a"}


def test_going_back_twice_goes_back_two_steps():
    rows = [("build", {"merchant": "a"}), ("x", {"merchant": "b"}), ("x", {"merchant": "c"})]
    assert earlier_version(history(*rows), "merchant") == "b"
    rows.append(("back", {"merchant": "b"}))
    assert earlier_version(history(*rows), "merchant") == "a"
    rows.append(("back", {"merchant": "a"}))
    with pytest.raises(NotFoundError, match="nothing to go back to"):
        earlier_version(history(*rows), "merchant")


def test_after_going_back_a_new_model_can_be_taken_back_too():
    rows = history(
        ("build", {"merchant": "a"}),
        ("x", {"merchant": "b"}),
        ("back", {"merchant": "a"}),
        ("x", {"merchant": "d"}),
    )
    assert earlier_version(rows, "merchant") == "a"


def test_changes_of_other_types_are_no_step():
    rows = history(
        ("build", {"merchant": "a", "product": "p"}), ("x", {"merchant": "a", "product": "q"})
    )
    assert earlier_version(rows, "product") == "p"
    with pytest.raises(NotFoundError):
        earlier_version(rows, "merchant")


def test_only_one_type_changes():
    [live] = history(("build", {"merchant": "a", "product": "p"}))
    assert changed(live, "merchant", "b") == {"merchant": "b", "product": "p"}
    with pytest.raises(InputError, match="already"):
        changed(live, "merchant", "a")


@pytest.mark.parametrize("reason", ["", "  ", "build", " Build "])
def test_a_change_needs_a_reason_of_its_own(reason):
    with pytest.raises(InputError, match="needs a reason"):
        check_reason(reason)


def test_a_reason_is_trimmed():
    assert check_reason("  finds more  ") == "finds more"
