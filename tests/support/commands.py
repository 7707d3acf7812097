"""The `portreeve` command in a process of its own that does not import everything anew."""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.forks import start_fork_server


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    returncode: int | None
    printed: str


def run_portreeve(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Done:
    """Run `portreeve` with `words` in `folder`, as from a shell with just that environment."""
    start_fork_server()
    context = multiprocessing.get_context("forkserver")
    with tempfile.NamedTemporaryFile("r+", encoding="utf-8") as output:
        process = context.Process(
            target=_run, args=([*words], folder, dict(environment), output.name)
        )
        process.start()
        process.join()
        return Done(process.exitcode, output.read())


def _run(words: list[str], folder: Path, environment: dict[str, str], output: str) -> None:
    with open(output, "w", encoding="utf-8") as printed:
        os.dup2(printed.fileno(), sys.__stdout__.fileno())
        os.dup2(printed.fileno(), sys.__stderr__.fileno())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["portreeve", *words]

    from analytics.cli import main

    main()
