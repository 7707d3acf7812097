import os
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.tiny_home import TinyHome

ROOT = Path(__file__).parent.parent.parent
# Beside a folder named `pages`, AppTest would run each page alone, without app.py around it.
DRIVER = Path(__file__).parent / "driver.py"
Open = Callable[..., AppTest]


@pytest.fixture
def own_home(live_home: TinyHome) -> Path:
    """Its folder, to break."""
    return live_home.home.path


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the dashboard on a home folder, with a query in its address."""

    def open_page(home: Path, page: str, **query: str | list[str]) -> AppTest:
        for name in [name for name in os.environ if name.startswith("PORTREEVE_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PORTREEVE_HOME", str(home))
        monkeypatch.setenv("PORTREEVE_THREADS", "2")
        app = AppTest.from_file(str(DRIVER), default_timeout=120).run()
        for name, value in query.items():
            app.query_params[name] = value
        return app.switch_page(str(ROOT / "pages" / f"{page}.py")).run()

    return open_page
