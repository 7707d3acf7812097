"""The `portreeve` command: the same work as the pages, from a shell."""

from typing import Annotated

import typer

from analytics import __version__
from analytics.cli.content import add_content_commands
from analytics.cli.control import add_control_commands
from analytics.cli.data import add_data_commands
from analytics.cli.graph import add_graph_commands
from analytics.cli.labels import add_label_commands
from analytics.cli.models import add_model_commands
from analytics.cli.monitoring import add_monitoring_commands
from analytics.cli.reports import add_report_commands
from analytics.cli.review import add_review_commands
from analytics.cli.rules import add_rule_commands
from analytics.cli.serve import add_serve_commands

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Portreeve: who on the marketplace needs attention, why, and what to do about it.",
    epilog="Start with `portreeve demo`, or `portreeve ingest tables DIR` and `portreeve build`.",
)


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


add_data_commands(app)
add_model_commands(app)
add_review_commands(app)
add_monitoring_commands(app)
add_control_commands(app)
add_report_commands(app)
add_label_commands(app)
add_content_commands(app)
add_graph_commands(app)
add_rule_commands(app)
add_serve_commands(app)
