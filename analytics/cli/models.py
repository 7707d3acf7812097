"""Commands that make, measure and explain models."""

from typing import Annotated

import typer

from analytics.cli.shell import (
    AsOfOption,
    Entity,
    EntityOption,
    JsonFlag,
    SnapshotOption,
    TargetName,
    progress,
    running,
    show,
)


def build(
    snapshot: Annotated[
        list[str] | None,
        typer.Option("--snapshot", help="Snapshot to build; repeat it. Default: the newest as-of."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Build all snapshots, oldest first.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make features, models, scores and explanations, and put the newest snapshot live."""
    with running(as_json) as workbench:
        result = workbench.build(snapshot or (), every=every, progress=progress(as_json))
    show(as_json, result.to_dict(), result.summary)


def evaluate(
    entity: EntityOption,
    target: Annotated[TargetName, typer.Option("--target", "-t", help="Which prediction.")],
    snapshot: SnapshotOption = None,
    as_of: AsOfOption = None,
    signals: Annotated[
        str | None,
        typer.Option(
            "--signals",
            help="Families of signals that the model takes: auto, all, none, or names with commas "
            "between. Default: the setting signal_families.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Backtest a model forward in time against honest baselines, with paired intervals."""
    with running(as_json) as workbench:
        report = workbench.evaluate(
            entity.value,
            target.value,
            snapshot,
            as_of or (),
            progress=progress(as_json),
            signals=signals,
        )
    show(as_json, report.to_dict(), report.summary)


def explain(
    entity: Annotated[Entity, typer.Argument(help="Type of entity.")],
    entity_id: Annotated[str, typer.Argument(help="Its id.")],
    as_json: JsonFlag = False,
) -> None:
    """Say why one entity stands where it stands: what its case page shows."""
    with running(as_json) as workbench:
        case = workbench.explain(entity.value, entity_id)
    show(as_json, case.to_dict(), case.summary)


def add_model_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.command()(build)
    app.command()(evaluate)
    app.command()(explain)
