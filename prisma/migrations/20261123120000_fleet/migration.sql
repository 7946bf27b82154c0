-- The fleet: hosts, what they report, what happened. New tables only; locks nothing that exists.

CREATE TABLE "host" (
    "id" BIGSERIAL NOT NULL,
    "machine_id" TEXT NOT NULL,
    "hostname" TEXT NOT NULL,
    "os" TEXT,
    "architecture" TEXT,
    "labels" TEXT[],
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "state_since" TIMESTAMPTZ(3) NOT NULL,
    "since_before" BOOLEAN NOT NULL DEFAULT false,
    "flags" INTEGER NOT NULL DEFAULT 0,
    "last_state" TEXT,
    "boot_id" TEXT,
    "kernel_id" INTEGER,
    "patch_id" INTEGER,
    "level" TEXT,
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "enrolled_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "host_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "host_key" (
    "host_id" BIGINT NOT NULL,
    "digest" BYTEA NOT NULL,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "host_key_pkey" PRIMARY KEY ("host_id")
);

CREATE TABLE "host_seen" (
    "host_id" BIGINT NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "sequence" BIGINT NOT NULL,
    "interval_seconds" INTEGER NOT NULL,
    "state_hash" BIGINT,
    "silent" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "host_seen_pkey" PRIMARY KEY ("host_id")
);

CREATE TABLE "host_detail" (
    "host_id" BIGINT NOT NULL,
    "report" JSONB NOT NULL,
    "truth" JSONB NOT NULL,
    "reported_at" TIMESTAMPTZ(3) NOT NULL,
    "report_sequence" BIGINT NOT NULL,
    "report_window" BIGINT NOT NULL,

    CONSTRAINT "host_detail_pkey" PRIMARY KEY ("host_id")
);

CREATE TABLE "kernel" (
    "id" SERIAL NOT NULL,
    "release" TEXT NOT NULL,
    "version" TEXT NOT NULL,
    "architecture" TEXT NOT NULL,

    CONSTRAINT "kernel_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "patch" (
    "id" SERIAL NOT NULL,
    "mechanism" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "build" TEXT NOT NULL,

    CONSTRAINT "patch_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "host_patch" (
    "host_id" BIGINT NOT NULL,
    "patch_id" INTEGER NOT NULL,
    "enabled" BOOLEAN,
    "state" TEXT NOT NULL,
    "stack_order" INTEGER,
    "objects_waiting" INTEGER NOT NULL DEFAULT 0,
    "manager" TEXT,

    CONSTRAINT "host_patch_pkey" PRIMARY KEY ("host_id","patch_id")
);

CREATE TABLE "attempt" (
    "host_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "boot_id" TEXT NOT NULL,
    "patch_id" INTEGER NOT NULL,
    "direction" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at_source" TEXT NOT NULL,
    "started_before" BOOLEAN NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "total" INTEGER,
    "remaining" INTEGER,
    "low_water" INTEGER,
    "progress_at" TIMESTAMPTZ(3) NOT NULL,
    "confidence" TEXT NOT NULL,

    CONSTRAINT "attempt_pkey" PRIMARY KEY ("host_id","number")
);

CREATE TABLE "sample" (
    "host_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "remaining" INTEGER,
    "total" INTEGER,

    CONSTRAINT "sample_pkey" PRIMARY KEY ("host_id","number","at")
);

CREATE TABLE "blocker" (
    "host_id" BIGINT NOT NULL,
    "number" INTEGER NOT NULL,
    "tid" INTEGER NOT NULL,
    "task_started_at" TIMESTAMPTZ(3) NOT NULL,
    "signature_id" INTEGER NOT NULL,
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "released_at" TIMESTAMPTZ(3),
    "detail" JSONB NOT NULL,

    CONSTRAINT "blocker_pkey" PRIMARY KEY ("host_id","number","tid","task_started_at")
);

CREATE TABLE "signature" (
    "id" SERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "function" TEXT,
    "kind" TEXT NOT NULL,
    "comm" TEXT NOT NULL,
    "unit" TEXT,

    CONSTRAINT "signature_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "host_id" BIGINT NOT NULL,
    "boot_id" TEXT,
    "kind" TEXT NOT NULL,
    "data" JSONB NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "period" (
    "host_id" BIGINT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_to" TIMESTAMPTZ(3) NOT NULL DEFAULT 'infinity'::timestamptz,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "flags" INTEGER NOT NULL,
    "patch_id" INTEGER,

    CONSTRAINT "period_pkey" PRIMARY KEY ("host_id","valid_from")
);

CREATE TABLE "label_period" (
    "host_id" BIGINT NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "valid_to" TIMESTAMPTZ(3) NOT NULL DEFAULT 'infinity'::timestamptz,
    "labels" TEXT[],

    CONSTRAINT "label_period_pkey" PRIMARY KEY ("host_id","valid_from")
);

CREATE TABLE "fleet_count" (
    "shard" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "demo" BOOLEAN NOT NULL,
    "n" INTEGER NOT NULL,

    CONSTRAINT "fleet_count_pkey" PRIMARY KEY ("shard","state","demo")
);

CREATE TABLE "ingest_tick" (
    "id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "receiving_from" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ingest_tick_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "enrollment_token" (
    "id" BIGSERIAL NOT NULL,
    "label" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "demo" BOOLEAN NOT NULL DEFAULT false,
    "max_uses" INTEGER,
    "uses" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "enrollment_token_pkey" PRIMARY KEY ("id")
);

CREATE UNIQUE INDEX "host_machine_id_key" ON "host"("machine_id");

CREATE INDEX "host_state_state_since_id_idx" ON "host"("state", "state_since", "id");

CREATE INDEX "host_hostname_id_idx" ON "host"("hostname", "id");

CREATE UNIQUE INDEX "kernel_release_version_architecture_key" ON "kernel"("release", "version", "architecture");

CREATE UNIQUE INDEX "patch_mechanism_name_build_key" ON "patch"("mechanism", "name", "build");

CREATE UNIQUE INDEX "signature_key_key" ON "signature"("key");

CREATE INDEX "event_host_id_id_idx" ON "event"("host_id", "id" DESC);

CREATE UNIQUE INDEX "event_host_id_hash_key" ON "event"("host_id", "hash");

CREATE UNIQUE INDEX "enrollment_token_digest_key" ON "enrollment_token"("digest");

ALTER TABLE "host" ADD CONSTRAINT "host_kernel_id_fkey" FOREIGN KEY ("kernel_id") REFERENCES "kernel"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "host" ADD CONSTRAINT "host_patch_id_fkey" FOREIGN KEY ("patch_id") REFERENCES "patch"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "host_key" ADD CONSTRAINT "host_key_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "host_seen" ADD CONSTRAINT "host_seen_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "host_detail" ADD CONSTRAINT "host_detail_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "host_patch" ADD CONSTRAINT "host_patch_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "host_patch" ADD CONSTRAINT "host_patch_patch_id_fkey" FOREIGN KEY ("patch_id") REFERENCES "patch"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Storage. What changes with every heartbeat or sample has no index on what changes, and room in its page, so an update
-- stays in the page (HOT) and needs no index write. What is indexed (host) changes only when the truth changes.
ALTER TABLE "host" SET (fillfactor = 90);
ALTER TABLE "host_seen" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1);
ALTER TABLE "host_detail" SET (fillfactor = 80);
ALTER TABLE "attempt" SET (fillfactor = 70);
ALTER TABLE "fleet_count" SET (fillfactor = 10);

CREATE INDEX "host_labels_idx" ON "host" USING gin ("labels") WITH (fastupdate = off);
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX "host_hostname_trgm_idx" ON "host" USING gin ("hostname" gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX "host_demo_idx" ON "host" ("id") WHERE "demo";

-- Running transitions and open blockers are a few thousand rows among millions.
CREATE INDEX "attempt_open_idx" ON "attempt" ("host_id") WHERE "ended_at" IS NULL;
CREATE INDEX "blocker_open_idx" ON "blocker" ("signature_id") WHERE "released_at" IS NULL;
CREATE INDEX "event_state_changed_idx" ON "event" ("recorded_at" DESC, "id" DESC) WHERE "kind" = 'state-changed';

-- fleet_count: hosts by state without scanning them. Statement-level triggers with transition tables, so that no writer can
-- forget it; spread over 16 shards by backend, so that replicas do not wait for one row. The sum over shards is the count.
CREATE FUNCTION graftwatch_count_hosts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO fleet_count AS c (shard, state, demo, n)
      SELECT pg_backend_pid() % 16, state, demo, count(*) FROM added WHERE retired_at IS NULL GROUP BY 2, 3 ORDER BY 1, 2, 3
      ON CONFLICT (shard, state, demo) DO UPDATE SET n = c.n + excluded.n;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO fleet_count AS c (shard, state, demo, n)
      SELECT pg_backend_pid() % 16, state, demo, -count(*) FROM removed WHERE retired_at IS NULL GROUP BY 2, 3 ORDER BY 1, 2, 3
      ON CONFLICT (shard, state, demo) DO UPDATE SET n = c.n + excluded.n;
  ELSE
    INSERT INTO fleet_count AS c (shard, state, demo, n)
      SELECT pg_backend_pid() % 16, state, demo, sum(d) FROM (
        SELECT state, demo, 1 AS d FROM added WHERE retired_at IS NULL
        UNION ALL
        SELECT state, demo, -1 FROM removed WHERE retired_at IS NULL
      ) AS delta GROUP BY 2, 3 HAVING sum(d) <> 0 ORDER BY 1, 2, 3
      ON CONFLICT (shard, state, demo) DO UPDATE SET n = c.n + excluded.n;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER host_count_insert AFTER INSERT ON "host" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_hosts();
CREATE TRIGGER host_count_delete AFTER DELETE ON "host" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_hosts();
CREATE TRIGGER host_count_update AFTER UPDATE ON "host" REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_count_hosts();
