"""The command that writes incidents, with the filters of their page as options."""

from enum import StrEnum
from typing import Annotated

import typer

from analytics.cli.shell import BomFlag, JsonFlag, OutputOption, running, wrote


class Standing(StrEnum):
    """What was said about an incident, as the command line spells it."""

    new = "new"
    acknowledged = "acknowledged"
    linked = "linked"
    dismissed = "dismissed"


class Order(StrEnum):
    """Orders of incidents, as the command line spells them."""

    stake = "stake"
    newest = "newest"
    surest = "surest"


_ALL_BUT_DISMISSED = (Standing.new, Standing.acknowledged, Standing.linked)


def export_incidents(
    output: OutputOption,
    entity: Annotated[
        list[str] | None,
        typer.Option("--entity", help="merchant, product, creator or category; repeat it."),
    ] = None,
    series: Annotated[
        list[str] | None,
        typer.Option("--series", help="Such as `late_dispatch`; repeat it for several."),
    ] = None,
    standing: Annotated[
        list[Standing] | None,
        typer.Option("--standing", help="By default all but the dismissed; repeat it."),
    ] = None,
    is_open: Annotated[bool, typer.Option("--open", help="Only those that go on.")] = False,
    min_stake: Annotated[float, typer.Option("--min-stake", help="Least GMV at stake.")] = 0.0,
    found_days: Annotated[
        int, typer.Option("--found-days", help="Found within so many days; 0 for all.")
    ] = 90,
    text: Annotated[str, typer.Option("--text", help="Part of an id, name or category.")] = "",
    order: Annotated[
        Order, typer.Option("--order", help="By GMV at stake and sureness, or by one.")
    ] = Order.stake,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write incidents as CSV, with what was said about each."""
    from analytics.warehouse import IncidentFilters

    filters = IncidentFilters(
        entity=tuple(entity or ()),
        series=tuple(series or ()),
        standing=tuple(s.value for s in standing or _ALL_BUT_DISMISSED),
        is_open=is_open,
        min_stake=min_stake,
        found_days=found_days,
        text=text,
        order=order.value,
    )
    with running(as_json) as workbench:
        rows = workbench.incidents.export(workbench.live(), output, filters, bom=bom)
    wrote(as_json, output, rows)
