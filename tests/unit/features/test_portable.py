"""What a build computes compiles for Spark, too, and uses no raw SQL."""

import ast
from pathlib import Path

import ibis
import pytest
from ibis.config import Config

import analytics.features
from analytics.columns import ENTITY_TYPES
from analytics.engines.duckdb_engine import DuckDBEngine
from analytics.features.as_of import AsOf
from analytics.features.build import feature_table
from analytics.features.evidence import EVIDENCE
from analytics.features.outcomes import outcomes_at
from analytics.settings import Settings
from tests.support.views import view_of
from tests.unit.features.test_accounts import AS_OF, TABLES, _quote
from tests.unit.features.test_orders import ORDERS, REVIEWS

FEATURES = Path(analytics.features.__file__).parent


class _SparkOptions(Config):
    treat_nan_as_null: bool = False


class _Recording(DuckDBEngine):
    """Runs on DuckDB and keeps every expression that it was given."""

    def __init__(self):
        super().__init__(threads=2, memory_limit="1GB")
        self.seen = {}

    def _sql(self, make, plan):
        def remembered():
            table = make()
            self.seen[plan.key[-1]] = table
            return table

        return super()._sql(remembered, plan)


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    tables = {name: _quote(text) for name, text in TABLES.items()}
    tables["orders"], tables["reviews"] = ORDERS, REVIEWS
    made = view_of(tmp_path_factory.mktemp("all"), AS_OF, **tables)
    with AsOf(_Recording(), made.dataset, AS_OF) as view:
        for entity in ENTITY_TYPES:
            feature_table(view, entity)
            outcomes_at(view, entity, AS_OF, Settings())
        yield view


@pytest.fixture(autouse=True)
def _spark_without_spark(monkeypatch):
    # The option exists only once pyspark is imported, which tests do without.
    monkeypatch.setattr(ibis.options, "pyspark", _SparkOptions())


def test_every_step_compiles_for_spark(view):
    steps = view.engine.seen
    assert len(steps) > 40
    for name, expression in steps.items():
        assert "SELECT" in ibis.to_sql(expression, dialect="pyspark"), name


def test_every_evidence_compiles_for_spark(view):
    # Windows and entity types share their expressions: one of each is enough.
    one_each = {evidence.label: (name, evidence) for name, evidence in EVIDENCE.items()}
    for name, evidence in one_each.values():
        assert "SELECT" in ibis.to_sql(evidence.rows(view), dialect="pyspark"), name


def test_no_raw_sql():
    for path in FEATURES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"sql", "raw_sql", "con"}, f"{path.name}:{node.lineno}"
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
                assert not any(n.startswith("duckdb") for n in names), path.name
