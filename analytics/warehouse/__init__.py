"""DuckDB over a snapshot: every read that a page makes."""

from analytics.warehouse.about import DataReport, ModelReport
from analytics.warehouse.explore import GROUPS, MEASURES, Sample
from analytics.warehouse.filters import QueueFilters
from analytics.warehouse.warehouse import Warehouse

__all__ = [
    "GROUPS",
    "MEASURES",
    "DataReport",
    "ModelReport",
    "QueueFilters",
    "Sample",
    "Warehouse",
]
