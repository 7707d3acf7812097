"""What may be imported where, and what opening a page must not pay for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN_IN_PAGES = {"duckdb", "sklearn", "shap", "sqlalchemy", "ibis", "mlflow", "skops"}
PAGE_FILES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


def _imported_packages(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("file", PAGE_FILES, ids=lambda file: file.name)
def test_pages_reach_data_only_through_analytics(file: Path) -> None:
    assert not _imported_packages(file) & FORBIDDEN_IN_PAGES


def _loaded_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in run.stdout.split()}


def test_opening_the_workbench_pays_for_no_model_library() -> None:
    loaded = _loaded_after("import analytics.pipeline")
    assert not loaded & {"shap", "mlflow", "sklearn", "skops", "numba", "alembic"}


def test_declarations_of_signals_load_no_model_library() -> None:
    loaded = _loaded_after("import analytics.signals.catalog")
    assert not loaded & {"sklearn", "scipy", "networkx"}


def test_estimates_on_a_page_pay_for_no_query_library() -> None:
    loaded = _loaded_after("import analytics.selection.estimates, analytics.review.labels")
    assert not loaded & {"ibis", "sklearn", "scipy", "shap"}


def test_help_is_quick_because_it_loads_no_data_library() -> None:
    loaded = _loaded_after("import analytics.cli")
    assert not loaded & {"pandas", "duckdb", "ibis", "sklearn", "streamlit"}
