"""How numbers, money and times are printed, everywhere the same."""

import datetime as dt
import math
from collections.abc import Callable

MISSING = "–"


def is_missing(number: object) -> bool:
    """Return whether there is nothing to print: None or not a number."""
    return number is None or (isinstance(number, float) and math.isnan(number))


def count(number: float | None) -> str:
    """Print a whole number: 12,345. Averages of counts keep one decimal."""
    if number is None or is_missing(float(number)):
        return MISSING
    rounded = round(float(number), 1)
    return f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.1f}"


def number(quantity: float | None) -> str:
    """Print a plain quantity with about three significant digits: 1,234 · 12.3 · 0.0123."""
    if quantity is None or is_missing(float(quantity)):
        return MISSING
    if math.isinf(quantity):
        return "∞" if quantity > 0 else "−∞"
    magnitude = abs(quantity)
    if magnitude >= 100 or quantity == int(quantity):
        return f"{quantity:,.0f}"
    if magnitude >= 10:
        return f"{quantity:,.1f}"
    return f"{quantity:.2f}" if magnitude >= 0.1 else f"{quantity:.2g}"


def share(fraction: float | None) -> str:
    """Print a fraction as a percentage: 0.18 → 18 %, 0.042 → 4.2 %."""
    if fraction is None or is_missing(float(fraction)):
        return MISSING
    percent = 100 * float(fraction)
    if 0 < abs(percent) < 0.1:
        return "under 0.1 %"
    if abs(percent) >= 9.95 or percent == int(percent):
        return f"{percent:,.0f} %"
    return f"{percent:.1f} %"


def probability(chance: float | None) -> str:
    """Print a probability, never as certain: under 1 %, 37 %, over 99 %."""
    if chance is None or is_missing(float(chance)):
        return MISSING
    if chance < 0.01:
        return "under 1 %"
    return "over 99 %" if chance > 0.99 else f"{100 * chance:.0f} %"


def money(amount: float | None, currency: str) -> str:
    """Print an amount with its currency: BRL 12.50, BRL 1,234."""
    if amount is None or is_missing(float(amount)):
        return MISSING
    sign, magnitude = ("−" if amount < 0 else ""), abs(float(amount))
    return (
        f"{currency} {sign}{magnitude:,.0f}"
        if magnitude >= 100
        else _cents(currency, sign, magnitude)
    )


def _cents(currency: str, sign: str, magnitude: float) -> str:
    return f"{currency} {sign}{magnitude:.2f}" if magnitude else f"{currency} 0"


def short_money(amount: float | None, currency: str) -> str:
    """Print a large amount in three digits: BRL 1.23 M."""
    if amount is None or is_missing(float(amount)):
        return MISSING
    sign, magnitude = ("−" if amount < 0 else ""), abs(float(amount))
    for size, suffix in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if magnitude >= size:
            return f"{currency} {sign}{number(float(f'{magnitude / size:.3g}'))}{suffix}"
    return money(amount, currency)


def days(length: float | None) -> str:
    """Print a length in days: 1 day, 3.5 days."""
    return _with_word(length, "day")


def hours(length: float | None) -> str:
    """Print a length in hours: 1 hour, 30 hours."""
    return _with_word(length, "hour")


def _with_word(length: float | None, word: str) -> str:
    if length is None or is_missing(float(length)):
        return MISSING
    text = count(length)
    return f"{text} {word}" if text == "1" else f"{text} {word}s"


def stars(rating: float | None) -> str:
    """Print a rating: 4.2 of 5."""
    if rating is None or is_missing(float(rating)):
        return MISSING
    return f"{rating:.1f} of 5"


def per_day(rate: float | None) -> str:
    """Print a daily rate: 3.2 a day."""
    return MISSING if is_missing(rate) else f"{number(rate)} a day"


_BY_UNIT: dict[str, Callable[[float | None], str]] = {
    "share": share,
    "days": days,
    "hours": hours,
    "count": count,
    "rating": stars,
    "ratio": number,
    "per_day": per_day,
    "number": number,
}


def value(quantity: float | None, unit: str, currency: str = "") -> str:
    """Print a feature's value in its declared unit (see `analytics.features.spec.Unit`)."""
    if unit == "money":
        return money(quantity, currency)
    return _BY_UNIT[unit](quantity)


def ordinal(place: int) -> str:
    """Print a place: 1st, 2nd, 9th, 12th, 21st."""
    if 10 <= place % 100 <= 20:
        return f"{place:,}th"
    return f"{place:,}" + {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")


def plural(amount: int, word: str, many: str | None = None) -> str:
    """Print an amount with its noun: 1 row, 12 rows, 2 categories."""
    return f"{amount:,} {word if amount == 1 else many or word + 's'}"


def date(moment: dt.date | dt.datetime | None) -> str:
    """Print a day: 2018-06-01."""
    if moment is None or moment != moment:  # a missing time is not equal to itself
        return MISSING
    return f"{moment:%Y-%m-%d}"


def time(moment: dt.datetime | None) -> str:
    """Print a moment: 2018-06-01 14:30 UTC."""
    if moment is None or moment != moment:
        return MISSING
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def period(window_days: int | None) -> str:
    """Print a feature's window, for the inside of a sentence."""
    return "so far" if window_days is None else f"in the last {window_days} days"
