"""A label meets the features of its own moment, and never one of a later moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.features.groups import entity_groups
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame
from analytics.retraining.labels import newest_labels
from analytics.retraining.training_set import StoredFeatures, labelled_decisions
from analytics.settings import Settings
from analytics.snapshots.home import Dataset
from tests.support.sources import ingest_files
from tests.support.views import engine

START, END = datetime(2024, 1, 1), datetime(2024, 6, 1)
MERCHANTS = ("m1", "m2", "m3")
TUNED = Settings(training_step_days=15, label_validity_days=365)


@dataclass(frozen=True)
class Decided:
    """One decision: when, and the as-of of what its reviewer saw (None: nobody here saw it)."""

    entity_id: str
    decided_at: datetime
    as_of: datetime | None


@cache
def dataset(changed_after: datetime | None = None) -> Dataset:
    """Three merchants with an order a day; all facts after a moment are made up anew."""
    cut = changed_after or END + timedelta(days=1)
    orders, reviews = [], []
    for day in range((END - START).days):
        placed = START + timedelta(days=day, hours=3)
        shipped = placed + timedelta(days=1 + day % 4)
        rated = placed + timedelta(days=6)
        price = 10 + day % 7 if placed <= cut else 900
        sent = shipped if shipped <= cut else shipped + timedelta(days=9)
        due = placed + timedelta(days=2)
        orders.append(
            f"o{day},1,b{day % 11},{MERCHANTS[day % 3]},p{day % 3},{placed},{price},{due},{sent}"
        )
        stars = 1 + day % 5 if rated <= cut else 1
        reviews.append(f"r{day},o{day},{MERCHANTS[day % 3]},{stars},{rated}")
    files = {
        "merchants.csv": _csv(
            "merchant_id,registered_at", [f"{m},{START - timedelta(days=90)}" for m in MERCHANTS]
        ),
        "orders.csv": _csv(
            "order_id,line_no,buyer_id,merchant_id,product_id,placed_at,price,ship_by,shipped_at",
            orders,
        ),
        "reviews.csv": _csv("review_id,order_id,merchant_id,rating,created_at", reviews),
    }
    return ingest_files(Path(mkdtemp()), files, reject_share_limit=0.0).dataset


@cache
def history(changed_after: datetime | None = None) -> History:
    return History(engine(), dataset(changed_after), "merchant", TUNED)


def joined(decisions: list[Decided], changed_after: datetime | None = None) -> LabelledFrame:
    """Join decisions to features at the end, when everything is known."""
    past = history(changed_after)
    home, named = past.dataset.home, past.dataset.dataset_id
    reviewed = pd.DataFrame(
        {
            "label": 1.0,
            "decided_at": [d.decided_at for d in decisions],
            "source": ["import" if d.as_of is None else "review" for d in decisions],
            "decision_id": range(len(decisions)),
            "dataset_id": [None if d.as_of is None else named for d in decisions],
            "as_of": pd.to_datetime([d.as_of for d in decisions]),
        },
        index=[d.entity_id for d in decisions],
    )
    groups = entity_groups(past.engine, past.dataset, "merchant", END)
    stored = StoredFeatures(home, past.engine, "merchant", TUNED)
    return labelled_decisions(past, END, reviewed, stored, groups)


def _csv(head: str, rows: list[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


moments = st.integers(40, 140).map(lambda day: START + timedelta(days=day))


@st.composite
def decisions(draw: st.DrawFn) -> list[Decided]:
    """One decision each on some of the merchants, all at one moment."""
    at = draw(moments)
    who = draw(st.lists(st.sampled_from(MERCHANTS), min_size=1, unique=True))
    seen = draw(st.sampled_from([None, timedelta(0), timedelta(days=3), timedelta(days=20)]))
    return [Decided(name, at, None if seen is None else at - seen) for name in who]


@pytest.mark.slow
@settings(max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate])
@given(decisions())
def test_no_fact_that_became_known_after_a_decision_changes_what_it_is_joined_to(made):
    [at] = {decision.decided_at for decision in made}

    known, changed = joined(made), joined(made, changed_after=at)

    assert len(known.X) == len(made)
    assert (known.labels["as_of"] <= known.labels["decided_at"]).all()
    pd.testing.assert_frame_equal(known.X, changed.X)


def test_a_decision_made_here_meets_what_its_reviewer_saw():
    seen = START + timedelta(days=90)
    frame = joined([Decided("m1", seen + timedelta(days=2), seen)])
    assert list(frame.labels["as_of"]) == [seen]
    expected = history().frame(seen)[list(frame.X.columns)]
    pd.testing.assert_series_equal(frame.X.loc["m1"], expected.loc["m1"])


def test_an_imported_one_meets_the_newest_moment_before_it():
    # Moments lie 15 days apart, counted back from the end: the last before day 100 is day 91.
    decided = START + timedelta(days=100)
    frame = joined([Decided("m2", decided, None)])
    assert list(frame.labels["as_of"]) == [END - timedelta(days=60)]


def test_one_decided_after_the_end_meets_the_end():
    frame = joined([Decided("m2", END + timedelta(days=40), None)])
    assert list(frame.labels["as_of"]) == [END]


def test_one_on_a_dataset_that_is_gone_is_left_out_and_said():
    past = history()
    reviewed = pd.DataFrame(
        {
            "label": [1.0, 0.0],
            "decided_at": [END, END],
            "dataset_id": ["gone", past.dataset.dataset_id],
            "as_of": [END, END],
        },
        index=["m1", "m2"],
    )
    groups = entity_groups(past.engine, past.dataset, "merchant", END)
    stored = StoredFeatures(past.dataset.home, past.engine, "merchant", TUNED)
    frame = labelled_decisions(past, END, reviewed, stored, groups)
    assert list(frame.labels.index) == ["m2"]
    assert frame.notes == ("1 decisions were left out: their dataset, or their entity, is gone.",)


def test_the_newest_decision_is_the_label_wherever_it_was_made():
    past = pd.DataFrame(
        {"label": [0.0, 1.0], "policy": [None, "M2"], "decided_at": [START, END]},
        index=pd.Index(["a", "b"], name="entity_id"),
    )
    reviewed = pd.DataFrame(
        {
            "label": [1.0, 0.0],
            "policy": ["M4", None],
            "decided_at": [END, START],
            "source": "review",
            "decision_id": [7, 8],
            "dataset_id": "d",
            "as_of": [END, START],
        },
        index=["a", "b"],
    )
    labels = newest_labels(reviewed, past, END)
    assert labels["label"].to_dict() == {"a": 1.0, "b": 1.0}
    assert labels["source"].to_dict() == {"a": "review", "b": "past"}
    assert labels["decision_id"].fillna(-1).to_dict() == {"a": 7, "b": -1}


def test_a_decision_on_what_is_known_only_later_is_no_label_yet():
    reviewed = pd.DataFrame(
        {"label": [1.0], "decided_at": [END], "dataset_id": ["d"], "as_of": [END]}, index=["a"]
    )
    past = pd.DataFrame({"label": [], "policy": [], "decided_at": []})
    assert newest_labels(reviewed, past, START).empty
    assert np.array_equal(newest_labels(reviewed, past, END).index, ["a"])
