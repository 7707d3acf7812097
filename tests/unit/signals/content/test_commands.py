"""The content commands, on files that can be checked by hand."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from analytics.cli import app
from analytics.errors import InputError
from analytics.signals.content.matching.catalogues import Catalogues

NAMES = ["red hat", "blue bag", "green shirt", "large belt", "wool sock", "silk scarf"]
SIZES = ["small", "medium", "large", "huge"]


def _run(*words: object) -> tuple[int, dict[str, Any], str]:
    result = CliRunner().invoke(app, ["content", *map(str, words), "--json"])
    return result.exit_code, json.loads(result.stdout), result.stderr


def _error(*words: object) -> str:
    code, document, _ = _run(*words)
    assert code == 1
    return str(document["error"])


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture
def catalogues(tmp_path: Path) -> Path:
    """Twenty-four products; the right shop writes them otherwise. All pairs of a name, labelled."""
    products = [(name, size) for name in NAMES for size in SIZES]
    left = pd.DataFrame(
        {
            "id": [f"l{k}" for k in range(len(products))],
            "title": [f"{name} {size}" for name, size in products],
            "price": [10 + k for k in range(len(products))],
        }
    )
    right = pd.DataFrame(
        {
            "id": [f"r{k}" for k in range(len(products))],
            "title": [f"Shop: {size.upper()} {name} (new)" for name, size in products],
            "price": [10.5 + k for k in range(len(products))],
        }
    )
    pairs = pd.DataFrame(
        [
            (f"l{i}", f"r{j}", int(i == j))
            for i in range(len(products))
            for j in range(len(products))
            if products[i][0] == products[j][0]
        ],
        columns=["left_id", "right_id", "match"],
    )
    left.to_csv(tmp_path / "left.csv", index=False)
    right.to_parquet(tmp_path / "right.parquet")
    pairs.to_csv(tmp_path / "pairs.csv", index=False)
    joined = pairs.merge(left.add_prefix("left_")).merge(right.add_prefix("right_"))
    joined = joined.drop(columns=["left_id", "right_id"])
    part = pairs["left_id"].str[1:].astype(int) % 4
    joined[part <= 1].to_parquet(tmp_path / "train.parquet")
    joined[part == 2].to_parquet(tmp_path / "valid.parquet")
    joined[part == 3].to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


def _parts(folder: Path) -> list[object]:
    return [
        *("--train", folder / "train.parquet"),
        *("--valid", folder / "valid.parquet"),
        *("--test", folder / "test.csv"),
    ]


@pytest.mark.parametrize("command", ["evaluate", "match"])
def test_measuring_says_how_good_the_matcher_is(catalogues: Path, command: str) -> None:
    code, report, _ = _run(command, *_parts(catalogues), "-o", catalogues / "out.csv")

    assert code == 0
    assert {"f1", "precision", "recall", "seconds", "peak_mb"} <= report.keys()
    assert report["pairs"] == {"train": 48, "valid": 24, "test": 24}
    assert report["matches"] == {"train": 12, "valid": 6, "test": 6}
    rows = _rows(catalogues / "out.csv")
    called = [float(row["probability"]) >= report["threshold"] for row in rows]
    hits = sum(c and row["match"] == "1" for c, row in zip(called, rows, strict=True))
    assert report["precision"] == pytest.approx(hits / sum(called))
    assert report["recall"] == pytest.approx(hits / 6)


def test_test_labels_change_nothing_but_the_figures(catalogues: Path) -> None:
    out = catalogues / "out.csv"
    _run("evaluate", *_parts(catalogues), "-o", out)
    before = [row["probability"] for row in _rows(out)]
    test = pd.read_csv(catalogues / "test.csv")
    test.assign(match=1 - test["match"]).to_csv(catalogues / "test.csv", index=False)

    _run("evaluate", *_parts(catalogues), "-o", out)

    assert [row["probability"] for row in _rows(out)] == before


def test_two_files_are_matched_by_labelled_pairs(catalogues: Path) -> None:
    out = catalogues / "out.csv"
    code, report, _ = _run(
        *("match", "--left", catalogues / "left.csv", "--right", catalogues / "right.parquet"),
        *("--pairs", catalogues / "pairs.csv", "-o", out),
    )

    rows = _rows(out)
    assert code == 0
    assert report["pairs"] == len(rows) == len({(r["left_id"], r["right_id"]) for r in rows})
    assert sum(row["label"] == "1" for row in rows) == 24
    assert report["matches"] == sum(row["is_match"] == "true" for row in rows)
    assert rows == sorted(rows, key=lambda r: -float(r["probability"]))


def test_two_files_are_matched_by_examples_of_others(catalogues: Path) -> None:
    out = catalogues / "out.csv"
    code, report, _ = _run(
        *("match", "--left", catalogues / "left.csv", "--right", catalogues / "right.parquet"),
        *("--train", catalogues / "train.parquet", "--top", 2, "-o", out),
    )

    rows = _rows(out)
    assert code == 0
    assert report["pairs"] == len(rows)
    assert all(0 <= float(row["probability"]) <= 1 and row["label"] == "" for row in rows)


def test_without_labels_pairs_are_ranked_by_likeness(catalogues: Path) -> None:
    out = catalogues / "out.csv"
    result = CliRunner().invoke(
        app,
        [
            *("content", "match", "--left", str(catalogues / "left.csv")),
            *("--right", str(catalogues / "right.parquet"), "--top", "1", "-o", str(out)),
        ],
    )

    rows = _rows(out)
    assert "without labelled pairs there is no probability" in result.stdout
    assert {row["probability"] for row in rows} == {""}
    best = {row["left_id"]: row["right_id"] for row in reversed(rows)}
    assert best == {f"l{k}": f"r{k}" for k in range(24)}


def test_unknown_ids_are_refused(catalogues: Path) -> None:
    (catalogues / "pairs.csv").write_text("left_id,right_id,match\nl1,r1,1\nl1,zz,0\n")

    error = _error(
        *("match", "--left", catalogues / "left.csv", "--right", catalogues / "right.parquet"),
        *("--pairs", catalogues / "pairs.csv", "-o", catalogues / "out.csv"),
    )

    assert error == "Labelled pairs, row 2: there is no right product 'zz' (1 such rows)."
    assert not (catalogues / "out.csv").exists()


def test_a_pair_given_twice_counts_once_and_must_not_contradict_itself(catalogues: Path) -> None:
    products = Catalogues.of(
        pd.read_csv(catalogues / "left.csv"), pd.read_parquet(catalogues / "right.parquet")
    )
    twice = pd.DataFrame({"left_id": ["l1", "l1"], "right_id": ["r1", "r1"], "match": [1, 1]})

    candidates, labels = products.labelled(twice)

    assert (len(candidates), labels.tolist()) == (1, [1.0])
    with pytest.raises(InputError, match="row 2: 'l1' and 'r1' both match and do not"):
        products.labelled(twice.assign(match=[1, 0]))


def test_ids_that_occur_twice_are_refused(catalogues: Path) -> None:
    (catalogues / "left.csv").write_text("id,title\na,hat\nb,bag\na,cap\n")

    error = _error(
        *("match", "--left", catalogues / "left.csv", "--right", catalogues / "right.parquet"),
        *("-o", catalogues / "out.csv"),
    )

    assert error == "Left products: id 'a' occurs in rows 1 and 3."


def test_a_missing_column_is_named(catalogues: Path) -> None:
    train = pd.read_parquet(catalogues / "train.parquet")
    train.drop(columns="match").to_parquet(catalogues / "train.parquet")
    assert "train.parquet has no column match" in _error("evaluate", *_parts(catalogues))

    train.to_parquet(catalogues / "train.parquet")
    test = pd.read_csv(catalogues / "test.csv")
    test.drop(columns="left_price").to_csv(catalogues / "test.csv", index=False)
    assert _error("evaluate", *_parts(catalogues)) == "The test pairs have no column left_price."

    error = _error(
        *("match", "--left", catalogues / "left.csv", "--right", catalogues / "right.parquet"),
        *("--left-id", "sku", "-o", catalogues / "out.csv"),
    )
    assert error == "The left products have no column 'sku' with their ids."


def test_too_few_labels_are_refused(catalogues: Path) -> None:
    (catalogues / "pairs.csv").write_text("left_id,right_id,match\nl1,r1,1\nl1,r2,0\n")

    error = _error(
        *("match", "--left", catalogues / "left.csv", "--right", catalogues / "right.parquet"),
        *("--pairs", catalogues / "pairs.csv", "-o", catalogues / "out.csv"),
    )

    assert error.startswith("Of 2 labelled pairs 1 match; at least 5 that do")


def test_matching_says_what_it_needs(catalogues: Path) -> None:
    assert _error("match", "--left", catalogues / "left.csv") == (
        "Matching needs --left, --right and --output."
    )


def test_terms_are_written_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    pd.DataFrame({"id": ["a", "b", "c"], "title": ["=w h a t s a p p", "hat", ""]}).to_csv(
        file, index=False
    )

    code, report, _ = _run("terms", file, "-o", tmp_path / "out.csv", "--list", "off_platform")

    assert code == 0
    assert (report["texts"], report["terms"], report["texts_with_terms"]) == (3, 1, 1)
    assert _rows(tmp_path / "out.csv") == [
        {
            **{"id": "a", "list": "off_platform", "language": "any", "term": "whatsapp"},
            **{"start": "1", "end": "16", "written": "w h a t s a p p"},
        }
    ]


def test_a_title_of_ten_megabytes_is_read_in_part(tmp_path: Path) -> None:
    file = tmp_path / "texts.parquet"
    long = "hat " * 2_500_000
    pd.DataFrame({"id": ["a", "b"], "title": [long, long]}).to_parquet(file)
    said = "2 texts were too long and read only in part."

    for command in ("terms", "duplicates"):
        result = CliRunner().invoke(
            app, ["content", command, str(file), "-o", str(tmp_path / "out.csv")]
        )
        assert said in result.stdout


def test_copies_are_written(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    pd.DataFrame({"sku": ["a", "b", "c"], "text": ["abcdef", "AB-CD-EF", "!"]}).to_csv(
        file, index=False
    )

    code, report, _ = _run(
        *("duplicates", file, "--id", "sku", "--text", "text", "-o", tmp_path / "out.csv")
    )

    assert code == 0
    assert (report["pairs"], report["clusters"], report["texts_empty"]) == (1, 1, 1)
    assert _rows(tmp_path / "out.csv") == [{"left": "a", "right": "b", "similarity": "1"}]
    assert "above 0" in _error(
        *("duplicates", file, "--id", "sku", "--text", "text", "--threshold", 0),
        *("-o", tmp_path / "no.csv"),
    )


def test_pictures_are_reported(tmp_path: Path) -> None:
    x, y = np.meshgrid(np.arange(200), np.arange(150))
    picture = Image.fromarray(((x * x // 50 + y * 3 * (x // 40)) % 256).astype(np.uint8))
    picture.save(tmp_path / "a.png")
    picture.resize((400, 300)).save(tmp_path / "b.jpg")
    (tmp_path / "c.png").write_bytes(b"no picture")

    code, report, _ = _run("images", tmp_path, "-o", tmp_path / "out.csv")

    assert code == 0
    assert (report["images"], report["clusters"]) == (3, 1)
    assert [Path(p["path"]).name for p in report["problems"]] == ["c.png"]
    assert [Path(p["left"]).name for p in report["pairs"]] == ["a.png"]
    assert len(_rows(tmp_path / "out.csv")) == 3
