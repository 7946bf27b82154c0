-- What a silenced alert is known by: a silence holds for the alert's successors, and names nothing else once the alert itself is gone.
-- Locks silence, which is small, for an instant. A silence whose alert is gone already ends here; it had come to hold for every alert.
ALTER TABLE "silence" ADD COLUMN "fingerprint" TEXT;
UPDATE "silence" s SET "fingerprint" = a."fingerprint" FROM "alert" a WHERE a."id" = s."alert_id";
UPDATE "silence" SET "ends_at" = greatest("starts_at", now()), "ended_by" = 'Graftwatch'
  WHERE "alert_id" IS NOT NULL AND "fingerprint" IS NULL AND "ends_at" > now();
