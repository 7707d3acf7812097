"""Every command that README and docs/ show is run, or, where it would not end, started."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from analytics.settings import Settings
from tests.support.commands import run_portreeve
from tests.support.once import own_copy

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
SERVERS = {"demo", "serve"}


def _commands(file: Path) -> Iterator[str]:
    for block in BLOCK.findall(file.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            yield line.split("  #")[0].strip()


def _shown(prefix: str) -> list[str]:
    return sorted({c for file in DOCS for c in _commands(file) if c.startswith(prefix)})


def _environment() -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PORTREEVE_")}
    # Fewer past moments: the commands are tried here, not the models.
    return environment | {
        "PYTHONPATH": str(ROOT),
        "PORTREEVE_TRAINING_AS_OFS": "2",
        "PORTREEVE_TRAINING_STEP_DAYS": "90",
    }


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )


def _portreeve(command: str, words: list[str], folder: Path) -> None:
    smaller = [re.sub(r"^300$", "90", word) for word in words]  # merchants
    done = run_portreeve(smaller, folder, _environment())
    assert done.returncode == 0, f"{command}\n{done.printed}"


@pytest.fixture
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the README's own commands were run, in its order, without Olist."""
    return own_copy(tmp_path_factory, "docs", _run_readme)


def _run_readme(folder: Path) -> None:
    for command in dict.fromkeys(_commands(ROOT / "README.md")):
        words = shlex.split(command)
        if not words or words[0] != "portreeve" or words[1] in SERVERS or "OLIST_DIR" in words:
            continue
        _portreeve(command, words[1:], folder)


@pytest.mark.slow
def test_the_commands_of_the_docs_run(workplace: Path, olist_or_none: Path | None) -> None:
    done = set(_commands(ROOT / "README.md"))
    for command in dict.fromkeys(c for file in DOCS for c in _commands(file)):
        words = [str(olist_or_none) if w == "OLIST_DIR" else w for w in shlex.split(command)]
        if not words or words[0] != "portreeve" or words[1] in SERVERS or "None" in words:
            continue
        if command in done and "OLIST_DIR" not in command:
            continue
        _portreeve(command, words[1:], workplace)
    header = (workplace / "merchants.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.startswith("entity_id,quality_probability,violation_probability")


@pytest.mark.slow
def test_the_python_of_the_docs_runs(workplace: Path) -> None:
    for file in DOCS:
        for block in PYTHON_BLOCK.findall(file.read_text(encoding="utf-8")):
            run = _run([sys.executable, "-c", block], workplace)
            assert run.returncode == 0, f"{file.name}\n{run.stderr}"


@pytest.fixture(scope="session")
def olist_or_none(data_dir: Path) -> Path | None:
    return data_dir / "olist" if (data_dir / "olist").is_dir() else None


@pytest.mark.parametrize("command", _shown("make "))
def test_the_make_targets_exist(command: str) -> None:
    assert _run(["make", "--dry-run", *shlex.split(command)[1:]], ROOT).returncode == 0


def test_the_modules_exist() -> None:
    for file in DOCS:
        for module in re.findall(r"python -m ([\w.]+)", file.read_text(encoding="utf-8")):
            assert find_spec(module), f"{file.name}: python -m {module}"


def test_every_setting_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"`PORTREEVE_{name.upper()}`" in row
        assert str(field.description) in row
        if field.default is not None and field.default_factory is None:
            assert f"| `{field.default}` |" in row


def test_every_local_link_leads_somewhere() -> None:
    for file in DOCS:
        for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_the_constraints_name_versions_and_no_host() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {re.split(r"[=\[]", line)[0].lower() for line in lines if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[>=<\[]", d)[0].lower() for d in project["dependencies"]}

    assert needed <= pinned
    assert not [line for line in lines if "://" in line]
