"""Commands about the random control cases: what they say of everybody, and how many are needed."""

from typing import Annotated

import typer

from analytics.cli.shell import EntityOption, JsonFlag, running, show


def estimate(entity: EntityOption, as_json: JsonFlag = False) -> None:
    """Estimate prevalence, precision and recall from the random control cases, with intervals."""
    with running(as_json) as workbench:
        found = workbench.estimates(entity.value)
    show(as_json, {"entity": entity.value, **found.to_dict()}, found.summary)


def plan_control(
    entity: EntityOption,
    half_width: Annotated[
        float, typer.Option(help="Wanted from the middle of the interval to its ends; 0.02: 2 %.")
    ] = 0.02,
    days: Annotated[
        int | None, typer.Option(help="Within how many days they should be decided.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how many random control cases an interval of prevalence needs."""
    with running(as_json) as workbench:
        plan = workbench.plan_control(entity.value, half_width, days=days)
    show(as_json, {"entity": entity.value, **plan.to_dict()}, plan.summary)


def add_control_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.command()(estimate)
    app.command()(plan_control)
