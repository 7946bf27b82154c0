-- The kernel beside each patch of a host, so that which kernels a patch runs on is counted from one index. Locks host_patch for as
-- long as one pass over it takes: seconds for 100,000 hosts.
ALTER TABLE "host_patch" ADD COLUMN "kernel_id" INTEGER;
UPDATE host_patch hp SET kernel_id = h.kernel_id FROM host h WHERE h.id = hp.host_id;
DROP INDEX "host_patch_patch_id_host_id_idx";
CREATE INDEX "host_patch_patch_id_host_id_idx" ON "host_patch" ("patch_id", "host_id");
CREATE INDEX "host_patch_kernel_idx" ON "host_patch" ("patch_id", "kernel_id")
  INCLUDE ("host_id", "enabled", "state", "objects_waiting");

-- Hosts that do not count since an older agent speaks for their kernel; there are few.
CREATE INDEX "host_shared_idx" ON "host" ("id") WHERE flags & 4096 <> 0;
-- Without this the planner takes one host in 200 to count.
CREATE STATISTICS "host_shared_stats" ON (flags & 4096) FROM "host";
ANALYZE "host";
