"""Rules in the decisions database: versions and changes of state, of which none is ever changed.

A version is a draft first; in shadow it fires and changes nothing; live it gives reasons and opens
cases; retired it does nothing and stays so. Each version has its own state, and at most one version
of a rule is in shadow and one live: the one that follows retires the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast, get_args

import sqlalchemy as sa

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.errors import InputError, NotFoundError
from analytics.review.database import Database, insert_new
from analytics.review.drafts import checked_name, checked_reason
from analytics.review.schema import rule_events_table, rule_versions_table
from analytics.rules.definition import Definition, definition_of

RuleState = Literal["draft", "shadow", "live", "retired"]
STATES: Final[tuple[RuleState, ...]] = get_args(RuleState)
NEXT: Final[Mapping[str, tuple[RuleState, ...]]] = {
    "draft": ("shadow", "retired"),
    "shadow": ("live", "draft", "retired"),
    "live": ("shadow", "retired"),
    "retired": (),
}
ALONE: Final = ("shadow", "live")
_versions, _events = rule_versions_table.c, rule_events_table.c


@dataclass(frozen=True)
class Rule:
    """One version of a rule, with its state.

    Attributes:
        id: Number of this version among all rules.
        version: Its number among the versions of its name, from 1.
        policy: Code of the policy that it points to, if one was named.
        state: draft, shadow, live or retired, since `state_at`, by `state_by`, for `state_reason`.
    """

    id: int
    at: datetime
    author: str
    reason: str
    entity_type: EntityType
    name: str
    version: int
    definition: Definition
    policy: str | None
    state: RuleState
    state_at: datetime
    state_by: str
    state_reason: str

    @property
    def label(self) -> str:
        """Its name and version."""
        return f"{self.name} v{self.version}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {**vars(self), "definition": self.definition.to_dict()}


@dataclass(frozen=True)
class RuleEvent:
    """A change of a rule's state."""

    id: int
    rule_id: int
    at: datetime
    actor: str
    state: RuleState
    reason: str


class Rules:
    """Keeps rules and what became of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        entity: EntityType,
        name: str,
        definition: Definition,
        author: str,
        reason: str,
        policy: str | None = None,
    ) -> Rule:
        """Keep a new rule, or the next version of the rule of this name, as a draft.

        Raises:
            InputError: Something given cannot be stored, or somebody else saved a version of it
                at the same moment.
        """
        values = {
            "at": self._database.now(),
            "author": checked_name(author),
            "reason": checked_reason(reason),
            "entity_type": _checked_type(entity),
            "name": checked_name(name, "A rule's name"),
            "definition": definition_of(definition.to_dict()).to_dict(),
            "policy": self._checked_policy(entity, policy),
        }
        with self._database.writing() as connection:
            values["version"] = _last_version(connection, entity, str(values["name"])) + 1
            insert = insert_new(connection, rule_versions_table).values(values)
            rule_id = connection.execute(insert.returning(_versions.id)).scalar_one_or_none()
            if rule_id is None:
                raise InputError(
                    "Somebody saved a version of this rule at the same moment.",
                    hint="Nothing was saved. Look at that version, and try again.",
                )
            self._record(connection, rule_id, "draft", author, reason)
            return _one(connection, rule_id)

    def move(self, rule_id: int, state: str, actor: str, reason: str) -> Rule:
        """Give a version another state; another version that stood there is retired by it.

        Raises:
            NotFoundError: There is no such version.
            InputError: It cannot go there from where it is, or the name or reason is missing.
        """
        actor, reason = checked_name(actor), checked_reason(reason)
        with self._database.writing() as connection:
            rule = _locked(connection, rule_id)
            if state not in NEXT[rule.state]:
                raise InputError(
                    f"The rule {rule.label!r} is {rule.state}; it cannot become {state!r}.",
                    hint=f"It can become: {', '.join(NEXT[rule.state]) or 'nothing any more'}.",
                )
            for other in _all(connection, _versions.name == rule.name):
                if state in ALONE and _replaces(rule, other, state):
                    told = f"Version {rule.version} took its place."
                    self._record(connection, other.id, "retired", actor, told)
            self._record(connection, rule_id, state, actor, reason)
            return _one(connection, rule_id)

    def one(self, rule_id: int) -> Rule:
        """Return a version; raises NotFoundError without it."""
        with self._database.reading() as connection:
            return _one(connection, rule_id)

    def find(self, entity: EntityType, name: str, version: int | None = None) -> Rule:
        """Return a version of the rule of this name, by default the newest.

        Raises:
            NotFoundError: There is none.
        """
        found = [
            rule
            for rule in self.all(entity)
            if rule.name == name and version in (None, rule.version)
        ]
        if not found:
            raise NotFoundError(
                f"There is no rule {name!r} for {entity}s"
                + (f" of version {version}." if version else "."),
                hint="`portreeve rules list` names them.",
            )
        return max(found, key=lambda rule: rule.version)

    def all(self, entity: EntityType | None = None, *states: RuleState) -> list[Rule]:
        """Return versions, by name and newest first; of one entity type, in the states named."""
        where = [] if entity is None else [_versions.entity_type == entity]
        with self._database.reading() as connection:
            found = _all(connection, *where)
        return [rule for rule in found if not states or rule.state in states]

    def events(self, rule_id: int) -> list[RuleEvent]:
        """Return the changes of a version's state, oldest first."""
        query = sa.select(rule_events_table).where(_events.rule_id == rule_id).order_by(_events.id)
        with self._database.reading() as connection:
            return [RuleEvent(**row._mapping) for row in connection.execute(query)]

    def _record(
        self, connection: sa.Connection, rule_id: int, state: str, actor: str, reason: str
    ) -> None:
        event = {"rule_id": rule_id, "at": self._database.now(), "actor": actor.strip(),
                 "state": state, "reason": reason.strip()}  # fmt: skip
        connection.execute(sa.insert(rule_events_table).values(event))

    def _checked_policy(self, entity: str, policy: str | None) -> str | None:
        known = {p.code for p in self._database.taxonomy.policies if p.entity == entity}
        if policy is not None and policy not in known:
            raise InputError(
                f"There is no policy {policy!r} for a {entity}.",
                hint=f"Use one of {', '.join(sorted(known))}.",
            )
        return policy


def _checked_type(entity: str) -> str:
    if entity not in ENTITY_TYPES:
        raise InputError(f"There is no entity type {entity!r}: use {', '.join(ENTITY_TYPES)}.")
    return entity


def _replaces(rule: Rule, other: Rule, state: str) -> bool:
    is_sibling = other.id != rule.id and other.entity_type == rule.entity_type
    return is_sibling and other.state == state


def _last_version(connection: sa.Connection, entity: str, name: str) -> int:
    query = sa.select(sa.func.max(_versions.version)).where(
        _versions.entity_type == entity, _versions.name == name
    )
    return connection.execute(query).scalar_one() or 0


def _locked(connection: sa.Connection, rule_id: int) -> Rule:
    """Return a version, while nobody else moves one of the same name."""
    rule = _one(connection, rule_id)
    siblings = sa.select(_versions.id).where(
        _versions.entity_type == rule.entity_type, _versions.name == rule.name
    )
    connection.execute(siblings.order_by(_versions.id).with_for_update()).all()
    return _one(connection, rule_id)


def _one(connection: sa.Connection, rule_id: int) -> Rule:
    found = _all(connection, _versions.id == rule_id)
    if not found:
        raise NotFoundError(f"There is no rule of number {rule_id}.")
    return found[0]


def _all(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Rule]:
    last = sa.select(sa.func.max(_events.id)).group_by(_events.rule_id)
    query = (
        sa.select(
            rule_versions_table,
            _events.state,
            _events.at.label("state_at"),
            _events.actor.label("state_by"),
            _events.reason.label("state_reason"),
        )
        .join(rule_events_table, _events.rule_id == _versions.id)
        .where(_events.id.in_(last), *where)
        .order_by(_versions.name, _versions.entity_type, _versions.version.desc())
    )
    return [_rule(row) for row in connection.execute(query)]


def _rule(row: sa.Row) -> Rule:
    stored = dict(row._mapping)
    return Rule(**cast("Any", stored | {"definition": definition_of(stored["definition"])}))
