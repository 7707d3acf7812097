from analytics.columns import ENTITY_TYPES
from analytics.signals.catalog import specs
from analytics.signals.feature_docs import TARGET, render
from tests.conftest import ROOT


def test_page_is_current():
    assert (ROOT / TARGET).read_text(encoding="utf-8") == render(), (
        "run python -m analytics.signals.feature_docs"
    )


def test_page_names_every_feature():
    page = render()
    assert all(f"`{spec.name}`" in page for e in ENTITY_TYPES for spec in specs(e))
