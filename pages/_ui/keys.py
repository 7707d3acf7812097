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
LIST: Final = "I"
START: Final = "S"
FREE: Final = "AMQXZ"  # for the actions whose own letters are all taken

_TAKEN: Final = frozenset("CR") | frozenset(
    [
        *OUTCOMES.values(),
        SEVERITY,
        FILL,
        OWN_WORDS,
        SKIP,
        PREVIOUS,
        BACK,
        HOLD,
        HAND_OVER,
        TAKE,
        LIST,
    ]
)
DIGITS: Final = "1234567890"


def described(policies: Sequence[Policy], actions: Iterable[str]) -> list[tuple[str, str]]:
    """Return each key of the case page with what it does, in the order of a round."""
    digits = policy_keys(policies)
    letters = action_keys(actions)
    return [
        *((key, f"{outcome.replace('_', ' ').capitalize()}") for outcome, key in OUTCOMES.items()),
        *(
            (digits[p.code], f"Violation of {p.code} {p.name}")
            for p in policies
            if p.code in digits
        ),
        (SEVERITY, "Next severity"),
        *((key, f"Action: {action.replace('_', ' ')}") for action, key in letters.items()),
        (FILL, "Add the next reason from the evidence"),
        (OWN_WORDS, "Write the reason in your own words"),
        ("Tab", "Leave a text field, so that plain keys work again"),
        (SAVE, "Save and go to the next case, also from within a text field"),
        (SKIP, "Go to the next case without deciding"),
        (PREVIOUS, "Go to the case shown before"),
        (BACK, "Give the case back and go to the queue"),
        (HOLD, "Put the case on hold until a day"),
        (HAND_OVER, "Hand the case to a named person, or escalate it"),
        (TAKE, "Take the case over, or again"),
        (LIST, "Show this list"),
    ]


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
