"""MLflow's registry against model folders: a real MLflow on a real SQLite file."""

import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from analytics.model.registry import DATABASE, aliases, reconcile
from analytics.snapshots.home import Home

ONE, TWO = "merchant-000000000001", "merchant-000000000002"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two merchant models and one product model, as far as the registry reads them."""
    home = Home(tmp_path / "home")
    write_model(home, ONE, "2024-03-01T00:00:00", auroc=0.81236)
    write_model(home, TWO, "2024-04-01T00:00:00", auroc=None)
    write_model(home, "product-000000000003", "2024-04-01T00:00:00", auroc=0.7)
    return home


def write_model(home: Home, version: str, trained_as_of: str, auroc: float | None) -> None:
    folder = home.models_dir / version
    folder.mkdir(parents=True)
    card = {
        "trained_as_of": trained_as_of,
        "seed": 0,
        "quality": {"metrics": {"auroc": {"value": auroc, "low": None, "high": None}}},
        "violation": {"metrics": {}},
    }
    (folder / "model.json").write_text("{}", encoding="utf-8")
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    (folder / "card.md").write_text(f"# Model card: {version}\n", encoding="utf-8")


def stored(home: Home, query: str) -> list[tuple]:
    with closing(sqlite3.connect(home.registry_dir / DATABASE)) as connection:
        return connection.execute(query).fetchall()


def test_model_folders_are_registered_and_the_live_ones_are_champions(home: Home) -> None:
    reconcile(home, {"merchant": ONE, "product": "product-000000000003"})

    assert aliases(home) == {
        "merchant": {"champion": ONE},
        "product": {"champion": "product-000000000003"},
    }
    assert stored(home, "SELECT name, version, source, description FROM model_versions "
                        "WHERE name = 'portreeve-merchant' ORDER BY version") == [
        ("portreeve-merchant", 1, f"models/{ONE}", f"# Model card: {ONE}\n"),
        ("portreeve-merchant", 2, f"models/{TWO}", f"# Model card: {TWO}\n"),
    ]  # fmt: skip


def test_tags_say_what_was_trained_and_how_good_it_was(home: Home) -> None:
    reconcile(home, {})

    tags = stored(
        home,
        "SELECT version, key, value FROM model_version_tags "
        "WHERE name = 'portreeve-merchant' ORDER BY version, key",
    )
    assert tags == [
        (1, "model_version", ONE),
        (1, "quality.auroc", "0.8124"),
        (1, "seed", "0"),
        (1, "trained_as_of", "2024-03-01T00:00:00"),
        (2, "model_version", TWO),
        (2, "seed", "0"),
        (2, "trained_as_of", "2024-04-01T00:00:00"),
    ]


def test_the_champion_moves_and_the_challenger_comes_and_goes(home: Home) -> None:
    reconcile(home, {"merchant": ONE}, {"merchant": TWO})
    assert aliases(home)["merchant"] == {"champion": ONE, "challenger": TWO}

    reconcile(home, {"merchant": TWO})
    assert aliases(home)["merchant"] == {"champion": TWO}


def test_a_model_whose_folder_is_gone_is_dropped_with_its_alias(home: Home) -> None:
    reconcile(home, {"merchant": ONE}, {"merchant": TWO})
    shutil.rmtree(home.models_dir / TWO)

    reconcile(home, {"merchant": ONE}, {"merchant": TWO})

    assert aliases(home)["merchant"] == {"champion": ONE}
    shutil.rmtree(home.models_dir / ONE)
    reconcile(home, {"merchant": ONE})
    assert aliases(home)["merchant"] == {}


def test_doing_it_again_changes_nothing(home: Home) -> None:
    query = "SELECT name, version, creation_time, last_updated_time FROM model_versions"
    reconcile(home, {"merchant": ONE})
    before = stored(home, query)
    reconcile(home, {"merchant": ONE})
    assert stored(home, query) == before
    assert len(before) == 3


def test_a_model_trained_later_is_added_to_those_there(home: Home) -> None:
    reconcile(home, {"merchant": ONE})
    write_model(home, "merchant-000000000009", "2024-05-01T00:00:00", auroc=0.9)

    reconcile(home, {"merchant": "merchant-000000000009"})

    assert aliases(home)["merchant"] == {"champion": "merchant-000000000009"}
    assert len(stored(home, "SELECT 1 FROM model_versions WHERE name = 'portreeve-merchant'")) == 3


def test_a_registry_that_was_thrown_away_is_made_anew(home: Home) -> None:
    reconcile(home, {"merchant": TWO})
    shutil.rmtree(home.registry_dir)
    reconcile(home, {"merchant": TWO})
    assert aliases(home)["merchant"] == {"champion": TWO}


def test_the_registry_can_be_moved_with_its_home(home: Home, tmp_path: Path) -> None:
    reconcile(home, {"merchant": ONE})
    assert str(tmp_path).encode() not in (home.registry_dir / DATABASE).read_bytes()
    moved = Home(home.path.rename(tmp_path / "elsewhere"))
    assert aliases(moved)["merchant"] == {"champion": ONE}


def test_half_written_models_are_not_registered(home: Home) -> None:
    unfinished = home.models_dir / ".tmp-merchant-000000000007-1"
    unfinished.mkdir()
    (unfinished / "model.json").write_text("{}", encoding="utf-8")
    reconcile(home, {})
    assert len(stored(home, "SELECT 1 FROM model_versions")) == 3


def test_a_home_without_models_registers_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    reconcile(home, {})
    assert aliases(home) == {}


def test_several_at_once_mirror_a_fresh_home_without_getting_in_each_others_way(home: Home) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: reconcile(home, {"merchant": ONE}), range(4)))

    assert aliases(home) == {"merchant": {"champion": ONE}, "product": {}}
    assert stored(home, "SELECT count(*) FROM model_versions") == [(3,)]
