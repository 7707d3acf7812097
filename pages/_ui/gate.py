"""What the gate says of a challenger, and how both models do on slices of the judged cases."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics import formats
from pages._ui import tables
from pages._ui.text import sentence

if TYPE_CHECKING:
    from analytics.retraining.comparison import Comparison

OUTCOMES: dict[str, tuple[Any, str, str]] = {
    "passed": ("green", ":material/check_circle:", "Gate passed"),
    "failed": ("red", ":material/block:", "Gate failed"),
    "cannot tell": ("orange", ":material/help:", "Gate cannot tell"),
}
DIMENSIONS = {
    "category": "Category",
    "region": "Region",
    "size_band": "Size",
    "age": "Age",
    "decided": "Time of decision",
}


def show_gate(comparison: "Comparison") -> None:
    """Show each rule of the gate with what it says, and why."""
    asked = comparison.gate_result()
    if asked is None:
        return
    color, icon, label = OUTCOMES[asked.outcome]
    with st.container(border=True, gap="small"):
        st.badge(label, color=color, icon=icon)
        for result in asked.results:
            tint, mark, _ = OUTCOMES[result.status]
            st.markdown(f":{tint}[{mark}] {sentence(result.sentence)}")
        st.caption(
            sentence(f"Rules of version {asked.version}, which the setting gate_file names.")
        )


def show_slices(comparison: "Comparison") -> None:
    """Show both models on every slice that has enough judged cases."""
    rows = [_slice_row(one) for one in comparison.slices if one["difference"] is not None]
    if not comparison.slices:
        return
    st.subheader("Slices", anchor=False)
    few = len(comparison.slices) - len(rows)
    if rows:
        tables.show(
            pd.DataFrame(rows),
            SLICES,
            alt="Average precision of both models by slice of the judged cases",
            height=tables.height_of(rows, 12),
        )
    st.caption(
        f"Average precision; in brackets 5 % and 95 %. {formats.plural(few, 'slice')} with too few "
        "judged cases left out."
        if few
        else "Average precision; in brackets 5 % and 95 %."
    )


def show_stability(comparison: "Comparison") -> None:
    """Show how far both models give the same reasons, and where they do not."""
    found = comparison.stability
    if not found.get("entities"):
        return
    st.subheader("Reasons", anchor=False)
    compared = formats.plural(found["entities"], "entity", "entities")
    st.caption(
        sentence(
            f"Of the first {found['top']} reasons of {compared} in capacity, "
            f"{formats.share(found['overlap'])} are shared by both models; the first is the same "
            f"for {formats.share(found['same_first'])}."
        )
    )
    if found["changed"]:
        changed = pd.DataFrame(found["changed"])
        changed = changed.assign(
            name=changed["name"].fillna(changed["entity_id"]),
            **{side: changed[side].map(", ".join) for side in ("champion", "challenger")},
        )
        tables.show(changed, CHANGED, alt="Entities whose reasons changed most", height="content")


def _slice_row(one: dict[str, Any]) -> dict[str, Any]:
    gap = one["difference"]
    bounds = "" if gap["low"] is None else f" ({gap['low']:+.3f} to {gap['high']:+.3f})"
    return {
        "dimension": DIMENSIONS[one["dimension"]],
        "value": one["value"],
        "cases": one["cases"],
        "positives": one["positives"],
        "champion": one["champion"],
        "challenger": one["challenger"],
        "gap": f"{gap['value']:+.3f}{bounds}",
        "observed": one["observed"],
        "predicted": one["predicted"]["challenger"],
        "predicted_was": one["predicted"]["champion"],
    }


SLICES = {
    "dimension": tables.text("Slice by", width=125),
    "value": tables.text("Slice", width=150),
    "cases": tables.count("Cases", width=70),
    "positives": tables.count("Violations", width=80),
    "champion": tables.number("Champion"),
    "challenger": tables.number("Challenger"),
    "gap": tables.text("Difference, paired", width=190),
    "observed": tables.share("Observed"),
    "predicted_was": tables.share("Champion says", help="Mean probability that the champion gives"),
    "predicted": tables.share("Challenger says", help="Mean probability that the challenger gives"),
}
CHANGED = {
    "name": tables.text("Entity", width=170),
    "champion": tables.text("Reasons of the champion", width=380),
    "challenger": tables.text("Reasons of the challenger", width=380),
}
