"""Commands that let the model learn from decisions, and change which model scores."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.cli.shell import Entity, EntityOption, JsonFlag, progress, running, show
from analytics.columns import EntityType

if TYPE_CHECKING:
    from analytics.columns import EntityType
    from analytics.review.promotions import Ruling

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the record.")]


def retrain(
    entity: Annotated[Entity | None, typer.Option("--entity", "-e", help="Type of entity.")] = None,
    if_due: Annotated[
        bool,
        typer.Option(
            "--if-due",
            help="Only where the settings retrain_after_labels or retrain_every_days ask for it; "
            "without --entity for every type.",
        ),
    ] = False,
    reproduce: Annotated[
        str | None,
        typer.Option(
            "--reproduce", metavar="MODEL_VERSION", help="Make a stored model again and compare."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Train a challenger on the decisions so far and compare it with what scores now.

    Nothing goes live by it. With too few decisions of either outcome it says so and ends with
    exit code 1; so does --reproduce where the model made again is another one.
    """
    if reproduce is not None:
        _reproduce(reproduce, as_json)
    elif if_due:
        _retrain_if_due(entity, as_json)
    elif entity is not None:
        with running(as_json) as workbench:
            report = workbench.retrain(entity.value, progress=progress(as_json))
        show(as_json, report.to_dict(), report.summary)
    else:
        raise typer.BadParameter("Name the type of entity with --entity.")


def _reproduce(version: str, as_json: bool) -> None:
    with running(as_json) as workbench:
        made = workbench.reproduce(version, progress(as_json))
    show(as_json, made.to_dict(), made.summary)
    if not made.is_equal:
        raise typer.Exit(1)


def _retrain_if_due(entity: Entity | None, as_json: bool) -> None:
    with running(as_json) as workbench:
        entities: list[EntityType] | None = [entity.value] if entity else None
        found = workbench.retrain_if_due(entities, progress(as_json))
    document = {"entities": [one.to_dict() for one in found]}
    show(as_json, document, lambda: "\n".join(one.summary() for one in found))


def challenger(entity: EntityOption, as_json: JsonFlag = False) -> None:
    """Show the challenger that waits beside the champion, and what the gate says of it."""
    with running(as_json) as workbench:
        found = workbench.comparison(entity.value)
        ruling = workbench.ruling(entity.value)
    if found is None or ruling is None:
        document: dict[str, Any] = {"entity": entity.value, "comparison": None, "promotion": None}
        show(as_json, document, lambda: f"No challenger of the {entity.value}s' model waits.")
        return
    document = {"entity": entity.value, "comparison": found.to_dict(), "promotion": asdict(ruling)}
    show(as_json, document, lambda: f"{found.summary()}\nPromotion: {_ruled(ruling)}")


def _ruled(ruling: "Ruling") -> str:
    return " ".join([f"the gate says {ruling.outcome}.", *ruling.failed])


def promote(
    entity: EntityOption,
    reason: ReasonOption,
    version: Annotated[
        str | None,
        typer.Option("--version", help="Model version; default: the challenger trained last."),
    ] = None,
    override: Annotated[
        bool,
        typer.Option("--override", help="Promote it although the gate failed; for leads."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Let the challenger, or any stored model, score from now on.

    What the gate does not let pass stays out, and the command ends with exit code 1; a lead may
    overrule that with --override, which is recorded with the reason and the rules that failed.
    """
    with running(as_json) as workbench:
        result = workbench.promote(
            entity.value,
            version,
            reason=reason,
            override=override,
            progress=progress(as_json),
        )
    show(as_json, result.to_dict(), result.summary)


def rollback(entity: EntityOption, reason: ReasonOption, as_json: JsonFlag = False) -> None:
    """Let the model before the present one score again."""
    with running(as_json) as workbench:
        result = workbench.rollback(entity.value, reason=reason, progress=progress(as_json))
    show(as_json, result.to_dict(), result.summary)


def add_review_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.command()(retrain)
    app.command()(challenger)
    app.command()(promote)
    app.command()(rollback)
