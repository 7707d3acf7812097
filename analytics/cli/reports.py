"""Commands that write CSV reports."""

from typing import Annotated

import typer

from analytics.cli.incidents import export_incidents
from analytics.cli.queue import export_queue
from analytics.cli.rings import export_rings
from analytics.cli.shell import (
    BomFlag,
    Entity,
    EntityOption,
    JsonFlag,
    OutputOption,
    progress,
    running,
    wrote,
)

export_app = typer.Typer(no_args_is_help=True, help="Write CSV reports.")


@export_app.command("scores")
def export_scores(
    entity: EntityOption, output: OutputOption, bom: BomFlag = False, as_json: JsonFlag = False
) -> None:
    """Write every entity's probabilities, expected harm and reasons as CSV."""
    with running(as_json) as workbench:
        rows = workbench.export_scores(entity.value, output, bom=bom)
    wrote(as_json, output, rows)


@export_app.command("decisions")
def export_decisions(
    output: OutputOption,
    features: Annotated[
        bool, typer.Option("--features", help="Add the feature values that the reviewer saw.")
    ] = False,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write every decision ever taken as CSV, corrections and overturned ones too.

    It marks the control sample: not for people who still decide.
    """
    with running(as_json) as workbench:
        rows = workbench.export_decisions(output, with_features=features, bom=bom)
    wrote(as_json, output, rows)


@export_app.command("case")
def export_case(
    entity: Annotated[Entity, typer.Argument(help="Type of entity.")],
    entity_id: Annotated[str, typer.Argument(help="Its id.")],
    output: OutputOption,
    evidence: Annotated[
        int, typer.Option("--evidence", min=0, help="Most rows to give behind each reason.")
    ] = 200,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write one case as CSV: identity, stakes, reasons, rows behind them, decisions, events."""
    with running(as_json) as workbench:
        rows = workbench.export_case(entity.value, entity_id, output, evidence=evidence, bom=bom)
    wrote(as_json, output, rows)


@export_app.command("model")
def export_model(
    entity: EntityOption, output: OutputOption, bom: BomFlag = False, as_json: JsonFlag = False
) -> None:
    """Write what is stored about the model that scores now as CSV: one figure a row."""
    with running(as_json) as workbench:
        rows = workbench.export_model_report(entity.value, output, bom=bom)
    wrote(as_json, output, rows)


@export_app.command("training-set")
def export_training_set(
    entity: EntityOption,
    output: OutputOption,
    model: Annotated[
        str | None,
        typer.Option("--model", help="What this model learned from; default: a retrain now."),
    ] = None,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write every label that a retrain would use as CSV, with the features of its moment.

    It marks the control sample: not for people who still decide.
    """
    with running(as_json) as workbench:
        rows = workbench.export_training_set(
            entity.value, output, version=model, progress=progress(as_json), bom=bom
        )
    wrote(as_json, output, rows)


def add_report_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    export_app.command("queue")(export_queue)
    export_app.command("rings")(export_rings)
    export_app.command("incidents")(export_incidents)
    app.add_typer(export_app, name="export")
