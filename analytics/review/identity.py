"""Who reviews: where the name of the person at the keyboard comes from."""

from dataclasses import dataclass
from typing import Protocol


class Identity(Protocol):
    """A person who uses the program. Sign-in gives another implementation than `SingleUser`."""

    @property
    def name(self) -> str:
        """Recorded with everything that the person does."""

    @property
    def roles(self) -> frozenset[str]:
        """What the person may do: `reviewer`, `lead`, `data_scientist`."""


@dataclass(frozen=True)
class SingleUser:
    """The embedded mode: one name, from the settings, that may do everything."""

    name: str
    roles: frozenset[str] = frozenset({"reviewer", "lead", "data_scientist"})
