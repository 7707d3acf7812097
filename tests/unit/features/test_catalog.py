"""Declarations are complete, and what lacks its table is switched off and named."""

from datetime import datetime
from string import Formatter

import pytest

from analytics.columns import CONTEXT_COLUMNS, ENTITY_TYPES
from analytics.features.build import feature_frame
from analytics.features.catalog import features, specs, switched_off
from analytics.features.evidence import EVIDENCE
from analytics.policies import load_taxonomy
from analytics.snapshots.contract import TABLES
from tests.support.views import view_of

ALL = [spec for entity in ENTITY_TYPES for spec in specs(entity)]


@pytest.mark.parametrize("spec", ALL, ids=lambda s: f"{s.entity}.{s.name}")
def test_declaration_is_complete(spec):
    fields = {name for _, name, _, _ in Formatter().parse(spec.template) if name}
    assert fields <= {"value", "period"}
    assert "value" in fields
    has_window = spec.name.endswith(("_7d", "_30d", "_90d", "_lifetime"))
    assert ("period" in fields) <= has_window or spec.name == "defect_rate_shrunk"
    assert spec.label[0].isupper()
    assert not spec.label.endswith(".")
    assert spec.description.endswith(".")
    codes = {policy.code for policy in load_taxonomy().of(spec.entity)}
    assert set(spec.policies) <= codes
    assert spec.evidence is None or spec.evidence in EVIDENCE
    for need in spec.needs:
        table, _, column = need.partition(".")
        assert table in TABLES
        assert not column or column in TABLES[table].columns


def test_every_policy_has_a_feature_that_points_to_it():
    # Restricted goods need a catalogue of what is restricted, which a marketplace keeps elsewhere.
    beyond = {"P2"}
    pointed = {code for spec in ALL for code in spec.policies}
    assert {p.code for p in load_taxonomy().policies} - pointed <= beyond


def test_country_is_kept_out_by_default():
    assert {s.name for s in ALL if not s.is_default} == {"country_share"}


def test_required_features():
    for entity in ENTITY_TYPES:
        names = {f.name for f in features(entity)}
        assert {"defect_rate_lifetime", "defect_rate_shrunk"} <= names


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Merchants with own columns and past decisions, and nothing else."""
    tables = {
        "merchants": "merchant_id|registered_at|main_category\nm1|2024-01-01|toys\nm2|2024-02-01|",
        "extra_features": "entity_type|entity_id|known_at|score\nmerchant|m1|2024-02-01|7",
        "past_decisions": "entity_type|entity_id|outcome|decided_at\n"
        "merchant|m2|violation|2024-05-01",
    }
    with view_of(tmp_path_factory.mktemp("bare"), datetime(2024, 4, 1), **tables) as view:
        yield view


def test_merchants_alone(bare):
    frame = feature_frame(bare, "merchant")
    assert list(frame.columns) == [*CONTEXT_COLUMNS, "account_age", "extra_score"]
    assert frame["account_age"].tolist() == [91.0, 60.0]
    assert frame.loc["m1", "extra_score"] == 7.0
    assert frame["category"].tolist() == ["toys", "unknown"]
    assert frame["volume"].isna().all()


def test_merchants_alone_switch_the_rest_off(bare):
    missing = {(s.entity, s.feature): s.missing for s in switched_off(bare.dataset)}
    assert missing["merchant", "late_dispatch_30d"] == "orders"
    assert missing["merchant", "country_share"] == "merchants.country"
    assert {m for (entity, _), m in missing.items() if entity == "creator"} == {"creators"}
    assert [s.name for s in specs("merchant", bare.dataset)] == ["account_age", "extra_score"]
    assert specs("product", bare.dataset) == []
