-- Why an attempt was refused, as the kernel or a client put it. A column without a default: locks attempt for a moment, rewrites nothing.
ALTER TABLE "attempt" ADD COLUMN "failure" TEXT;
