-- What was held at an instant was released after it or not yet: plain indexes answer that, and a task's next reading writes to them
-- cheaper than to ranges. Locks blocker for as long as building two of them takes.
DROP INDEX "blocker_held_idx";
DROP INDEX "blocker_known_idx";
DROP INDEX "blocker_first_seen_idx";
CREATE INDEX "blocker_released_idx" ON "blocker" ("released_at") WHERE released_at IS NOT NULL;
CREATE INDEX "blocker_release_known_idx" ON "blocker" ("release_recorded_at") WHERE release_recorded_at IS NOT NULL;
ALTER TABLE "blocker" SET (fillfactor = 80);
