"""What a reviewer sees first of a case: the evidence, or the score."""

from hashlib import blake2b
from typing import Final

from analytics.review.types import Presentation
from analytics.settings import Settings

ALWAYS: Final[Presentation] = "evidence_first"
OTHERWISE: Final[Presentation] = "score_first"


def presentation_of(case_id: int, settings: Settings) -> Presentation:
    """Return the order in which a case is shown, to whomever and however often it is opened.

    The evidence comes first, unless the setting `randomise_presentation` is on: then half of the
    cases, by a hash of their number that the setting `seed` keys, show the score first.
    """
    if not settings.randomise_presentation:
        return ALWAYS
    key = settings.seed.to_bytes(16, "big", signed=False)
    drawn = blake2b(str(case_id).encode(), key=key, digest_size=1).digest()[0]
    return OTHERWISE if drawn % 2 else ALWAYS
