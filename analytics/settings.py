"""Settings from the environment (`PORTREEVE_*`) and from a TOML file."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from analytics.errors import InputError

DEFAULT_CONFIG = Path("portreeve.toml")


class Settings(BaseSettings):
    """All settings, with their defaults.

    An environment variable `PORTREEVE_<NAME>` wins over the TOML file
    (`PORTREEVE_CONFIG`, default `./portreeve.toml`), which wins over the default.
    """

    model_config = SettingsConfigDict(env_prefix="PORTREEVE_", extra="forbid", frozen=True)

    home: Path = Field(Path("var"), description="Folder of all state.")
    database_url: str | None = Field(
        None, description="Decisions database; default is SQLite in the home folder."
    )
    reviewer: str = Field(
        "reviewer", min_length=1, description="Name recorded in single-user mode."
    )

    reject_share_limit: float = Field(
        0.05, ge=0, le=1, description="A table with a larger share of bad rows stops the ingest."
    )
    link_key: str | None = Field(
        None,
        description="Key that hashes clear link values at ingest; needed only if a source has any.",
    )
    currency: str = Field(
        "USD", pattern="^[A-Z]{3}$", description="Currency of sources without one."
    )

    quality_horizon_days: int = Field(60, ge=1, description="Days ahead that quality predicts.")
    quality_maturing_days: int = Field(30, ge=0, description="Days until reviews are in.")
    quality_min_lines: int = Field(5, ge=1, description="Order lines there to have a label.")
    quality_defect_share: float = Field(0.25, gt=0, lt=1, description="Defect share that is bad.")
    training_as_ofs: int = Field(10, ge=1, description="Past as-of dates pooled to train quality.")
    training_step_days: int = Field(30, ge=1, description="Days between them.")

    label_validity_days: int = Field(365, ge=1, description="Days that a decision is a label.")
    min_labels_per_class: int = Field(
        5, ge=2, description="Labels of each outcome below which violation stays a prior."
    )
    min_labels_per_policy: int = Field(
        20, ge=5, description="Confirmed violations from which on a policy is learned by itself."
    )
    holdout_share: float = Field(
        0.2, ge=0, lt=1, description="Share of groups whose decisions judge models and train none."
    )
    retrain_after_labels: int = Field(
        0, ge=0, description="New labels after which a retrain is due; 0: none ever is by them."
    )
    retrain_every_days: int = Field(
        0, ge=0, description="Days after which a retrain is due, if any label is new; 0: never."
    )
    assumed_prevalence: float = Field(
        0.05, gt=0, lt=1, description="Share of violators assumed while there are no labels."
    )
    signal_families: str = Field(
        "auto",
        description="Families of signals that models take: auto (what a validation speaks for), "
        "all, none, or names with commas between.",
    )
    review_capacity: int = Field(100, ge=1, description="Cases the team reviews a day.")

    queue_policy: str = Field(
        "expected_harm", min_length=1, description="What a round of the queue takes first."
    )
    control_share: float = Field(
        0.05, ge=0, le=1, description="Random control cases, as a share of the capacity."
    )
    closed_days: int = Field(90, ge=0, description="Days that a decided case stays closed.")
    reopen_factor: float = Field(
        2.0, ge=1, description="Growth of expected harm by newer rows that reopens a closed case."
    )
    default_due_days: int = Field(
        7, ge=1, description="Days to decide a case that no policy leads."
    )
    ring_decision_most: int = Field(
        50, ge=1, le=500, description="Members that one decision on a whole ring may hit."
    )
    lease_seconds: int = Field(
        120, ge=10, description="Seconds that a claimed case stays claimed without a sign of life."
    )
    lease_idle_minutes: int = Field(
        10, ge=1, description="Minutes without interaction after which a claimed case is free."
    )
    second_review_share: float = Field(
        0.1, ge=0, le=1, description="Share of decisions that somebody else judges again, blindly."
    )
    weak_labels_file: Path | None = Field(
        None, description="Labelling functions (YAML) that give weak labels."
    )
    use_weak_labels: bool = Field(
        False, description="Let retraining learn from weak labels beside decisions."
    )
    leads: str = Field(
        "",
        description="Names, with commas between, of who may settle second reviews and promote "
        "what the gate does not let pass; empty: everybody.",
    )
    sign_in: bool = Field(
        False, description="Let only people in who sign in with an identity provider."
    )
    sign_in_claim: str = Field(
        "email", min_length=1, description="Claim of the identity token that names the reviewer."
    )
    reviewers: str = Field(
        "",
        description="Names, or domains such as @example.com, with commas between, of who may sign "
        "in; empty: everybody whom the provider knows.",
    )
    ask_reviewer_name: bool = Field(
        False, description="Let each browser session give its reviewer's name."
    )

    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="Query engine threads.",
    )
    memory_limit: str = Field(
        "1500MB", pattern=r"^\d+(\.\d+)?(KB|MB|GB|TB)$", description="Memory of the query engine."
    )
    policies_file: Path | None = Field(None, description="Own violation taxonomy (YAML).")
    gate_file: Path | None = Field(
        None, description="Own rules that a challenger has to meet (YAML)."
    )
    seed: int = Field(0, ge=0, description="Seed of everything random in a build.")

    monitor_psi: float = Field(
        0.2, gt=0, description="Population stability index from which a distribution has drifted."
    )
    monitor_distance: float = Field(
        0.1, ge=0, description="Wasserstein distance, in standard deviations, that drift takes."
    )
    monitor_fdr: float = Field(
        0.01, gt=0, lt=1, description="False discovery rate of the tests of drift."
    )
    monitor_missing: float = Field(
        0.1, gt=0, le=1, description="Change of a share of missing values that counts as drift."
    )
    monitor_gap: float = Field(
        0.1, gt=0, le=1, description="Gap of confirmed from predicted share that is reported."
    )
    monitor_least: int = Field(
        20, ge=2, description="Rows or cases below which monitoring says nothing of a group."
    )
    monitor_data_days: int = Field(7, ge=1, description="Days after which data count as old.")
    monitor_model_days: int = Field(
        180, ge=1, description="Days after which a model counts as old."
    )
    missed_cost: float = Field(
        5.0, gt=0, description="Cost of a missed violator, where an honest one hit costs 1."
    )
    alert_webhook: str | None = Field(
        None, pattern=r"^https://[^\s]+$", description="Where `portreeve monitor` posts its alerts."
    )
    alert_timeout_s: float = Field(
        5.0, gt=0, le=60, description="Seconds that the webhook may take to answer."
    )
    randomise_presentation: bool = Field(
        False, description="Show the score before the evidence in half of the cases, at random."
    )

    upload_limit_mb: int = Field(
        200, ge=1, description="Megabytes that one upload may hold in all."
    )
    allow_server_paths: bool = Field(
        False, description="Let the Data page ingest any folder that the server can read."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the TOML file."""
        config = Path(os.environ.get("PORTREEVE_CONFIG", DEFAULT_CONFIG))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config)


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; raise `InputError` naming each wrong one."""
    return _read(**overrides) if overrides else _unchanged(_sources())


@lru_cache(maxsize=1)
def _unchanged(sources: object) -> Settings:
    return _read()


def _sources() -> object:
    """Return what the settings are read from: reading them takes longer than looking at this."""
    config = Path(os.environ.get("PORTREEVE_CONFIG", DEFAULT_CONFIG))
    try:
        found = config.stat()
        file = (str(config.absolute()), found.st_mtime_ns, found.st_size)
    except OSError:
        file = (str(config.absolute()), 0, 0)
    return file, frozenset(v for v in os.environ.items() if v[0].upper().startswith("PORTREEVE_"))


def _read(**overrides: Any) -> Settings:
    try:
        return Settings(**overrides)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()
        )
        raise InputError(
            f"Settings cannot be used: {wrong}.",
            hint="See docs/operations.md for names, units and defaults.",
        ) from error
    except ValueError as error:  # a TOML file that cannot be parsed
        raise InputError(f"Settings file cannot be read: {error}.") from error
