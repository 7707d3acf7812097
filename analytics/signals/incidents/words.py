"""Incidents and what happened before them, in words."""

from typing import Final

import pandas as pd

from analytics import formats
from analytics.signals.incidents.declared import BY_NAME, GMV, UP

_OF: Final = {
    "late_dispatch": "of the orders due were handed over late",
    "bad_ratings": "of the reviews gave two stars or fewer",
    "price_rises": "of the orders were sold well above the product's usual price",
    "price_cuts": "of the orders were sold well below the product's usual price",
    "views": "of the contents were seen at least three times as often as usual",
}
_DAILY: Final = {
    "orders": "orders",
    "gmv": "GMV",
    "refunds": "refunds",
    "cancellations": "cancellations",
}
_BEFORE: Final = {
    "price_changed": "prices changed",
    "title_changed": "listing titles changed",
    "listed": "products listed",
    "delisted": "products delisted",
    "stock_out": "stock ran out",
    "restocked": "restocked",
    "new_creator": "first orders through a creator",
    "shown_in_content": "shown in videos or livestreams",
}


def change_words(series: str, direction: str) -> str:
    """Return what changed, such as "Late dispatch up"."""
    return f"{BY_NAME[series].label} {'up' if direction == UP else 'down'}"


def level_words(series: str, before: float, level: float) -> str:
    """Return the level before and since, such as "5 % → 41 % of the orders due ..."."""
    if series in _OF:
        return f"{formats.share(before)} → {formats.share(level)} {_OF[series]}"
    unit = "" if series == GMV.name else f" {_DAILY[series]}"
    name = "GMV of " if series == GMV.name else ""
    return f"{name}{formats.number(before)} → {formats.number(level)}{unit} a day"


def sentence(
    series: str, direction: str, before: float, level: float, started_on: pd.Timestamp
) -> str:
    """Return an incident as one sentence."""
    what = change_words(series, direction)
    return f"{what} since {started_on:%Y-%m-%d}: {level_words(series, before, level)}"


def before_words(what: str, count: int) -> str:
    """Return what happened before, such as "prices changed (12)"."""
    text = _BEFORE.get(what, what.replace("_", " "))
    return f"{text} ({formats.count(count)})" if count > 1 else text
