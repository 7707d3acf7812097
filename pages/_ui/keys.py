"""The keys of a review round, declared once.

Streamlit keeps C and R for itself and knows no punctuation. A plain key does nothing while a text
field has the focus; keys with Ctrl work there too, and Ctrl + Enter commits what was typed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from analytics.policies import Policy

OUTCOMES: Final[Mapping[str, str]] = {"violation": "V", "no_violation": "N", "cannot_tell": "U"}
SEVERITY: Final = "E"
FILL: Final = "F"
OWN_WORDS: Final = "O"
SAVE: Final = "Ctrl+Enter"
SKIP: Final = "J"
PREVIOUS: Final = "K"
BACK: Final = "B"
HOLD: Final = "H"
HAND_OVER: Final = "G"
TAKE: Final = "Y"
START: Final = "S"
FREE: Final = "AIMQXZ"  # for the actions whose own letters are all taken

_TAKEN: Final = frozenset("CR") | frozenset(
    [*OUTCOMES.values(), SEVERITY, FILL, OWN_WORDS, SKIP, PREVIOUS, BACK, HOLD, HAND_OVER, TAKE]
)
DIGITS: Final = "1234567890"


def policy_keys(policies: Sequence[Policy]) -> dict[str, str]:
    """Give each policy the digit of its own code (M3: 3), or else one that is still free.

    A policy keeps its key from case to case, wherever the list puts it. Those beyond the tenth
    have none.
    """
    own = {policy.code: policy.code[-1:] for policy in policies}
    keys: dict[str, str] = {}
    for code, digit in own.items():
        if digit in DIGITS and digit and digit not in keys.values() and len(code) <= 2:
            keys[code] = digit
    free = [digit for digit in DIGITS if digit not in keys.values()]
    for code in own:
        if code not in keys and free:
            keys[code] = free.pop(0)
    return keys


def action_keys(actions: Iterable[str]) -> dict[str, str]:
    """Give each action of the taxonomy a letter of its own name: of its words first."""
    keys: dict[str, str] = {}
    for action in actions:
        initials = "".join(word[:1] for word in action.split("_"))
        wanted = (initials + action.replace("_", "") + FREE).upper()
        taken = _TAKEN | set(keys.values())
        letter = next((c for c in wanted if c.isascii() and c.isalpha() and c not in taken), None)
        if letter is not None:
            keys[action] = letter
    return keys
