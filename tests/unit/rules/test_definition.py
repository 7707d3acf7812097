"""Rules as data: what is read, and what is refused."""

from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import InputError
from analytics.features.spec import FeatureSpec
from analytics.rules.definition import Condition, Expression, Group, definition_of
from analytics.rules.predicate import predicate_of
from analytics.rules.words import definition_words, firing_words


def spec(name: str, label: str, unit: Any, window: int | None = None) -> FeatureSpec:
    return FeatureSpec(name, "merchant", "x", label, unit, "neutral", "", "", window)


SPECS = {
    "age": spec("age", "Account age", "days"),
    "refunds": spec("refunds", "Refund rate", "share", 90),
    "gmv": spec("gmv", "GMV", "money"),
}
NEW_AND_REFUNDED = Group(
    "all",
    (
        Condition("age", "<", 30.0),
        Group("any", (Condition("refunds", ">", 0.2), Condition("gmv", "missing"))),
    ),
)
STORED = {
    "all": [
        {"feature": "age", "operator": "<", "value": 30.0},
        {
            "any": [
                {"feature": "refunds", "operator": ">", "value": 0.2},
                {"feature": "gmv", "operator": "missing"},
            ]
        },
    ]
}


def test_groups_come_back_as_they_were() -> None:
    assert NEW_AND_REFUNDED.to_dict() == STORED
    assert definition_of(STORED) == NEW_AND_REFUNDED
    assert definition_of(STORED["all"][0]) == Group("all", (Condition("age", "<", 30.0),))
    assert definition_of({"sql": " age < 3 "}) == Expression("age < 3")


@pytest.mark.parametrize(
    ("stored", "match"),
    [
        (None, "must be a condition or a group"),
        ([], "must be a condition or a group"),
        ({}, "has the fields"),
        ({"all": []}, "has no condition"),
        ({"all": "age"}, "has no condition"),
        ({"all": [], "any": []}, "has the fields"),
        ({"sql": 3}, "is empty"),
        ({"feature": 3, "operator": "<", "value": 1}, "names no feature"),
        ({"feature": "age", "operator": "like", "value": 1}, "no operator 'like'"),
        ({"feature": "age", "operator": ["<"], "value": 1}, "no operator"),
        ({"feature": "age", "operator": "<"}, "needs a number"),
        ({"feature": "age", "operator": "<", "value": "1"}, "needs a number"),
        ({"feature": "age", "operator": "<", "value": True}, "needs a number"),
        ({"feature": "age", "operator": "<", "value": float("inf")}, "needs a number"),
        ({"feature": "age", "operator": "<", "value": 10**400}, "needs a number"),
        ({"feature": "age", "operator": "<", "value": 1, "sql": "1"}, "not known"),
        ({"all": [{"feature": "age", "operator": "known"}] * 51}, "at most 50"),
    ],
)
def test_what_is_no_rule_is_refused(stored: object, match: str) -> None:
    with pytest.raises(InputError, match=match):
        definition_of(stored)


def test_groups_are_not_nested_without_end() -> None:
    stored: Any = {"feature": "age", "operator": "known"}
    for _ in range(200):
        stored = {"all": [stored]}
    with pytest.raises(InputError, match="at most 5 deep"):
        definition_of(stored)


def test_a_rule_in_words() -> None:
    assert definition_words(NEW_AND_REFUNDED, SPECS, "USD") == (
        "Account age < 30 days and (Refund rate, in the last 90 days > 20 % or GMV is missing)"
    )


def test_why_it_fires_names_what_is_met_alone() -> None:
    row = {"age": 12.0, "refunds": 0.4, "gmv": 3.0}
    assert firing_words("New shop", NEW_AND_REFUNDED, row, SPECS, "USD") == (
        "Rule “New shop” fires: Account age 12 days (< 30 days); "
        "Refund rate, in the last 90 days 40 % (> 20 %)."
    )
    row = {"age": 12.0, "refunds": float("nan"), "gmv": None}
    assert firing_words("New shop", NEW_AND_REFUNDED, row, SPECS, "USD") == (
        "Rule “New shop” fires: Account age 12 days (< 30 days); GMV missing."
    )


def fires(stored: object, **values: float | None) -> list[str]:
    """Return the ids of rows a, b, … that a rule hits, each feature given as a list."""
    predicate = predicate_of(definition_of(stored), list(values))
    columns = ", ".join(f'unnest(${name}::DOUBLE[]) AS "{name}"' for name in values)
    size = len(next(iter(values.values())))  # type: ignore[arg-type]
    statement = (
        f"WITH f AS (SELECT unnest($ids) AS id, {columns}) "
        f"SELECT id FROM f WHERE {predicate.sql} ORDER BY id"
    )
    bound = {"ids": list("abcdefgh"[:size]), **values, **predicate.values}
    used = {k: v for k, v in bound.items() if k in ("ids", *values, *predicate.values)}
    return [row[0] for row in duckdb.execute(statement, used).fetchall()]


def test_conditions_over_rows() -> None:
    rows: Any = {"age": [12.0, 30.0, 12.0, None], "refunds": [0.4, 0.4, None, 0.4],
                 "gmv": [1.0, 1.0, None, None]}  # fmt: skip
    assert fires(STORED, **rows) == ["a", "c"]
    for operator, hit in (("<", "ac"), ("<=", "abc"), (">", ""), (">=", "b"), ("=", "b"),
                          ("!=", "ac")):  # fmt: skip
        one = {"feature": "age", "operator": operator, "value": 30}
        assert fires(one, **rows) == list(hit), operator
    assert fires({"feature": "age", "operator": "missing"}, **rows) == ["d"]
    assert fires({"feature": "age", "operator": "known"}, **rows) == ["a", "b", "c"]


def test_another_feature_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no feature 'refund' .* Did you mean refunds"):
        predicate_of(Group("all", (Condition("refund", "<", 1.0),)), ["age", "refunds"])


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "sql", "feature", "operator", "value", "x"]), inner
        )
    ),
    max_leaves=8,
)


@given(_json)
def test_any_data_is_a_rule_or_refused_in_words(stored: object) -> None:
    try:
        rule = definition_of(stored)
    except InputError:
        return
    assert definition_of(rule.to_dict()) == rule
