-- CreateTable
CREATE TABLE "alert_rule" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "builtin" TEXT,
    "condition" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "selector" TEXT NOT NULL DEFAULT '',
    "severity" TEXT NOT NULL,
    "for_seconds" INTEGER NOT NULL,
    "for_without_signals_seconds" INTEGER,
    "keep_firing_seconds" INTEGER NOT NULL DEFAULT 60,
    "group_by" TEXT[],
    "summary" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "runbook_url" TEXT,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "alert_rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_dirty" (
    "id" BIGSERIAL NOT NULL,
    "host_id" BIGINT NOT NULL,
    "kind" TEXT,

    CONSTRAINT "alert_dirty_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert" (
    "id" BIGSERIAL NOT NULL,
    "rule_id" BIGINT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "condition" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "reason" TEXT NOT NULL,
    "labels" JSONB NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "firing_at" TIMESTAMPTZ(3),
    "empty_at" TIMESTAMPTZ(3),
    "resolved_at" TIMESTAMPTZ(3),
    "hosts" INTEGER NOT NULL DEFAULT 0,
    "silent_hosts" INTEGER NOT NULL DEFAULT 0,
    "hosts_most" INTEGER NOT NULL DEFAULT 0,
    "evidence" JSONB NOT NULL DEFAULT '{}',
    "news_at" TIMESTAMPTZ(3),
    "told_hosts" INTEGER,
    "told_at" TIMESTAMPTZ(3),
    "acknowledged_at" TIMESTAMPTZ(3),
    "acknowledged_by" TEXT,
    "acknowledged_note" TEXT,
    "silenced_until" TIMESTAMPTZ(3),
    "drill_ends_at" TIMESTAMPTZ(3),
    "demo" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_host" (
    "alert_id" BIGINT NOT NULL,
    "host_id" BIGINT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "left_at" TIMESTAMPTZ(3),
    "joined_at" TIMESTAMPTZ(3) NOT NULL DEFAULT graftwatch_now(),
    "ends_at" TIMESTAMPTZ(3),
    "silent" BOOLEAN NOT NULL DEFAULT false,
    "baseline" BOOLEAN NOT NULL DEFAULT false,
    "evidence" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "alert_host_pkey" PRIMARY KEY ("alert_id","host_id","since")
);

-- CreateTable
CREATE TABLE "alert_note" (
    "id" BIGSERIAL NOT NULL,
    "alert_id" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" TEXT NOT NULL,
    "by" TEXT,
    "text" TEXT,
    "hosts" INTEGER,

    CONSTRAINT "alert_note_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "silence" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "selector" TEXT NOT NULL DEFAULT '',
    "rule_id" BIGINT,
    "alert_id" BIGINT,
    "reason" TEXT NOT NULL,
    "author_id" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_by" TEXT,

    CONSTRAINT "silence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "channel" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "severities" TEXT[],
    "selector" TEXT NOT NULL DEFAULT '',
    "allow_private" BOOLEAN NOT NULL DEFAULT false,
    "send_resolved" BOOLEAN NOT NULL DEFAULT true,
    "heartbeat_seconds" INTEGER,
    "heartbeat_at" TIMESTAMPTZ(3),
    "target" JSONB NOT NULL,
    "secret" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_by" TEXT,

    CONSTRAINT "channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" BIGSERIAL NOT NULL,
    "channel_id" BIGINT NOT NULL,
    "alert_id" BIGINT,
    "kind" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'waiting',
    "message" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "due_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "next_at" TIMESTAMPTZ(3),
    "attempts" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "alert_rule_name_key" ON "alert_rule"("name");

-- CreateIndex
CREATE UNIQUE INDEX "alert_rule_builtin_key" ON "alert_rule"("builtin");

-- CreateIndex
CREATE INDEX "alert_rule_id_idx" ON "alert"("rule_id");

-- CreateIndex
CREATE INDEX "alert_note_alert_id_id_idx" ON "alert_note"("alert_id", "id");

-- CreateIndex
CREATE INDEX "silence_ends_at_idx" ON "silence"("ends_at");

-- CreateIndex
CREATE UNIQUE INDEX "channel_name_key" ON "channel"("name");

-- CreateIndex
CREATE INDEX "delivery_channel_id_id_idx" ON "delivery"("channel_id", "id" DESC);

-- CreateIndex
CREATE INDEX "delivery_alert_id_id_idx" ON "delivery"("alert_id", "id" DESC);

-- AddForeignKey
ALTER TABLE "alert" ADD CONSTRAINT "alert_rule_id_fkey" FOREIGN KEY ("rule_id") REFERENCES "alert_rule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_host" ADD CONSTRAINT "alert_host_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_note" ADD CONSTRAINT "alert_note_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- At most one alert of a kind that is not over; a resolved one has successors.
CREATE UNIQUE INDEX "alert_open_key" ON "alert" ("fingerprint") WHERE "status" <> 'resolved';
CREATE INDEX "alert_resolved_idx" ON "alert" ("resolved_at" DESC, "id" DESC) WHERE "status" = 'resolved';
CREATE INDEX "alert_host_open_idx" ON "alert_host" ("host_id") WHERE "left_at" IS NULL;
CREATE INDEX "alert_host_members_idx" ON "alert_host" ("alert_id", "since", "host_id") WHERE "left_at" IS NULL;
CREATE INDEX "alert_host_ends_idx" ON "alert_host" ("ends_at") WHERE "left_at" IS NULL AND "ends_at" IS NOT NULL;
CREATE INDEX "delivery_waiting_idx" ON "delivery" ("channel_id") WHERE "status" = 'waiting';

CREATE INDEX "alert_dirty_host_idx" ON "alert_dirty" ("host_id");

-- What alerts are judged by: a host's row where it changed, and the events that no column shows. Statement-level triggers, so that no
-- writer can forget it. Rows of a queue that is taken within a second; storage of its own would only slow the vacuum.
ALTER TABLE "alert_dirty" SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- A history that is made in the past is judged as it ends, not as it went.
CREATE FUNCTION graftwatch_mark_hosts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nullif(current_setting('graftwatch.now', true), '') IS NOT NULL THEN
    RETURN NULL;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO alert_dirty (host_id) SELECT id FROM removed;
  ELSE
    INSERT INTO alert_dirty (host_id)
      SELECT a.id FROM added a JOIN removed r USING (id)
      WHERE (a.state, a.reason, a.state_since, a.flags, a.labels, a.boot_id, a.patch_id, a.retired_at)
        IS DISTINCT FROM (r.state, r.reason, r.state_since, r.flags, r.labels, r.boot_id, r.patch_id, r.retired_at);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER host_alert_update AFTER UPDATE ON "host" REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_mark_hosts();
CREATE TRIGGER host_alert_delete AFTER DELETE ON "host" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_mark_hosts();

CREATE FUNCTION graftwatch_mark_hosts_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nullif(current_setting('graftwatch.now', true), '') IS NOT NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO alert_dirty (host_id, kind)
    SELECT DISTINCT host_id, kind FROM added
    WHERE kind IN ('first-contact', 'oops', 'lockup', 'reports-dropped', 'task-blocking', 'task-released', 'attempt-ended', 'patch-enabled',
      'patch-disabled', 'patch-removed');
  RETURN NULL;
END $$;
CREATE TRIGGER event_alert_insert AFTER INSERT ON "event" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION graftwatch_mark_hosts_of_events();
