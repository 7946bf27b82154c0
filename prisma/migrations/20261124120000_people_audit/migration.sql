-- People: API keys, the audit log, labels of enrollment tokens, people who may not sign in, and sessions kept as digests.
-- Locks enrollment_token, auth_user and auth_session for as long as it takes to change their rows; each is small.

ALTER TABLE "enrollment_token" ADD COLUMN "labels" JSONB NOT NULL DEFAULT '{}';
ALTER TABLE "enrollment_token" ADD COLUMN "created_by_name" TEXT;

ALTER TABLE "auth_user" ADD COLUMN "disabledAt" TIMESTAMPTZ(3);

CREATE TABLE "api_key" (
    "id" BIGSERIAL NOT NULL,
    "label" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "scopes" TEXT[],
    "created_by" TEXT NOT NULL,
    "created_by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "audit_entry" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "actor_name" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "address" INET,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "audit_entry_actor_id_id_idx" ON "audit_entry"("actor_id", "id" DESC);

CREATE INDEX "audit_entry_action_id_idx" ON "audit_entry"("action", "id" DESC);

-- What was written down stays. Whoever keeps a log for a limited time sets graftwatch.audit_retention in the transaction that
-- deletes what is older.
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('graftwatch.audit_retention', true) = 'on' then
    return null;
  end if;
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete or truncate on audit_entry
  for each statement execute function audit_is_append_only();

-- Sign-in is a write of better-auth's, in its own transaction: a trigger puts the entry there.
create function audit_sign_in() returns trigger language plpgsql as $$
declare
  address inet;
begin
  -- A statement of its own: within one the planner would cast before it asks whether it may.
  if pg_input_is_valid(new."ipAddress", 'inet') then
    address := new."ipAddress"::inet;
  end if;
  insert into audit_entry (actor_kind, actor_id, actor_name, action, subject, address)
  select 'user', u.id, u.name, 'session.create', 'session:' || new.id, address
  from auth_user u where u.id = new."userId";
  return null;
end $$;
create trigger audit_sign_in after insert on auth_session for each row execute function audit_sign_in();

-- Sessions that are open stay open: a cookie holds the token, the table from now on its digest.
update auth_session set token = encode(sha256(convert_to(token, 'UTF8')), 'hex');
