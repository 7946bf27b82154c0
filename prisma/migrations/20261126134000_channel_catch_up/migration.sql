-- A channel that is made, widened, pointed elsewhere or switched on is told of what it has missed. Rewrites nothing; locks channel, which is
-- small, for an instant.
ALTER TABLE "channel" ADD COLUMN "catch_up" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "heard_from" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN "off_since" TIMESTAMPTZ(3);
UPDATE "channel" SET "off_since" = "updated_at" WHERE NOT "enabled";
