"""Queue policies by name: those that come with the program, and a team's own."""

from importlib import import_module
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd

from analytics.errors import InputError
from analytics.selection import policies
from analytics.selection.pool import Pool, QueuePolicy

BY_HARM: Final = "expected_harm"
POLICIES: Final = MappingProxyType(
    {
        BY_HARM: policies.expected_harm,
        "uncertainty": policies.uncertainty,
        "diversity": policies.diversity,
        "model_change": policies.model_change,
        "mix": policies.mix,
    }
)


def find_policy(name: str) -> QueuePolicy:
    """Return the queue policy of a name: one of `POLICIES`, or `package.module:function`.

    Raises:
        InputError: There is none of that name, or it cannot be called.
    """
    if name in POLICIES:
        return POLICIES[name]
    module, _, function = name.partition(":")
    if not function:
        raise InputError(
            f"There is no queue policy {name!r}.",
            hint=f"Set queue_policy to one of {', '.join(POLICIES)}, or to package.module:function "
            "for one of your own.",
        )
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"The queue policy {name!r} cannot be loaded: {error}.",
            hint="The module must be importable where Portreeve runs.",
        ) from error
    if not callable(found):
        raise InputError(f"The queue policy {name!r} is no function.")
    return found


def ordered(name: str, pool: Pool) -> pd.Index:
    """Return the ids that a policy takes of a pool, the first first; equal scores by harm.

    Raises:
        InputError: There is no such policy, or it gave no score for each row.
    """
    scores = find_policy(name)(pool)
    if not isinstance(scores, pd.Series) or not scores.index.equals(pool.scores.index):
        raise InputError(
            f"The queue policy {name!r} must return a score for each row of the pool's scores.",
            hint="A pandas Series with their index; leave missing what is not to be taken.",
        )
    values = pd.to_numeric(scores, errors="coerce").to_numpy(dtype=float)
    order = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")
    chosen = order[: int((~np.isnan(values)).sum())][: pool.size]
    return pool.scores.index[chosen]
