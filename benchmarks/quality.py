"""How well quality is predicted on Olist, forward in time, against its baselines.

`python -m benchmarks.quality [--data DIR] [--entity merchant|product] [--json]` ingests the
published files, trains at each of nine dates (2017-10-04 to 2018-06-01, thirty days apart) on what
was known then, and looks at the sixty days after: `portreeve evaluate` with these dates.
"""

import argparse
import json
import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from analytics.columns import EntityType
from analytics.model.report import EvaluationReport
from analytics.pipeline import open_workbench
from analytics.settings import load_settings

LAST = datetime(2018, 6, 1)
DATES = [LAST - timedelta(days=30 * k) for k in reversed(range(9))]
DEFAULT_DATA = Path(__file__).parents[2] / "shared" / "data"


def measure(olist: Path, entity: EntityType) -> EvaluationReport:
    """Ingest the files into a home of their own and backtest."""
    with tempfile.TemporaryDirectory() as home:
        workbench = open_workbench(load_settings(home=Path(home)))
        try:
            workbench.ingest("olist", olist)
            return workbench.evaluate(entity, "quality", as_ofs=DATES)
        finally:
            workbench.close()


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    data = os.environ.get("PORTREEVE_DATA", str(DEFAULT_DATA))
    parser.add_argument("--data", type=Path, default=Path(data) / "olist")
    parser.add_argument("--entity", choices=["merchant", "product"], default="merchant")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    report = measure(arguments.data, arguments.entity)
    print(json.dumps(report.to_dict(), indent=1) if arguments.json else report.summary())


if __name__ == "__main__":
    main()
