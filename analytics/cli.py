"""The `portreeve` command: the same work as the pages, from a shell."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from analytics import __version__
from analytics.errors import PortreeveError
from analytics.progress import ConsoleProgress, LinesProgress, Progress
from analytics.settings import load_settings

if TYPE_CHECKING:
    from analytics.pipeline import Workbench

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Portreeve: who on the marketplace needs attention, why, and what to do about it.",
    epilog="Start with `portreeve demo`, or `portreeve ingest tables DIR` and `portreeve build`.",
)
ingest_app = typer.Typer(no_args_is_help=True, help="Read a marketplace's files into a dataset.")
export_app = typer.Typer(no_args_is_help=True, help="Write CSV reports.")
app.add_typer(ingest_app, name="ingest")
app.add_typer(export_app, name="export")


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
DirArgument = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="Folder with the files.")
]


def main() -> None:
    """Run the command; the entry point of the `portreeve` script."""
    app()


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"portreeve {__version__}")
        raise typer.Exit


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


@app.command()
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
    with _running(as_json) as workbench:
        result = workbench.build(snapshot or (), every=every, progress=_progress(as_json))
    _print(as_json, result.to_dict(), result.summary)


@app.command()
def evaluate(
    entity: EntityOption,
    target: Annotated[TargetName, typer.Option("--target", "-t", help="Which prediction.")],
    snapshot: SnapshotOption = None,
    as_of: AsOfOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Backtest a model forward in time against honest baselines, with paired intervals."""
    with _running(as_json) as workbench:
        report = workbench.evaluate(
            entity.value, target.value, snapshot, as_of or (), progress=_progress(as_json)
        )
    _print(as_json, report.to_dict(), report.summary)


@app.command()
def explain(
    entity: Annotated[Entity, typer.Argument(help="Type of entity.")],
    entity_id: Annotated[str, typer.Argument(help="Its id.")],
    as_json: JsonFlag = False,
) -> None:
    """Say why one entity stands where it stands: what its case page shows."""
    with _running(as_json) as workbench:
        case = workbench.explain(entity.value, entity_id)
    _print(as_json, case.to_dict(), case.summary)


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
    with _running(as_json) as workbench:
        rows = workbench.export_scores(entity.value, output, bom=bom)
    _print(
        as_json,
        {"file": str(output), "rows": rows},
        lambda: f"Wrote {rows:,} rows to {output}.",
    )


@app.command()
def status(as_json: JsonFlag = False) -> None:
    """List datasets and snapshots, and what is live."""
    with _running(as_json) as workbench:
        report = workbench.status()
    _print(as_json, report.to_dict(), report.summary)


@app.command()
def verify(as_json: JsonFlag = False) -> None:
    """Check every file of the home folder against its manifest."""
    with _running(as_json) as workbench:
        wrong = workbench.verify()
    _print(as_json, {"wrong": wrong}, lambda: "\n".join(wrong) or "Everything is whole.")
    if wrong:
        raise typer.Exit(1)


@app.command()
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="Keep only so many newest snapshots, and the live one."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Drop what nothing refers to: files, datasets, models, and what a crash left behind."""
    with _running(as_json) as workbench:
        result = workbench.prune(keep=keep, dry_run=dry_run)
    _print(as_json, result.to_dict(), result.summary)


@app.command()
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
    with _reporting(as_json):
        from sample_data.generator import generate

        summary = generate(
            out,
            merchants=merchants,
            seed=seed,
            with_decisions=with_decisions,
            progress=_progress(as_json),
        )
    _print(as_json, summary.to_dict(), summary.summary)


PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")]


@app.command()
def demo(port: PortOption = 8501, browser: BrowserOption = True) -> None:
    """Open the dashboard on the ready sample marketplace."""
    with _reporting(False):
        from analytics.pipeline import unpack_demo

        home = unpack_demo(load_settings())
    _serve(home, port, browser)


@app.command()
def serve(port: PortOption = 8501, browser: BrowserOption = True) -> None:
    """Open the dashboard on the home folder."""
    with _reporting(False):
        home = load_settings().home
    _serve(home, port, browser)


def _serve(home: Path, port: int, browser: bool) -> None:
    """Replace this process by the web server, so that signals reach it directly."""
    script = Path(__file__).parent.parent / "app.py"
    if not script.is_file():
        typer.echo(
            f"There is no {script}: the pages run from a checkout (pip install -e .).", err=True
        )
        raise typer.Exit(1)
    os.environ["PORTREEVE_HOME"] = str(home)
    arguments = ["--server.port", str(port), "--server.headless", str(not browser).lower()]
    os.chdir(script.parent)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(script), *arguments])


def _ingest(
    kind: Literal["olist", "tables"], directory: Path, as_of: list[datetime] | None, as_json: bool
) -> None:
    with _running(as_json) as workbench:
        result = workbench.ingest(kind, directory, as_of or (), progress=_progress(as_json))
    _print(as_json, result.to_dict(), result.summary)


@contextmanager
def _running(as_json: bool) -> "Iterator[Workbench]":
    with _reporting(as_json):
        from analytics.pipeline import open_workbench

        workbench = open_workbench(load_settings())
        try:
            yield workbench
        finally:
            workbench.close()


@contextmanager
def _reporting(as_json: bool) -> Iterator[None]:
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


def _progress(as_json: bool) -> Progress:
    if os.environ.get("PORTREEVE_PROGRESS") == "lines":
        return LinesProgress(sys.stderr)
    return ConsoleProgress(is_quiet=as_json and not sys.stderr.isatty())


def _print(as_json: bool, document: dict[str, Any], text: Callable[[], str]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, default=str) if as_json else text())


if __name__ == "__main__":
    main()
