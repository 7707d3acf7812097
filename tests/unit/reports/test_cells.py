import csv
import io
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import InputError
from analytics.reports.cells import cell, plain_rows, report_name, uncell, write_csv


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        "  =1+1",
        "＝1+1",
        "＠x",
        '=HYPERLINK("http://evil.example","Prize")',
        "-7",
    ],
)
def test_text_that_could_run_is_made_plain(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-1.5, "-1.5"),
        (-3, "-3"),
        (0.1 + 0.2, "0.3"),
        (1234567.89, "1234567.89"),
        (None, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        (pd.NaT, ""),
        (True, "true"),
        (datetime(2018, 6, 1, 14, 30), "2018-06-01T14:30:00Z"),
        (pd.Timestamp("2018-06-01"), "2018-06-01T00:00:00Z"),
        (datetime(2018, 6, 1, 14, 30, 5, 120), "2018-06-01T14:30:05.000120Z"),
        (12_345_678_901, "12345678901"),
        (np.int64(-3), "-3"),
        (np.float32(0.5), "0.5"),
        (np.True_, "true"),
        (pd.NA, ""),
        ("3–9 days", "3–9 days"),
        ("a=b", "a=b"),
        ("", ""),
        ("nul\x00byte", "nulbyte"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\r=1", "'\n=1"),
    ],
)
def test_what_a_cell_holds(value: object, expected: str) -> None:
    assert cell(value) == expected


@given(st.lists(st.lists(st.text(alphabet=st.characters(codec="utf-8")), min_size=2, max_size=2)))
def test_what_is_written_reads_back_and_never_runs(rows: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([[cell(value) for value in row] for row in rows])
    read = list(csv.reader(io.StringIO(buffer.getvalue(), newline="")))
    assert read == [[cell(value) for value in row] for row in rows]
    for value in (value for row in read for value in row):
        assert not value.lstrip().startswith(("=", "+", "-", "@"))


def test_file_has_its_bom_only_when_asked(tmp_path: Path) -> None:
    write_csv(tmp_path / "with.csv", ["a"], [["é"]], bom=True)
    write_csv(tmp_path / "without.csv", ["a"], [["é"]])
    assert (tmp_path / "with.csv").read_bytes() == b"\xef\xbb\xbfa\n\xc3\xa9\n"
    assert (tmp_path / "without.csv").read_bytes() == b"a\n\xc3\xa9\n"


def test_line_breaks_and_quotes_stay_in_their_cell(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    assert write_csv(path, ["a", "b"], [["one\ntwo", 'say "hi", then']]) == 1
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["one\ntwo", 'say "hi", then']]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    write_csv(path, ["a"], [["old"]])

    def rows() -> object:
        yield ["new"]
        raise RuntimeError("the disk burns")

    with pytest.raises(RuntimeError):
        write_csv(path, ["a"], rows())  # type: ignore[arg-type]
    assert path.read_text() == "a\nold\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["", "nowhere/x.csv"])
def test_where_it_cannot_be_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_csv(tmp_path / name, ["a"], [])


def test_a_hostile_column_name_does_not_run(tmp_path: Path) -> None:
    write_csv(tmp_path / "x.csv", ["=1+1"], [])
    assert (tmp_path / "x.csv").read_text() == "'=1+1\n"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r")))
def test_text_comes_back_from_its_cell(text: str) -> None:
    assert uncell(cell(text)) == (text[1:] if text[:1] == "'" and cell(text[1:]) == text else text)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [("'-7", "-7"), ("'=1", "=1"), ("'tis", "'tis"), ("-7", "-7"), ("''-7", "''-7"), ("'", "'")],
)
def test_only_the_apostrophe_of_a_cell_is_taken_away(given_text: str, expected: str) -> None:
    assert uncell(given_text) == expected


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("case", "merchant", "m1"), "case-merchant-m1.csv"),
        (("case", "merchant", "../../etc/passwd"), "case-merchant-etc-passwd.csv"),
        (("case", "merchant", 'm<b>5</b>"\r\nX: y'), "case-merchant-m-b-5-b-X-y.csv"),
        (("case", "product", "茶壺"), "case-product.csv"),
        (("\x00",), "report.csv"),
        (("x" * 500,), f"{'x' * 60}.csv"),
    ],
)
def test_a_file_name_holds_only_plain_characters(parts: tuple[str, ...], expected: str) -> None:
    assert report_name(*parts) == expected


@pytest.mark.parametrize(
    "name", ["=cmd|' C calc'!A0.csv", "two\nlines.csv", "-rf.csv", f"{'x' * 251}.csv", "~.csv"]
)
def test_a_file_name_that_the_system_takes_is_written_as_it_is(tmp_path: Path, name: str) -> None:
    write_csv(tmp_path / name, ["a"], [[1]])
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["nul\x00byte.csv", f"{'x' * 300}.csv"])
def test_a_file_name_that_the_system_refuses_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"no name for a file|cannot be written"):
        write_csv(tmp_path / name, ["a"], [[1]])
    assert not list(tmp_path.iterdir())


def test_columns_that_a_frame_lacks_are_missing() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [0.123456, None]})
    assert list(plain_rows(frame, ("b", "a", "z"), {"b": 2})) == [(0.12, 1, None), (None, 2, None)]
