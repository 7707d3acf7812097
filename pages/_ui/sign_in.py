"""Signing in with an identity provider (OpenID Connect), where the settings ask for it."""

from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAPIException

from analytics.errors import InputError
from analytics.review.identity import may_come_in, person_of
from pages._ui import services
from pages._ui.frame import empty, heading, show_problem
from pages._ui.text import plain

SECTION = "auth"


def is_let_in() -> bool:
    """Tell whether this session may go on; where it has to sign in first, offer that."""
    chosen = services.settings()
    if not chosen.sign_in:
        return True
    if "is_logged_in" not in st.user:
        _explain_set_up()
        return False
    if not st.user.is_logged_in:
        _offer()
        return False
    try:
        name = person_of(st.user, chosen.sign_in_claim)
    except InputError as error:
        _refuse(error)
        return False
    if not may_come_in(name, chosen.reviewers):
        hint = "Ask who runs this server: the setting reviewers lists who may."
        _refuse(InputError(f"{name} may not use this dashboard.", hint=hint))
        return False
    return True


def show_who() -> None:
    """Say in the sidebar who is signed in, and offer to sign out."""
    if services.settings().sign_in:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(plain(services.reviewer(), 40))
            _offer_sign_out()


def _explain_set_up() -> None:
    heading("Sign in")
    empty(
        "This dashboard asks for sign-in, and no identity provider is named yet. Put an `[auth]` "
        "section into the secrets of the server; `docs/operations.md` shows how.",
        icon=":material/key_off:",
    )


def _offer() -> None:
    heading("Sign in", "Portreeve records who decides. Please say who you are.")
    for provider in _providers():
        label = f"Sign in with {provider}" if provider else "Sign in"
        if st.button(plain(label), type="primary", icon=":material/login:", key=f"to {provider}"):
            try:
                st.login(provider)
            except StreamlitAPIException as error:
                hint = "Ask who runs this server; docs/operations.md says what sign-in needs."
                show_problem(InputError(f"Sign-in is not set up: {error}", hint=hint))


def _providers() -> list[str | None]:
    """Return the named identity providers of the secrets; without any, the one without a name."""
    named = [name for name, of in st.secrets[SECTION].items() if isinstance(of, Mapping)]
    return [*named] or [None]


def _refuse(error: InputError) -> None:
    heading("Sign in")
    show_problem(error)
    _offer_sign_out()


def _offer_sign_out() -> None:
    if st.button("Sign out", icon=":material/logout:", type="tertiary"):
        st.logout()
