"""How long the features of one moment take: `python -m benchmarks.features [HOME]`.

Reads the newest snapshot of a home folder (default `PORTREEVE_HOME` or ./var). The first build
compiles its SQL, the following ones, of other moments, reuse it, as training does.
"""

import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

from analytics.columns import ENTITY_TABLE, ENTITY_TYPES
from analytics.engines import open_engine
from analytics.features.as_of import AsOf
from analytics.features.build import feature_frame
from analytics.settings import load_settings
from analytics.snapshots.home import Home

MOMENTS = 4


def main() -> None:
    """Print seconds (wall and CPU), rows and features for each moment and entity type."""
    settings = load_settings()
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else settings.home
    snapshot = Home(home).snapshot()
    dataset = snapshot.dataset
    entities = [e for e in ENTITY_TYPES if dataset.has(ENTITY_TABLE[e])]
    engine = open_engine("duckdb://", settings)
    print(f"{'as of':<12}{'entity':<10}{'rows':>8}{'columns':>9}{'wall s':>8}{'CPU s':>8}")
    for nth in range(MOMENTS):
        as_of = snapshot.as_of - timedelta(days=30 * nth)
        with AsOf(engine, dataset, as_of) as view:
            for entity in entities:
                wall, cpu = time.perf_counter(), time.process_time()
                frame = feature_frame(view, entity)
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                shape = f"{len(frame):>8}{frame.shape[1]:>9}"
                print(f"{as_of:%Y-%m-%d}  {entity:<10}{shape}{wall:>8.2f}{cpu:>8.2f}")
    engine.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MB, {settings.threads} threads")


if __name__ == "__main__":
    main()
