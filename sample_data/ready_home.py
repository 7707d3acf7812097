"""Makes the ready sample snapshot that `make demo` opens: `python -m sample_data.ready_home`."""

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from analytics.pipeline import open_workbench
from analytics.progress import ConsoleProgress
from analytics.settings import load_settings
from sample_data.generator import generate

READY = Path(__file__).parent / "ready"
# What a build leaves behind that the pages do not need: it is made anew where it is wanted.
LEFT_OUT = ("registry", ".lock", "portreeve.db-wal", "portreeve.db-shm", "graph_edges_by_*")
DAYS_BETWEEN = 30


def make(merchants: int, seed: int, snapshots: int, folder: Path = READY) -> Path:
    """Generate, ingest and build a small marketplace with some history into a folder.

    Args:
        merchants: Size of the marketplace.
        seed: Seed of the generator.
        snapshots: How many as-of dates, `DAYS_BETWEEN` days apart, so that risk has a history.
        folder: Where it goes; what stands there is replaced.
    """
    progress = ConsoleProgress()
    with tempfile.TemporaryDirectory() as scratch:
        market, home = Path(scratch) / "market", Path(scratch) / "home"
        summary = generate(market, merchants=merchants, seed=seed, progress=progress)
        workbench = open_workbench(load_settings(home=home, reviewer="sample"))
        workbench.ingest(
            "tables",
            market / "tables",
            _as_ofs(datetime.fromisoformat(summary.end), snapshots),
            progress,
        )
        live = workbench.build(every=True, progress=progress).live
        workbench.close()
        for model in workbench.home.models_dir.iterdir():  # older scores stay, without their models
            if model.name not in live.models.values():
                shutil.rmtree(model)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(home, folder, ignore=shutil.ignore_patterns(*LEFT_OUT))
    return folder


def _as_ofs(end: datetime, count: int) -> list[datetime]:
    return [end - timedelta(days=DAYS_BETWEEN * i) for i in reversed(range(count))]


def main(
    merchants: Annotated[int, typer.Option(min=50)] = 90,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    snapshots: Annotated[int, typer.Option(min=1)] = 2,
    to: Annotated[Path, typer.Option(help="A new folder for it, to try.")] = READY,
) -> None:
    """Make the ready sample snapshot anew and print its size."""
    if to != READY and to.exists():
        raise typer.BadParameter(f"{to} exists already.", param_hint="--to")
    ready = make(merchants, seed, snapshots, to)
    size = sum(file.stat().st_size for file in ready.rglob("*") if file.is_file())
    typer.echo(f"{ready}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    typer.run(main)
