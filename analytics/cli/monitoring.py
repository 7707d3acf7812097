"""The command that watches: alerts as lines, and to the webhook of the settings."""

import json

import typer

from analytics.cli.shell import JsonFlag, running


def monitor(as_json: JsonFlag = False) -> None:
    """Say what crosses a limit: drift, verdicts off the probabilities, old data, old models.

    With --json one JSON document a line and alert. If the setting alert_webhook is set, the alerts
    are posted there too; a webhook that fails is said on stderr, and the exit code stays 0.
    """
    from analytics.errors import PortreeveError

    with running(as_json) as workbench:
        alerts = workbench.monitoring.alerts(workbench.live())
        for alert in alerts:
            typer.echo(
                json.dumps(alert.to_dict(), ensure_ascii=False)
                if as_json
                else f"{alert.title}: {alert.message}"
            )
        if not alerts and not as_json:
            typer.echo("Nothing crosses a limit.")
        try:
            if workbench.monitoring.post(alerts):
                typer.echo("Posted to the webhook.", err=True)
        except PortreeveError as error:
            typer.secho(f"Not posted: {error}", err=True, fg="red")


def add_monitoring_commands(app: typer.Typer) -> None:
    """Add it to the command."""
    app.command()(monitor)
