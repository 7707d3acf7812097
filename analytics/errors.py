"""The exceptions a user may meet. Each says what is wrong, where, and what to do."""

from collections.abc import Mapping
from typing import Any


class PortreeveError(Exception):
    """Root of all errors that Portreeve raises on purpose.

    `message` says what is wrong and where; `hint`, when given, says what to do about it.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class InputError(PortreeveError):
    """The data or the argument that the user gave cannot be used as it is."""


class NotFoundError(InputError):
    """The thing named (snapshot, dataset, entity, model version) does not exist."""


class TooFewLabelsError(InputError):
    """There are not enough decisions of both outcomes to learn violation from."""


class GateError(PortreeveError):
    """A check failed, of a build or of a model to be promoted, so nothing was published."""


class MissingExtraError(PortreeveError):
    """An optional part was used without its packages.

    Raised at use, never at import, with the command that installs them.
    """


class LeaseLostError(PortreeveError):
    """The case is not, or no longer, the reviewer's to decide; nothing was changed.

    `holder` is who has it now, None when nobody has. `decision` is the decision that was made
    on it meanwhile (`analytics.review.types.Decision`), None when there is none.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        holder: str | None = None,
        decision: Any = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.holder = holder
        self.decision = decision


class DecisionError(InputError):
    """A decision lacks something or breaks the taxonomy; nothing was stored.

    `problems` holds a sentence for each wrong field (`outcome`, `policy`, `severity`, `action`,
    `reason`).
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)
