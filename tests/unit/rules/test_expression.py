"""Rules in SQL: what is understood, and that nothing else gets through."""

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.errors import InputError
from analytics.rules.definition import Expression
from analytics.rules.predicate import Predicate, predicate_of

FEATURES = ("age", "refunds", "weird \"name'; drop table f")
ROWS = (
    "WITH f AS (SELECT * FROM (VALUES ('a', 12.0, 0.4, 1.0), ('b', 40.0, 0.1, 2.0), "
    "('c', NULL, 0.5, -4.0), ('d', 12.0, NULL, 0.0)) AS t(id, age, refunds, \"{}\")) "
).format(FEATURES[2].replace('"', '""'))


def translated(sql: str) -> Predicate:
    return predicate_of(Expression(sql), FEATURES)


def hit(sql: str) -> str:
    predicate = translated(sql)
    statement = f"{ROWS} SELECT string_agg(id, '' ORDER BY id) FROM f WHERE {predicate.sql}"
    return duckdb.execute(statement, predicate.values).fetchall()[0][0] or ""


@pytest.mark.parametrize(
    ("sql", "ids"),
    [
        ("age < 30", "ad"),
        ("AGE < 30 AND refunds > 0.2", "a"),
        ("age < 30 or refunds >= .5", "acd"),
        ("NOT age < 30", "b"),
        ("NOT (age < 30 AND refunds > 0.2)", "b"),
        ("age IS NULL", "c"),
        ("age is not null and refunds is null", "d"),
        ("age IN (12, 13)", "ad"),
        ("age NOT IN (12, 13)", "b"),
        ("refunds BETWEEN 0.1 AND 0.4", "ab"),
        ("coalesce(age, 0) = 0", "c"),
        ("abs(age - 40) <= 28", "abd"),
        ("age / refunds > 100", "b"),
        ("1 / (age - 12) > 0", "b"),
        ("greatest(refunds, 0.45) > 0.46", "c"),
        ("least(age, 20) = 20", "bc"),
        ("nullif(age, 12) > 0", "b"),
        ("age > -1.2e1", "abd"),
        ("age <> 12 -- a comment", "b"),
        ("sqrt(age) > 6 or ln(age) > 99", "b"),
        ("sqrt(age - 13) > 1", "b"),
        ('"weird ""name\'; drop table f" > 1', "b"),
        ('sqrt("weird ""name\'; drop table f") >= 1', "ab"),
    ],
)
def test_what_it_hits(sql: str, ids: str) -> None:
    assert hit(sql) == ids


def test_numbers_are_bound_and_names_are_quoted() -> None:
    predicate = translated("age < 30 AND refunds > 0.25")
    assert predicate.sql == '((f."age" < $rule0::DOUBLE) AND (f."refunds" > $rule1::DOUBLE))'
    assert predicate.values == {"rule0": 30.0, "rule1": 0.25}
    assert predicate.features == ("age", "refunds")


HOSTILE = [
    ("", "one expression"),
    (";", "one expression"),
    ("age < 30; DROP TABLE f", "one expression"),
    ("DROP TABLE f", "may not hold"),
    ("SELECT 1", "may not hold"),
    ("age < (SELECT 1)", "may not hold"),
    ("EXISTS (SELECT 1)", "may not hold"),
    ("age IN (SELECT 1)", "may not hold"),
    ("age < 30 UNION SELECT 1", "may not hold"),
    ("f.age < 30", "may not hold"),
    ("main.f.age < 30", "may not hold"),
    ("password < 30", "no feature 'password'"),
    ("entity_id = 1", "no feature 'entity_id'"),
    ('"AGE" < 30', "no feature 'AGE'"),
    ("age < 'x'", "a text cannot be compared"),
    ("age::VARCHAR = 1", "may not hold"),
    ("read_csv('/etc/passwd') > 1", "may not hold"),
    ("getenv('HOME') > 1", "may not hold"),
    ("random() > 1", "may not hold"),
    ("count(*) > 1", "may not hold"),
    ("sum(age) OVER () > 1", "may not hold"),
    ("max(age) > 1", "may not hold"),
    ("$rule0 > 1", "may not hold"),
    ("? > 1", "may not hold"),
    ("CASE WHEN age > 1 THEN 1 ELSE 0 END > 0", "may not hold"),
    ("[1, 2][1] > age", "may not hold"),
    ("{'a': 1}.a > age", "may not hold|cannot be read"),
    ("list_transform([1], lambda x: x) > 1", "may not hold|cannot be read"),
    ("age LIKE 'a%'", "may not hold"),
    ("TRUE", "may not hold"),
    ("age IS TRUE", "IS takes NULL alone"),
    ("COPY f TO '/tmp/x'", "may not hold"),
    ("ATTACH 'x'", "may not hold"),
    ("PRAGMA version", "may not hold"),
    ("age < 30 AND", "cannot be read"),
    ("age <", "something is missing at line 1, column 5"),
    ("((age < 30)", "cannot be read"),
    ("age < 1e999", "too large"),
    ("age", "is a number, not a condition"),
    ("age AND refunds", "is a number where a condition"),
    ("(age < 1) + 1 > 0", "a condition stands where a number"),
    ("NOT age", "is a number where a condition"),
    ("(" * 900 + "age < 1" + ")" * 900, "nested too deeply"),
    ("NOT " * 450 + "age < 1", "nested too deeply"),
    (" OR ".join(["age < 1"] * 200), "nested too deeply|too long"),
    ("age < 1 AND '", "cannot be read"),
    ("*", "may not hold|cannot be read"),
    ("COLUMNS('.*') > 1", "may not hold"),
    ("age BETWEEN SYMMETRIC 1 AND 2", "may not hold"),
    ("coalesce(age) > 1", "does not take 1"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "match"), HOSTILE)
def test_everything_else_is_refused(sql: str, match: str) -> None:
    with pytest.raises(InputError, match=f"(?i){match}"):
        translated(sql)


WORDS = (
    "age refunds entity_id f . < > = <> + - * / ( ) , ; AND OR NOT IN IS NULL BETWEEN 1 0.5 'x' "
    "FROM f WHERE UNION abs coalesce sqrt ln ( ) -- /* */ :: INT $rule0 ? CASE WHEN THEN END "
    "SELECT read_csv [ ] { } := -> lambda EXISTS ALL ANY ~ || % ^ !"
)
_words = st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(_words | st.text(max_size=40))
@example("age < 1 /* */")
@example("age\0 < 1")
@example("\ud800 < 1")
def test_any_text_is_a_safe_condition_or_refused_in_words(sql: str) -> None:
    try:
        predicate = translated(sql)
    except InputError:
        return
    assert set(predicate.features) <= set(FEATURES)
    statement = f"{ROWS} SELECT count(*) FROM f WHERE {predicate.sql}"
    counted = duckdb.execute(statement, predicate.values or None).fetchall()[0][0]
    assert 0 <= counted <= 4
