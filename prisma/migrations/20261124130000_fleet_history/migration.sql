-- History that answers questions about the past: periods by two times, events and samples by month, counters by flag and level.
-- Rewrites event, sample and period, and locks host for as long as one pass over it takes: seconds for 100,000 hosts.

-- The server's time of a fact. A history that is made in the past sets graftwatch.now for its transaction; nobody else does.
CREATE FUNCTION graftwatch_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
  RETURN coalesce(nullif(current_setting('graftwatch.now', true), '')::timestamptz, now());

-- Hosts --------------------------------------------------------------------------------------------------------------------

DROP TRIGGER host_count_insert ON host;
DROP TRIGGER host_count_update ON host;
DROP TRIGGER host_count_delete ON host;
DROP FUNCTION graftwatch_count_hosts();

-- Place in the worst-first order of packages/contract/src/vocabulary.ts; a test compares. -1: a state this version does not know.
CREATE FUNCTION graftwatch_severity(state text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (coalesce(array_position(ARRAY['stuck','failed','reverting','unpatched','unknown','silent','transitioning',
    'unsupported','notDue','migrated'], state), 0) - 1)::smallint;

DROP INDEX "host_state_state_since_id_idx";
ALTER TABLE "host"
  ADD COLUMN "severity" SMALLINT NOT NULL GENERATED ALWAYS AS
    (graftwatch_severity(state) * 16 + CASE WHEN state = 'silent' THEN greatest(graftwatch_severity(last_state), 0) ELSE 0 END) STORED,
  ADD COLUMN "token_labels" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "set_labels" JSONB NOT NULL DEFAULT '{}';
CREATE INDEX "host_severity_state_since_id_idx" ON "host"("severity", "state_since", "id");
CREATE INDEX "host_state_since_id_idx" ON "host"("state_since", "id");
CREATE INDEX "host_kernel_id_id_idx" ON "host"("kernel_id", "id");
CREATE INDEX "host_patch_id_id_idx" ON "host"("patch_id", "id");
CREATE INDEX "host_boot_id_idx" ON "host"("boot_id");
-- Forced hosts need someone whatever their state; there are few.
CREATE INDEX "host_forced_idx" ON "host"("state_since", "id") WHERE flags & 1 = 1;
CREATE INDEX "host_retired_idx" ON "host"("id") WHERE retired_at IS NOT NULL;

CREATE TABLE "host_ever" (
    "host_id" BIGINT NOT NULL,
    "machine_id" TEXT NOT NULL,
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "host_ever_pkey" PRIMARY KEY ("host_id")
);
INSERT INTO host_ever SELECT id, machine_id, enrolled_at FROM host;
INSERT INTO host_ever SELECT host_id, 'removed', min(valid_from) FROM period GROUP BY 1 ON CONFLICT DO NOTHING;
CREATE FUNCTION graftwatch_remember_hosts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO host_ever SELECT id, machine_id, enrolled_at FROM added ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER host_remember AFTER INSERT ON "host" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_remember_hosts();

CREATE TABLE "host_clone" (
    "host_id" BIGINT NOT NULL,
    "boot_id" TEXT NOT NULL,
    "clone_host_id" BIGINT NOT NULL,

    CONSTRAINT "host_clone_pkey" PRIMARY KEY ("host_id","boot_id")
);

CREATE INDEX "host_patch_patch_id_enabled_host_id_idx" ON "host_patch"("patch_id", "enabled", "host_id");
ALTER TABLE "patch"
  ADD COLUMN "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT graftwatch_now(),
  ADD COLUMN "detail" JSONB;

-- Counters -----------------------------------------------------------------------------------------------------------------
-- Hosts by state, flag and level without scanning them. Statement-level triggers with transition tables, so that no writer can
-- forget it; spread over 16 shards by backend, so that replicas do not wait for one row. The sum over shards is the count.
-- Counted are hosts in the fleet that share no kernel with an older agent (flag sharedKernel, bit 12).

DROP TABLE "fleet_count";
CREATE TABLE "fleet_count" (
    "shard" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "demo" BOOLEAN NOT NULL,
    "n" INTEGER NOT NULL,

    CONSTRAINT "fleet_count_pkey" PRIMARY KEY ("shard","kind","key","demo")
) WITH (fillfactor = 10);
CREATE TABLE "patch_adoption" (
    "patch_id" INTEGER NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "shard" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,

    CONSTRAINT "patch_adoption_pkey" PRIMARY KEY ("patch_id","hour","shard")
);

-- What one host counts under. Bits of flags in the order of hostFlags.
CREATE FUNCTION graftwatch_counted_under(state text, flags int, level text) RETURNS TABLE (kind text, key text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 'state', state
  UNION ALL SELECT 'level', level WHERE level IS NOT NULL
  UNION ALL SELECT 'flag', bit::text FROM generate_series(0, 13) AS bit WHERE flags >> bit & 1 = 1
$$;

CREATE FUNCTION graftwatch_count_hosts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Branches name their transition tables literally, since a trigger for one event has only its own.
  IF TG_OP = 'INSERT' THEN
    INSERT INTO fleet_count AS c (shard, kind, key, demo, n)
      SELECT pg_backend_pid() % 16, u.kind, u.key, demo, count(*)
      FROM added h, graftwatch_counted_under(h.state, h.flags, h.level) u
      WHERE retired_at IS NULL AND flags & 4096 = 0 GROUP BY 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (shard, kind, key, demo) DO UPDATE SET n = c.n + excluded.n;
    INSERT INTO patch_adoption AS c (patch_id, hour, shard, n)
      SELECT patch_id, date_trunc('hour', graftwatch_now()), pg_backend_pid() % 16, count(*) FROM added
      WHERE retired_at IS NULL AND flags & 4096 = 0 AND state = 'migrated' AND patch_id IS NOT NULL GROUP BY 1 ORDER BY 1
      ON CONFLICT (patch_id, hour, shard) DO UPDATE SET n = c.n + excluded.n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO fleet_count AS c (shard, kind, key, demo, n)
      SELECT pg_backend_pid() % 16, u.kind, u.key, demo, -count(*)
      FROM removed h, graftwatch_counted_under(h.state, h.flags, h.level) u
      WHERE retired_at IS NULL AND flags & 4096 = 0 GROUP BY 2, 3, 4 ORDER BY 1, 2, 3, 4
      ON CONFLICT (shard, kind, key, demo) DO UPDATE SET n = c.n + excluded.n;
    INSERT INTO patch_adoption AS c (patch_id, hour, shard, n)
      SELECT patch_id, date_trunc('hour', graftwatch_now()), pg_backend_pid() % 16, -count(*) FROM removed
      WHERE retired_at IS NULL AND flags & 4096 = 0 AND state = 'migrated' AND patch_id IS NOT NULL GROUP BY 1 ORDER BY 1
      ON CONFLICT (patch_id, hour, shard) DO UPDATE SET n = c.n + excluded.n;
  ELSE
    INSERT INTO fleet_count AS c (shard, kind, key, demo, n)
      SELECT pg_backend_pid() % 16, kind, key, demo, sum(d) FROM (
        SELECT u.kind, u.key, demo, 1 AS d FROM added h, graftwatch_counted_under(h.state, h.flags, h.level) u
          WHERE retired_at IS NULL AND flags & 4096 = 0
        UNION ALL
        SELECT u.kind, u.key, demo, -1 FROM removed h, graftwatch_counted_under(h.state, h.flags, h.level) u
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
CREATE TRIGGER host_count_insert AFTER INSERT ON "host" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_hosts();
CREATE TRIGGER host_count_delete AFTER DELETE ON "host" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_hosts();
CREATE TRIGGER host_count_update AFTER UPDATE ON "host" REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_hosts();

INSERT INTO fleet_count (shard, kind, key, demo, n)
  SELECT 0, u.kind, u.key, demo, count(*) FROM host h, graftwatch_counted_under(h.state, h.flags, h.level) u
  WHERE retired_at IS NULL AND flags & 4096 = 0 GROUP BY 2, 3, 4;
INSERT INTO patch_adoption (patch_id, hour, shard, n)
  SELECT patch_id, date_trunc('hour', now()), 0, count(*) FROM host
  WHERE retired_at IS NULL AND flags & 4096 = 0 AND state = 'migrated' AND patch_id IS NOT NULL GROUP BY 1;

-- Attempts -----------------------------------------------------------------------------------------------------------------

ALTER TABLE "attempt"
  ADD COLUMN "stuck_after_seconds" INTEGER NOT NULL DEFAULT 120,
  ADD COLUMN "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT graftwatch_now(),
  ADD COLUMN "end_recorded_at" TIMESTAMPTZ(3);
UPDATE attempt SET recorded_at = started_at, end_recorded_at = ended_at;
CREATE INDEX "attempt_progress_idx" ON "attempt"("progress_at", "host_id") WHERE ended_at IS NULL;
-- How long a patch took elsewhere.
CREATE INDEX "attempt_patch_idx" ON "attempt"("patch_id", "direction") WHERE outcome = 'completed';
CREATE INDEX "attempt_started_idx" ON "attempt"("started_at");

ALTER TABLE "blocker" DROP CONSTRAINT "blocker_pkey",
  ADD COLUMN "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT graftwatch_now(),
  ADD COLUMN "release_recorded_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "blocker_pkey" PRIMARY KEY ("host_id", "number", "tid", "task_started_at", "signature_id");
UPDATE blocker SET recorded_at = first_seen_at, release_recorded_at = released_at;
CREATE INDEX "blocker_signature_idx" ON "blocker"("signature_id", "first_seen_at");
CREATE INDEX "blocker_first_seen_idx" ON "blocker"("first_seen_at");

-- Partitions ---------------------------------------------------------------------------------------------------------------
-- By month of the server's time. There is no default partition: a month without one is a loud error, not a slow table.

-- Makes the months from `first` to `last` of event and sample. Safe to call twice; callers hold the lock of the sweep.
CREATE FUNCTION graftwatch_make_partitions(first timestamptz, last timestamptz) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  month timestamptz;
  parent text;
  made int := 0;
BEGIN
  FOREACH parent IN ARRAY ARRAY['event', 'sample'] LOOP
    FOR month IN SELECT generate_series(date_trunc('month', first, 'UTC'), date_trunc('month', last, 'UTC'), '1 month', 'UTC') LOOP
      CONTINUE WHEN to_regclass(format('%I', parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM'))) IS NOT NULL;
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
        parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM'), parent, month,
        date_add(month, '1 month', 'UTC'));
      made := made + 1;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;

-- Drops the months of one table that ended before `horizon`. Safe to call twice.
CREATE FUNCTION graftwatch_drop_partitions(parent text, horizon timestamptz) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  child regclass;
  dropped int := 0;
BEGIN
  FOR child IN
    SELECT i.inhrelid::regclass FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass(format('%I', parent))
      AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= horizon AT TIME ZONE 'UTC'
  LOOP
    EXECUTE format('DROP TABLE %s', child);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

ALTER TABLE "sample" RENAME TO "sample_before";
ALTER TABLE "sample_before" RENAME CONSTRAINT "sample_pkey" TO "sample_before_pkey";
CREATE TABLE "sample" (
    "host_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "remaining" INTEGER,
    "total" INTEGER,
    "kthreads_remaining" INTEGER,
    "unreadable" INTEGER NOT NULL DEFAULT 0,
    "idle_hidden" INTEGER NOT NULL DEFAULT 0,
    "direction" TEXT,
    "confidence" TEXT NOT NULL DEFAULT 'full',
    "stuck_after_seconds" INTEGER NOT NULL DEFAULT 120,

    CONSTRAINT "sample_pkey" PRIMARY KEY ("host_id","number","at","recorded_at")
) PARTITION BY RANGE (recorded_at);

ALTER TABLE "event" RENAME TO "event_before";
ALTER TABLE "event_before" RENAME CONSTRAINT "event_pkey" TO "event_before_pkey";
CREATE TABLE "event" (
    "id" BIGINT NOT NULL DEFAULT nextval('event_id_seq'),
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "host_id" BIGINT NOT NULL,
    "hostname" TEXT NOT NULL,
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "boot_id" TEXT,
    "kind" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id","recorded_at")
) PARTITION BY RANGE (recorded_at);

SELECT graftwatch_make_partitions(
  least(now(), (SELECT min(recorded_at) FROM event_before), (SELECT min(at) FROM sample_before)), now() + interval '1 month');
INSERT INTO event (id, recorded_at, occurred_at, host_id, hostname, demo, boot_id, kind, data, hash)
  SELECT e.id, e.recorded_at, e.occurred_at, e.host_id, coalesce(h.hostname, 'host ' || e.host_id), coalesce(h.demo, false),
    e.boot_id, e.kind, e.data, e.hash
  FROM event_before e LEFT JOIN host h ON h.id = e.host_id;
INSERT INTO sample (host_id, number, at, recorded_at, remaining, total, direction)
  SELECT s.host_id, s.number, s.at, s.at, s.remaining, s.total, a.direction
  FROM sample_before s LEFT JOIN attempt a USING (host_id, number);
ALTER SEQUENCE "event_id_seq" OWNED BY "event"."id";
DROP TABLE "event_before";
DROP TABLE "sample_before";
CREATE INDEX "event_host_id_hash_idx" ON "event"("host_id", "hash");
CREATE INDEX "event_host_id_id_idx" ON "event"("host_id", "id" DESC);
CREATE INDEX "event_state_changed_idx" ON "event"("recorded_at" DESC, "id" DESC) WHERE "kind" = 'state-changed';

-- Periods ------------------------------------------------------------------------------------------------------------------

ALTER TABLE "period" RENAME TO "period_before";
ALTER TABLE "period_before" RENAME CONSTRAINT "period_pkey" TO "period_before_pkey";
CREATE TABLE "period" (
    "id" BIGSERIAL NOT NULL,
    "host_id" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "state_since" TIMESTAMPTZ(3) NOT NULL,
    "since_before" BOOLEAN NOT NULL,
    "last_state" TEXT,
    "flags" INTEGER NOT NULL,
    "boot_id" TEXT,
    "kernel_id" INTEGER,
    "patch_id" INTEGER,
    "hostname" TEXT NOT NULL,
    "os" TEXT,
    "labels" TEXT[],
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "retired_at" TIMESTAMPTZ(3),
    "patches" JSONB,

    CONSTRAINT "period_pkey" PRIMARY KEY ("id")
);
INSERT INTO period (host_id, occurred_at, recorded_at, state, reason, state_since, since_before, flags, boot_id, kernel_id, patch_id,
    hostname, os, labels, demo)
  SELECT p.host_id, p.valid_from, p.valid_from, p.state, p.reason, p.valid_from, false, p.flags, h.boot_id, h.kernel_id,
    p.patch_id, coalesce(h.hostname, 'host ' || p.host_id), h.os, coalesce(l.labels, h.labels), coalesce(h.demo, false)
  FROM period_before p LEFT JOIN host h ON h.id = p.host_id
  LEFT JOIN label_period l ON l.host_id = p.host_id AND l.valid_from <= p.valid_from AND l.valid_to > p.valid_from
  ORDER BY p.valid_from, p.host_id;
DROP TABLE "period_before";
DROP TABLE "label_period";
CREATE INDEX "period_host_id_occurred_at_recorded_at_id_idx"
  ON "period"("host_id", "occurred_at" DESC, "recorded_at" DESC, "id" DESC);
