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


def leads_of(setting: str) -> frozenset[str]:
    """Return the names of the leads; none where everybody is one."""
    return frozenset(name for part in setting.split(",") if (name := part.strip()))


def is_lead(name: str, setting: str) -> bool:
    """Tell whether a person may do what leads do, by the setting `leads`."""
    leads = leads_of(setting)
    return not leads or name in leads


@dataclass(frozen=True)
class SingleUser:
    """The embedded mode: one name, from the settings, that may do everything."""

    name: str
    roles: frozenset[str] = frozenset({"reviewer", "lead", "data_scientist"})
