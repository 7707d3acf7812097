"""Commands that open the dashboard."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from analytics.cli.shell import reporting
from analytics.settings import load_settings

PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")]


def demo(port: PortOption = 8501, browser: BrowserOption = True) -> None:
    """Open the dashboard on the ready sample marketplace."""
    with reporting(False):
        from analytics.pipeline import unpack_demo

        home = unpack_demo(load_settings())
    _serve(home, port, browser)


def serve(port: PortOption = 8501, browser: BrowserOption = True) -> None:
    """Open the dashboard on the home folder."""
    with reporting(False):
        home = load_settings().home
    _serve(home, port, browser)


def _serve(home: Path, port: int, browser: bool) -> None:
    """Replace this process by the web server, so that signals reach it directly."""
    script = Path(__file__).parents[2] / "app.py"
    if not script.is_file():
        typer.echo(
            f"There is no {script}: the pages run from a checkout (pip install -e .).", err=True
        )
        raise typer.Exit(1)
    os.environ["PORTREEVE_HOME"] = str(home)
    arguments = ["--server.port", str(port), "--server.headless", str(not browser).lower()]
    os.chdir(script.parent)
    os.execv(sys.executable, [sys.executable, "-m", "pages._ui.server", *arguments])


def add_serve_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.command()(demo)
    app.command()(serve)
