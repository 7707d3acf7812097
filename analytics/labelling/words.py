"""Agreement and golden cases in words."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final

from analytics import formats

if TYPE_CHECKING:
    import pandas as pd

LEAST_CASES: Final = 10
NOTHING = "No blind second review was answered yet."


def kappa_text(row: Mapping[Hashable, Any]) -> str:
    """Return kappa with its 90 % interval, 0.71 (0.55 to 0.87), of a row of `agreement`."""
    if row["cases"] < LEAST_CASES:
        return "too few cases"
    if formats.is_missing(row["kappa"]):
        return formats.MISSING
    return f"{row['kappa']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def agreement_text(rows: "pd.DataFrame") -> str:
    """Return the table of `labelling.agreement` as lines."""
    lines = [
        f"{row['policy']} · {row['reviewers']}: "
        f"kappa {kappa_text(row)}, "
        f"{formats.share(row['agreed'])} agreed, {formats.plural(row['cases'], 'case')}"
        for row in rows.to_dict("records")
    ]
    return "\n".join(lines) or NOTHING
