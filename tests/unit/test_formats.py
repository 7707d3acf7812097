import datetime as dt
import math

import pytest

from analytics import formats


@pytest.mark.parametrize(
    ("fraction", "printed"),
    [
        (0.18, "18 %"),
        (0.042, "4.2 %"),
        (0.0995, "10 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.0004, "under 0.1 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_share(fraction, printed):
    assert formats.share(fraction) == printed


@pytest.mark.parametrize(
    ("chance", "printed"),
    [(0.0, "under 1 %"), (0.374, "37 %"), (0.995, "over 99 %"), (1.0, "over 99 %"), (None, "–")],
)
def test_probability_is_never_certain(chance, printed):
    assert formats.probability(chance) == printed


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        (12.5, "BRL 12.50"),
        (1234.4, "BRL 1,234"),
        (-1234.4, "BRL −1,234"),
        (0, "BRL 0"),
        (math.nan, "–"),
    ],
)
def test_money(amount, printed):
    assert formats.money(amount, "BRL") == printed


@pytest.mark.parametrize(
    ("amount", "printed"),
    [
        (1_234_567, "BRL 1.23 M"),
        (-45_678, "BRL −45.7 k"),
        (2e9, "BRL 2 bn"),
        (999, "BRL 999"),
        (None, "–"),
    ],
)
def test_short_money(amount, printed):
    assert formats.short_money(amount, "BRL") == printed


@pytest.mark.parametrize(
    ("quantity", "unit", "printed"),
    [
        (0.25, "share", "25 %"),
        (1, "days", "1 day"),
        (3.51, "days", "3.5 days"),
        (30, "hours", "30 hours"),
        (1234, "count", "1,234"),
        (2.25, "count", "2.2"),
        (4.249, "rating", "4.2 of 5"),
        (2.4, "ratio", "2.40"),
        (3.25, "per_day", "3.25 a day"),
        (0.01234, "number", "0.012"),
        (123.4, "number", "123"),
        (math.inf, "number", "∞"),
        (5, "money", "USD 5.00"),
        (None, "hours", "–"),
        (math.nan, "per_day", "–"),
        (math.nan, "rating", "–"),
    ],
)
def test_value_follows_the_declared_unit(quantity, unit, printed):
    assert formats.value(quantity, unit, "USD") == printed


def test_every_declared_unit_can_be_printed():
    from typing import get_args

    from analytics.features.spec import Unit

    for unit in get_args(Unit):
        assert formats.value(1.0, unit, "USD") != formats.MISSING


@pytest.mark.parametrize(
    ("place", "printed"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"),
     (21, "21st"), (112, "112th"), (1003, "1,003rd")],
)  # fmt: skip
def test_ordinal(place, printed):
    assert formats.ordinal(place) == printed


def test_plural():
    assert formats.plural(1, "order line") == "1 order line"
    assert formats.plural(1200, "order line") == "1,200 order lines"
    assert formats.plural(2, "category", "categories") == "2 categories"


def test_times():
    moment = dt.datetime(2018, 6, 1, 14, 30)
    assert formats.date(moment) == "2018-06-01"
    assert formats.time(moment) == "2018-06-01 14:30 UTC"
    assert formats.date(None) == formats.time(None) == "–"


def test_period():
    assert formats.period(90) == "in the last 90 days"
    assert formats.period(None) == "so far"
