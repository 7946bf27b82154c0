-- What waits for a channel, oldest first, and what waits before it of the same alert: looked up for every delivery that is sent. Both
-- indexes hold only what waits, so making them locks writers for as long as a look at the table takes.
DROP INDEX "delivery_waiting_idx";
CREATE INDEX "delivery_waiting_idx" ON "delivery" ("channel_id", "id") WHERE "status" = 'waiting';
CREATE INDEX "delivery_waiting_alert_idx" ON "delivery" ("alert_id", "channel_id", "id") WHERE "status" = 'waiting';
