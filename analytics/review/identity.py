"""Who reviews: whom an identity provider vouches for, and who may come in and do what leads do."""

from collections.abc import Mapping
from typing import Final

from analytics.errors import InputError

VERIFIED: Final = "email_verified"
MAX_LENGTH: Final = 200


def names_of(setting: str) -> frozenset[str]:
    """Return the names of a setting that lists some with commas between, without letter case."""
    return frozenset(name.casefold() for part in setting.split(",") if (name := part.strip()))


def is_lead(name: str, setting: str) -> bool:
    """Tell whether a person may do what leads do, by the setting `leads`; empty: everybody."""
    leads = names_of(setting)
    return not leads or name.casefold() in leads


def may_come_in(name: str, setting: str) -> bool:
    """Tell whether a person may use the dashboard, by the setting `reviewers`; empty: everybody.

    An entry such as `@example.com` stands for all addresses of that domain.
    """
    allowed, person = names_of(setting), name.casefold()
    domain = person[person.rindex("@") :] if "@" in person else None
    return not allowed or person in allowed or domain in allowed


def person_of(claims: Mapping[str, object], claim: str) -> str:
    """Return the name of a person from an identity token (OpenID Connect Core 1.0, section 5.1).

    Args:
        claims: Claims of the token, whose signature was checked.
        claim: That which names the person; in lower case, since addresses differ by it by chance.

    Raises:
        InputError: The token lacks the claim, or the provider has not verified the address.
    """
    name = claims.get(claim)
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_LENGTH:
        raise InputError(
            f"The identity provider does not say who you are: its token has no usable `{claim}`.",
            hint="The setting sign_in_claim names the claim, such as email or preferred_username.",
        )
    if claim == "email" and claims.get(VERIFIED, True) not in (True, "true"):
        raise InputError(
            "The identity provider has not verified your e-mail address.",
            hint="Verify it there, then sign in again.",
        )
    return name.strip().casefold()
