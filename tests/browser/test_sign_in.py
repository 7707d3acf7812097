"""Signing in with a real OpenID provider: who comes in, under which name, and who does not."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect

from tests.browser.app import free_port, new_page, running_app
from tests.support.tiny_home import TinyHome

PEOPLE = {
    "ana": {"email": "Ana@Example.com", "email_verified": True},
    "eve": {"email": "eve@evil.org", "email_verified": True},
    "bob": {"email": "bob@example.com", "email_verified": False},
    "nobody": {},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    people = [User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture(scope="module")
def dashboard(
    provider: str, pristine: TinyHome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("sign-in"), free_port()
    home = Path(shutil.copytree(pristine.home.path, folder / "home"))
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret that is long enough for a test"
client_id = "portreeve"
client_secret = "not told"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    )
    with running_app(
        home,
        folder / "log",
        port=port,
        STREAMLIT_SECRETS_FILES=str(secrets),
        PORTREEVE_SIGN_IN="true",
        PORTREEVE_REVIEWERS="@example.com",
    ) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    page = new_page(browser)
    yield page
    page.context.close()


def sign_in(page: Page, address: str, sub: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(sub)
    page.get_by_role("button", name="Authorize").click()


def test_before_signing_in_nothing_of_the_marketplace_is_shown(
    visitor: Page, dashboard: str
) -> None:
    for path in ("", "/queue", "/data"):
        visitor.goto(dashboard + path)
        expect(visitor.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(visitor.get_by_text("As of")).to_have_count(0)
        expect(visitor.get_by_role("heading")).to_have_count(1)


def test_who_signs_in_reviews_under_the_verified_address(visitor: Page, dashboard: str) -> None:
    sign_in(visitor, dashboard, "ana")
    expect(visitor.get_by_text(re.compile("ana@.*example.com"))).to_be_visible()
    expect(visitor.get_by_text("As of").first).to_be_visible()
    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor.get_by_role("heading", name="End Session")).to_be_visible()  # the provider's
    visitor.goto(dashboard)
    expect(visitor.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(
    ("sub", "said"),
    [
        ("eve", "evil.org may not use this dashboard"),
        ("bob", "has not verified your e-mail address"),
        ("nobody", "its token has no usable"),
    ],
)
def test_others_stay_outside(visitor: Page, dashboard: str, sub: str, said: str) -> None:
    sign_in(visitor, dashboard, sub)
    expect(visitor.get_by_text(said)).to_be_visible()
    expect(visitor.get_by_text("As of")).to_have_count(0)
    expect(visitor.get_by_role("button", name="Sign out")).to_be_visible()
