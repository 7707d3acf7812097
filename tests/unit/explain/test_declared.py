import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.explain.declared import DECLARATIONS_FILE, declarations, write_declarations
from analytics.signals.catalog import specs
from analytics.snapshots.home import Home
from tests.support.tiny_home import MODELS, TinyHome

VERSION = MODELS["merchant"]


@pytest.fixture
def snapshot(tiny: TinyHome, tmp_path: Path):
    """A snapshot of a home of its own, whose merchants' scores have stored declarations."""
    shutil.copytree(tiny.home.path, tmp_path / "home")
    snapshot = Home(tmp_path / "home").snapshot(tiny.april)
    write_declarations(snapshot.scores_dir(VERSION), specs("merchant", snapshot.dataset))
    return snapshot


def test_what_is_stored_is_what_the_catalog_declares(tiny: TinyHome, snapshot) -> None:
    stored = declarations(snapshot, VERSION, "merchant")
    assert stored == declarations(tiny.home.snapshot(tiny.april), VERSION, "merchant")
    assert list(stored.specs.values()) == specs("merchant", snapshot.dataset)
    assert stored.of("late_dispatch_90d").noun == "order line"


def test_reasons_keep_the_words_that_they_were_made_with(snapshot) -> None:
    path = snapshot.scores_dir(VERSION) / DECLARATIONS_FILE
    stored = json.loads(path.read_text())
    stored["late_dispatch_90d"]["spec"] |= {"label": "As it was called then", "dropped_since": 1}
    path.write_text(json.dumps(stored))
    declared = declarations(snapshot, VERSION, "merchant")
    assert declared.of("late_dispatch_90d").spec.label == "As it was called then"


def test_a_feature_that_nobody_declares_has_a_plain_name(snapshot) -> None:
    said = declarations(snapshot, VERSION, "merchant").of("moon_phase_30d")
    assert (said.spec.label, said.noun) == ("Moon phase 30d", "row")
    assert said.spec.direction == "neutral"


def test_stored_reasons_are_told_without_the_catalog(snapshot) -> None:
    code = f"""
import sys
from pathlib import Path
from analytics.explain.listing import first_claims
from analytics.explain.sources import CaseSources
from analytics.policies import load_taxonomy
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.warehouse import QueueFilters, Warehouse
settings = Settings(home=Path({str(snapshot.home.path)!r}))
warehouse, models = Warehouse(Home(settings.home)), {{"merchant": {VERSION!r}}}
queue = warehouse.queue({snapshot.snapshot_id!r}, models, QueueFilters(entity=("merchant",)))
sources = CaseSources(warehouse, load_taxonomy(), settings, {snapshot.snapshot_id!r}, models)
assert any(first_claims(sources, queue))
print([name for name in ("ibis", "pandera", "sklearn") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
