"""Commands that say which products of two files are the same."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.cli.shell import JsonFlag, reporting, show
from analytics.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="CSV file to write.")]
LabelOption = Annotated[str, typer.Option("--label", help="Column with 1 (the same) or 0.")]
TitleOption = Annotated[
    str | None,
    typer.Option("--title", help="Column that names a product. Default: title, name, or longest."),
]
TrainOption = Annotated[
    Path | None,
    typer.Option("--train", help="Labelled pairs to learn from, with left_* and right_* columns."),
]
ValidOption = Annotated[
    Path | None, typer.Option("--valid", help="Labelled pairs to choose the threshold on.")
]
TestOption = Annotated[
    Path | None, typer.Option("--test", help="Labelled pairs to measure on, once.")
]


def content_evaluate(
    train: Annotated[Path, typer.Option("--train", help="Labelled pairs to learn from.")],
    valid: Annotated[Path, typer.Option("--valid", help="Labelled pairs for the threshold.")],
    test: Annotated[Path, typer.Option("--test", help="Labelled pairs to measure on, once.")],
    label: LabelOption = "match",
    title: TitleOption = None,
    output: OutputOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure product matching: fit on train, choose the threshold on valid, report on test.

    Files are CSV or parquet; columns left_X and right_X hold attribute X of either product.
    """
    with reporting(as_json):
        _evaluate(train, valid, test, label, title, output, as_json)


def content_match(
    left: Annotated[Path | None, typer.Option("--left", help="Products (CSV, parquet).")] = None,
    right: Annotated[Path | None, typer.Option("--right", help="Products to find there.")] = None,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", help="Labelled pairs of these: left_id, right_id, match."),
    ] = None,
    train: TrainOption = None,
    valid: ValidOption = None,
    test: TestOption = None,
    output: OutputOption = None,
    left_id: Annotated[str, typer.Option("--left-id", help="Column with the left ids.")] = "id",
    right_id: Annotated[str, typer.Option("--right-id", help="Column with the right ids.")] = "id",
    top: Annotated[
        int, typer.Option("--top", min=1, help="Candidates for each product, of either file.")
    ] = 10,
    label: LabelOption = "match",
    title: TitleOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Find the products of one file in another and write the pairs with their probability.

    The matcher learns from labelled pairs of these files (--pairs) or of others (--train). Without
    either, pairs are ranked by likeness and have no probability. With --train, --valid and --test
    but no files to match, it measures, as `portreeve content evaluate` does.
    """
    with reporting(as_json):
        if left is None and right is None and train and valid and test:
            _evaluate(train, valid, test, label, title, output, as_json)
            return
        if left is None or right is None or output is None:
            raise InputError(
                "Matching needs --left, --right and --output.",
                hint="To measure on labelled pairs, give --train, --valid and --test.",
            )
        from analytics.signals.content.tables import read_table

        catalogues = (read_table(left), read_table(right))
        labelled = read_table(pairs) if pairs else None
        examples = [read_table(file) for file in (train, valid) if file]
        document = _match(
            catalogues, (left_id, right_id), labelled, examples, (top, label, title), output
        )
    show(as_json, document, lambda: _match_summary(document))


def _evaluate(
    train: Path,
    valid: Path,
    test: Path,
    label: str,
    title: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    from analytics.reports.cells import write_csv
    from analytics.signals.content.matching.evaluate import evaluate_matching
    from analytics.signals.content.matching.matcher import ProductMatcher
    from analytics.signals.content.tables import read_table

    parts = {
        name: read_table(file, [label])
        for name, file in (("train", train), ("valid", valid), ("test", test))
    }
    report, probability = evaluate_matching(parts, label, ProductMatcher(title))
    if output:
        tested = parts["test"].assign(probability=probability)
        write_csv(output, list(tested.columns), tested.itertuples(index=False, name=None))
    show(as_json, report.to_dict(), report.summary)


def _match(
    tables: tuple["pd.DataFrame", "pd.DataFrame"],
    ids: tuple[str, str],
    labelled: "pd.DataFrame | None",
    examples: "list[pd.DataFrame]",
    options: tuple[int, str, str | None],
    output: Path,
) -> dict[str, Any]:
    import pandas as pd

    from analytics.reports.cells import write_csv
    from analytics.signals.content.matching import catalogues as matching
    from analytics.signals.content.matching.matcher import ProductMatcher

    top, label, title = options
    catalogues = matching.Catalogues.of(*tables, *ids)
    if labelled is not None:
        found = matching.match_with_labels(catalogues, labelled, top, ProductMatcher(title))
    elif examples:
        joined = pd.concat(examples, ignore_index=True)
        found = matching.match_with_examples(catalogues, joined, label, top, ProductMatcher(title))
    else:
        found = matching.match_by_likeness(catalogues, top)
    rows = found.astype(object).where(found.notna(), None).itertuples(index=False, name=None)
    write_csv(output, list(found.columns), rows)
    has_probability = bool(found["probability"].notna().any())
    return {
        "file": str(output),
        "left": len(catalogues.left),
        "right": len(catalogues.right),
        "pairs": len(found),
        "matches": int(found["is_match"].sum()) if has_probability else None,
    }


def _match_summary(document: dict[str, Any]) -> str:
    said = f"Wrote {document['pairs']:,} pairs to {document['file']}"
    if document["matches"] is None:
        return f"{said}, by likeness: without labelled pairs there is no probability."
    return f"{said}; {document['matches']:,} of them match."


def add_matching_commands(group: typer.Typer) -> None:
    """Add them to the group of content commands."""
    group.command("evaluate")(content_evaluate)
    group.command("match")(content_match)
