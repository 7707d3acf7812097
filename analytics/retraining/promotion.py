"""Which model scores: put in its place by a person with a reason, and taken back the same way.

The live row of the decisions database is the truth and is written last; whatever else names a
champion mirrors it.
"""

from collections.abc import Mapping, Sequence

from analytics.columns import EntityType
from analytics.errors import InputError, NotFoundError
from analytics.review.store import Live

BUILD = "build"  # the reason of live rows that no person gave


def promoted(history: Sequence[Live]) -> dict[str, str]:
    """Return entity type → model that scores now because a person said so.

    Args:
        history: Everything that was ever live, newest first.
    """
    if not history:
        return {}
    return {
        entity: version
        for entity, version in history[0].models.items()
        if _brought_by(history, entity, version).reason != BUILD
    }


def earlier_version(history: Sequence[Live], entity: EntityType) -> str:
    """Return the model to go back to: the champion before the present one.

    Going back twice goes back two steps, not forth again.

    Args:
        history: Everything that was ever live, newest first.
        entity: Entity type.

    Raises:
        NotFoundError: There was no other champion before.
    """
    champions: list[str] = []
    for live in reversed(history):
        version = live.models.get(entity)
        if version in champions:
            del champions[champions.index(version) + 1 :]
        elif version is not None:
            champions.append(version)
    if len(champions) < 2:
        raise NotFoundError(f"No other model of {entity}s was live before; nothing to go back to.")
    return champions[-2]


def changed(live: Live, entity: EntityType, version: str) -> Mapping[str, str]:
    """Return the live models with another one for one entity type.

    Raises:
        InputError: It is live already.
    """
    if live.models.get(entity) == version:
        raise InputError(f"{version} scores the {entity}s already.")
    return {**live.models, entity: version}


def check_reason(reason: str) -> str:
    """Return a person's reason, trimmed.

    Raises:
        InputError: It is empty, or the word that builds use.
    """
    words = reason.strip()
    if not words or words.lower() == BUILD:
        raise InputError(
            "A change of the model needs a reason.", hint="Say in a few words why, for the record."
        )
    return words


def _brought_by(history: Sequence[Live], entity: str, version: str) -> Live:
    """Return the row with which the present model came."""
    came = history[0]
    for live in history:
        if live.models.get(entity) != version:
            break
        came = live
    return came
