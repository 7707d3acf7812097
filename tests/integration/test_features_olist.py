"""Features and labels of the published Olist files against what its README says of them."""

from datetime import datetime

import pytest

from analytics.features.as_of import AsOf
from analytics.features.build import feature_frame
from analytics.features.outcomes import outcomes_at
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import ingest
from analytics.snapshots.sources.olist import open_olist
from tests.support.views import engine

pytestmark = [pytest.mark.olist, pytest.mark.slow]


@pytest.fixture(scope="module")
def dataset(olist_dir, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("olist"))
    return ingest(open_olist(olist_dir), home, settings=Settings(threads=2)).dataset


@pytest.fixture(scope="module")
def frames(dataset):
    with AsOf(engine(), dataset, datetime(2018, 6, 1)) as view:
        return {entity: feature_frame(view, entity) for entity in ("merchant", "product")}


def test_entities_known_then(frames):
    assert len(frames["merchant"]) == 2_559
    assert len(frames["product"]) == 26_895


def test_shares_are_shares(frames):
    for frame in frames.values():
        shares = frame.filter(regex="^(late_|low_|refund|undelivered|repeat)")
        assert shares.min().min() >= 0
        assert shares.max().max() <= 1


def test_shrunk_rate_has_a_value_for_all(frames):
    for frame in frames.values():
        assert frame["defect_rate_shrunk"].notna().all()
        assert frame["defect_rate_shrunk"].between(0, 1).all()


@pytest.mark.parametrize(
    ("as_of", "base_rate"),
    # The README counts a shared bad review in full for each seller: 38 %, 27 % (26.4), 29 %.
    [("2018-03-01", 0.38), ("2018-04-15", 0.26), ("2018-06-01", 0.29)],
)
def test_base_rates(dataset, as_of, base_rate):
    with AsOf(engine(), dataset, dataset.manifest.exported_at) as known:
        outcomes = outcomes_at(known, "merchant", datetime.fromisoformat(as_of), Settings())
    assert outcomes["label"].mean() == pytest.approx(base_rate, abs=0.02)
    assert 600 <= outcomes["label"].notna().sum() <= 700
