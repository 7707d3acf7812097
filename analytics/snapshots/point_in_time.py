"""What was known at a moment: a row from its date on, a later field from its own."""

from datetime import datetime

import ibis
from ibis.expr.types import BooleanValue, Column, Table, Value

from analytics.snapshots.contract import EXPORT, ROW, TABLES


def mask(name: str, table: Table, as_of: datetime, exported_at: datetime) -> Table:
    """Drop the rows and empty the fields of a stored table that were not known at `as_of`.

    Args:
        name: Name of the table in the contract.
        table: The table as a dataset stores it.
        as_of: Naive UTC; what happened at this very moment is known.
        exported_at: Last moment known in the source. What has no date counts as known from then.
    """
    contract = TABLES[name]
    is_export = as_of >= exported_at
    may_lack_date = is_export and contract.known_at not in contract.required
    known = table.filter(_is_known(table[contract.known_at], as_of, or_undated=may_lack_date))
    later = {column: contract.known(column) for column in contract.columns}
    return known.mutate(
        **{
            column: _seen(known, column, dated_by, as_of, is_export)
            for column, dated_by in later.items()
            if dated_by != ROW
        }
    )


def _is_known(time: Column, as_of: datetime, *, or_undated: bool) -> BooleanValue:
    known = time <= ibis.literal(as_of, type="timestamp(6)")
    return known | time.isnull() if or_undated else known


def _seen(table: Table, column: str, dated_by: str, as_of: datetime, is_export: bool) -> Value:
    values = table[column]
    if dated_by == EXPORT:
        return values if is_export else ibis.null(values.type())
    known = _is_known(table[dated_by], as_of, or_undated=is_export and dated_by != column)
    return ibis.ifelse(known, values, ibis.null(values.type()))
