"""Peak memory of this process."""

import sys


def peak_mb() -> float:
    """Return the most resident memory that the process ever had, in MiB; NaN where unknown."""
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
