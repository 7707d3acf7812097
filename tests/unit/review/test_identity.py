import pytest

from analytics.errors import InputError
from analytics.review.identity import is_lead, may_come_in, person_of


def test_everybody_is_a_lead_until_some_are_named() -> None:
    assert is_lead("ana", "")
    assert is_lead("ana", " , ")
    assert is_lead("Ana@Example.com", "ben, ana@example.com")
    assert not is_lead("ana", "ben")


@pytest.mark.parametrize(
    ("name", "setting", "may"),
    [
        ("ana@example.com", "", True),
        ("ana@example.com", "ANA@example.com", True),
        ("ana@example.com", "@example.com", True),
        ("ana@example.com", "ben@example.com", False),
        ("ana@example.com.evil.org", "@example.com", False),
        ("evil@evil.org@example.org", "@evil.org", False),
        ("ana", "@example.com", False),
    ],
)
def test_who_may_come_in(name: str, setting: str, may: bool) -> None:
    assert may_come_in(name, setting) is may


def test_a_token_names_a_person_by_the_claim_asked_for() -> None:
    claims = {"email": " Ana@Example.com ", "preferred_username": "ana"}
    assert person_of(claims, "email") == "ana@example.com"
    assert person_of(claims, "preferred_username") == "ana"
    assert person_of({**claims, "email_verified": True}, "email") == "ana@example.com"


@pytest.mark.parametrize("value", [None, "", "  ", True, "a" * 201])
def test_a_token_without_a_usable_name_names_nobody(value: object) -> None:
    with pytest.raises(InputError, match="no usable `email`"):
        person_of({"email": value}, "email")


@pytest.mark.parametrize("verified", [False, "false", None])
def test_an_address_that_is_not_verified_names_nobody(verified: object) -> None:
    with pytest.raises(InputError, match="not verified"):
        person_of({"email": "ana@example.com", "email_verified": verified}, "email")
