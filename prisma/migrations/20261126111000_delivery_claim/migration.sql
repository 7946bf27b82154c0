-- Who sends a delivery has it until then; whoever is killed meanwhile frees it by that. An empty column: no rewrite, a lock for an instant.
ALTER TABLE "delivery" ADD COLUMN "claimed_until" TIMESTAMPTZ(3);
