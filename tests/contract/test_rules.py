"""Rules in the decisions database, on SQLite and on a real PostgreSQL."""

import threading
from datetime import datetime

import pytest

from analytics.errors import InputError, NotFoundError
from analytics.review.rules import Rule, RuleState
from analytics.review.store import Store
from analytics.rules.definition import Condition, Expression, Group
from tests.contract.conftest import Clock

LATE = Group("all", (Condition("late_dispatch_90d", ">", 0.4), Condition("orders_90d", ">=", 5)))


def add(store: Store, name: str = "Late shops", **given: object) -> Rule:
    values = {"definition": LATE, "author": "ana", "reason": "Seen often", **given}
    return store.rules.add("merchant", name, **values)


def moved(store: Store, rule: Rule, *states: RuleState) -> Rule:
    for state in states:
        rule = store.rules.move(rule.id, state, "bo", f"to {state}")
    return rule


def test_a_new_rule_is_a_draft_that_comes_back_as_it_was(store: Store) -> None:
    rule = add(store, name=" Late shops ", author=" ana ", reason=" Seen often ", policy="M2")
    assert (rule.name, rule.version, rule.author, rule.reason, rule.policy) == (
        "Late shops", 1, "ana", "Seen often", "M2",
    )  # fmt: skip
    assert (rule.state, rule.state_by, rule.state_reason) == ("draft", "ana", "Seen often")
    assert rule.at == rule.state_at == datetime(2026, 5, 4, 9)
    assert rule.definition == LATE
    assert store.rules.one(rule.id) == rule
    assert store.rules.all("merchant") == [rule]
    assert store.rules.all("product") == []


def test_every_change_of_state_is_an_event(store: Store, clock: Clock) -> None:
    rule = add(store)
    clock.forward(hours=1)
    live = moved(store, rule, "shadow", "live")
    assert (live.state, live.state_by, live.state_reason) == ("live", "bo", "to live")
    assert live.state_at == datetime(2026, 5, 4, 10)
    assert [(e.actor, e.state, e.reason) for e in store.rules.events(rule.id)] == [
        ("ana", "draft", "Seen often"), ("bo", "shadow", "to shadow"), ("bo", "live", "to live"),
    ]  # fmt: skip
    assert store.rules.all("merchant", "live") == [live]
    assert store.rules.all("merchant", "draft", "shadow") == []


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ((), "live"),
        ((), "draft"),
        ((), "gone"),
        (("shadow",), "shadow"),
        (("shadow", "live"), "draft"),
        (("retired",), "shadow"),
        (("shadow", "live", "retired"), "live"),
    ],
)
def test_a_state_is_not_skipped_and_the_last_is_the_end(
    store: Store, path: tuple[RuleState, ...], refused: str
) -> None:
    rule = moved(store, add(store), *path)
    with pytest.raises(InputError, match="cannot become"):
        store.rules.move(rule.id, refused, "bo", "why not")
    assert store.rules.one(rule.id) == rule


def test_the_next_version_is_a_draft_until_it_takes_the_place(store: Store) -> None:
    first = moved(store, add(store), "shadow", "live")
    second = add(store, definition=Expression("late_dispatch_90d > 0.5"), reason="Too many")
    assert (second.version, second.state) == (2, "draft")
    assert store.rules.one(first.id).state == "live"
    assert store.rules.find("merchant", "Late shops") == second
    assert store.rules.find("merchant", "Late shops", 1) == first

    second = moved(store, second, "shadow", "live")
    assert store.rules.all("merchant", "live") == [second]
    last = store.rules.events(first.id)[-1]
    assert (last.state, last.actor, last.reason) == ("retired", "bo", "Version 2 took its place.")


def test_a_rule_of_another_name_or_type_keeps_its_state(store: Store) -> None:
    other = moved(store, add(store, "Other"), "shadow")
    alike = store.rules.add("product", "Late shops", LATE, "ana", "Also products")
    alike = moved(store, alike, "shadow")
    moved(store, add(store), "shadow")
    assert store.rules.one(other.id).state == "shadow"
    assert store.rules.one(alike.id) == alike


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"name": " "}, "name is needed"),
        ({"name": "a\0b"}, "cannot be stored"),
        ({"author": ""}, "name is needed"),
        ({"reason": " "}, "reason is needed"),
        ({"policy": "P3"}, "no policy 'P3' for a merchant"),
        ({"definition": Group("all", ())}, "has no condition"),
        ({"definition": Expression("x" * 2_001)}, "at most 2,000"),
        ({"definition": Group("all", (Condition("a", "~", 1.0),))}, "no operator '~'"),
        ({"definition": Group("all", (Condition("a", ">", float("nan")),))}, "needs a number"),
    ],
)
def test_what_cannot_be_stored_is_refused(store: Store, given: dict, match: str) -> None:
    with pytest.raises(InputError, match=match):
        add(store, **given)
    assert store.rules.all() == []


def test_a_change_of_state_needs_a_person_and_a_reason(store: Store) -> None:
    rule = add(store)
    for actor, reason in (("", "why"), ("bo", " ")):
        with pytest.raises(InputError, match="is needed"):
            store.rules.move(rule.id, "shadow", actor, reason)
    assert store.rules.one(rule.id).state == "draft"


def test_what_is_not_there_is_said(store: Store) -> None:
    with pytest.raises(NotFoundError, match="no rule of number 7"):
        store.rules.move(7, "shadow", "bo", "why")
    with pytest.raises(NotFoundError, match="no rule 'x' for merchants of version 2"):
        store.rules.find("merchant", "x", 2)


def test_the_version_that_enters_shadow_retires_the_one_before(store: Store) -> None:
    first, second = (moved(store, add(store), "shadow") for _ in range(2))
    assert (store.rules.one(first.id).state, second.state) == ("retired", "shadow")


def test_versions_saved_at_once_have_numbers_of_their_own(store: Store) -> None:
    refused: list[InputError] = []

    def save() -> None:
        try:
            add(store)
        except InputError as error:
            refused.append(error)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    versions = [rule.version for rule in store.rules.all("merchant")]
    assert versions == list(range(4 - len(refused), 0, -1))
    assert all("at the same moment" in str(error) for error in refused)
