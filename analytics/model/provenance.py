"""What a model was made of and with, so that it can be made again."""

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any, Final

from analytics import __version__
from analytics.features.catalog import hash_of
from analytics.model.card import QUALITY_SETTINGS
from analytics.model.training_set import TrainingSet
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION

PARAMETERS: Final = (
    *QUALITY_SETTINGS,
    "label_validity_days",
    "min_labels_per_class",
    "min_labels_per_policy",
    "assumed_prevalence",
)
PACKAGES: Final = ("numpy", "scipy", "pandas", "scikit-learn", "duckdb", "ibis-framework")


def made_of(settings: Settings, training_set: TrainingSet | None) -> dict[str, Any]:
    """Return parameters, code version, environment and training set of a model; plain data."""
    return {
        "parameters": {name: getattr(settings, name) for name in PARAMETERS},
        "code_version": code_version(),
        "environment": environment(),
        "training_set": training_set.fingerprint() if training_set is not None else None,
    }


@cache
def code_version() -> str:
    """Return the program's version and a hash of the code that decides a model."""
    digest = hashlib.sha256(FEATURE_VERSION.encode())
    digest.update(hash_of(files("analytics.model")).encode())
    return f"{__version__}+{digest.hexdigest()[:12]}"


@cache
def environment() -> dict[str, str]:
    """Return the versions of what computes, and the kind of machine."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        **{name: _version(name) for name in PACKAGES},
    }


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say in words what of code and environment is not as it was."""
    pairs = [("Code", then["code_version"], now["code_version"])]
    names = sorted({*then["environment"], *now["environment"]})
    pairs += [(n, then["environment"].get(n), now["environment"].get(n)) for n in names]
    return [
        f"{name}: {old or 'not there'} then, {new or 'not there'} now."
        for name, old, new in pairs
        if old != new
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
