"""Frame in, Plotly figure out; each chart has a sentence for those who cannot see it."""

from analytics.charts.case import timeline, timeline_alt, waterfall, waterfall_alt
from analytics.charts.explore import distribution, distribution_alt, scatter, scatter_alt
from analytics.charts.incidents import incident, incident_alt
from analytics.charts.learning import learning_curves, learning_curves_alt
from analytics.charts.model import (
    calibration,
    calibration_alt,
    importance,
    importance_alt,
    metric_intervals,
    metric_intervals_alt,
    precision_recall,
    precision_recall_alt,
)
from analytics.charts.monitoring import (
    capacity_cost,
    capacity_cost_alt,
    capacity_shares,
    capacity_shares_alt,
    drift_bars,
    drift_bars_alt,
    group_rates,
    group_rates_alt,
    verdicts,
    verdicts_alt,
)
from analytics.charts.network import drawn, network, network_alt
from analytics.charts.queue import (
    queue_harm,
    queue_harm_alt,
    risk_history,
    risk_history_alt,
    slice_bars,
    slice_bars_alt,
)
from analytics.charts.ring_growth import ring_timeline, ring_timeline_alt
from analytics.charts.team import backlog, backlog_alt

__all__ = [
    "backlog",
    "backlog_alt",
    "calibration",
    "calibration_alt",
    "capacity_cost",
    "capacity_cost_alt",
    "capacity_shares",
    "capacity_shares_alt",
    "distribution",
    "distribution_alt",
    "drawn",
    "drift_bars",
    "drift_bars_alt",
    "group_rates",
    "group_rates_alt",
    "importance",
    "importance_alt",
    "incident",
    "incident_alt",
    "learning_curves",
    "learning_curves_alt",
    "metric_intervals",
    "metric_intervals_alt",
    "network",
    "network_alt",
    "precision_recall",
    "precision_recall_alt",
    "queue_harm",
    "queue_harm_alt",
    "ring_timeline",
    "ring_timeline_alt",
    "risk_history",
    "risk_history_alt",
    "scatter",
    "scatter_alt",
    "slice_bars",
    "slice_bars_alt",
    "timeline",
    "timeline_alt",
    "verdicts",
    "verdicts_alt",
    "waterfall",
    "waterfall_alt",
]
