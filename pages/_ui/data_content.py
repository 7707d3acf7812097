"""Parts of the Data page about content: pictures, and models of words."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics.errors import NotFoundError
from pages._ui import services, tables
from pages._ui.frame import empty
from pages._ui.words import ENTITIES, policy_name

if TYPE_CHECKING:
    from analytics.warehouse.about import DataReport

PICTURES = {
    "image_path": tables.text("Picture", width=420),
    "problem": tables.text("Problem", width=520),
}
WORD_MODELS = {
    "entity": tables.text("Of"),
    "policy": tables.text("Policy", width=300),
    "is_on": tables.flag("On"),
    "violations": tables.count("Violations"),
    "others": tables.count("Others decided"),
    "average_precision": tables.number("Average precision"),
    "prevalence": tables.share("Share of violations"),
    "note": tables.text("Why it is off", width=420),
}


def show_pictures(report: "DataReport") -> None:
    """List the pictures that the products name and that cannot be compared."""
    if report.pictures is None:
        return
    files, usable = report.pictures
    st.text(f"Pictures of products: {usable:,} of {files:,} can be compared.")
    if usable < files:
        found = services.warehouse().picture_problems(report.dataset_id)
        tables.show(found, PICTURES, alt="Pictures that cannot be compared", height="content")


def show_word_models(report: "DataReport") -> None:
    """Say for which policies words are scored, and why not for others, where the data are shown."""
    live = services.live()
    snapshots = services.warehouse().snapshots()
    ours = snapshots.loc[snapshots["dataset_id"] == report.dataset_id, "snapshot_id"]
    if live is None or live.snapshot_id not in set(ours):
        return
    from analytics.explain.text_models import text_models

    st.subheader("Models of words", anchor=False)
    try:
        found = text_models(services.warehouse(), live.snapshot_id)
    except NotFoundError as error:
        st.text(str(error))
        return
    if found.empty:
        empty("There are no decisions with texts to learn from.", icon=":material/school:")
        return
    shown = found.assign(
        entity=found["entity_type"].map(ENTITIES), policy=found["policy"].map(policy_name)
    )
    tables.show(shown, WORD_MODELS, alt="Models of words by policy", height="content")
    st.caption(
        "They learn from the decisions that came with the data. Average precision is that of "
        "scores that leave each entity's own decision out; by chance it would be the share of "
        "violations."
    )
