"""SQL over `scores`. `{key}`-like names come from our own declarations, values are bound."""

from typing import Final

# One row per entity, all types together: what a queue, a search or a slice needs of each. Texts
# that only one entity's page shows (the policies) stay in the file.
CREATE_SCORES: Final = """
CREATE TABLE scores (
    entity_type VARCHAR, entity_id VARCHAR, model_version VARCHAR, name VARCHAR,
    category VARCHAR, region VARCHAR, size_band VARCHAR, peer_group VARCHAR,
    volume DOUBLE, gmv_30d DOUBLE, gmv_open DOUBLE,
    quality_probability DOUBLE, quality_status VARCHAR, shrunken_rate DOUBLE,
    violation_probability DOUBLE, violation_source VARCHAR, top_policy VARCHAR,
    gmv_at_risk DOUBLE, expected_harm DOUBLE, harm_unit VARCHAR, policy_harm DOUBLE,
    rank BIGINT, top_family VARCHAR,
    known_at TIMESTAMP, age_days BIGINT, top_probability DOUBLE, in_queue BOOLEAN,
    previous_rank BIGINT, previous_harm DOUBLE, is_new BOOLEAN,
    entities BIGINT, peers BIGINT)
"""

LOAD_SCORES: Final = """
INSERT INTO scores BY NAME
SELECT $entity AS entity_type, s.entity_id, $model_version AS model_version, s.name,
       s.category, s.region, s.size_band, s.peer_group, s.volume, s.gmv_30d, s.gmv_open,
       s.quality_probability, s.quality_status, s.shrunken_rate,
       s.violation_probability, s.violation_source, s.top_policy,
       s.gmv_at_risk, s.expected_harm, s.harm_unit,
       coalesce(list_sum(list_transform(
           from_json(s.policies, '[{{"harm": "DOUBLE"}}]'), lambda p: p.harm)), 0) AS policy_harm,
       s.rank, s.top_family,
       e.known_at, date_diff('day', e.known_at, $as_of::TIMESTAMP) AS age_days,
       greatest(s.quality_probability, s.violation_probability) AS top_probability,
       coalesce(s.expected_harm >= $queue_harm::DOUBLE, false) AS in_queue,
       p.rank AS previous_rank, p.expected_harm AS previous_harm,
       $previous_known AND coalesce(s.expected_harm >= $queue_harm::DOUBLE, false)
           AND NOT coalesce(p.was_in_queue, false) AS is_new,
       count(*) OVER () AS entities,
       CASE WHEN s.peer_group IS NULL THEN 0 ELSE count(*) OVER (PARTITION BY s.peer_group) END
           AS peers
FROM read_parquet($scores) s
LEFT JOIN previous p USING (entity_id)
LEFT JOIN (SELECT {key} AS entity_id, known_at FROM read_parquet($entities)) e USING (entity_id)
ORDER BY s.entity_id
"""

# The scores that the entities of one type had in the snapshot before.
CREATE_PREVIOUS: Final = """
CREATE OR REPLACE TEMP TABLE previous
    (entity_id VARCHAR, rank BIGINT, expected_harm DOUBLE, was_in_queue BOOLEAN)
"""
LOAD_PREVIOUS: Final = """
INSERT INTO previous
SELECT entity_id, rank, expected_harm,
       coalesce(expected_harm >= $queue_harm::DOUBLE, false)
FROM read_parquet($scores)
"""

FILTERED: Final = """
FROM scores
WHERE (len($entity::VARCHAR[]) = 0 OR list_contains($entity::VARCHAR[], entity_type))
  AND (len($family::VARCHAR[]) = 0 OR list_contains($family::VARCHAR[], top_family))
  AND (len($category::VARCHAR[]) = 0 OR list_contains($category::VARCHAR[], category))
  AND (len($region::VARCHAR[]) = 0 OR list_contains($region::VARCHAR[], region))
  AND (len($size_band::VARCHAR[]) = 0 OR list_contains($size_band::VARCHAR[], size_band))
  AND (len($policy::VARCHAR[]) = 0 OR list_contains($policy::VARCHAR[], top_policy))
  AND ($min_exposure::DOUBLE <= 0 OR gmv_at_risk >= $min_exposure::DOUBLE)
  AND ($min_age::BIGINT <= 0 OR age_days >= $min_age::BIGINT)
  AND ($max_age::BIGINT IS NULL OR age_days <= $max_age::BIGINT)
  AND ($min_probability::DOUBLE <= 0 OR top_probability >= $min_probability::DOUBLE)
  AND (NOT $new_only OR is_new)
  AND ($text = '' OR contains(lower(entity_id), lower($text))
       OR contains(lower(coalesce(name, '')), lower($text)))
"""

# Money before severity: harm in different units cannot be compared.
ORDERED: Final = """
ORDER BY CASE WHEN $order = 'harm' THEN harm_unit ELSE '' END NULLS LAST,
         CASE WHEN $order = 'harm' THEN expected_harm ELSE top_probability END DESC NULLS LAST,
         entity_type, entity_id
"""

QUEUE: Final = (
    "SELECT * EXCLUDE (entities, peers), "
    "greatest(expected_harm - policy_harm, 0) AS quality_harm"
    + FILTERED
    + ORDERED
    + "LIMIT $limit OFFSET $offset"
)

# Scores of the entities that some cases are about.
OF_CASES: Final = """
WITH wanted AS (
    SELECT unnest($types::VARCHAR[]) AS entity_type, unnest($ids::VARCHAR[]) AS entity_id)
SELECT scores.*, greatest(expected_harm - policy_harm, 0) AS quality_harm
""" + FILTERED.replace("FROM scores", "FROM scores SEMI JOIN wanted USING (entity_type, entity_id)")

# An entity's own place and who stands right before and after it, in one pass: sorting everybody
# would take a second at 500,000. Rows compare by their fields in turn, so `spot` is the place in
# the queue.
NEIGHBOURS: Final = (
    """
WITH listed AS (
SELECT row(CASE WHEN $order = 'harm' THEN coalesce(harm_unit, '~') ELSE '' END,
           -coalesce(CASE WHEN $order = 'harm' THEN expected_harm ELSE top_probability END,
                     '-infinity'::DOUBLE),
           entity_type, entity_id) AS spot, entity_type, entity_id
"""
    + FILTERED
    + """
), here AS (
SELECT spot AS mine FROM listed WHERE entity_type = $here_type AND entity_id = $here_id)
SELECT count(*) FILTER (spot < mine) AS earlier,
       max(spot) FILTER (spot < mine) AS before, min(spot) FILTER (spot > mine) AS after
FROM listed, here HAVING count(*) > 0
"""
)

COUNTS: Final = (
    """
SELECT entity_type, any_value(harm_unit) AS harm_unit, count(*) AS entities,
       count(*) FILTER (in_queue) AS in_queue,
       sum(expected_harm) AS expected_harm,
       sum(expected_harm) FILTER (in_queue) AS queue_harm,
       sum(gmv_at_risk) AS gmv_at_risk
"""
    + FILTERED
    + " GROUP BY entity_type ORDER BY entity_type"
)

CHOICES: Final = """
WITH facets AS (
    UNPIVOT (
        SELECT category, region, size_band, top_family AS family, top_policy AS policy FROM scores
        WHERE len($entity::VARCHAR[]) = 0 OR list_contains($entity::VARCHAR[], entity_type)
    ) ON category, region, size_band, family, policy INTO NAME facet VALUE value)
SELECT facet, value, count(*) AS entities FROM facets
GROUP BY facet, value ORDER BY facet, entities DESC, value
"""

ENTITY: Final = """
SELECT *, greatest(expected_harm - policy_harm, 0) AS quality_harm
FROM scores WHERE entity_type = $entity AND entity_id = $entity_id
"""

# An exact id first, then ids and names that start with the text, then those that hold it.
SEARCH: Final = """
SELECT entity_type, entity_id, name, category, region, expected_harm, harm_unit, rank,
       quality_probability, violation_probability,
       CASE WHEN lower(entity_id) = lower($text) THEN 0
            WHEN starts_with(lower(entity_id), lower($text))
              OR starts_with(lower(coalesce(name, '')), lower($text)) THEN 1
            ELSE 2 END AS closeness
FROM scores
WHERE (contains(lower(entity_id), lower($text))
       OR contains(lower(coalesce(name, '')), lower($text)))
  AND (len($entity::VARCHAR[]) = 0 OR list_contains($entity::VARCHAR[], entity_type))
ORDER BY closeness, harm_unit, expected_harm DESC NULLS LAST, entity_type, entity_id
LIMIT $limit
"""

MOVERS: Final = """
SELECT entity_type, entity_id, name, category, rank, previous_rank,
       previous_rank - rank AS ranks_up, expected_harm, previous_harm,
       expected_harm - previous_harm AS harm_change, harm_unit,
       quality_probability, violation_probability, top_family, top_policy, in_queue, is_new
FROM scores
WHERE previous_rank IS NOT NULL AND expected_harm > previous_harm
  AND (len($entity::VARCHAR[]) = 0 OR list_contains($entity::VARCHAR[], entity_type))
ORDER BY harm_unit, harm_change DESC, entity_type, entity_id LIMIT $limit
"""

OVERVIEW: Final = """
SELECT entity_type, any_value(harm_unit) AS harm_unit, count(*) AS entities,
       count(*) FILTER (in_queue) AS in_queue,
       count(*) FILTER (is_new) AS new_in_queue,
       count(*) FILTER (previous_rank IS NOT NULL) AS known_before,
       sum(expected_harm) AS expected_harm,
       sum(expected_harm) FILTER (in_queue) AS queue_harm,
       sum(previous_harm) AS previous_harm,
       sum(gmv_at_risk) AS gmv_at_risk,
       count(*) FILTER (quality_status = 'scored') AS quality_scored,
       any_value(violation_source) AS violation_source
FROM scores GROUP BY entity_type
ORDER BY entity_type
"""
