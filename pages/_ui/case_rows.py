"""Rows of the contract's tables, each column always with the same name, unit and format."""

from typing import Any

import pandas as pd
import streamlit as st

from pages._ui import tables

MONEY = ("price", "freight", "amount", "refund_amount", "gmv", "lowest_price", "highest_price")
LABELS = {
    "at": "When (UTC)",
    "is_late": "Late dispatch",
    "is_shared": "Order shared",
    "line_no": "Line",
    "duration_s": "Duration (s)",
    "value_hash": "Value (hashed)",
    "others": "Used by others",
    "listed_at": "Listed (UTC)",
    "known_at": "Known since (UTC)",
    "rating": "Rating (of 5)",
}
WIDE = {"text": 420, "title": 220, "transcript": 420, "description": 300, "payload": 300}


def show_rows(rows: pd.DataFrame, currency: str, *, alt: str, **options: Any) -> None:
    """Show rows of a contract table or of the evidence behind a reason."""
    if rows.empty:
        st.caption("There are no rows.")
        return
    filled = rows.dropna(axis="columns", how="all")
    columns = {str(name): _column(str(name), filled[name], currency) for name in filled.columns}
    tables.show(filled, columns, alt=alt, **options)


def _column(name: str, values: pd.Series, currency: str) -> tables.Column:
    label = LABELS.get(name, name.replace("_at", "").replace("_", " ").capitalize())
    if name in MONEY:
        return tables.cents(label, currency)
    if pd.api.types.is_datetime64_any_dtype(values):
        return st.column_config.DatetimeColumn(
            label if "UTC" in label else f"{label} (UTC)", format="YYYY-MM-DD HH:mm"
        )
    if pd.api.types.is_bool_dtype(values):
        return tables.flag(label)
    if pd.api.types.is_numeric_dtype(values):
        return tables.count(label) if _is_whole(values) else tables.number(label)
    return tables.text(label, width=WIDE.get(name))


def _is_whole(values: pd.Series) -> bool:
    known = values.dropna().astype(float)
    return bool((known == known.round()).all())
