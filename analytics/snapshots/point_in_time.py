"""What was known at a moment: a row from its date on, a later field from its own."""

from datetime import datetime

import ibis
from ibis.expr.types import BooleanScalar, BooleanValue, Column, Table, TimestampScalar, Value

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
    moment = ibis.literal(as_of, type="timestamp(6)")
    # A cast from text, so that the SQL spells the export otherwise than the moment: see `Plan`.
    is_export = moment >= ibis.literal(str(exported_at)).cast("timestamp(6)")
    may_lack_date = contract.known_at not in contract.required
    known = table.filter(
        _is_known(table[contract.known_at], moment, is_export if may_lack_date else None)
    )
    later = {column: contract.known(column) for column in contract.columns}
    return known.mutate(
        **{
            column: _seen(known, column, dated_by, moment, is_export)
            for column, dated_by in later.items()
            if dated_by != ROW
        }
    )


def _is_known(time: Column, moment: TimestampScalar, undated: BooleanScalar | None) -> BooleanValue:
    """Say whether `time` has come; without one, what `undated` says."""
    known = time <= moment
    return known if undated is None else known | (time.isnull() & undated)


def _seen(
    table: Table, column: str, dated_by: str, moment: TimestampScalar, is_export: BooleanScalar
) -> Value:
    values = table[column]
    if dated_by == EXPORT:
        known: BooleanValue = is_export
    else:
        known = _is_known(table[dated_by], moment, None if dated_by == column else is_export)
    return ibis.ifelse(known, values, ibis.null(values.type()))
