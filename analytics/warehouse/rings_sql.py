"""SQL over the stored rings and the scores. Paths and values are bound."""

from typing import Final

# Harm in one unit a ring: money where any member has it. The same orders stand behind a merchant,
# its products and the creators that sold them, so what stands inside another is not added to it:
# products count where their merchant is no member, and of sellers and creators the larger sum.
RANKED: Final = """
WITH of_ring AS (
    SELECT m.ring, m.entity_type, m.entity_id, s.expected_harm, s.harm_unit, s.gmv_at_risk,
           s.violation_probability,
           min(s.harm_unit) OVER (PARTITION BY m.ring) AS unit,
           m.entity_type = 'product' AND m.merchant_id IN (
               SELECT entity_id FROM read_parquet($members) o
               WHERE o.ring = m.ring AND o.entity_type = 'merchant') AS is_inside
    FROM read_parquet($members) m LEFT JOIN scores s USING (entity_type, entity_id)
    WHERE m.entity_type <> 'buyer'),
summed AS (
    SELECT ring, any_value(unit) AS harm_unit,
           count(*) FILTER (entity_type = 'merchant') AS merchants,
           count(*) FILTER (entity_type = 'product') AS products,
           count(*) FILTER (entity_type = 'creator') AS creators,
           greatest(
               coalesce(sum(expected_harm) FILTER (harm_unit = unit AND NOT is_inside
                                                   AND entity_type <> 'creator'), 0),
               coalesce(sum(expected_harm) FILTER (harm_unit = unit
                                                   AND entity_type = 'creator'), 0)
           ) AS expected_harm,
           greatest(
               coalesce(sum(gmv_at_risk) FILTER (NOT is_inside AND entity_type <> 'creator'), 0),
               coalesce(sum(gmv_at_risk) FILTER (entity_type = 'creator'), 0)
           ) AS exposure,
           avg(violation_probability) AS mean_risk
    FROM of_ring GROUP BY ring)
SELECT r.ring, r.size, r.buyers, s.merchants, s.products, s.creators, s.expected_harm, s.harm_unit,
       s.exposure, s.mean_risk, r.score, r.kinds, r.cohesion, r.hidden_cohesion, r.density,
       r.expected_density, r.oldest_tie, r.newest_tie, r.age_days, r.decided,
       r.confirmed::BIGINT AS confirmed, r.previous_size, r.joined, r."left", r.merged_from,
       r.split_from
FROM read_parquet($rings) r JOIN summed s USING (ring)
ORDER BY harm_unit NULLS LAST, expected_harm DESC, score DESC, ring
"""

EVERYONE: Final = """
SELECT ring, entity_type, entity_id, confirmed FROM read_parquet($members)
WHERE entity_type <> 'buyer'
"""

MEMBERS: Final = """
SELECT m.ring, m.entity_type, m.entity_id, s.name, s.category, m.tie, m.hidden_tie, m.joined_at,
       m.rarest, m.confirmed, s.violation_probability, s.expected_harm, s.harm_unit, s.gmv_at_risk,
       s.top_policy, s.rank
FROM read_parquet($members) m LEFT JOIN scores s USING (entity_type, entity_id)
WHERE m.ring = $ring
ORDER BY m.entity_type = 'buyer', s.harm_unit NULLS LAST, s.expected_harm DESC NULLS LAST,
         m.entity_type, m.entity_id
"""

VALUES: Final = """
SELECT relation, value, holders, members, pairs, weight, first_seen, last_seen
FROM read_parquet($values) WHERE ring = $ring
ORDER BY weight DESC, members DESC, relation, value
"""

# Each tie stands from both its ends; one is enough.
RING_EDGES: Final = """
SELECT entity_type, entity_id, other_type, other_id, relation, value, sharers, weight, first_seen,
       last_seen
FROM read_parquet($edges)
WHERE ring = $ring AND (entity_type, entity_id) < (other_type, other_id)
ORDER BY weight DESC, entity_type, entity_id, other_type, other_id, relation, value LIMIT $limit
"""

RING_OF: Final = """
SELECT ring FROM read_parquet($members)
WHERE entity_type = $entity AND entity_id = $id LIMIT 1
"""

NAMED: Final = """
SELECT DISTINCT m.ring
FROM read_parquet($members) m LEFT JOIN scores s USING (entity_type, entity_id)
WHERE contains(lower(m.ring), lower($text)) OR contains(lower(m.entity_id), lower($text))
   OR contains(lower(coalesce(s.name, '')), lower($text))
"""

# The nearest by the sum of the weights of their ties, then what ties all of them to each other.
NEIGHBOURS: Final = """
WITH near AS (
    SELECT other_type AS entity_type, other_id AS entity_id, sum(weight) AS tie
    FROM read_parquet($edges) WHERE entity_type = $entity AND entity_id = $id
    GROUP BY ALL),
counted AS (SELECT *, count(*) OVER () AS neighbours FROM near
            ORDER BY tie DESC, entity_type, entity_id LIMIT $limit)
SELECT n.entity_type, n.entity_id, n.neighbours, s.name, s.violation_probability, s.expected_harm,
       s.harm_unit, m.ring, m.confirmed
FROM (FROM counted UNION ALL SELECT $entity, $id, NULL, NULL) n
LEFT JOIN scores s USING (entity_type, entity_id)
LEFT JOIN read_parquet($members) m USING (entity_type, entity_id)
ORDER BY n.tie DESC NULLS FIRST, n.entity_type, n.entity_id
"""

AMONG: Final = """
WITH drawn AS (
    SELECT unnest($types::VARCHAR[]) AS entity_type, unnest($ids::VARCHAR[]) AS entity_id)
SELECT e.entity_type, e.entity_id, e.other_type, e.other_id, e.relation, e.value, e.sharers,
       e.weight, e.first_seen, e.last_seen
FROM read_parquet($edges) e
JOIN drawn a ON (e.entity_type, e.entity_id) = (a.entity_type, a.entity_id)
JOIN drawn b ON (e.other_type, e.other_id) = (b.entity_type, b.entity_id)
WHERE (e.entity_type, e.entity_id) < (e.other_type, e.other_id)
ORDER BY e.weight DESC, e.entity_type, e.entity_id, e.other_type, e.other_id, e.relation, e.value
LIMIT $limit
"""

COMMON: Final = """
SELECT kind, value_hash, sharers FROM read_parquet($common)
ORDER BY sharers DESC, kind, value_hash LIMIT $limit
"""
