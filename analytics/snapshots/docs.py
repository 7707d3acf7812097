"""The table part of `docs/data-contract.md`, written from the contract itself.

`python -m analytics.snapshots.docs` brings the page up to date.
"""

from pathlib import Path

from analytics.snapshots.contract import COUNT, EXPORT, MONEY, NUMBER, ROW, TABLES, TableContract

PAGE = Path(__file__).parents[2] / "docs" / "data-contract.md"
START = "<!-- generated: tables -->"
END = "<!-- end of generated part -->"
GENERATED = f"{START}\n{{}}\n{END}"
WORDS = {MONEY: "amount", NUMBER: "number", COUNT: "whole number"}


def contract_tables() -> str:
    """One section per table, in Markdown."""
    return "\n\n".join(_section(contract) for contract in TABLES.values())


def write_page(page: Path = PAGE) -> None:
    """Replace the generated part of the page."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(START, 1)
    after = rest.split(END, 1)[1]
    page.write_text(before + GENERATED.format(contract_tables()) + after, encoding="utf-8")


def _section(contract: TableContract) -> str:
    lines = [
        f"### {contract.name}",
        "",
        f"One row is {contract.title}. {_key(contract)}{_references(contract)}",
        "",
        "| column | type | known at | what it holds |",
        "|---|---|---|---|",
        *(_row(contract, column) for column in contract.columns),
    ]
    if contract.is_open:
        lines.append("| *your own* | number or category | the row | see below |")
    if contract.time_order:
        pairs = "; ".join(f"`{later}` not before `{first}`" for later, first in contract.time_order)
        lines += ["", f"Order in time: {pairs}."]
    return "\n".join(lines)


def _key(contract: TableContract) -> str:
    if not contract.key:
        return "Rows have no key."
    return f"Key: {', '.join(f'`{column}`' for column in contract.key)}."


def _references(contract: TableContract) -> str:
    named = [
        f"`{r.column}` → {r.table or 'merchants, products, creators'}"
        + ("" if r.is_strict else "*")
        for r in contract.references
    ]
    loose = any(not r.is_strict for r in contract.references)
    note = " (* may name a row that is not there)" if loose else ""
    return f" Refers: {', '.join(named)}{note}." if named else ""


def _row(contract: TableContract, column: str) -> str:
    star = "\\*" if column in contract.required else ""
    words = (f"`{column}`{star}", _type(contract, column), _known(contract, column))
    return f"| {' | '.join(words)} | {contract.doc(column)}{_ranges(contract, column)} |"


def _type(contract: TableContract, column: str) -> str:
    kind = contract.type_of(column)
    return WORDS.get(kind, "text" if str(kind) == "string" else "time")


def _known(contract: TableContract, column: str) -> str:
    known = contract.known(column)
    if known == ROW and contract.entity and column == contract.dated_by:
        return "itself, else the first dated row"
    if known == EXPORT:
        return "the export"
    return "the row" if known == ROW else "itself" if known == column else f"`{known}`"


def _ranges(contract: TableContract, column: str) -> str:
    errors = [str(check.error) for check in contract.schema.columns[column].checks]
    said = [e for e in errors if e.startswith(("is negative", "is less", "is not between"))]
    return f"; bad where it {' or '.join(said)}" if said else ""


if __name__ == "__main__":
    write_page()
