-- A task that holds an attempt again after it had let go is a row of its own: reopening the one before would change what was true
-- in between. Locks blocker for as long as one pass over it takes.
ALTER TABLE "blocker" DROP CONSTRAINT "blocker_pkey",
  ADD CONSTRAINT "blocker_pkey" PRIMARY KEY ("host_id", "number", "tid", "task_started_at", "signature_id", "first_seen_at");
