"""What a reviewer has chosen and typed on a case, kept until it is decided.

A draft outlives the session: a reload of the page or a restart of the server finds it in the home
folder. It is a convenience, not a record; the decision is.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import streamlit as st

from pages._ui import services, state

KEPT_S = 30 * 24 * 3600


@dataclass
class Typed:
    """Choices on one case; `policy` may be preselected while there is no outcome yet."""

    outcome: str | None = None
    policy: str | None = None
    severity: str | None = None
    action: str | None = None
    reason: str = ""


def draft_of(case_id: int) -> Typed:
    """Return the draft of a case: this session's, else the stored one, else an empty one."""
    drafts: dict[int, Typed] = st.session_state.setdefault(state.DRAFTS, {})
    if case_id not in drafts:
        drafts[case_id] = _read(_path(case_id))
    return drafts[case_id]


def reason_field(case_id: int) -> str:
    """Return the key of the field for the reason.

    It changes whenever the page itself sets the text: what the browser sends before it has heard of
    that belongs to the field before, and does not undo it.
    """
    return f"reason-{case_id}-{st.session_state.get(state.REASON_FIELDS, {}).get(case_id, 0)}"


def set_reason(case_id: int, text: str) -> None:
    """Set the reason and show it; the draft is stored."""
    fields_made: dict[int, int] = st.session_state.setdefault(state.REASON_FIELDS, {})
    fields_made[case_id] = fields_made.get(case_id, 0) + 1
    draft_of(case_id).reason = text
    keep(case_id)


def keep(case_id: int) -> None:
    """Store the draft of a case, replacing the one before in one step."""
    path = _path(case_id)
    with suppress(OSError):  # a full disk must not stop a decision
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(asdict(draft_of(case_id))), encoding="utf-8")
        temporary.replace(path)


def forget(case_id: int) -> None:
    """Drop the draft of a decided case, and stored ones that nobody came back to."""
    st.session_state.setdefault(state.DRAFTS, {}).pop(case_id, None)
    path = _path(case_id)
    with suppress(OSError):
        path.unlink(missing_ok=True)
        for old in path.parent.glob("*.json"):
            if old.stat().st_mtime < time.time() - KEPT_S:
                old.unlink(missing_ok=True)


def _path(case_id: int) -> Path:
    who = hashlib.sha256(services.reviewer().encode()).hexdigest()[:16]
    return services.settings().home / "drafts" / f"{int(case_id)}-{who}.json"


def _read(path: Path) -> Typed:
    with suppress(OSError, ValueError, AttributeError):
        stored = json.loads(path.read_text(encoding="utf-8"))
        known = {field.name for field in fields(Typed)}
        return Typed(
            **{
                name: value
                for name, value in stored.items()
                if name in known and isinstance(value, str)
            }
        )
    return Typed()
