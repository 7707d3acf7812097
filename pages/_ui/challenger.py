"""The challenger beside the champion: how both do, who would move, and the decision about it."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.review.store import Live
from pages._ui import charts, navigation, services, tables
from pages._ui.frame import empty
from pages._ui.gate import show_gate, show_slices, show_stability
from pages._ui.job_status import start
from pages._ui.jobs import latest_job
from pages._ui.metric_table import CONTENDERS, METRICS, show_metrics
from pages._ui.text import plain, sentence
from pages._ui.words import ENTITIES

if TYPE_CHECKING:
    from analytics.columns import EntityType
    from analytics.retraining.comparison import Comparison

VERDICTS: dict[str, tuple[Any, str]] = {
    "better": ("green", ":material/trending_up:"),
    "worse": ("red", ":material/trending_down:"),
    "no clear difference": ("gray", ":material/trending_flat:"),
    "not enough evidence": ("orange", ":material/hourglass_empty:"),
}


def show_challenger(live: Live, entity: "EntityType") -> None:
    """Offer to retrain; show the challenger that waits beside the champion."""
    _offer_retrain(live, entity)
    comparison = services.workbench().comparison(entity)
    if comparison is None:
        empty(
            "No challenger waits. Retrain when there are new decisions: it is compared with the "
            "model that scores now, and nothing goes live by itself.",
            command=f"portreeve retrain --entity {entity}",
            icon=":material/model_training:",
        )
        return
    _show_verdict(comparison)
    show_gate(comparison)
    _show_metrics(comparison)
    _show_in_time(comparison)
    show_slices(comparison)
    _show_calibration(comparison)
    _show_moves(comparison)
    show_stability(comparison)
    _show_strata(comparison)
    for note in comparison.notes:
        st.text(note)


def _offer_retrain(live: Live, entity: "EntityType") -> None:
    job = latest_job(services.settings().home)
    is_running = job is not None and job.status == "running"
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            f"Retrain the {entity} model",
            icon=":material/model_training:",
            disabled=is_running or not services.is_live(live),
            key="retrain",
        )
        st.caption(
            "Runs in a process of its own: go on working, or close the browser."
            if not is_running
            else "Something is running, see above."
        )
    if pressed:
        title = f"Retrain the {entity} model"
        start("retrain", title, ["retrain", "--entity", entity])


def _show_verdict(comparison: "Comparison") -> None:
    color, icon = VERDICTS.get(comparison.verdict, ("gray", ":material/help:"))
    with st.container(border=True, gap="small"):
        st.badge(comparison.verdict.capitalize(), color=color, icon=icon)
        st.markdown(sentence(comparison.sentence))
        cases = comparison.cases
        st.caption(
            sentence(
                f"Learned from {formats.plural(cases['learned_from'], 'decision')}; judged by "
                f"{formats.count(cases['judged'])} that neither has seen "
                f"({formats.plural(cases['positives'], 'violation')}), of them "
                f"{formats.count(cases['control'])} of the random sample "
                f"({formats.plural(cases['control_positives'], 'violation')})."
            )
        )
        st.caption(plain(f"Challenger {comparison.challenger}, champion {comparison.champion}"))


def _show_metrics(comparison: "Comparison") -> None:
    if not comparison.results:
        return
    st.subheader("Metrics", anchor=False)
    alt = "Champion and challenger by metric"
    show_metrics(comparison.results, comparison.differences, alt=alt)
    st.caption(f"In brackets 5 % and 95 %. Capacity: {comparison.k:,} cases.")
    metric = st.selectbox("Metric", list(METRICS), format_func=lambda m: METRICS[m], width=320)
    shown = pd.DataFrame(
        [
            {"curve": label, **comparison.results[name][metric]}
            for name, label in CONTENDERS.items()
            if comparison.results[name][metric]["value"] is not None
        ]
    )
    charts.show(figures.metric_intervals(shown), figures.metric_intervals_alt(shown))


def _show_in_time(comparison: "Comparison") -> None:
    """Show what both would have been by an earlier moment, judged by what was decided since."""
    found = comparison.in_time
    if not found:
        return
    st.subheader("Trained on the past, judged on what came after", anchor=False)
    st.caption(sentence(found["sentence"]))
    if found["results"]:
        alt = "Champion and challenger, trained on the past, by metric on what came after"
        show_metrics(found["results"], found["differences"], alt=alt)


def _show_calibration(comparison: "Comparison") -> None:
    bins = [
        {**row, "curve": CONTENDERS[name], "entities": row["count"]}
        for name in CONTENDERS
        for row in comparison.reliability.get(name, ())
    ]
    if not bins:
        return
    st.subheader("Calibration", anchor=False)
    curves = pd.DataFrame(bins)
    charts.show(figures.calibration(curves), figures.calibration_alt(curves))


def _show_moves(comparison: "Comparison") -> None:
    moves = comparison.moves
    st.subheader("Who would move", anchor=False)
    st.caption(
        f"Of the first {moves['capacity']:,} in the queue {moves['stayed']:,} stay, "
        f"{len(moves['entered']):,} enter and {len(moves['left']):,} leave."
    )
    for key, label in (("entered", "Enter"), ("left", "Leave")):
        if moves[key]:
            _show_moved(comparison, pd.DataFrame(moves[key]), label)


def _show_moved(comparison: "Comparison", rows: pd.DataFrame, label: str) -> None:
    columns = {
        "name": tables.text(label, width=170),
        "rank": tables.count("Rank", width=70),
        "was": tables.count("Rank before", width=90),
        "probability": tables.probability("Violation"),
        "probability_was": tables.probability("Before"),
        "sentence": tables.text("Why", width=460),
    }
    event = tables.show(
        rows.assign(name=rows["name"].fillna(rows["entity_id"])),
        columns,
        alt=f"Those that {label.lower()}; a click opens the case",
        key=f"moves-{label}",
        on_select="rerun",
        selection_mode="single-cell",
    )
    if cells := event["selection"]["cells"]:
        navigation.open_case(comparison.entity, str(rows["entity_id"].iloc[int(cells[0][0])]))


def _show_strata(comparison: "Comparison") -> None:
    with st.expander("Strata of the judged cases", icon=":material/stacks:", type="compact"):
        strata = pd.DataFrame(comparison.strata)
        columns = {
            "stratum": tables.text("Stratum", width=220),
            "entities": tables.count(ENTITIES[comparison.entity]),  # type: ignore[index]
            "cases": tables.count("Judged cases"),
            "positives": tables.count("Violations"),
            "weight": tables.number("Largest weight"),
            "chance_low": tables.share("Least chance to judge"),
            "chance_high": tables.share("Largest"),
        }
        tables.show(strata, columns, alt="Strata of the judged cases", height="content")
