"""What a rule would have done on a snapshot, and whom it hits."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.review.store import Live
from analytics.rules.definition import Definition
from pages._ui import evaluated, navigation, services, tables
from pages._ui.frame import empty
from pages._ui.text import sentence
from pages._ui.words import feature_name

if TYPE_CHECKING:
    from analytics.rules.backtest import Backtest


def show_backtest(found: "Backtest", currency: str) -> None:
    """Show the figures of a backtest, with what each is relative to."""
    load = found.load_per_day
    shown = (
        ("Hits", f"{found.hits:,}", f"Of {found.entities:,} in the snapshot."),
        ("Not in queue", f"{found.outside:,}", "What the rule alone brings."),
        ("New a day", formats.MISSING if load is None else formats.number(load),
         "Hits that the snapshot before did not have, by the days between the two."),
        ("Precision", formats.share(found.precision.value),
         "Confirmed violations among the hits that were decided. Reviewers decide what the queue "
         "shows them, so these are no random sample of the hits."),
        ("Recall", formats.share(found.recall.value),
         "Hits among all confirmed violations: relative to what was found, not to what exists."),
        ("GMV at risk", formats.short_money(found.exposure, currency),
         f"{formats.short_money(found.exposure_outside, currency)} of it outside the queue."),
    )  # fmt: skip
    with st.grid(6, min_column_width=88):
        for label, value, help in shown:
            st.metric(label, value, help=sentence(help))
    st.caption(sentence(_intervals(found)))
    _show_overlaps(found)


def _intervals(found: "Backtest") -> str:
    parts = [f"Precision {found.precision.words()}", f"recall {found.recall.words()}"]
    if found.later.of:
        parts.append(f"of decisions after the snapshot alone: precision {found.later.words()}")
    return "; ".join(parts) + ". In brackets 90 % intervals (Wilson)."


def _show_overlaps(found: "Backtest") -> None:
    rows = pd.DataFrame(
        [
            {"list": o.label[:1].upper() + o.label[1:], "size": o.size, "both": o.both,
             "jaccard": o.jaccard}
            for o in (found.queue, *found.others)
        ]
    )  # fmt: skip
    columns = {
        "list": tables.text("Compared with", width=240),
        "size": tables.count("Holds"),
        "both": tables.count("In both"),
        "jaccard": tables.share("Jaccard", help="Those in both as a share of those in either."),
    }
    tables.show(
        rows, columns, alt="Overlap of the rule with the model's queue and with other rules",
        height=tables.height_of(rows, 5),
    )  # fmt: skip


def show_hits(live: Live, entity: EntityType, definition: Definition, *, key: str) -> None:
    """Show whom a rule hits, those first that the model ranks first."""
    desk = services.workbench().rules
    hits = evaluated.hits(live, entity, definition)
    if hits.empty:
        empty("It hits nobody in this snapshot.", icon=":material/search_off:")
        return
    specs = desk.features(live, entity)
    columns = {
        "name": tables.text("Name", width=200, pinned=True),
        "entity_id": tables.text("Id"),
        "category": tables.text("Category"),
        "rank": tables.count("Model's rank"),
        "violation_probability": tables.probability("Violation"),
        "gmv_at_risk": tables.money("GMV at risk", services.currency(live)),
    }
    for name in hits.columns.intersection(list(specs)):
        values = tables.share if specs[name].unit == "share" else tables.number
        columns[name] = values(feature_name(specs[name]))
    shown = hits.head(tables.PAGE_ROWS)
    event = tables.show(
        shown, columns, alt="Whom the rule hits; a click on a row opens the case", key=key,
        height=tables.height_of(shown, 8), on_select="rerun", selection_mode="single-cell",
    )  # fmt: skip
    if len(shown) < len(hits):
        st.caption(f"The first {len(shown)} of {len(hits):,} by the model's rank.")
    if cells := event["selection"]["cells"]:
        navigation.open_case(entity, str(shown["entity_id"].iloc[int(cells[0][0])]))
