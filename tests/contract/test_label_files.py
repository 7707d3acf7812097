"""Every way in which a file of labels can be wrong, with the message that the user sees."""

import gzip
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from analytics.columns import EntityType
from analytics.errors import InputError
from analytics.policies import load_taxonomy
from analytics.review.label_files import LABELS_FILE, LabelsFile, read_labels

NOW = datetime(2026, 4, 1, 12)
TAXONOMY = load_taxonomy()
HEADER = "entity_type,entity_id,outcome,policy,reviewer,decided_at,note"
GOOD = "merchant,m1,violation,M2,ana,2026-03-01 10:00:00,late again"
ENTITIES: dict[EntityType, set[str]] = {"merchant": {"m1", "m2", "-7"}, "product": {"p1"}}


def known(entity: EntityType, ids: Collection[str]) -> set[str]:
    return ENTITIES.get(entity, set()) & set(ids)


def read(
    folder: Path, *lines: str, header: str = HEADER, name: str = "labels.csv", **options: object
) -> LabelsFile:
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return read_labels(path, TAXONOMY, NOW, known, **options)  # type: ignore[arg-type]


def rejects(file: LabelsFile) -> list[tuple[int, str, str | None, str]]:
    rows = file.rejects[["row_number", "column", "value", "reason"]]
    return [
        (number, column, None if pd.isna(value) else value, reason)
        for number, column, value, reason in rows.itertuples(index=False, name=None)
    ]


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_labels(path, TAXONOMY, NOW, known)
    return str(caught.value)


# ---- what is read ----


def test_good_rows(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        GOOD,
        'product,p1,no_violation,,bo,2026-03-02T12:00:00+02:00,"two\nlines, and ""quotes"""',
        "merchant,m2,cannot_tell,,bo,2026-03-03,",
    )
    assert (file.name, file.read, rejects(file), file.notes) == ("labels.csv", 3, [], ())
    assert list(file.rows.columns) == [*LABELS_FILE.columns, "row_number"]
    second = file.rows.iloc[1]
    assert second["decided_at"] == pd.Timestamp("2026-03-02 10:00:00")
    assert second["note"] == 'two\nlines, and "quotes"'
    assert file.rows["policy"].isna().tolist() == [False, True, True]


def test_columns_that_may_be_missing_and_others(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        "no_violation,m1,merchant,ana,2026-03-01,7",
        header="outcome,entity_id,entity_type,reviewer,decided_at,score",
    )
    (row,) = file.rows.to_dict("records")
    assert (row["entity_id"], row["outcome"]) == ("m1", "no_violation")
    assert pd.isna(row["policy"])
    assert "score" not in row


def test_apostrophes_of_an_export_are_taken_away(tmp_path: Path) -> None:
    file = read(tmp_path, "merchant,'-7,no_violation,,'=ana,2026-03-01,'tis fine")
    (row,) = file.rows.to_dict("records")
    assert (row["entity_id"], row["reviewer"], row["note"]) == ("-7", "=ana", "'tis fine")


def test_a_header_alone_holds_nothing(tmp_path: Path) -> None:
    file = read(tmp_path)
    assert (file.read, len(file.rows), len(file.rejects)) == (0, 0, 0)


def test_parquet_gzip_and_a_byte_order_mark(tmp_path: Path) -> None:
    frame = read(tmp_path, GOOD).rows.drop(columns="row_number")
    frame.to_parquet(tmp_path / "labels.parquet")
    text = f"\ufeff{HEADER}\r\n{GOOD}\r\n".encode()
    (tmp_path / "labels.csv.gz").write_bytes(gzip.compress(text))
    for name in ("labels.parquet", "labels.csv.gz"):
        file = read_labels(tmp_path / name, TAXONOMY, NOW, known)
        pd.testing.assert_frame_equal(file.rows.drop(columns="row_number"), frame)


def test_bytes_that_are_not_utf8_are_said(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(f"{HEADER}\nmerchant,m1,no_violation,,Jos\xe9,2026-03-01,\n".encode("cp1252"))
    file = read_labels(path, TAXONOMY, NOW, known)
    assert file.rows["reviewer"].tolist() == ["José"]
    assert file.notes == ("labels.csv: 1 values are not UTF-8 and were read as Windows-1252.",)


# ---- what stops the import ----


@pytest.mark.parametrize("column", LABELS_FILE.required)
def test_a_missing_required_column(tmp_path: Path, column: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(HEADER.replace(column, "other") + f"\n{GOOD}\n")
    assert message(path).startswith(
        f"labels.csv lacks the column {column}, which every labels table needs. "
    )


def test_the_required_columns() -> None:
    required = ("entity_type", "entity_id", "outcome", "reviewer", "decided_at")
    assert LABELS_FILE.required == required


def test_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    assert message(path) == f"There is no file {path}. Name a CSV or parquet file."


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "labels.xlsx").write_bytes(b"PK")
    assert message(tmp_path / "labels.xlsx") == (
        "labels.xlsx is neither CSV nor parquet. Its name must end in .csv, .csv.gz, .parquet."
    )


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("")
    assert message(tmp_path / "labels.csv") == (
        "labels.csv is empty. Give it a header line, or take the file away."
    )


def test_an_open_quote(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f'{HEADER}\n{GOOD}\nmerchant,m1,violation,"M2,ana\n')
    assert "row 2: a quote is opened and never closed" in message(tmp_path / "labels.csv")


def test_a_parquet_column_of_the_wrong_type(tmp_path: Path) -> None:
    frame = read(tmp_path, GOOD).rows.drop(columns="row_number").assign(decided_at=[1])
    frame.to_parquet(tmp_path / "labels.parquet")
    assert message(tmp_path / "labels.parquet") == (
        "labels.parquet, column decided_at: int64 cannot be read as a date and time. "
        "Write the column with another type, or as text."
    )


# ---- what is rejected: row number, column, value, reason ----


@pytest.mark.parametrize(
    ("line", "column", "value", "reason"),
    [
        (
            "shop,m1,violation,M2,ana,2026-03-01,",
            "entity_type",
            "shop",
            "is not one of merchant, product, creator",
        ),
        ("merchant,,violation,M2,ana,2026-03-01,", "entity_id", None, "is missing"),
        (
            "merchant,m9,violation,M2,ana,2026-03-01,",
            "entity_id",
            "m9",
            "is no merchant of the live dataset",
        ),
        (
            "product,m1,violation,P1,ana,2026-03-01,",
            "entity_id",
            "m1",
            "is no product of the live dataset",
        ),
        (
            "merchant,m1,guilty,M2,ana,2026-03-01,",
            "outcome",
            "guilty",
            "is not one of violation, no_violation, cannot_tell",
        ),
        (
            "merchant,m1,violation,,ana,2026-03-01,",
            "policy",
            None,
            "is missing, and a violation needs one",
        ),
        (
            "merchant,m1,violation,X9,ana,2026-03-01,",
            "policy",
            "X9",
            f"is no policy of taxonomy {TAXONOMY.version}",
        ),
        (
            "merchant,m1,violation,P1,ana,2026-03-01,",
            "policy",
            "P1",
            "is not a policy for merchants",
        ),
        (
            "merchant,m1,no_violation,P1,ana,2026-03-01,",
            "policy",
            "P1",
            "is not a policy for merchants",
        ),
        (
            f"merchant,m1,violation,{'M' * 65},ana,2026-03-01,",
            "policy",
            "M" * 65,
            "is longer than 64 characters",
        ),
        ("merchant,m1,violation,M2,,2026-03-01,", "reviewer", None, "is missing"),
        ("merchant,m1,violation,M2,  ,2026-03-01,", "reviewer", "  ", "is blank"),
        ("merchant,m1,violation,M2,ana,,", "decided_at", None, "is missing"),
        (
            "merchant,m1,violation,M2,ana,01.03.2026,",
            "decided_at",
            "01.03.2026",
            "is not a date and time such as 2024-05-31 13:45:00",
        ),
        (
            "merchant,m1,violation,M2,ana,2026-04-01 12:00:01,",
            "decided_at",
            "2026-04-01 12:00:01",
            "lies in the future",
        ),
        (
            "merchant,m1,violation,M2,ana,1970-01-01,",
            "decided_at",
            "1970-01-01",
            "lies before 1990",
        ),
        (
            f"merchant,m1,violation,M2,ana,2026-03-01,{'n' * 2001}",
            "note",
            "n" * 199 + "…",
            "is longer than 2,000 characters",
        ),
        ("merchant,m1", "", "merchant,m1", "has 2 fields where the header has 7"),
    ],
)
def test_a_bad_row(tmp_path: Path, line: str, column: str, value: str | None, reason: str) -> None:
    file = read(tmp_path, GOOD, line, GOOD)
    assert rejects(file) == [(2, column, value, reason)]
    assert file.rows["row_number"].tolist() == [1, 3]
    assert file.read == 3


def test_everything_that_is_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    file = read(tmp_path, "merchant,m9,violation,X9,,2027-01-01,")
    assert rejects(file) == [
        (1, "decided_at", "2027-01-01", "lies in the future"),
        (1, "entity_id", "m9", "is no merchant of the live dataset"),
        (1, "policy", "X9", f"is no policy of taxonomy {TAXONOMY.version}"),
        (1, "reviewer", None, "is missing"),
    ]


def test_a_decision_of_this_very_moment_is_none_of_the_future(tmp_path: Path) -> None:
    assert len(read(tmp_path, "merchant,m1,violation,M2,ana,2026-04-01 12:00:00,").rows) == 1


def test_unknown_entities_pass_when_they_may(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(f"{HEADER}\nmerchant,m9,violation,M2,ana,2026-03-01,\n")
    file = read_labels(path, TAXONOMY, NOW)
    assert file.rows["entity_id"].tolist() == ["m9"]
