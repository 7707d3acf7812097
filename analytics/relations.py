"""What ties two entities to each other: names of relations, and what they are called.

A relation is the kind of a value in common, as the source names it (`device`, `bank_account`), or
one of those below.
"""

from typing import Final

# What a group that hides nothing shows openly. The rest only the marketplace sees.
OPEN: Final = ("address", "phone", "licence", "sales", "shown")
_WORDS: Final = {
    "buyers": "More buyers in common than by chance",
    "titles": "More titles in common than by chance",
    "sales": "Much of what they sell is sold together",
    "shown": "Much of what is shown is of each other",
}


def is_open(relation: str) -> bool:
    """Say whether those it ties show it openly, as a family business shows its address."""
    return relation in OPEN


def in_words(relation: str) -> str:
    """Return a relation as a reviewer reads it, such as "Same bank account"."""
    return _WORDS.get(relation) or f"Same {relation.replace('_', ' ')}"
