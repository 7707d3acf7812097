"""Commands that read, check and drop data."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from analytics.cli.shell import (
    AsOfOption,
    DirArgument,
    JsonFlag,
    progress,
    reporting,
    running,
    show,
)

ingest_app = typer.Typer(no_args_is_help=True, help="Read a marketplace's files into a dataset.")


@ingest_app.command("tables")
def ingest_tables(
    directory: DirArgument, as_of: AsOfOption = None, as_json: JsonFlag = False
) -> None:
    """Read a folder of CSV or parquet files named after the tables of the contract.

    One entity table (merchants, products or creators) is the least; what is absent switches off
    what needs it. docs/data-contract.md lists tables and columns.
    """
    _ingest("tables", directory, as_of, as_json)


@ingest_app.command("olist")
def ingest_olist(
    directory: DirArgument, as_of: AsOfOption = None, as_json: JsonFlag = False
) -> None:
    """Read the published Olist files (.csv, .csv.gz or .parquet) as they are."""
    _ingest("olist", directory, as_of, as_json)


def status(as_json: JsonFlag = False) -> None:
    """List datasets and snapshots, and what is live."""
    with running(as_json) as workbench:
        report = workbench.status()
    show(as_json, report.to_dict(), report.summary)


def verify(as_json: JsonFlag = False) -> None:
    """Check every file of the home folder against its manifest."""
    with running(as_json) as workbench:
        wrong = workbench.verify()
    show(as_json, {"wrong": wrong}, lambda: "\n".join(wrong) or "Everything is whole.")
    if wrong:
        raise typer.Exit(1)


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="Keep only so many newest snapshots, and the live one."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Drop what nothing refers to: files, datasets, models, and what a crash left behind."""
    with running(as_json) as workbench:
        result = workbench.prune(keep=keep, dry_run=dry_run)
    show(as_json, result.to_dict(), result.summary)


def sample(
    out: Annotated[Path, typer.Argument(file_okay=False, help="Folder to write to.")],
    merchants: Annotated[int, typer.Option(min=50, help="Number of merchants.")] = 3000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same marketplace.")] = 0,
    with_decisions: Annotated[
        bool, typer.Option("--decisions/--no-decisions", help="Include some past decisions.")
    ] = True,
    as_json: JsonFlag = False,
) -> None:
    """Write a made-up marketplace with planted harm: OUT/tables, and apart OUT/truth.parquet."""
    with reporting(as_json):
        from sample_data.generator import generate

        summary = generate(
            out,
            merchants=merchants,
            seed=seed,
            with_decisions=with_decisions,
            progress=progress(as_json),
        )
    show(as_json, summary.to_dict(), summary.summary)


def _ingest(
    kind: Literal["olist", "tables"], directory: Path, as_of: list[datetime] | None, as_json: bool
) -> None:
    with running(as_json) as workbench:
        result = workbench.ingest(kind, directory, as_of or (), progress=progress(as_json))
    show(as_json, result.to_dict(), result.summary)


def add_data_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.add_typer(ingest_app, name="ingest")
    app.command()(status)
    app.command()(verify)
    app.command()(prune)
    app.command()(sample)
