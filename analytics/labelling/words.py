"""Agreement and golden cases in words."""

from typing import TYPE_CHECKING

from analytics import formats

if TYPE_CHECKING:
    import pandas as pd

NOTHING = "No blind second review was answered yet."


def kappa_text(value: float, low: float, high: float) -> str:
    """Return kappa with its 90 % interval: 0.71 (0.55 to 0.87)."""
    if formats.is_missing(value):
        return formats.MISSING
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def agreement_text(rows: "pd.DataFrame") -> str:
    """Return the table of `labelling.agreement` as lines."""
    lines = [
        f"{row['policy']} · {row['reviewers']}: "
        f"kappa {kappa_text(row['kappa'], row['low'], row['high'])}, "
        f"{formats.share(row['agreed'])} agreed, {formats.plural(row['cases'], 'case')}"
        for row in rows.to_dict("records")
    ]
    return "\n".join(lines) or NOTHING
