"""Signals stand beside the features of every moment, with their evidence and tables stored."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from analytics.columns import CONTEXT_COLUMNS
from analytics.features.spec import FeatureSpec
from analytics.signals.catalog import FAMILIES, FEATURE_VERSION, able, signal_specs
from analytics.signals.family import EVIDENCE_COLUMNS
from analytics.signals.frame import entity_frame, evidence_counts, write_entity, write_tables
from tests.support.views import view_of

SHARERS = FeatureSpec(
    name="sharers",
    entity="merchant",
    family="sharing",
    label="Others at its values",
    unit="count",
    direction="higher_is_worse",
    template="{value} others share a value with it",
    description="Other merchants with a value in common.",
    needs=("links",),
    evidence="merchant.sharers",
)


class Sharing:
    """Counts who shares a link value: the smallest family that does all a family does."""

    name = "sharing"
    specs = (SHARERS,)

    def why_off(self, dataset):
        return None if dataset.has("links") else "links"

    def _pairs(self, view):
        def make():
            links = view.engine.frame(lambda: view.table("links"))
            pairs = links.merge(links, on="value_hash", suffixes=("", "_other"))
            return pairs[pairs["entity_id"] != pairs["entity_id_other"]]

        return view.remember("sharing", make)

    def features(self, view, entity):
        counts = self._pairs(view).groupby("entity_id").size()
        return pd.DataFrame({"sharers": counts.astype("float64")})

    def evidence(self, view):
        pairs = self._pairs(view)
        return pd.DataFrame(
            {
                "entity_type": "merchant",
                "entity_id": pairs["entity_id"],
                "feature": "sharers",
                "at": pairs["first_seen"],
                "what": "Same " + pairs["kind"],
                "other_type": "merchant",
                "other_id": pairs["entity_id_other"],
            }
        )

    def tables(self, view):
        return {"pairs": self._pairs(view)[["entity_id", "entity_id_other"]]}


MERCHANTS = "merchant_id|registered_at\nm1|2024-01-01\nm2|2024-02-01\nm3|2024-03-15"
SAME = "ab" * 16
LINKS = "\n".join(
    [
        "entity_type|entity_id|kind|value_hash|first_seen",
        f"merchant|m1|device|{SAME}|2024-01-05",
        f"merchant|m2|device|{SAME}|2024-02-03",
        f"merchant|m3|device|{SAME}|2024-03-20",
    ]
)


@pytest.fixture
def view(tmp_path):
    with view_of(tmp_path / "in", datetime(2024, 4, 1), merchants=MERCHANTS, links=LINKS) as view:
        yield view


def test_signals_join_the_features(view):
    frame = entity_frame(view, "merchant", families=[Sharing()])
    assert frame["sharers"].tolist() == [2.0, 2.0, 2.0]
    names = [*CONTEXT_COLUMNS, "sharers", "account_age"]
    assert list(entity_frame(view, "merchant", names, [Sharing()]).columns) == names


def test_signals_see_only_what_was_known(tmp_path):
    earlier = datetime(2024, 3, 1)
    with view_of(tmp_path / "in", earlier, merchants=MERCHANTS, links=LINKS) as view:
        frame = entity_frame(view, "merchant", families=[Sharing()])
    assert frame["sharers"].to_dict() == {"m1": 1.0, "m2": 1.0}


def test_a_family_without_its_table_is_off(tmp_path):
    with view_of(tmp_path / "in", datetime(2024, 4, 1), merchants=MERCHANTS) as view:
        assert able(view.dataset, [Sharing()]) == []
        assert signal_specs("merchant", view.dataset, [Sharing()]) == []
        assert "sharers" not in entity_frame(view, "merchant", families=[Sharing()])


def test_tables_and_evidence_are_stored(view, tmp_path):
    evidence = write_tables(view, tmp_path, [Sharing()])
    pairs = pd.read_parquet(tmp_path / "signals" / "sharing_pairs.parquet")
    assert len(pairs) == 6
    stored = pd.read_parquet(tmp_path / "signals" / "evidence.parquet")
    assert list(stored.columns) == list(EVIDENCE_COLUMNS)
    assert stored["entity_id"].tolist() == ["m1", "m1", "m2", "m2", "m3", "m3"]
    counts = evidence_counts(evidence, "merchant")["sharers"]
    assert counts.to_dict() == {"m1": 2, "m2": 2, "m3": 2}
    assert evidence_counts(evidence, "product").empty


def test_without_families_the_evidence_is_there_and_empty(view, tmp_path):
    write_tables(view, tmp_path, [])
    assert pd.read_parquet(tmp_path / "signals" / "evidence.parquet").empty


def test_file_is_sorted_and_complete(tmp_path):
    tables = {"merchants": "merchant_id|registered_at\nm2|2024-02-01\nm1|2024-01-01"}
    path = tmp_path / "merchant.parquet"
    with view_of(tmp_path / "in", datetime(2024, 4, 1), **tables) as view:
        write_entity(view, "merchant", path)
    table = pq.read_table(path)
    assert table["entity_id"].to_pylist() == ["m1", "m2"]
    assert table.column_names == ["entity_id", *CONTEXT_COLUMNS, "account_age"]
    assert str(table.schema.field("account_age").type) == "double"


def test_version_names_the_code():
    assert len(FEATURE_VERSION) == 12


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_declarations_belong_to_their_family(family):
    assert {spec.family for spec in family.specs} == {family.name}
    assert all(s.evidence in (None, f"{s.entity}.{s.name}") for s in family.specs)
    assert Path(family.name).name == family.name
