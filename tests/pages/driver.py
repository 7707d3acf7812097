"""Runs app.py from another folder; see conftest.py."""

from pathlib import Path

app = Path(__file__).parent.parent.parent / "app.py"
exec(compile(app.read_text(encoding="utf-8"), str(app), "exec"))
