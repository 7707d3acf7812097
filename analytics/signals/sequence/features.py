"""What the order of events says of each entity: a few numbers that a person can read."""

from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from analytics.signals.sequence.bursts import Bursts
from analytics.signals.sequence.event_log import EventLog, Floats
from analytics.signals.sequence.kinds import BURST, STRETCH, TROUBLE
from analytics.signals.sequence.stretches import Stretches, faded, heaviest, totals
from analytics.signals.sequence.transitions import TransitionModel

NAMES: Final = (
    STRETCH,
    "sequence_surprise",
    "sequence_mix",
    "sequence_mix_change_90d",
    BURST,
    "sequence_burst_trouble",
    "sequence_burst_account",
    "sequence_trouble",
    "sequence_pace",
    "sequence_gap_variation",
    "sequence_silence",
)
SHORT, MIDDLE, LONG = 3.0, 14.0, 60.0  # half-lives, days
RECENT: Final = 90.0
LEAST_GAPS: Final = 5
_DAMPING: Final = 20.0  # events that the population's mix counts in an entity's
_SLACK: Final = 1.0  # bits a step may surprise beyond what is expected before it counts


class SequenceFeatures(TransformerMixin, BaseEstimator):
    """Surprise, mix, bursts and gaps of sequences, each entity seen from a moment of its own.

    `fit` learns what is usual from a whole population: the transition model and the mix of kinds.
    `transform` describes any log in these terms; all entities at once, without a loop.
    """

    def fit(self, X: EventLog, y: object = None) -> Self:
        """Learn what is usual from the events of a population."""
        self.transitions_ = TransitionModel().fit(X)
        self.kinds_ = X.kinds
        counts = np.bincount(X.kind, minlength=len(X.kinds)) + 1.0
        self.mix_ = counts / counts.sum()
        return self

    def transform(self, X: EventLog, moments: Floats) -> pd.DataFrame:
        """Describe each entity of a log.

        Args:
            X: A log with the kinds of the one fitted.
            moments: When each entity is looked at, days since 1970; later events are not seen.

        Returns:
            A frame of float64 indexed by entity id; NaN where nothing happened or, for gaps, too
            little.
        """
        check_is_fitted(self)
        log = X.before(moments)
        surplus, step = self.transitions_.surplus(log), log.is_step.astype(float)
        weight = faded(log, moments, LONG)
        bursts = Bursts(log, moments)
        columns = {
            STRETCH: self.unusual(log).weight,
            "sequence_surprise": totals(log, weight * surplus) / (totals(log, weight * step) + 5.0),
            "sequence_mix": self._divergence(log),
            "sequence_mix_change_90d": self._change(log, moments),
            BURST: bursts.height,
            "sequence_burst_trouble": bursts.trouble(),
            "sequence_burst_account": bursts.account(),
            "sequence_trouble": _share(log, weight, TROUBLE),
            "sequence_pace": _pace(log, moments, SHORT) / _pace(log, moments, LONG),
            "sequence_gap_variation": _gap_variation(log),
            "sequence_silence": _silence(log, moments),
        }
        frame = pd.DataFrame(columns, index=log.ids)
        frame.loc[np.diff(log.bounds) == 0] = np.nan
        return frame

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the features."""
        return np.array(NAMES, dtype=object)

    def unusual(self, X: EventLog) -> Stretches:
        """Return the stretch of each entity that is least like what usually follows what."""
        slack = np.where(X.is_step, _SLACK, 0.0)
        return heaviest(X, self.transitions_.surplus(X) - slack)

    def _divergence(self, log: EventLog) -> Floats:
        """Return the Kullback–Leibler divergence of each mix from the population's, bits."""
        own = self._mix(log)
        return (own * np.log2(own / self.mix_)).sum(axis=1)

    def _change(self, log: EventLog, moments: Floats) -> Floats:
        """Return the Jensen–Shannon divergence of the recent mix from the one before, bits."""
        is_recent = moments[log.code] - log.at < RECENT
        recent, older = self._mix(log.where(is_recent)), self._mix(log.where(~is_recent))
        middle = (recent + older) / 2
        parts = recent * np.log2(recent / middle) + older * np.log2(older / middle)
        return parts.sum(axis=1) / 2

    def _mix(self, log: EventLog) -> Floats:
        size = len(self.kinds_)
        counts = np.bincount(log.code * size + log.kind, minlength=log.size * size)
        counts = counts.reshape(log.size, size) + _DAMPING * self.mix_
        return counts / counts.sum(axis=1, keepdims=True)


def _share(log: EventLog, weight: Floats, kinds: tuple[str, ...]) -> Floats:
    """Return the share of some kinds in the weight of each entity's events, damped by one event."""
    return totals(log, weight * log.is_any(kinds)) / (totals(log, weight) + 1.0)


def _pace(log: EventLog, moments: Floats, half_life: float) -> Floats:
    """Return the decayed events a day, damped by one event in twenty days."""
    return totals(log, faded(log, moments, half_life)) * np.log(2) / half_life + 0.05


def _gap_variation(log: EventLog) -> Floats:
    """Return the standard deviation of the gaps between moments over their mean."""
    steps = log.is_step
    gap = np.where(steps, log.gap, 0.0)
    count, total, square = (totals(log, v) for v in (steps.astype(float), gap, gap**2))
    mean = total / np.where(count >= LEAST_GAPS, count, np.nan)
    return np.sqrt(np.maximum(square / np.maximum(count, 1.0) - mean**2, 0.0)) / mean


def _silence(log: EventLog, moments: Floats) -> Floats:
    """Return the time since the last event over the longest gap before it, damped by a day."""
    last, longest = np.full(log.size, np.nan), np.zeros(log.size)
    last[log.code] = log.at  # sorted by time, so the last one stays
    np.maximum.at(longest, log.code, np.nan_to_num(log.gap))
    return (moments - last) / (longest + 1.0)
