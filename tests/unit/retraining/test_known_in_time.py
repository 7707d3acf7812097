"""The training set never holds a feature value from after its decision.

Each merchant has an extra column `day`: every five days a new value becomes known, which is the day
itself. So a value tells when it was known, and none may be later than its decision.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.features.groups import entity_groups
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame
from analytics.retraining.training_set import StoredFeatures, labelled_decisions
from analytics.settings import Settings
from tests.support.sources import ingest_files
from tests.support.views import engine

START, DAYS, STEP = datetime(2024, 1, 1), 150, 5
END = START + timedelta(days=DAYS)
MERCHANTS = tuple(f"m{n}" for n in range(6))
PAST = {"m4": 61, "m5": 107}  # decided before, by the data: on which day
TUNED = Settings(training_step_days=20, signal_families="none")


@dataclass(frozen=True)
class Decided:
    """A decision: on which day, and how many days before its reviewer saw the data, if here."""

    day: int
    seen_before: int | None


@cache
def history() -> History:
    days = range(0, DAYS + 1, STEP)
    files = {
        "merchants.csv": _csv("merchant_id,registered_at", (f"{m},2023-12-01" for m in MERCHANTS)),
        "extra_features.csv": _csv(
            "entity_type,entity_id,known_at,day",
            (f"merchant,{m},{START + timedelta(days=d)},{d}" for m in MERCHANTS for d in days),
        ),
        "past_decisions.csv": _csv(
            "entity_type,entity_id,policy,outcome,decided_at",
            (f"merchant,{m},M3,violation,{START + timedelta(days=d)}" for m, d in PAST.items()),
        ),
    }
    dataset = ingest_files(Path(mkdtemp()), files, reject_share_limit=0.0).dataset
    return History(engine(), dataset, "merchant", TUNED)


def joined(decisions: dict[str, Decided]) -> LabelledFrame:
    past = history()
    named = past.dataset.dataset_id
    at = [START + timedelta(days=d.day) for d in decisions.values()]
    seen = [
        pd.NaT if d.seen_before is None else START + timedelta(days=d.day - d.seen_before)
        for d in decisions.values()
    ]
    reviewed = pd.DataFrame(
        {
            "label": 0.0,
            "decided_at": at,
            "source": ["import" if pd.isna(moment) else "review" for moment in seen],
            "decision_id": range(len(at)),
            "dataset_id": [None if pd.isna(moment) else named for moment in seen],
            "as_of": pd.to_datetime(seen),
        },
        index=list(decisions),
    )
    groups = entity_groups(past.engine, past.dataset, "merchant", END)
    stored = StoredFeatures(past.dataset.home, past.engine, "merchant", TUNED)
    return labelled_decisions(past, END, reviewed, stored, groups)


def _csv(head: str, rows) -> str:
    return "\n".join([head, *rows]) + "\n"


made = st.builds(Decided, st.integers(45, DAYS), st.sampled_from([None, 0, 7]))


@settings(max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.dictionaries(st.sampled_from(MERCHANTS), made, min_size=1))
def test_no_value_was_known_only_after_its_decision(decisions):
    frame = joined(decisions)

    assert set(frame.X.index) == {*decisions, *PAST}
    value, moment = frame.X["extra_day"], (frame.labels["as_of"] - START).dt.days
    decided = (frame.labels["decided_at"] - START).dt.days
    assert (value <= decided).all()
    # Nor is it older than it has to be: the newest value known at the moment that is named.
    assert (value == moment // STEP * STEP).all()
    for entity_id, decision in decisions.items():
        if decision.seen_before is not None and decision.day > PAST.get(entity_id, 0):
            assert moment[entity_id] == decision.day - decision.seen_before
