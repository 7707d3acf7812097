from pathlib import Path

import pytest

from analytics.errors import InputError
from analytics.settings import load_settings


@pytest.fixture(autouse=True)
def _no_outside_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PORTREEVE_HOME", raising=False)
    monkeypatch.delenv("PORTREEVE_CONFIG", raising=False)


def test_defaults_need_no_file() -> None:
    assert load_settings().home == Path("var")


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "portreeve.toml").write_text('reviewer = "ana"\nreview_capacity = 40\n')
    monkeypatch.setenv("PORTREEVE_REVIEWER", "bo")

    settings = load_settings()

    assert (settings.reviewer, settings.review_capacity) == ("bo", 40)


def test_a_named_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("review_capacity = 7\n")
    monkeypatch.setenv("PORTREEVE_CONFIG", str(tmp_path / "mine.toml"))
    assert load_settings().review_capacity == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("review_capacity = 0\n", "review_capacity: Input should be greater than or equal to 1"),
        ("reviewer_capacity = 3\n", "reviewer_capacity: Extra inputs are not permitted"),
        ("review_capacity = \n", "Settings file cannot be read"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "portreeve.toml").write_text(text)
    with pytest.raises(InputError, match=message):
        load_settings()


def test_a_change_counts_at_the_next_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "portreeve.toml"
    monkeypatch.setenv("PORTREEVE_CONFIG", str(config))
    assert load_settings().review_capacity == 100
    config.write_text("review_capacity = 7\n")
    assert load_settings().review_capacity == 7
    config.write_text("review_capacity = 12\n")
    assert load_settings().review_capacity == 12
    monkeypatch.setenv("PORTREEVE_REVIEW_CAPACITY", "3")
    assert load_settings().review_capacity == 3
