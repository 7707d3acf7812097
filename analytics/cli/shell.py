"""What every command shares: options, errors as messages and exit codes, progress, output."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.errors import PortreeveError
from analytics.progress import ConsoleProgress, LinesProgress, Progress
from analytics.settings import load_settings

if TYPE_CHECKING:
    from analytics.pipeline import Workbench


class Entity(StrEnum):
    """Entity types, as the command line spells them."""

    merchant = "merchant"
    product = "product"
    creator = "creator"


class TargetName(StrEnum):
    """What is predicted, as the command line spells it."""

    quality = "quality"
    violation = "violation"


JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
EntityOption = Annotated[Entity, typer.Option("--entity", "-e", help="Type of entity.")]
OneEntityOption = Annotated[
    Entity | None, typer.Option("--entity", "-e", help="Only this type of entity.")
]
SnapshotOption = Annotated[
    str | None, typer.Option("--snapshot", help="Snapshot id; default: what is live.")
]
AsOfOption = Annotated[
    list[datetime] | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"],
        help="Moment (UTC) whose knowledge counts; repeat it for several snapshots. "
        "Default: the last moment known in the data.",
    ),
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")]
BomFlag = Annotated[
    bool, typer.Option("--bom", help="Begin with a byte order mark, for spreadsheets.")
]
DirArgument = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="Folder with the files.")
]


@contextmanager
def running(as_json: bool) -> "Iterator[Workbench]":
    """Open the workbench that the settings name, and report what goes wrong."""
    with reporting(as_json):
        from analytics.pipeline import open_workbench

        workbench = open_workbench(load_settings())
        try:
            yield workbench
        finally:
            workbench.close()


@contextmanager
def reporting(as_json: bool) -> Iterator[None]:
    """Turn an error that Portreeve raised on purpose into its message and exit code 1."""
    try:
        yield
    except PortreeveError as error:
        if as_json:
            typer.echo(json.dumps({"error": error.message, "hint": error.hint}, ensure_ascii=False))
        typer.secho(f"Error: {error.message}", err=True, fg="red")
        if error.hint:
            typer.echo(error.hint, err=True)
        raise typer.Exit(1) from None


def progress(as_json: bool) -> Progress:
    """Return where long steps tell how far they are."""
    if os.environ.get("PORTREEVE_PROGRESS") == "lines":
        return LinesProgress(sys.stderr)
    return ConsoleProgress(is_quiet=as_json and not sys.stderr.isatty())


def show(as_json: bool, document: dict[str, Any], text: Callable[[], str]) -> None:
    """Print a result as JSON or as text."""
    typer.echo(json.dumps(document, ensure_ascii=False, default=str) if as_json else text())


def wrote(as_json: bool, path: Path, rows: int) -> None:
    """Say which report was written."""
    show(
        as_json,
        {"file": str(path), "rows": rows},
        lambda: f"Wrote {rows:,} {'row' if rows == 1 else 'rows'} to {path}.",
    )
