import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.explain.stretches import standing_out
from analytics.warehouse import Warehouse
from tests.support.stretches import store_stretches


@pytest.fixture
def opened(live_home):
    made = Warehouse(live_home.home)
    yield made
    made.close()


def test_the_strongest_stretch_of_each_feature(opened, live_home):
    store_stretches(live_home.home.snapshot(live_home.april))
    found = standing_out(opened, live_home.april, "merchant", "m1")
    assert found["label"].tolist() == [
        "Events like those of violators",
        "Unusual stretch of events",
    ]
    assert found["start"].tolist() == [pd.Timestamp("2026-01-02"), pd.Timestamp("2026-02-01")]
    assert found["what"].tolist() == ["2 events", "9 events"]
    assert standing_out(opened, live_home.april, "merchant", "m4").empty


def test_a_snapshot_of_another_version_says_so(opened, live_home):
    with pytest.raises(NotFoundError, match="built by another version"):
        standing_out(opened, live_home.april, "merchant", "m1")


def test_sequences_that_are_off_shade_nothing(opened, live_home):
    store_stretches(live_home.home.snapshot(live_home.april), rows=None)
    assert standing_out(opened, live_home.april, "merchant", "m1").empty
