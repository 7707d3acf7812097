"""Whether the rules that are kept fit together: what each says, and how it came to its state."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from analytics.errors import InputError
from analytics.review.rules import ALONE, NEXT
from analytics.review.schema import rule_events_table, rule_versions_table
from analytics.rules.definition import definition_of
from analytics.rules.predicate import predicate_of

Features = Mapping[str, Collection[str]]


def rule_inconsistencies(connection: sa.Connection, features: Features) -> list[str]:
    """Return what is wrong with the rules, one sentence each.

    Args:
        connection: To the decisions database.
        features: By entity type the names of the features that rules may use; a rule that fires
            (live or in shadow) has to be one of these. Types that are left out are not checked.
    """
    states = _states(connection)
    versions = connection.execute(sa.select(rule_versions_table).order_by(rule_versions_table.c.id))
    found, standing = [], Counter[tuple[str, str, str]]()
    for version in versions:
        way = states.pop(version.id, [])
        label = f"The rule {f'{version.name} v{version.version}'!r} for {version.entity_type}s"
        found += [f"{label} {fault}" for fault in _wrong(way)]
        fires = bool(way) and way[-1] in ALONE
        names = features.get(version.entity_type) if fires else None
        found += [f"{label} cannot be used: {why}" for why in _unusable(version.definition, names)]
        if fires:
            standing[version.entity_type, version.name, way[-1]] += 1
    found += [
        f"{count:,} versions of the rule {name!r} for {entity}s are {state} at once."
        for (entity, name, state), count in standing.items()
        if count > 1
    ]
    if states:
        found.append(f"{sum(map(len, states.values())):,} changes of state are of no rule.")
    return found


def _states(connection: sa.Connection) -> dict[int, list[str]]:
    """Return by number of a version the states that it went through, oldest first."""
    found: dict[int, list[str]] = {}
    for event in connection.execute(sa.select(rule_events_table).order_by(rule_events_table.c.id)):
        found.setdefault(event.rule_id, []).append(event.state)
    return found


def _wrong(way: Sequence[str]) -> Iterator[str]:
    if not way:
        yield "has no state."
    elif way[0] != "draft":
        yield f"did not begin as a draft, but as {way[0]!r}."
    for before, after in pairwise(way):
        if after not in NEXT.get(before, ()):
            yield f"went from {before!r} to {after!r}, which no rule may."


def _unusable(stored: Any, names: Collection[str] | None) -> Iterator[str]:
    """Tell why a definition cannot be read, or not be used with these features."""
    try:
        definition = definition_of(stored)
        if names is not None:
            predicate_of(definition, names)
    except InputError as error:
        yield str(error)
