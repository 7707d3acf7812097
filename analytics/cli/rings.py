"""The command that writes rings, with the filters of their page as options."""

from enum import StrEnum
from typing import Annotated

import typer

from analytics.cli.shell import BomFlag, JsonFlag, OutputOption, running, wrote


class HeldBy(StrEnum):
    """What must tie the members, as the command line spells it."""

    anything = "anything"
    hidden = "hidden"
    open = "open"


class Order(StrEnum):
    """Orders of rings, as the command line spells them."""

    weighed = "weighed"
    harm = "harm"
    suspicion = "suspicion"


def export_rings(
    output: OutputOption,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Only rings held by it, as `device`; repeat it for several."),
    ] = None,
    held_by: Annotated[
        HeldBy, typer.Option("--held-by", help="Tied by something hidden, or only openly.")
    ] = HeldBy.anything,
    min_size: Annotated[int, typer.Option("--min-size", min=2, help="Fewest members.")] = 2,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Only rings of which nobody is confirmed.")
    ] = False,
    text: Annotated[str, typer.Option("--text", help="Part of a ring's or a member's name.")] = "",
    order: Annotated[
        Order, typer.Option("--order", help="By harm × suspicion, or by one.")
    ] = Order.weighed,
    bom: BomFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Write rings with their members as CSV, one row a member."""
    from analytics.warehouse import RingFilters

    filters = RingFilters(tuple(kind or ()), held_by.value, min_size, undecided, text, order.value)
    with running(as_json) as workbench:
        rows = workbench.rings.export(workbench.live(), output, filters, bom=bom)
    wrote(as_json, output, rows)
