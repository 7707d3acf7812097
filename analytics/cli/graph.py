"""Commands that learn from a graph of nodes and edges that the user brings."""

from pathlib import Path
from typing import Annotated

import typer

from analytics.cli.shell import JsonFlag, reporting, show

graph_app = typer.Typer(no_args_is_help=True, help="Learn risk from a graph of your own.")

NodesOption = Annotated[
    Path,
    typer.Option("--nodes", help="CSV or parquet: node_id, label, split, numeric features."),
]
EdgesOption = Annotated[
    Path, typer.Option("--edges", help="CSV or parquet: src, dst, perhaps relation and weight.")
]
LabelOption = Annotated[
    str, typer.Option("--label", help="Column of the nodes: 1, 0, or empty where unknown.")
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option("--ignore", help="Column of the nodes that is no feature; repeat it for more."),
]
ThreadsOption = Annotated[int, typer.Option("--threads", min=1, help="Threads to use.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random.")]


@graph_app.command("evaluate")
def evaluate(
    nodes: NodesOption,
    edges: EdgesOption,
    label: LabelOption,
    split: Annotated[
        str, typer.Option("--split", help="Column of the nodes: train, valid, test, or empty.")
    ],
    k: Annotated[
        int | None,
        typer.Option("--k", help="Nodes looked at for recall; default: the positives in test."),
    ] = None,
    ignore: IgnoreOption = None,
    threads: ThreadsOption = 2,
    seed: SeedOption = 0,
    as_json: JsonFlag = False,
) -> None:
    """Fit on train, tune on valid, report on test."""
    with reporting(as_json):
        from analytics.signals.graph.evaluation import evaluate_graph
        from analytics.signals.graph.model import GraphRiskModel

        report = evaluate_graph(
            nodes,
            edges,
            label=label,
            split=split,
            k=k,
            ignore=ignore or (),
            model=GraphRiskModel(threads=threads, seed=seed),
        )
    show(as_json, report.to_dict(), report.summary)


@graph_app.command("score")
def score(
    nodes: NodesOption,
    edges: EdgesOption,
    label: LabelOption,
    split: Annotated[
        str | None,
        typer.Option(
            "--split", help="Column of the nodes: train and valid are learned from, others scored."
        ),
    ] = None,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV or parquet file to write.")],
    ignore: IgnoreOption = None,
    threads: ThreadsOption = 2,
    seed: SeedOption = 0,
    as_json: JsonFlag = False,
) -> None:
    """Write the probability of every node without a visible label."""
    with reporting(as_json):
        from analytics.reports.risks import check_output, write_risks
        from analytics.signals.graph.evaluation import score_graph
        from analytics.signals.graph.model import GraphRiskModel

        check_output(output)
        risks = score_graph(
            nodes,
            edges,
            label=label,
            split=split,
            ignore=ignore or (),
            model=GraphRiskModel(threads=threads, seed=seed),
        )
        rows = write_risks(output, risks)
    show(
        as_json,
        {"file": str(output), "rows": rows},
        lambda: f"Wrote {rows:,} rows to {output}.",
    )


def add_graph_commands(app: typer.Typer) -> None:
    """Add them to the command."""
    app.add_typer(graph_app, name="graph")
