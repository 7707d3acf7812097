"""Incidents: sudden changes in daily series, with false alarms under control."""

from analytics.signals.incidents.finder import (
    MEASURES,
    IncidentOptions,
    Incidents,
    Measure,
    find_incidents,
)

__all__ = ["MEASURES", "IncidentOptions", "Incidents", "Measure", "find_incidents"]
