-- A rule about stuck transitions may ask only for patches that change modules, which can be left half-registered: the one that pages by
-- itself does, unless somebody made it their own. Rewrites nothing; locks alert_rule, which is small, for an instant.
ALTER TABLE "alert_rule" ADD COLUMN "changes_modules" BOOLEAN NOT NULL DEFAULT false;
UPDATE "alert_rule" SET "changes_modules" = true WHERE "builtin" = 'Stuck-critical' AND "updated_by" IS NULL;
