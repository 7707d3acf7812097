"""Commands that write rules, try them and change their state."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.cli.shell import (
    EntityOption,
    JsonFlag,
    OneEntityOption,
    SnapshotOption,
    running,
    show,
)
from analytics.errors import InputError

if TYPE_CHECKING:
    from analytics.pipeline import Workbench
    from analytics.review.rules import Rule
    from analytics.rules.definition import Definition

rules_app = typer.Typer(no_args_is_help=True, help="Rules beside the model.")
NameArgument = Annotated[str, typer.Argument(help="Name of the rule.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", help="Version; default: the newest.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the record.")]


class State(StrEnum):
    """States of a rule, as the command line spells them."""

    draft = "draft"
    shadow = "shadow"
    live = "live"
    retired = "retired"


@rules_app.command("list")
def list_rules(
    entity: OneEntityOption = None,
    as_json: JsonFlag = False,
) -> None:
    """List all versions of all rules with their states."""
    with running(as_json) as workbench:
        found = workbench.store.rules.all(entity.value if entity else None)
    show(
        as_json,
        {"rules": [rule.to_dict() for rule in found]},
        lambda: "\n".join(_line(rule) for rule in found) or "There are no rules.",
    )


@rules_app.command("add")
def add_rule(
    name: NameArgument,
    entity: EntityOption,
    reason: ReasonOption,
    sql: Annotated[
        str | None, typer.Option("--sql", help='Such as "refund_90d > 0.2 AND account_age < 30".')
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", dir_okay=False, help="JSON file with the conditions.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="Code of the policy that it points to.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep a new rule, or the next version of the rule of this name, as a draft."""
    with running(as_json) as workbench:
        rule = workbench.rules.add(
            workbench.live(),
            entity.value,
            name,
            _definition(sql, file),
            workbench.settings.reviewer,
            reason,
            policy,
        )
    show(as_json, rule.to_dict(), lambda: _line(rule))


@rules_app.command("backtest")
def backtest_rule(
    name: NameArgument,
    entity: EntityOption,
    version: VersionOption = None,
    snapshot: SnapshotOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Say what a rule would have done on a snapshot, judged by all decisions known today."""
    with running(as_json) as workbench:
        rule = workbench.store.rules.find(entity.value, name, version)
        known = workbench.live()
        live = known if snapshot is None else workbench.look_at(snapshot)
        result = workbench.rules.backtest(
            live, entity.value, rule.definition, known=known, skip=rule
        )
        currency = _currency(workbench)
    show(
        as_json,
        {"rule": rule.to_dict(), **result.to_dict()},
        lambda: f"{_line(rule)}\n{result.summary(currency)}",
    )


@rules_app.command("state")
def move_rule(
    name: NameArgument,
    state: Annotated[State, typer.Argument(help="Its new state.")],
    entity: EntityOption,
    reason: ReasonOption,
    version: VersionOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Change the state of a rule: draft, shadow, live, retired."""
    with running(as_json) as workbench:
        rules = workbench.store.rules
        rule = rules.find(entity.value, name, version)
        moved = rules.move(rule.id, state.value, workbench.settings.reviewer, reason)
    show(as_json, moved.to_dict(), lambda: _line(moved))


@rules_app.command("suggest")
def suggest_rules(entity: EntityOption, as_json: JsonFlag = False) -> None:
    """Suggest rules made from violations that the model had put below the capacity."""
    with running(as_json) as workbench:
        from analytics.rules.words import definition_words

        live, desk = workbench.live(), workbench.rules
        found = desk.suggestions(live, entity.value)
        specs, currency = desk.features(live, entity.value), _currency(workbench)
        told = [definition_words(one.definition, specs, currency) for one in found]
    show(
        as_json,
        {"suggestions": [one.to_dict() for one in found]},
        lambda: (
            "\n".join(f"{words}\n  {one.summary()}" for words, one in zip(told, found, strict=True))
            or "No short rule tells the missed violations from what was cleared."
        ),
    )


def add_rule_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.add_typer(rules_app, name="rules")


def _definition(sql: str | None, file: Path | None) -> "Definition":
    from analytics.rules.definition import definition_of

    if (sql is None) == (file is None):
        raise InputError("A rule needs either --sql or --file.")
    return definition_of({"sql": sql} if file is None else _read(file))


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"{file} cannot be read as JSON: {error}.",
            hint='Write {"all": [{"feature": "account_age", "operator": "<", "value": 30}]}.',
        ) from error


def _currency(workbench: "Workbench") -> str:
    live = workbench.live()
    return str(workbench.warehouse.freshness(live.snapshot_id, live.models)["currency"])


def _line(rule: "Rule") -> str:
    return f"{rule.entity_type} {rule.label!r}: {rule.state} since {rule.state_at:%Y-%m-%d}"
