-- Hosts by patch and kernel without reading host_patch, as fleet_count has them by state: statement-level triggers with transition
-- tables, so that no writer can forget it; spread over 16 shards by backend. The sum over shards is the count, of every host there is a
-- row of; readers take off those that do not count. Locks host_patch against writes for one pass over it: seconds for a million rows.

CREATE TABLE "patch_count" (
    "patch_id" INTEGER NOT NULL,
    "kernel_id" INTEGER NOT NULL,
    "shard" INTEGER NOT NULL,
    "hosts" INTEGER NOT NULL,
    "enabled" INTEGER NOT NULL,
    "waiting" INTEGER NOT NULL,

    CONSTRAINT "patch_count_pkey" PRIMARY KEY ("patch_id","kernel_id","shard")
) WITH (fillfactor = 50);

-- What one row of host_patch counts as.
CREATE FUNCTION graftwatch_patch_enabled(enabled boolean, state text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN enabled AND state <> 'leftover' THEN 1 ELSE 0 END;

CREATE FUNCTION graftwatch_count_patches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Branches name their transition tables literally, since a trigger for one event has only its own.
  IF TG_OP = 'INSERT' THEN
    INSERT INTO patch_count AS c (patch_id, kernel_id, shard, hosts, enabled, waiting)
      SELECT patch_id, coalesce(kernel_id, 0), pg_backend_pid() % 16, count(*), sum(graftwatch_patch_enabled(enabled, state)),
        count(*) FILTER (WHERE objects_waiting > 0)
      FROM added GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (patch_id, kernel_id, shard) DO UPDATE
        SET hosts = c.hosts + excluded.hosts, enabled = c.enabled + excluded.enabled, waiting = c.waiting + excluded.waiting;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO patch_count AS c (patch_id, kernel_id, shard, hosts, enabled, waiting)
      SELECT patch_id, coalesce(kernel_id, 0), pg_backend_pid() % 16, -count(*), -sum(graftwatch_patch_enabled(enabled, state)),
        -count(*) FILTER (WHERE objects_waiting > 0)
      FROM removed GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT (patch_id, kernel_id, shard) DO UPDATE
        SET hosts = c.hosts + excluded.hosts, enabled = c.enabled + excluded.enabled, waiting = c.waiting + excluded.waiting;
  ELSE
    INSERT INTO patch_count AS c (patch_id, kernel_id, shard, hosts, enabled, waiting)
      SELECT patch_id, coalesce(kernel_id, 0), pg_backend_pid() % 16, sum(d), sum(d * graftwatch_patch_enabled(enabled, state)),
        coalesce(sum(d) FILTER (WHERE objects_waiting > 0), 0)
      FROM (
        SELECT patch_id, kernel_id, enabled, state, objects_waiting, 1 AS d FROM added
        UNION ALL
        SELECT patch_id, kernel_id, enabled, state, objects_waiting, -1 FROM removed
      ) AS delta GROUP BY 1, 2
      HAVING sum(d) <> 0 OR sum(d * graftwatch_patch_enabled(enabled, state)) <> 0
        OR coalesce(sum(d) FILTER (WHERE objects_waiting > 0), 0) <> 0
      ORDER BY 1, 2
      ON CONFLICT (patch_id, kernel_id, shard) DO UPDATE
        SET hosts = c.hosts + excluded.hosts, enabled = c.enabled + excluded.enabled, waiting = c.waiting + excluded.waiting;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER host_patch_count_insert AFTER INSERT ON "host_patch" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_patches();
CREATE TRIGGER host_patch_count_delete AFTER DELETE ON "host_patch" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_patches();
CREATE TRIGGER host_patch_count_update AFTER UPDATE ON "host_patch" REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_patches();

INSERT INTO patch_count (patch_id, kernel_id, shard, hosts, enabled, waiting)
  SELECT patch_id, coalesce(kernel_id, 0), 0, count(*), sum(graftwatch_patch_enabled(enabled, state)),
    count(*) FILTER (WHERE objects_waiting > 0)
  FROM host_patch GROUP BY 1, 2;

-- Counted from it no more.
DROP INDEX "host_patch_kernel_idx";
