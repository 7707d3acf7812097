"""The web server of the dashboard: `python -m pages._ui.server [options of streamlit run]`.

While the browser fetches Streamlit's own files, the libraries of the first page are loaded, which a
plain `streamlit run app.py` does only when the browser asks for the page.
"""

import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import Final

from streamlit.web.cli import main as streamlit

SCRIPT: Final = Path(__file__).parents[2] / "app.py"
LOAD_AFTER_S: Final = 0.5  # when the server stands: sooner, the two would only take turns
# What the first page imports, and what that imports.
FIRST_PAGE: Final = ("analytics.pipeline", "analytics.explain.listing", "analytics.charts")


def main(options: list[str]) -> None:
    """Serve until the process is told to end."""
    loading = threading.Timer(LOAD_AFTER_S, _load)
    loading.daemon = True
    loading.start()
    streamlit(["run", str(SCRIPT), *options], prog_name="streamlit")


def _load() -> None:
    for name in FIRST_PAGE:
        import_module(name)


if __name__ == "__main__":
    main(sys.argv[1:])
