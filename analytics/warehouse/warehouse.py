"""Every read that a page makes, over the parquet files of one snapshot."""

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

import duckdb
import pandas as pd

from analytics.columns import ENTITY_TYPES, EntityType, Target
from analytics.errors import NotFoundError, PortreeveError
from analytics.snapshots.home import Home, Snapshot
from analytics.warehouse import about, cases, explained, sql
from analytics.warehouse.about import DataReport, ModelReport
from analytics.warehouse.explore import Explorer, Sample
from analytics.warehouse.filters import QueueFilters
from analytics.warehouse.incidents import Incidents
from analytics.warehouse.neighbours import neighbours
from analytics.warehouse.reader import Models, Reader
from analytics.warehouse.rings import Rings
from analytics.warehouse.rows import MAX_POINTS, EntityRows

WARM_AFTER_S: Final = 1.0


class Warehouse:
    """Reads over the snapshots of one home folder; frames out.

    One instance serves a whole process: each call has a cursor of its own. `models` says which
    model's scores to read, by entity type. Times are naive UTC, money in the dataset's currency
    (`freshness()["currency"]`) as float, missing values NaN/NaT/None.
    """

    def __init__(self, home: Home, *, threads: int = 2, memory_limit: str = "1500MB") -> None:
        self.home = home
        self._threads = threads
        self._memory_limit = memory_limit

    @cached_property
    def reader(self) -> Reader:
        """The connection, for the parts of `analytics` that read what no page shows directly."""
        return Reader(self.home, threads=self._threads, memory_limit=self._memory_limit)

    @cached_property
    def rings(self) -> Rings:
        """Reads of rings."""
        return Rings(self.reader)

    @cached_property
    def incidents(self) -> Incidents:
        """Reads of incidents."""
        return Incidents(self.reader)

    def close(self) -> None:
        """Close the connection."""
        self.reader.close()

    def warm(
        self, snapshot_id: str, models: Models, *, after_s: float = WARM_AFTER_S
    ) -> threading.Thread:
        """Prepare the snapshot's tables in the background, so that the first case opens at once.

        It waits a moment, since the browser that draws the page needs the processor more.
        """

        def prepare() -> None:
            with contextlib.suppress(PortreeveError, duckdb.Error):  # the page will say it
                self.reader.on_tables(snapshot_id, "SELECT 1")
                self.counts(snapshot_id, models)

        thread = threading.Timer(after_s, prepare)
        thread.name, thread.daemon = "portreeve-warm", False  # DuckDB does not bear to be cut off
        thread.start()
        return thread

    # --- Queue -------------------------------------------------------------------------------

    def queue(
        self,
        snapshot_id: str,
        models: Models,
        filters: QueueFilters | None = None,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Entities in the order of the queue.

        By expected harm within its unit (money before severity), or by probability.

        Returns:
            position (1 = first with these filters), entity_type, entity_id, model_version, name,
            category, region, size_band, peer_group, volume (lines, 60 d), gmv_30d, gmv_open,
            quality_probability, quality_status, shrunken_rate, violation_probability,
            violation_source, top_policy, gmv_at_risk (null: unknown), expected_harm, harm_unit
            ("money" or "severity"), policy_harm and quality_harm (its two parts), rank (1 = first
            of its type, without filters), top_family, known_at, age_days, top_probability,
            in_queue (harm reaches the queue's threshold), previous_rank, previous_harm (in the
            snapshot before; null: was not there), is_new (in the queue now, not then).
        """
        values = (filters or QueueFilters()).parameters()
        found = self.reader.on_scores(
            snapshot_id, models, sql.QUEUE, **values, limit=limit, offset=offset
        )
        found.insert(0, "position", range(offset + 1, offset + 1 + len(found)))
        return found

    def cases(
        self,
        snapshot_id: str,
        models: Models,
        listing: pd.DataFrame,
        filters: QueueFilters | None = None,
        *,
        reviewer: str = "",
        now: datetime | None = None,
    ) -> pd.DataFrame:
        """Cases of the decisions database with the scores of whom they are about.

        Args:
            snapshot_id: Of the scores.
            models: Of the scores.
            listing: As from `Store.cases.listing`.
            filters: Which cases.
            reviewer: Whose cases `filters.mine` means; assigned ones come first.
            now: Naive UTC, to tell what is due.

        Returns:
            position, the columns of `listing`, then those of `queue`, which are missing where an
            entity is not in the snapshot (only without filters that ask about scores).
        """
        return cases.join(
            self.reader,
            snapshot_id,
            models,
            listing,
            filters or QueueFilters(),
            reviewer=reviewer,
            now=now or datetime.now(UTC).replace(tzinfo=None),
        )

    def counts(
        self, snapshot_id: str, models: Models, filters: QueueFilters | None = None
    ) -> pd.DataFrame:
        """Size of the filtered queue, by entity type.

        Returns:
            entity_type, harm_unit, entities, in_queue, expected_harm, queue_harm (of those in
            the queue), gmv_at_risk. Sums are per type: a product's harm is within its merchant's.
        """
        values = _without_order(filters or QueueFilters())
        return self.reader.on_scores(snapshot_id, models, sql.COUNTS, **values)

    def choices(
        self, snapshot_id: str, models: Models, entity: Sequence[EntityType] = ()
    ) -> pd.DataFrame:
        """Values to filter by: facet (a field of `QueueFilters`), value, entities."""
        return self.reader.on_scores(snapshot_id, models, sql.CHOICES, entity=list(entity))

    def neighbours(
        self,
        snapshot_id: str,
        models: Models,
        filters: QueueFilters,
        entity: EntityType,
        entity_id: str,
    ) -> pd.DataFrame:
        """Where an entity stands in the filtered queue, and who stands before and after it.

        Returns:
            entity_type, entity_id, position, step (-1 before, 0 itself, 1 after); empty if the
            filters leave the entity out.
        """
        return neighbours(self.reader, snapshot_id, models, filters, entity, entity_id)

    def queue_reasons(
        self, snapshot_id: str, models: Models, queue: pd.DataFrame, top: int = 1
    ) -> pd.DataFrame:
        """First `top` reasons of each entity on a page of the queue ("why is this first").

        Returns:
            entity_type, then the columns of `reasons`.
        """
        parts = [
            self.reasons(snapshot_id, models[str(entity)], list(rows["entity_id"]), top).assign(
                entity_type=entity
            )
            for entity, rows in queue.groupby("entity_type")
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    # --- One entity ----------------------------------------------------------------------------

    def entity(
        self, snapshot_id: str, models: Models, entity: EntityType, entity_id: str
    ) -> dict[str, Any]:
        """Header of one entity: identity, exposure, scores and standing.

        Returns:
            The columns of `queue` without position, and: entities (of its type), peers (in its
            peer group), started_at (registered, listed or joined; may be NaT), and for a merchant
            country, main_category; for a product merchant_id, title, description, price,
            image_path; for a creator country, followers.

        Raises:
            NotFoundError: It is not known at the snapshot's as-of.
        """
        identity = self.rows(snapshot_id, entity, entity_id).identity()
        found = self.reader.first_on_scores(
            snapshot_id, models, sql.ENTITY, entity=entity, entity_id=entity_id
        )
        if found is None:
            raise NotFoundError(
                f"{entity.capitalize()} {entity_id!r} has no scores in snapshot {snapshot_id}.",
                hint="Run `portreeve build`.",
            )
        return {**identity, **found}

    def rows(self, snapshot_id: str, entity: EntityType, entity_id: str) -> EntityRows:
        """The rows of one entity, as known at the as-of; read only when asked for."""
        return EntityRows(self.reader, snapshot_id, entity, entity_id)

    def row_counts(self, snapshot_id: str, entity: EntityType, entity_id: str) -> dict[str, int]:
        """How many orders, refunds, reviews, contents, events, links, past_decisions it has."""
        return self.rows(snapshot_id, entity, entity_id).counts()

    def orders(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Order lines, newest first.

        Returns:
            order_id, line_no, buyer_id, merchant_id, product_id, creator_id, content_id,
            placed_at, quantity, price, freight, amount (price times quantity), ship_by,
            shipped_at, deliver_by, delivered_at, cancelled_at, cancelled_by, refunded_at,
            refund_amount, refund_reason, status (from the dates known at the as-of), is_late
            (not handed over by ship_by).
        """
        return self._page("orders", snapshot_id, entity, entity_id, limit, offset)

    def refunds(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Refunded lines, newest refund first.

        Returns:
            order_id, line_no, merchant_id, product_id, placed_at, refunded_at, refund_amount,
            refund_reason, amount.
        """
        return self._page("refunds", snapshot_id, entity, entity_id, limit, offset)

    def reviews(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Reviews, newest first.

        Returns:
            review_id, order_id, merchant_id, product_id, buyer_id, rating, title, text,
            created_at, is_shared (the order has several merchants, so the review may be about
            another one).
        """
        return self._page("reviews", snapshot_id, entity, entity_id, limit, offset)

    def products(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Products of a merchant, of a product's merchant, or sold or shown by a creator.

        Returns:
            product_id, merchant_id, category, title, description, price, listed_at, known_at,
            lines, gmv, lowest_price, highest_price, last_sold_at, refunded, cancelled (lines);
            most GMV first.
        """
        return self._page("products", snapshot_id, entity, entity_id, limit, offset)

    def contents(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Videos and livestreams of a creator, or that showed a product or a merchant's products.

        Returns:
            content_id, creator_id, kind, started_at, duration_s, title, transcript, views, likes,
            comments, shares, counted_at, products (number shown); newest first.
        """
        return self._page("contents", snapshot_id, entity, entity_id, limit, offset)

    def events(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Behaviour log, newest first: event_id, kind, at, payload (JSON text)."""
        return self._page("events", snapshot_id, entity, entity_id, limit, offset)

    def links(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Devices, accounts and the like, most shared first.

        Returns:
            kind, value_hash, first_seen, last_seen, others (entities that use the same one),
            shared_with (at most 20 of them, as "type id").
        """
        return self._page("links", snapshot_id, entity, entity_id, limit, offset)

    def past_decisions(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Decisions that came with the data, newest first: policy, outcome, decided_at."""
        return self._page("past_decisions", snapshot_id, entity, entity_id, limit, offset)

    def timeline(
        self,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        *,
        max_points: int = MAX_POINTS,
    ) -> pd.DataFrame:
        """Everything dated on one axis.

        Returns:
            at, lane (orders, late dispatch, cancellations, refunds, ratings, contents, events,
            past decisions), kind, value (money, or stars, or views; a sum, for ratings a mean,
            where counted), label, count, bucket ("" for single rows; "day", "week" or "month"
            where more than `max_points` rows had to be counted).
        """
        return self.rows(snapshot_id, entity, entity_id).timeline(max_points)

    def reasons(
        self, snapshot_id: str, model_version: str, ids: Sequence[str], top: int = 8
    ) -> pd.DataFrame:
        """Reasons of entities of one type, as stored by the build.

        Returns:
            entity_id, rank (1 = strongest), target, feature, family, contribution (log-odds),
            value, peer_median, peer_count, peer_rank (1 = most harmful), points_to_policies.
        """
        return explained.reasons(self.reader, snapshot_id, model_version, ids, top)

    def reasons_of(
        self, snapshot_id: str, model_version: str, entity_id: str, top: int = 5
    ) -> list[dict[str, Any]]:
        """Reasons of one entity, strongest first; the columns of `reasons` as plain values."""
        return explained.reasons_of(self.reader, snapshot_id, model_version, entity_id, top)

    def score_batches(self, snapshot_id: str, model_version: str) -> Iterator[pd.DataFrame]:
        """All scores of one model in order of their ids, some at a time.

        Yields:
            entity_id, quality_probability, violation_probability, expected_harm, harm_unit.
        """
        return explained.score_batches(self.reader, snapshot_id, model_version)

    def contributions(
        self,
        snapshot_id: str,
        model_version: str,
        entity: EntityType,
        target: Target,
        entity_id: str,
    ) -> pd.DataFrame:
        """What each feature adds to the trees' log-odds: feature, contribution, value.

        Largest absolute contribution first. `base_value` is where they start from.
        """
        return explained.contributions(
            self.reader, snapshot_id, model_version, entity, target, entity_id
        )

    def feature_row(
        self, snapshot_id: str, model_version: str, entity: EntityType, entity_id: str
    ) -> dict[str, Any]:
        """Features of one entity as the model saw them, with its context (name, category …)."""
        return explained.feature_row(self.reader, snapshot_id, model_version, entity, entity_id)

    def base_value(self, snapshot_id: str, model_version: str, target: Target) -> float:
        """Log-odds of an average entity, to which contributions add."""
        base = (self.reader.meta(snapshot_id, model_version).get("base") or {}).get(target)
        return float("nan") if base is None else float(base)

    def meta(self, snapshot_id: str, model_version: str) -> dict[str, Any]:
        """What the scores of one model say about themselves (meta.json)."""
        return self.reader.meta(snapshot_id, model_version)

    def risk_history(
        self, snapshot_id: str, models: Models, entity: EntityType, entity_id: str
    ) -> pd.DataFrame:
        """Scores of one entity over the snapshots of the same marketplace, oldest first.

        Each earlier snapshot shows the model that was trained last among those that scored it.

        Returns:
            snapshot_id, as_of, model_version, rank, expected_harm, harm_unit, gmv_at_risk,
            quality_probability, quality_status, shrunken_rate, violation_probability,
            violation_source, top_policy.
        """
        return explained.history(self.reader, snapshot_id, models, entity, entity_id)

    # --- Search and explore ----------------------------------------------------------------------

    def search(
        self,
        snapshot_id: str,
        models: Models,
        text: str,
        entity: Sequence[EntityType] = (),
        limit: int = 20,
    ) -> pd.DataFrame:
        """Entities whose id or name holds the text, case ignored.

        Returns:
            entity_type, entity_id, name, category, region, expected_harm, harm_unit, rank,
            quality_probability, violation_probability, closeness (0 the id itself, 1 starts
            with the text, 2 holds it); closest first, then most harm. Empty for an empty text.
        """
        return self.reader.on_scores(
            snapshot_id,
            models,
            sql.SEARCH,
            text=text.strip(),
            entity=list(entity),
            limit=limit if text.strip() else 0,
        )

    def slice(
        self, snapshot_id: str, models: Models, entity: EntityType, group: str
    ) -> pd.DataFrame:
        """Risk by one of `explore.GROUPS`.

        Returns:
            group, entities, in_queue, expected_harm, harm_unit, gmv_at_risk,
            mean_quality_probability, mean_violation_probability, mean_shrunken_rate.
        """
        return self._explorer(snapshot_id, models, entity).slice(group)

    def distribution(
        self,
        snapshot_id: str,
        models: Models,
        entity: EntityType,
        column: str,
        group: str | None = None,
        bins: int = 40,
    ) -> pd.DataFrame:
        """Histogram of one of `explore.MEASURES` or of a feature: group, low, high, entities.

        The outermost half per cent on either side falls into the first and last bin; groups
        beyond the twelve largest are "(other)".
        """
        return self._explorer(snapshot_id, models, entity).distribution(column, group, bins)

    def scatter(
        self,
        snapshot_id: str,
        models: Models,
        entity: EntityType,
        x: str,
        y: str,
        group: str = "category",
        points: int = MAX_POINTS,
    ) -> Sample:
        """Two measures or features against each other.

        Returns:
            Sample(frame, total): entity_id, name, group, x, y, expected_harm, harm_unit, rank.
            Above `points` the tenth with most harm is kept and the rest is a stable sample.
        """
        return self._explorer(snapshot_id, models, entity).scatter(x, y, group, points)

    def features(self, snapshot_id: str, models: Models, entity: EntityType) -> list[str]:
        """Names of features that `distribution` and `scatter` can show beside the measures."""
        return self._explorer(snapshot_id, models, entity).features()

    # --- Overview --------------------------------------------------------------------------------

    def overview(self, snapshot_id: str, models: Models) -> pd.DataFrame:
        """Totals by entity type.

        Returns:
            entity_type, harm_unit, entities, in_queue, new_in_queue, known_before (had a score
            in the snapshot before), expected_harm, queue_harm, previous_harm, gmv_at_risk,
            quality_scored, violation_source.
        """
        return self.reader.on_scores(snapshot_id, models, sql.OVERVIEW)

    def new_in_queue(
        self, snapshot_id: str, models: Models, entity: Sequence[EntityType] = (), limit: int = 10
    ) -> pd.DataFrame:
        """Entities that entered the queue since the snapshot before; columns of `queue`."""
        filters = QueueFilters(entity=tuple(entity), new_only=True)
        return self.queue(snapshot_id, models, filters, limit=limit)

    def movers(
        self, snapshot_id: str, models: Models, entity: Sequence[EntityType] = (), limit: int = 10
    ) -> pd.DataFrame:
        """Entities whose expected harm grew most since the snapshot before.

        Returns:
            entity_type, entity_id, name, category, rank, previous_rank, ranks_up, expected_harm,
            previous_harm, harm_change, harm_unit, quality_probability, violation_probability,
            top_family, top_policy, in_queue, is_new.
        """
        return self.reader.on_scores(
            snapshot_id, models, sql.MOVERS, entity=list(entity), limit=limit
        )

    def freshness(self, snapshot_id: str, models: Models) -> dict[str, Any]:
        """How old things are.

        Returns:
            as_of, exported_at, ingested_at, source, source_name, currency, previous_as_of (None:
            no snapshot before), trained_as_of (by entity type).
        """
        return about.freshness(self.reader, snapshot_id, models)

    # --- Model and data --------------------------------------------------------------------------

    def model_report(self, model_version: str) -> ModelReport:
        """Card and metrics of one model; `NotFoundError` if there is none."""
        return about.model_report(self.home, model_version)

    def importance(self, snapshot_id: str, model_version: str, target: Target) -> pd.DataFrame:
        """Mean absolute contribution over all entities: feature, mean_abs, share (of the sum)."""
        return about.importance(self.reader, snapshot_id, model_version, target)

    def snapshots(self) -> pd.DataFrame:
        """All snapshots, newest as-of first.

        Returns:
            snapshot_id, as_of, dataset_id, source, source_name, created_at, models (that scored
            it, comma-separated), is_built.
        """
        return about.snapshots(self.home)

    def built(self) -> list[Snapshot]:
        """Snapshots that have scores, newest as-of first."""
        known = [self.reader.snapshot(snapshot_id) for snapshot_id in self.home.snapshot_ids()]
        scored = [snapshot for snapshot in known if snapshot.score_versions()]
        return sorted(scored, key=lambda s: (s.as_of, s.snapshot_id), reverse=True)

    def models_of(self, snapshot_id: str) -> dict[str, str]:
        """The model of each entity type that was trained last among those that scored it.

        Raises:
            NotFoundError: There is no such snapshot, or it has no scores.
        """
        snapshot = self.reader.snapshot(snapshot_id)
        found = {entity: self.reader.model_at(snapshot, entity) for entity in ENTITY_TYPES}
        models: dict[str, str] = {entity: model for entity, model in found.items() if model}
        if not models:
            raise NotFoundError(
                f"Snapshot {snapshot_id} has no scores.",
                hint=f"Run `portreeve build --snapshot {snapshot_id}`.",
            )
        return models

    def data_report(self, dataset_id: str) -> DataReport:
        """Tables, rows, rejects, unknown columns and missing tables of one dataset."""
        return about.data_report(self.home.dataset(dataset_id))

    def rejects(
        self, dataset_id: str, table: str, *, limit: int = 100, offset: int = 0
    ) -> pd.DataFrame:
        """Quarantined rows and cells: row_number, column, value, reason, scope."""
        return about.rejects(self.reader, self.home.dataset(dataset_id), table, limit, offset)

    def picture_problems(self, dataset_id: str, limit: int = 1_000) -> pd.DataFrame:
        """Pictures of products that cannot be compared: image_path, problem."""
        return about.picture_problems(self.reader, self.home.dataset(dataset_id), limit)

    def _explorer(self, snapshot_id: str, models: Models, entity: EntityType) -> Explorer:
        return Explorer(self.reader, snapshot_id, models, entity)

    def _page(
        self,
        table: str,
        snapshot_id: str,
        entity: EntityType,
        entity_id: str,
        limit: int,
        offset: int,
    ) -> pd.DataFrame:
        return self.rows(snapshot_id, entity, entity_id).page(table, limit, offset)


def _without_order(filters: QueueFilters) -> Mapping[str, Any]:
    values = replace(filters, order="harm").parameters()
    del values["order"]
    return values
