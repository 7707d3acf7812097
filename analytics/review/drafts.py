"""Checking what people type before it is stored: drafts of decisions, names, reasons, ids."""

from dataclasses import replace
from typing import Final

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.errors import DecisionError, InputError
from analytics.policies import Policy, Taxonomy
from analytics.review.types import OUTCOMES, Draft

LONGEST_REASON: Final = 2_000
LONGEST_NAME: Final = 200
LONGEST_ID: Final = 500  # PostgreSQL indexes no more than 2,700 bytes


def checked_draft(draft: Draft, entity: EntityType, taxonomy: Taxonomy) -> Draft:
    """Return the draft with its reason trimmed and its severity filled in.

    Raises:
        DecisionError: With a sentence for each field that is wrong.
    """
    problems: dict[str, str] = {}
    if draft.outcome not in OUTCOMES:
        problems["outcome"] = f"Choose an outcome: {', '.join(OUTCOMES)}."
    elif draft.outcome == "violation":
        problems |= _violation_problems(draft, entity, taxonomy)
    else:
        problems |= _needless(draft)
    if reason := text_problem(draft.reason, "A reason", LONGEST_REASON):
        problems["reason"] = reason
    if problems:
        raise DecisionError(problems)
    severity = draft.severity or taxonomy.default_severity
    return replace(
        draft,
        reason=draft.reason.strip(),
        severity=severity if draft.outcome == "violation" else None,
    )


def checked_name(name: str, what: str = "A reviewer's name") -> str:
    """Return a person's name, trimmed; raise `InputError` if it cannot be one."""
    return _checked(name, what, LONGEST_NAME)


def checked_reason(reason: str, what: str = "A reason") -> str:
    """Return a reason, trimmed; raise `InputError` if it is empty or cannot be stored."""
    return _checked(reason, what, LONGEST_REASON)


def checked_entity(entity: str, entity_id: str) -> tuple[EntityType, str]:
    """Return type and id of an entity; raise `InputError` if they cannot be stored."""
    if entity not in ENTITY_TYPES:
        raise InputError(f"There is no entity type {entity!r}: use {', '.join(ENTITY_TYPES)}.")
    if problem := text_problem(entity_id, "An entity's id", LONGEST_ID):
        raise InputError(problem)
    return entity, entity_id


def text_problem(text: str, what: str, longest: int) -> str | None:
    """Return a sentence saying why a required text cannot be stored; None if it can."""
    if not text.strip():
        return f"{what} is needed."
    if len(text.strip()) > longest:
        return f"{what} may have at most {longest:,} characters, not {len(text.strip()):,}."
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        return f"{what} holds a character that cannot be stored."
    return None


def _checked(text: str, what: str, longest: int) -> str:
    if problem := text_problem(text, what, longest):
        raise InputError(problem)
    return text.strip()


def _violation_problems(draft: Draft, entity: EntityType, taxonomy: Taxonomy) -> dict[str, str]:
    problems: dict[str, str] = {}
    policies = {policy.code: policy for policy in taxonomy.of(entity)}
    policy = policies.get(draft.policy or "")
    if not draft.policy:
        problems["policy"] = "Choose the policy that was violated."
    elif policy is None:
        problems["policy"] = (
            f"There is no policy {draft.policy!r} for a {entity} in taxonomy {taxonomy.version}."
        )
    if draft.severity and draft.severity not in taxonomy.severity_levels:
        levels = ", ".join(taxonomy.severity_levels)
        problems["severity"] = f"There is no severity {draft.severity!r}: use {levels}."
    if draft.action and (problem := _action_problem(draft.action, policy)):
        problems["action"] = problem
    return problems


def _action_problem(action: str, policy: Policy | None) -> str | None:
    if policy is None or action in policy.actions:
        return None
    allowed = ", ".join(policy.actions)
    return f"Policy {policy.code} does not allow the action {action!r}: use {allowed}."


def _needless(draft: Draft) -> dict[str, str]:
    given = {"policy": draft.policy, "severity": draft.severity, "action": draft.action}
    return {
        name: f"Only a violation has {'an' if name == 'action' else 'a'} {name}."
        for name, value in given.items()
        if value
    }
