"""A recurrent encoder of event sequences that learns without labels."""

from collections.abc import Iterator
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from analytics.errors import InputError
from analytics.signals.sequence.event_log import EventLog, Floats, Ints
from benchmarks.deep.slices import Rows, drawn_stretches, last_events, rows_of

WIDTH: Final = 16  # of the embedding of a kind
AT_ONCE: Final = 512  # sequences encoded in one go


class SequenceEncoder(TransformerMixin, BaseEstimator):
    """A GRU over events that tells stretches of one entity from those of others.

    Each event is the embedding of its kind beside log(1 + days since the event before). Stretches
    of one entity are drawn at random; those of one entity shall lie close to each other, those of
    different ones apart (Babaev et al., "CoLES: Contrastive Learning for Event Sequences with
    Self-Supervision", SIGMOD 2022), here by the normalised temperature-scaled cross-entropy of
    Chen et al. (SimCLR, 2020) over all pairs of a batch. No label is read.

    Args:
        hidden: Width of the GRU, and number of columns.
        epochs: How often each entity is drawn.
        batch: Entities in a batch.
        views: Stretches of each entity in it.
        shortest: Least events of a stretch; who has fewer does not teach.
        longest: Most events of a stretch.
        most: How many last events of an entity are encoded.
        temperature: Divides the cosines.
        rate: Learning rate of Adam.
        seed: Seed of weights, batches and stretches.
    """

    def __init__(
        self,
        hidden: int = 64,
        epochs: int = 15,
        batch: int = 64,
        views: int = 4,
        shortest: int = 10,
        longest: int = 100,
        most: int = 300,
        temperature: float = 0.1,
        rate: float = 0.003,
        seed: int = 0,
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.batch = batch
        self.views = views
        self.shortest = shortest
        self.longest = longest
        self.most = most
        self.temperature = temperature
        self.rate = rate
        self.seed = seed

    def fit(self, X: EventLog, y: object = None, *, moments: Floats) -> Self:
        """Learn from the events of a population, each entity seen from its moment.

        Raises:
            InputError: Fewer than two entities have `shortest` events.
        """
        log = X.before(moments)
        self.kinds_ = log.kinds
        codes = np.flatnonzero(np.diff(log.bounds) >= self.shortest)
        if len(codes) < 2:
            raise InputError(
                f"An encoder needs two entities with {self.shortest} events.",
                hint=f"There are {len(codes)}.",
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.network_ = Network(len(self.kinds_), self.hidden)
            self.losses_ = self._learned(log, codes)
        self.mean_, self.scale_ = np.zeros(self.hidden), np.ones(self.hidden)
        columns = self._columns(log)[np.diff(log.bounds) > 0]
        self.mean_ = columns.mean(axis=0)
        self.scale_ = 1 / np.maximum(columns.std(axis=0), 1e-9)
        return self

    def transform(self, X: EventLog, moments: Floats) -> Floats:
        """Return the columns, entities × `get_feature_names_out()`, of events up to the moments.

        Each has mean 0 and deviation 1 in the population fitted, and is 0 where nothing happened.
        """
        check_is_fitted(self)
        return self._columns(X.before(moments))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the columns."""
        return np.array([f"encoder {number}" for number in range(self.hidden)], dtype=object)

    def _learned(self, log: EventLog, codes: Ints) -> list[float]:
        """Train the network; return the mean loss of each epoch."""
        rng = np.random.default_rng(self.seed)
        optimizer = torch.optim.Adam(self.network_.parameters(), lr=self.rate)
        losses = []
        for _ in range(self.epochs):
            found = []
            for rows in self._batches(log, codes, rng):
                loss = contrast(self.network_(rows), self.views, self.temperature)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                found.append(float(loss.detach()))
            losses.append(float(np.mean(found)))
        return losses

    def _batches(self, log: EventLog, codes: Ints, rng: np.random.Generator) -> Iterator[Rows]:
        """Yield stretches of all entities in random order, in batches of about equal size."""
        count = max(len(codes) // self.batch, 1)
        for some in np.array_split(rng.permutation(codes), count):
            stretches = drawn_stretches(log, some, self.views, self.shortest, self.longest, rng)
            yield rows_of(log, self.kinds_, *stretches)

    def _columns(self, log: EventLog) -> Floats:
        columns = np.zeros((log.size, self.hidden))
        size = np.diff(log.bounds)
        # Of like length, so that little of what is computed is padding.
        lively = np.argsort(size, kind="stable")[np.count_nonzero(size == 0) :]
        with torch.no_grad():
            for begin in range(0, len(lively), AT_ONCE):
                some = lively[begin : begin + AT_ONCE]
                rows = rows_of(log, self.kinds_, *last_events(log, some, self.most))
                columns[some] = (self.network_(rows).numpy() - self.mean_) * self.scale_
        return columns


class Network(nn.Module):
    """Embedding of kinds and gaps, one GRU layer, its last state at length 1."""

    def __init__(self, kinds: int, hidden: int) -> None:
        super().__init__()
        self.kind = nn.Embedding(kinds + 1, WIDTH, padding_idx=kinds)
        self.cells = nn.GRU(WIDTH + 1, hidden, batch_first=True)

    def forward(self, rows: Rows) -> Tensor:
        """Return one vector a sequence, sequences × hidden."""
        gap = torch.from_numpy(rows.gap)[..., None]
        events = torch.cat([self.kind(torch.from_numpy(rows.kind)), gap], dim=-1)
        # Packed sequences would spare the padding and take three times as long on a processor.
        states, _ = self.cells(events)
        last = states[torch.arange(len(states)), torch.from_numpy(rows.length) - 1]
        return nn.functional.normalize(last, dim=1)


def contrast(vectors: Tensor, views: int, temperature: float) -> Tensor:
    """Return the mean cross-entropy of finding an entity's other stretches among all others.

    Args:
        vectors: Of length 1, sequences × hidden; those of one entity side by side.
        views: Sequences of each entity.
        temperature: Divides the cosines.
    """
    entity = torch.arange(len(vectors)) // views
    itself = torch.eye(len(vectors), dtype=torch.bool)
    cosine = (vectors @ vectors.T / temperature).masked_fill(itself, -torch.inf)
    log_share = nn.functional.log_softmax(cosine, dim=1)
    return -log_share[(entity[:, None] == entity) & ~itself].mean()
