-- Hosts that were ever failed, for what held them at an instant. Few of the rows; locks period against writes for one pass over it.
CREATE INDEX "period_failed_idx" ON "period" ("host_id") WHERE state = 'failed' OR last_state = 'failed';
