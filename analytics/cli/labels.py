"""Commands that bring decisions in from a file, and give labels out."""

from pathlib import Path
from typing import Annotated

import typer

from analytics.cli.shell import (
    BomFlag,
    EntityOption,
    JsonFlag,
    OneEntityOption,
    OutputOption,
    progress,
    running,
    show,
    wrote,
)
from analytics.labelling.words import agreement_text

labels_app = typer.Typer(no_args_is_help=True, help="Import decisions, export labels.")


@labels_app.command("import")
def import_labels(
    file: Annotated[Path, typer.Argument(help="CSV or parquet file.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, store nothing.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="CSV file for the rows kept out, and why.")
    ] = None,
    allow_unknown: Annotated[
        bool,
        typer.Option(
            "--allow-unknown", help="Also take entities that the live dataset does not have."
        ),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read decisions that were taken elsewhere; each is stored once, however often it is read.

    Columns: entity_type, entity_id, outcome (violation, no_violation, cannot_tell), policy,
    reviewer, decided_at (UTC), note. docs/reports.md says what each must hold.
    """
    with running(as_json) as workbench:
        result = workbench.import_labels(
            file, dry_run=dry_run, allow_unknown=allow_unknown, rejects=rejects
        )
    show(as_json, result.to_dict(), result.summary)


@labels_app.command("export")
def export_labels(
    output: OutputOption,
    entity: OneEntityOption = None,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write the labels that count today as CSV, in the form that `import` reads."""
    with running(as_json) as workbench:
        rows = workbench.export_labels(output, entity.value if entity else None, bom=bom)
    wrote(as_json, output, rows)


@labels_app.command("check")
def check_labels(entity: EntityOption, as_json: JsonFlag = False) -> None:
    """Find decisions that a model and their neighbours contradict, and list them for the leads.

    Also says which reviewers are doubted more often than the others, beyond chance.
    """
    with running(as_json) as workbench:
        report = workbench.check_labels(entity.value, progress(as_json))
    show(as_json, report.to_dict(), report.summary)


@labels_app.command("weak")
def weak_labels(
    entity: EntityOption,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV file for who gets a weak label.")
    ] = None,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Say what each labelling function covers, contradicts, and how often it is right."""
    with running(as_json) as workbench:
        report = workbench.weak_labels(entity.value, progress(as_json))
        if output is not None:
            report.export(output, bom=bom)
    show(as_json, report.to_dict(), report.summary)


@labels_app.command("agreement")
def agreement(
    entity: OneEntityOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show Cohen's kappa of blind second reviews, per policy and pair of reviewers."""
    with running(as_json) as workbench:
        rows = workbench.agreement(entity.value if entity else None)
    found = rows.astype(object).where(rows.notna(), None).to_dict("records")
    show(as_json, {"agreement": found}, lambda: agreement_text(rows))


def add_label_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.add_typer(labels_app, name="labels")
