-- Indexes that the reads of causes, patches and attempts go by. Each locks its table against writes while it is built: seconds for
-- a few million rows.

-- What held a host at an instant, and what was known to hold it at one. An upper end before the lower would fail the write.
CREATE INDEX "blocker_held_idx" ON "blocker" USING gist (
  tstzrange(first_seen_at, greatest(first_seen_at, coalesce(released_at, 'infinity'))));
CREATE INDEX "blocker_known_idx" ON "blocker" USING gist (
  tstzrange(recorded_at, greatest(recorded_at, coalesce(release_recorded_at, 'infinity'))));
-- How long a cause held, newest first.
CREATE INDEX "blocker_cleared_idx" ON "blocker" ("signature_id", "released_at" DESC)
  INCLUDE ("host_id", "number", "first_seen_at") WHERE released_at IS NOT NULL;

-- How long a patch took elsewhere, newest first.
DROP INDEX "attempt_patch_idx";
CREATE INDEX "attempt_completed_idx" ON "attempt" ("patch_id", "direction", "ended_at" DESC) INCLUDE ("host_id", "started_at")
  WHERE outcome = 'completed';

-- Which hosts have a patch, and how; without a visit to the rows.
DROP INDEX "host_patch_patch_id_enabled_host_id_idx";
CREATE INDEX "host_patch_patch_id_host_id_idx" ON "host_patch" ("patch_id", "host_id") INCLUDE ("enabled", "state", "objects_waiting");
