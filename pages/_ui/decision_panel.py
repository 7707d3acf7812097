"""The decision: outcome, policy, severity, action and reason, each with its key.

All of it is one fragment, so that a key redraws only the panel. Whatever leaves the case (save,
skip, hold …) is noted and done by the whole page's next run, see `actions`.
"""

from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import formats
from analytics.explain.suggestion import by_likelihood
from analytics.policies import Policy
from analytics.review.store import Live
from pages._ui import actions, drafts, keys, leases, services, state
from pages._ui.drafts import Typed
from pages._ui.frame import guarded
from pages._ui.quick_reasons import ask_fill, fill_if_asked
from pages._ui.text import plain
from pages._ui.words import OUTCOMES, action_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

CHOSEN = ":material/check:"
SUGGESTED = ":material/lightbulb:"


def show_form(live: Live, case: "CaseExplanation", held: leases.Held) -> None:
    """Show the form of the case that is this session's to decide."""
    _show_form(live, case, held, is_idle=state.DIALOG in st.session_state)


@st.fragment
def _show_form(live: Live, case: "CaseExplanation", held: leases.Held, *, is_idle: bool) -> None:
    if actions.is_asked():
        st.rerun()
    with guarded("show the decision"):
        if leases.renew(held, interaction=True) is None:
            st.rerun()
        form = _Form(case, held.case_id, is_idle=is_idle)
        form.show()


class _Form:
    """The panel's widgets for one case."""

    def __init__(self, case: "CaseExplanation", case_id: int, *, is_idle: bool) -> None:
        self.case = case
        self.case_id = case_id
        self.is_idle = is_idle  # a dialog is open: no key of the page may act
        self.taxonomy = services.workbench().taxonomy
        self.policies = by_likelihood(case, self.taxonomy.of(case.identity.entity))
        self.typed = drafts.draft_of(case_id)
        fill_if_asked(case_id, case)
        self.problems = actions.problems_of(case_id)
        self._preselect()

    def show(self) -> None:
        with st.container(border=True, gap="xsmall"):
            st.subheader("Decision", anchor=False)
            self._say(self.problems.get("page"))
            self._outcomes()
            self._policies()
            self._severities()
            self._actions()
            self._reason()
            self._preview()
            self._save()
            self._leave()

    def _preselect(self) -> None:
        typed = self.typed
        codes = [policy.code for policy in self.policies]
        if typed.policy not in codes:
            typed.policy = codes[0] if codes else None
        if typed.severity not in self.taxonomy.severity_levels:
            typed.severity = self.taxonomy.default_severity
        allowed = self._policy().actions if typed.policy else ()
        if typed.action not in allowed:
            typed.action = allowed[0] if allowed else None

    @property
    def _is_violation(self) -> bool:
        return self.typed.outcome == "violation"

    def _policy(self) -> Policy:
        return next(policy for policy in self.policies if policy.code == self.typed.policy)

    def _outcomes(self) -> None:
        with st.grid(3, gap="xsmall", min_column_width=80):
            for outcome, key in keys.OUTCOMES.items():
                is_chosen = self.typed.outcome == outcome
                self._button(
                    OUTCOMES[outcome],
                    key,
                    f"outcome-{outcome}",
                    {"outcome": outcome},
                    is_chosen=is_chosen,
                )
        self._say(self.problems.get("outcome"))

    def _policies(self) -> None:
        shortcuts = keys.policy_keys(self.taxonomy.of(self.case.identity.entity))
        hint = "" if self._is_violation else " · a digit says violation"
        st.caption(f"Policy, the likeliest first{hint}")
        with st.grid(2, gap="xxsmall", min_column_width=120):
            for place, policy in enumerate(self.policies):
                is_chosen = self._is_violation and policy.code == self.typed.policy
                self._button(
                    plain(f"{policy.code} {policy.name}"),
                    shortcuts.get(policy.code),
                    f"policy-{policy.code}",
                    {"outcome": "violation", "policy": policy.code},
                    is_chosen=is_chosen,
                    icon=SUGGESTED if place == 0 else None,
                    help=plain(policy.name),
                )
        self._say(self.problems.get("policy"))

    def _severities(self) -> None:
        levels = list(self.taxonomy.severity_levels)
        at = levels.index(self.typed.severity or levels[0])
        after = levels[(at + 1) % len(levels)]
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            for level in levels:
                self._button(
                    plain(level.capitalize()),
                    keys.SEVERITY if level == after else None,
                    f"severity-{level}",
                    {"severity": level},
                    is_chosen=self._is_violation and level == self.typed.severity,
                )
        self._say(self.problems.get("severity"))

    def _actions(self) -> None:
        shortcuts = keys.action_keys(self.taxonomy.actions)
        allowed = self._policy().actions if self.typed.policy else ()
        with st.container(horizontal=True, gap="xsmall"):
            for action in self._possible_actions():
                self._button(
                    plain(action_name(action)),
                    shortcuts.get(action),
                    f"action-{action}",
                    {"action": action},
                    is_chosen=self._is_violation and action == self.typed.action,
                    is_quiet=action not in allowed,
                )
        self._say(self.problems.get("action"))

    def _possible_actions(self) -> list[str]:
        """Return what any policy allows: a key of the policy to come must be there already."""
        possible = {action for policy in self.policies for action in policy.actions}
        return [action for action in self.taxonomy.actions if action in possible]

    def _reason(self) -> None:
        key = drafts.reason_field(self.case_id)
        if key not in st.session_state:
            st.session_state[key] = self.typed.reason
        st.text_area(
            "Reason (required)",
            key=key,
            height=92,
            max_chars=2_000,
            placeholder="What in the evidence decides it? Tab leaves the field.",
            on_change=_type,
            args=(self.case_id, key),
            disabled=self.is_idle,
        )
        with st.container(horizontal=True, gap="xsmall"):
            st.button(
                "Add a reason from the evidence",
                key="fill",
                icon=":material/playlist_add:",
                type="tertiary",
                on_click=ask_fill,
                args=(self.case_id,),
                **self._keyed(keys.FILL),
            )
            self._ask("Own words", keys.OWN_WORDS, "own-words", "dialog", kind="reason")
        self._say(self.problems.get("reason"))

    def _preview(self) -> None:
        typed = self.typed
        if typed.outcome == "violation" and typed.policy:
            _show_points(self.case, typed)
        elif typed.outcome == "cannot_tell":
            st.caption("Escalates the case: somebody else looks at it. No label is made.")
        elif typed.outcome == "no_violation":
            days = services.settings().closed_days
            st.caption(f"Closes the case for {formats.plural(days, 'day')}; no points.")

    def _save(self) -> None:
        st.button(
            "Save and next",
            key=f"save-{self.case_id}",
            type="primary",
            icon=":material/done_all:",
            width="stretch",
            on_click=actions.ask,
            args=("save", self.case_id),
            **self._keyed(keys.SAVE),
        )

    def _leave(self) -> None:
        with st.container(horizontal=True, gap="xsmall"):
            self._ask("Skip", actions.skip_key(), "skip", "skip")
            self._ask("Hold", keys.HOLD, "hold", "dialog", kind="hold")
            self._ask("Hand over", keys.HAND_OVER, "hand-over", "dialog", kind="hand_over")
            self._ask("Keys", keys.LIST, "keys", "dialog", kind="keys")

    def _ask(self, label: str, key: str | None, name: str, what: str, **given: str) -> None:
        st.button(
            label,
            key=name,
            type="tertiary",
            on_click=actions.ask,
            args=(what, self.case_id),
            kwargs=given,
            **self._keyed(key),
        )

    def _button(
        self,
        label: str,
        shortcut: str | None,
        name: str,
        choice: dict[str, str],
        *,
        is_chosen: bool,
        is_quiet: bool = False,
        icon: str | None = None,
        help: str | None = None,
    ) -> None:
        st.button(
            label,
            key=name,
            type="primary" if is_chosen else "tertiary" if is_quiet else "secondary",
            icon=CHOSEN if is_chosen else icon,
            help=help,
            width="stretch",
            wrap=False,
            on_click=_choose,
            args=(self.case_id, choice),
            **self._keyed(shortcut),
        )

    def _keyed(self, shortcut: str | None) -> dict[str, Any]:
        return {"shortcut": None if self.is_idle else shortcut, "disabled": self.is_idle}

    def _say(self, problem: str | None) -> None:
        if problem:
            st.error(plain(problem, None), icon=":material/error:")


def _choose(case_id: int, choice: dict[str, str]) -> None:
    typed = drafts.draft_of(case_id)
    for name, value in choice.items():
        setattr(typed, name, value)
    actions.clear_problems(case_id)
    drafts.keep(case_id)


def _type(case_id: int, key: str) -> None:
    if key != drafts.reason_field(case_id):
        return  # sent before the browser heard of a text that replaced it
    drafts.draft_of(case_id).reason = st.session_state[key]
    actions.clear_problems(case_id)
    drafts.keep(case_id)


def _show_points(case: "CaseExplanation", typed: Typed) -> None:
    from datetime import UTC, datetime

    identity = case.identity
    preview = services.store().decisions.preview(
        identity.entity,
        identity.entity_id,
        typed.policy or "",
        typed.severity or "",
        datetime.now(UTC).replace(tzinfo=None),
    )
    reached = ", ".join(action_name(m.action).lower() for m in preview.reached)
    said = f"{preview.points_now} → **{preview.points_after} points** in 90 days"
    if reached:
        st.caption(f":material/flag: {said}; reaches: **{plain(reached)}**")
    elif preview.next is not None:
        after = f"{preview.next.points}: {action_name(preview.next.action).lower()}"
        st.caption(f"{said}; next milestone at {plain(after)}")
    else:
        st.caption(said)
