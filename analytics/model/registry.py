"""MLflow's registry, as a mirror for teams that know its UI.

The model folders and the live row of the decisions database are the truth; what stands here can be
thrown away and is made anew. MLflow is imported only when something is registered. Paths in it are
relative to the home folder: start `mlflow ui --backend-store-uri sqlite:///registry/mlflow.db`
from there.
"""

import json
import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from analytics.columns import ENTITY_TYPES
from analytics.snapshots.home import Home
from analytics.snapshots.publish import folder_lock, publish_file

DATABASE = "mlflow.db"
MARK = "reconciled.json"
CHAMPION, CHALLENGER = "champion", "challenger"
VERSION_TAG = "model_version"


def reconcile(
    home: Home, live: Mapping[str, str], challengers: Mapping[str, str] | None = None
) -> None:
    """Let the registry say what the model folders and the live row say.

    Registers every model folder that it does not have, drops versions whose folder is gone, and
    sets the aliases.

    Args:
        home: Home folder.
        live: Entity type → model version that scores now: the champions.
        challengers: Entity type → model version trained since, if any.
    """
    with folder_lock(home.registry_dir, exclusive=True), _client(home) as client:
        for entity in ENTITY_TYPES:
            folders = _folders(home, entity)
            if not folders and not _exists(client, entity):
                continue
            known = _sync_versions(client, home, entity, folders)
            _set_alias(client, entity, CHAMPION, known.get(live.get(entity, "")))
            challenger = (challengers or {}).get(entity, "")
            _set_alias(client, entity, CHALLENGER, known.get(challenger))
        _write_mark(home, _mark(home, live, challengers or {}))


def is_current(
    home: Home, live: Mapping[str, str], challengers: Mapping[str, str] | None = None
) -> bool:
    """Whether the registry was last reconciled with just this; MLflow is not asked."""
    try:
        mark = (home.registry_dir / MARK).read_text(encoding="utf-8")
    except OSError:
        return False
    has_database = (home.registry_dir / DATABASE).is_file()
    return has_database and mark == _mark(home, live, challengers or {})


def _mark(home: Home, live: Mapping[str, str], challengers: Mapping[str, str]) -> str:
    models = sorted(path.parent.name for path in home.models_dir.glob("*/model.json"))
    state = {"champions": dict(live), "challengers": dict(challengers), "models": models}
    return json.dumps(state, sort_keys=True)


def _write_mark(home: Home, mark: str) -> None:
    aside = home.registry_dir / f".tmp-{uuid.uuid4().hex[:12]}"
    aside.write_text(mark, encoding="utf-8")
    os.replace(aside, home.registry_dir / MARK)


def aliases(home: Home) -> dict[str, dict[str, str]]:
    """Return entity type → alias → model version, as the registry has it."""
    found: dict[str, dict[str, str]] = {}
    with _client(home) as client:
        for entity in ENTITY_TYPES:
            if _exists(client, entity):
                model = client.get_registered_model(_name(entity))
                versions = _versions(client, entity)
                found[entity] = {a: versions[str(v)] for a, v in model.aliases.items()}
    return found


def _sync_versions(
    client: Any, home: Home, entity: str, folders: dict[str, Path]
) -> dict[str, str]:
    """Return model version → MLflow's number, after adding and dropping."""
    from analytics.model.bundle import load_card

    if not _exists(client, entity):
        client.create_registered_model(
            _name(entity), description=f"Risk of {entity}s: quality and violation."
        )
    for number, version in _versions(client, entity).items():
        if version not in folders:
            client.delete_model_version(_name(entity), number)
    known = {version: number for number, version in _versions(client, entity).items()}
    for version in sorted(folders.keys() - known.keys()):
        card, text = load_card(folders[version])
        created = client.create_model_version(
            _name(entity),
            source=folders[version].relative_to(home.path).as_posix(),
            description=text,
            tags={VERSION_TAG: version, **_tags(card)},
        )
        known[version] = str(created.version)
    return known


def _tags(card: Mapping[str, Any]) -> dict[str, str]:
    names = ("trained_as_of", "dataset_id", "feature_version", "label_set_id", "seed")
    tags = {name: str(card[name]) for name in names if name in card}
    for name, value in card.get("made_of", {}).items():
        tags[name] = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    for target in ("quality", "violation"):
        for metric, estimate in card.get(target, {}).get("metrics", {}).items():
            if estimate["value"] is not None:
                tags[f"{target}.{metric}"] = f"{estimate['value']:.4f}"
    return tags


def _set_alias(client: Any, entity: str, alias: str, number: str | None) -> None:
    present = client.get_registered_model(_name(entity)).aliases.get(alias)
    if number is None and present is not None:
        client.delete_registered_model_alias(_name(entity), alias)
    elif number is not None and str(present) != number:
        client.set_registered_model_alias(_name(entity), alias, number)


def _versions(client: Any, entity: str) -> dict[str, str]:
    found = client.search_model_versions(f"name='{_name(entity)}'", max_results=10_000)
    return {str(v.version): v.tags.get(VERSION_TAG, "") for v in found}


def _exists(client: Any, entity: str) -> bool:
    return bool(client.search_registered_models(f"name='{_name(entity)}'"))


def _name(entity: str) -> str:
    return f"portreeve-{entity}"


def _folders(home: Home, entity: str) -> dict[str, Path]:
    found = home.models_dir.glob(f"{entity}-*/model.json")
    return {path.parent.name: path.parent for path in found}


@contextmanager
def _client(home: Home) -> Iterator[Any]:
    """Open the registry, with MLflow's own talk and telemetry off."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from mlflow import MlflowClient

    database = (home.registry_dir / DATABASE).resolve()
    if not database.exists():
        _create(database)
    uri = f"sqlite:///{database}"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    try:
        yield client
    finally:
        _registry_store(client).engine.dispose()


def _registry_store(client: Any) -> Any:
    return client._get_registry_client().store


def _create(database: Path) -> None:
    """Make the tables at once, as MLflow would by replaying some fifty migrations (9 s)."""
    import sqlalchemy
    from mlflow.store.db import utils
    from mlflow.store.db.base_sql_model import Base
    from mlflow.store.model_registry.dbmodels import models as _registry
    from mlflow.store.tracking.dbmodels import models as _tracking
    from sqlalchemy.schema import CreateIndex, CreateTable

    assert _registry is not None  # imported for the tables that they declare
    assert _tracking is not None
    database.parent.mkdir(parents=True, exist_ok=True)
    aside = database.with_name(f".tmp-{uuid.uuid4().hex[:12]}")
    engine = sqlalchemy.create_engine(f"sqlite:///{aside}")
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(CreateTable(table))
            for index in (index for index in table.indexes if len(index.columns)):
                connection.execute(CreateIndex(index))
    with closing(engine.raw_connection()) as raw:
        raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        revision = utils._get_latest_schema_revision()
        raw.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        # or MLflow would write one with an absolute path
        raw.execute(
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, "
            "workspace) VALUES (0, 'Default', 'registry/runs', 'active', 'default')"
        )
        raw.commit()
    engine.dispose()
    publish_file(aside, database)
