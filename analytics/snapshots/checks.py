"""Checks of the contract that the schema library does not bring along."""

import json
from typing import Any, NoReturn

import pandas as pd
import pandera.pandas as pa

DIGEST = r"[0-9a-fA-F]{32,128}"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _parses(text: Any) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def is_json(values: pd.Series) -> pd.Series:
    """Whether each text is valid JSON; `NaN` and `Infinity`, which Python lets pass, are not."""
    return pd.Series([_parses(text) for text in values], index=values.index, dtype=bool)


def is_digest(values: pd.Series) -> pd.Series:
    """Whether each text looks like a hexadecimal digest rather than a phone or account number."""
    return values.str.fullmatch(DIGEST)


def not_earlier(later: str, earlier: str) -> pa.Check:
    """Check of a whole frame that `later` is not before `earlier`, where both are given."""

    def in_order(frame: pd.DataFrame) -> pd.Series:
        return ~(frame[later] < frame[earlier]).fillna(False)

    return pa.Check(in_order, name=f"{later}>={earlier}", error=f"{later} is before {earlier}")
