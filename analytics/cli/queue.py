"""The command that writes the queue, with the filters of its page as options."""

from enum import StrEnum
from typing import Annotated

import typer

from analytics.cli.shell import BomFlag, Entity, JsonFlag, OutputOption, running, wrote


class View(StrEnum):
    """What the queue lists, as the command line spells it."""

    cases = "cases"
    everybody = "everybody"


class Order(StrEnum):
    """Orders of the queue, as the command line spells them."""

    harm = "harm"
    probability = "probability"


class Due(StrEnum):
    """Until when a case is due, as the command line spells it."""

    any = "any"
    overdue = "overdue"
    today = "today"
    week = "week"


class Status(StrEnum):
    """Statuses of a case, as the command line spells them."""

    open = "open"
    held = "held"
    escalated = "escalated"
    closed = "closed"


def _repeated(name: str, what: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, help=f"{what}; repeat it for several.")
    return option


def export_queue(
    output: OutputOption,
    view: Annotated[View, typer.Option(help="Cases, or everybody who was scored.")] = View.cases,
    entity: Annotated[
        list[Entity] | None,
        typer.Option("--entity", "-e", help="Type of entity; repeat it for several."),
    ] = None,
    status: Annotated[list[Status] | None, _repeated("--status", "Status of the case")] = None,
    due: Annotated[Due, typer.Option(help="Until when the case is due.")] = Due.any,
    min_waiting: Annotated[
        int, typer.Option(min=0, help="Least days since the case was opened.")
    ] = 0,
    mine: Annotated[bool, typer.Option("--mine", help="Only cases assigned to me.")] = False,
    family: Annotated[list[str] | None, _repeated("--family", "Family of the reason")] = None,
    policy: Annotated[list[str] | None, _repeated("--policy", "Code of the likely policy")] = None,
    category: Annotated[list[str] | None, _repeated("--category", "Category")] = None,
    region: Annotated[list[str] | None, _repeated("--region", "Region")] = None,
    size: Annotated[list[str] | None, _repeated("--size", "Size band")] = None,
    min_exposure: Annotated[float, typer.Option(min=0, help="Least GMV at risk.")] = 0.0,
    min_probability: Annotated[
        float, typer.Option(min=0, max=1, help="Least of the larger probability.")
    ] = 0.0,
    min_age: Annotated[int, typer.Option(min=0, help="Least days that it is known.")] = 0,
    max_age: Annotated[int | None, typer.Option(min=0, help="Most days that it is known.")] = None,
    new_only: Annotated[bool, typer.Option("--new-only", help="Only what entered since.")] = False,
    find: Annotated[str, typer.Option(help="Part of a name or an id.")] = "",
    order: Annotated[Order, typer.Option(help="Order of the list.")] = Order.harm,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write the queue as CSV, filtered as on its page."""
    with running(as_json) as workbench:
        from analytics.warehouse import QueueFilters

        filters = QueueFilters(
            entity=_values(entity),
            family=tuple(family or ()),
            category=tuple(category or ()),
            region=tuple(region or ()),
            size_band=tuple(size or ()),
            policy=tuple(policy or ()),
            min_exposure=min_exposure,
            min_age=min_age,
            max_age=max_age,
            min_probability=min_probability,
            text=find.strip(),
            new_only=new_only,
            order=order.value,
            view=view.value,
            status=_values(status),
            due=due.value,
            min_waiting=min_waiting,
            mine=mine,
        )
        rows = workbench.export_queue(filters, output, bom=bom)
    wrote(as_json, output, rows)


def _values(chosen: list[Entity] | list[Status] | None) -> tuple[str, ...]:
    return tuple(one.value for one in chosen or ())
