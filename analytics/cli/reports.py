"""Commands that write CSV reports."""

from pathlib import Path
from typing import Annotated

import typer

from analytics.cli.shell import EntityOption, JsonFlag, running, show

export_app = typer.Typer(no_args_is_help=True, help="Write CSV reports.")


@export_app.command("scores")
def export_scores(
    entity: EntityOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")],
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin with a byte order mark, for spreadsheets.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write every entity's probabilities, expected harm and reasons as CSV."""
    with running(as_json) as workbench:
        rows = workbench.export_scores(entity.value, output, bom=bom)
    show(
        as_json,
        {"file": str(output), "rows": rows},
        lambda: f"Wrote {rows:,} rows to {output}.",
    )


def add_report_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.add_typer(export_app, name="export")
