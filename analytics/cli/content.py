"""Commands about what listings say and show: hidden words, copied texts, the same pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analytics.cli.matching import add_matching_commands
from analytics.cli.shell import DirArgument, JsonFlag, progress, reporting, show

if TYPE_CHECKING:
    import pandas as pd

content_app = typer.Typer(
    no_args_is_help=True, help="Compare listings: hidden words, copies, the same products."
)

FileArgument = Annotated[Path, typer.Argument(help="CSV or parquet file with a row for each text.")]
IdOption = Annotated[str, typer.Option("--id", help="Column with the ids.")]
TextOption = Annotated[str, typer.Option("--text", help="Column with the texts.")]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")]


@content_app.command("terms")
def content_terms(
    file: FileArgument,
    output: OutputOption,
    id_column: IdOption = "id",
    text_column: TextOption = "title",
    lists: Annotated[
        list[str] | None,
        typer.Option("--list", help="List of the lexicon; repeat it. Default: all."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Find the lexicon's terms, also disguised ones, with the place where each stands."""
    with reporting(as_json):
        from analytics.signals.content.plain_text import MAX_CHARS
        from analytics.signals.content.terms import find_terms

        texts = _texts(file, id_column, text_column)
        found = [(key, match) for key, text in texts.items() for match in find_terms(text, lists)]
        columns = ["id", "list", "language", "term", "start", "end", "written"]
        rows = (
            (key, m.list_name, m.language, m.term, m.start, m.end, m.written) for key, m in found
        )
        document = {
            "file": str(output),
            "texts": len(texts),
            "terms": _write(output, columns, rows),
            "texts_with_terms": len({key for key, _ in found}),
            "texts_cut": int((texts.str.len() > MAX_CHARS).sum()),
        }
    show(
        as_json,
        document,
        lambda: (
            f"Wrote {document['terms']:,} terms in {document['texts_with_terms']:,} of "
            f"{document['texts']:,} texts to {output}.{_said_of_cut(document['texts_cut'])}"
        ),
    )


@content_app.command("duplicates")
def content_duplicates(
    file: FileArgument,
    output: OutputOption,
    id_column: IdOption = "id",
    text_column: TextOption = "title",
    threshold: Annotated[
        float, typer.Option("--threshold", help="Least similarity, from 0 to 1.")
    ] = 0.8,
    as_json: JsonFlag = False,
) -> None:
    """Find texts that were copied with small changes; similarity is that of their letter runs."""
    with reporting(as_json):
        from analytics.signals.content.duplicates import DuplicateFinder
        from analytics.signals.content.plain_text import MAX_CHARS

        texts = _texts(file, id_column, text_column)
        finder = DuplicateFinder(threshold).fit(texts)
        document = {
            "file": str(output),
            "texts": len(texts),
            "pairs": _write_frame(output, finder.pairs_),
            "clusters": int(finder.clusters_.nunique()),
            "texts_in_clusters": len(finder.clusters_),
            "texts_empty": len(finder.empty_),
            "texts_cut": int((texts.str.len() > MAX_CHARS).sum()),
        }
    show(
        as_json,
        document,
        lambda: (
            f"Wrote {document['pairs']:,} pairs to {output}: {document['texts_in_clusters']:,} of "
            f"{document['texts']:,} texts in {document['clusters']:,} clusters; "
            f"{document['texts_empty']:,} texts have no letter."
            f"{_said_of_cut(document['texts_cut'])}"
        ),
    )


@content_app.command("images")
def content_images(
    directory: DirArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV file for all pictures.")
    ] = None,
    distance: Annotated[
        int, typer.Option("--distance", min=0, max=255, help="Bits of 256 that may differ.")
    ] = 31,
    as_json: JsonFlag = False,
) -> None:
    """Find pictures that are nearly the same, and files that are no picture or a trap."""
    with reporting(as_json):
        from analytics.signals.content.images import find_images, image_duplicates

        files = find_images(directory)
        with progress(as_json).step("Hashing pictures", total=len(files)) as step:
            found = image_duplicates(files, distance, step.advance)
        if output:
            _write_frame(output, found.images)
    document = {
        "images": len(found.images),
        "pairs": found.pairs.to_dict("records"),
        "clusters": int(found.images["cluster"].nunique()),
        "problems": found.problems.to_dict("records"),
    }
    show(as_json, document, lambda: _images_summary(document))


def _images_summary(document: dict[str, Any]) -> str:
    lines = [
        f"{document['images']:,} files, {len(document['pairs']):,} pairs in "
        f"{document['clusters']:,} clusters, {len(document['problems']):,} files with a problem."
    ]
    lines += [f"{p['left']} = {p['right']} ({p['distance']} bits)" for p in document["pairs"][:20]]
    lines += [f"{p['path']}: {p['problem']}" for p in document["problems"][:20]]
    return "\n".join(lines)


def _texts(file: Path, id_column: str, text_column: str) -> "pd.Series":
    from analytics.signals.content.tables import ids_of, read_table

    table = read_table(file, [id_column, text_column])
    texts = table[text_column].astype(object).where(table[text_column].notna(), "").astype(str)
    return texts.set_axis(ids_of(table, id_column, file))


def _write(output: Path, columns: list[str], rows: Any) -> int:
    from analytics.reports.cells import write_csv

    return write_csv(output, columns, rows)


def _write_frame(output: Path, frame: "pd.DataFrame") -> int:
    plain = frame.astype(object).where(frame.notna(), None)
    return _write(output, list(plain.columns), plain.itertuples(index=False, name=None))


def _said_of_cut(texts: object) -> str:
    return f" {texts:,} texts were too long and read only in part." if texts else ""


def add_content_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    add_matching_commands(content_app)
    app.add_typer(content_app, name="content")
