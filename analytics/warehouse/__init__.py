"""DuckDB over a snapshot: every read that a page makes."""

from analytics.warehouse.about import DataReport, ModelReport
from analytics.warehouse.explore import GROUPS, MEASURES, Sample
from analytics.warehouse.filters import QueueFilters
from analytics.warehouse.incidents import IncidentFilters
from analytics.warehouse.measured import Measured
from analytics.warehouse.rings import RingFilters
from analytics.warehouse.warehouse import Warehouse

__all__ = [
    "GROUPS",
    "MEASURES",
    "DataReport",
    "IncidentFilters",
    "Measured",
    "ModelReport",
    "QueueFilters",
    "RingFilters",
    "Sample",
    "Warehouse",
]
