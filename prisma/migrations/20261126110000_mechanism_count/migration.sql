-- Hosts by the mechanism of the patch on top, counted by the same trigger as by state: /metrics never reads the hosts for it.
-- Locks host against writes for one pass over it: seconds for a million rows.

LOCK TABLE "host" IN SHARE ROW EXCLUSIVE MODE;

-- What one host counts under. Bits of flags in the order of hostFlags.
CREATE FUNCTION graftwatch_counted_under(state text, flags int, level text, patch_id int) RETURNS TABLE (kind text, key text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT 'state', state
  UNION ALL SELECT 'level', level WHERE level IS NOT NULL
  UNION ALL SELECT 'flag', bit::text FROM generate_series(0, 13) AS bit WHERE flags >> bit & 1 = 1
  UNION ALL SELECT 'mechanism', p.mechanism FROM patch p WHERE p.id = patch_id
$$;

CREATE OR REPLACE FUNCTION graftwatch_count_hosts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Branches name their transition tables literally, since a trigger for one event has only its own.
  IF TG_OP = 'INSERT' THEN
    INSERT INTO fleet_count AS c (shard, kind, key, demo, n)
      SELECT pg_backend_pid() % 16, u.kind, u.key, demo, count(*)
      FROM added h, graftwatch_counted_under(h.state, h.flags, h.level, h.patch_id) u
      WHERE retired_at IS NULL AND flags & 4096 = 0 GROUP BY 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (shard, kind, key, demo) DO UPDATE SET n = c.n + excluded.n;
    INSERT INTO patch_adoption AS c (patch_id, hour, shard, n)
      SELECT patch_id, date_trunc('hour', graftwatch_now()), pg_backend_pid() % 16, count(*) FROM added
      WHERE retired_at IS NULL AND flags & 4096 = 0 AND state = 'migrated' AND patch_id IS NOT NULL GROUP BY 1 ORDER BY 1
      ON CONFLICT (patch_id, hour, shard) DO UPDATE SET n = c.n + excluded.n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO fleet_count AS c (shard, kind, key, demo, n)
      SELECT pg_backend_pid() % 16, u.kind, u.key, demo, -count(*)
      FROM removed h, graftwatch_counted_under(h.state, h.flags, h.level, h.patch_id) u
      WHERE retired_at IS NULL AND flags & 4096 = 0 GROUP BY 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (shard, kind, key, demo) DO UPDATE SET n = c.n + excluded.n;
    INSERT INTO patch_adoption AS c (patch_id, hour, shard, n)
      SELECT patch_id, date_trunc('hour', graftwatch_now()), pg_backend_pid() % 16, -count(*) FROM removed
      WHERE retired_at IS NULL AND flags & 4096 = 0 AND state = 'migrated' AND patch_id IS NOT NULL GROUP BY 1 ORDER BY 1
      ON CONFLICT (patch_id, hour, shard) DO UPDATE SET n = c.n + excluded.n;
  ELSE
    INSERT INTO fleet_count AS c (shard, kind, key, demo, n)
      SELECT pg_backend_pid() % 16, kind, key, demo, sum(d) FROM (
        SELECT u.kind, u.key, demo, 1 AS d FROM added h, graftwatch_counted_under(h.state, h.flags, h.level, h.patch_id) u
          WHERE retired_at IS NULL AND flags & 4096 = 0
        UNION ALL
        SELECT u.kind, u.key, demo, -1 FROM removed h, graftwatch_counted_under(h.state, h.flags, h.level, h.patch_id) u
          WHERE retired_at IS NULL AND flags & 4096 = 0
      ) AS delta GROUP BY 2, 3, 4 HAVING sum(d) <> 0 ORDER BY 1, 2, 3, 4
      ON CONFLICT (shard, kind, key, demo) DO UPDATE SET n = c.n + excluded.n;
    INSERT INTO patch_adoption AS c (patch_id, hour, shard, n)
      SELECT patch_id, date_trunc('hour', graftwatch_now()), pg_backend_pid() % 16, sum(d) FROM (
        SELECT patch_id, 1 AS d FROM added
          WHERE retired_at IS NULL AND flags & 4096 = 0 AND state = 'migrated' AND patch_id IS NOT NULL
        UNION ALL
        SELECT patch_id, -1 FROM removed
          WHERE retired_at IS NULL AND flags & 4096 = 0 AND state = 'migrated' AND patch_id IS NOT NULL
      ) AS delta GROUP BY 1 HAVING sum(d) <> 0 ORDER BY 1
      ON CONFLICT (patch_id, hour, shard) DO UPDATE SET n = c.n + excluded.n;
  END IF;
  RETURN NULL;
END $$;

DROP FUNCTION graftwatch_counted_under(text, int, text);

INSERT INTO fleet_count AS c (shard, kind, key, demo, n)
  SELECT 0, 'mechanism', p.mechanism, demo, count(*) FROM host h JOIN patch p ON p.id = h.patch_id
  WHERE retired_at IS NULL AND flags & 4096 = 0 GROUP BY 3, 4;
