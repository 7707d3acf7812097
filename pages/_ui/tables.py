"""Tables with the same units and formats everywhere."""

from typing import Any

import streamlit as st

Column = Any
PAGE_ROWS = 100
ROW_HEIGHT = 30


def text(
    label: str, *, width: Any = None, help: str | None = None, pinned: bool | None = None
) -> Column:
    """Configure a column of text."""
    return st.column_config.TextColumn(label, width=width, help=help, pinned=pinned)


def count(label: str, *, help: str | None = None, width: Any = None) -> Column:
    """Configure a column of whole numbers."""
    return st.column_config.NumberColumn(label, format="%,d", help=help, width=width)


def money(label: str, currency: str, *, help: str | None = None) -> Column:
    """Configure a column of amounts, with the currency in its header."""
    return st.column_config.NumberColumn(f"{label} ({currency})", format="%,.0f", help=help)


def cents(label: str, currency: str, *, help: str | None = None) -> Column:
    """Configure a column of single prices."""
    return st.column_config.NumberColumn(f"{label} ({currency})", format="%,.2f", help=help)


def share(label: str, *, help: str | None = None) -> Column:
    """Configure a column of fractions, shown as percentages."""
    return st.column_config.NumberColumn(label, format="percent", step=0.001, help=help)


def probability(label: str, *, help: str | None = None) -> Column:
    """Configure a column of probabilities, as a bar with its percentage."""
    return st.column_config.ProgressColumn(
        label, min_value=0.0, max_value=1.0, format="percent", step=0.01, help=help, width=110
    )


def number(label: str, *, help: str | None = None) -> Column:
    """Configure a column of plain quantities."""
    return st.column_config.NumberColumn(label, format="%.3g", help=help)


def day(label: str, *, help: str | None = None) -> Column:
    """Configure a column of days."""
    return st.column_config.DatetimeColumn(label, format="YYYY-MM-DD", help=help)


def moment(label: str, *, help: str | None = None) -> Column:
    """Configure a column of moments, in UTC."""
    return st.column_config.DatetimeColumn(f"{label} (UTC)", format="YYYY-MM-DD HH:mm", help=help)


def flag(label: str, *, help: str | None = None) -> Column:
    """Configure a column of yes or no."""
    return st.column_config.CheckboxColumn(label, help=help)


def height_of(frame: Any, most: int) -> int:
    """Return the height of a table that shows all rows, but at most so many at once."""
    return ROW_HEIGHT * (min(len(frame), most) + 1) + 8


def show(frame: Any, columns: dict[str, Column], *, alt: str, **options: Any) -> Any:
    """Show exactly these columns of a frame, in this order; nothing else reaches the browser."""
    kept = [name for name in columns if name in frame.columns]
    return st.dataframe(
        frame[kept],
        column_config={name: columns[name] for name in kept},
        hide_index=True,
        row_height=ROW_HEIGHT,
        placeholder="–",
        alt=alt,
        **options,
    )
