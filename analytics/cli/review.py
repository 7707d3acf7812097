"""Commands that let the model learn from decisions, and change which model scores."""

from typing import Annotated

import typer

from analytics.cli.shell import EntityOption, JsonFlag, progress, running, show

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the record.")]


def retrain(entity: EntityOption, as_json: JsonFlag = False) -> None:
    """Train a challenger on the decisions so far and compare it with what scores now.

    Nothing goes live by it. With too few decisions of either outcome it says so and ends with
    exit code 1.
    """
    with running(as_json) as workbench:
        report = workbench.retrain(entity.value, progress=progress(as_json))
    show(as_json, report.to_dict(), report.summary)


def promote(
    entity: EntityOption,
    reason: ReasonOption,
    version: Annotated[
        str | None,
        typer.Option("--version", help="Model version; default: the challenger trained last."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Let the challenger, or any stored model, score from now on."""
    with running(as_json) as workbench:
        result = workbench.promote(entity.value, version, reason=reason, progress=progress(as_json))
    show(as_json, result.to_dict(), result.summary)


def rollback(entity: EntityOption, reason: ReasonOption, as_json: JsonFlag = False) -> None:
    """Let the model before the present one score again."""
    with running(as_json) as workbench:
        result = workbench.rollback(entity.value, reason=reason, progress=progress(as_json))
    show(as_json, result.to_dict(), result.summary)


def add_review_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.command()(retrain)
    app.command()(promote)
    app.command()(rollback)
