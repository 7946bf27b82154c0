-- Whoever loses a session, a key or the right to sign in stops hearing events at once on every replica: the payload says who. Triggers,
-- so that no writer can forget it. New functions only; locks each table for a moment.

CREATE FUNCTION graftwatch_tell_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('graftwatch_people', CASE TG_TABLE_NAME
    WHEN 'auth_session' THEN to_jsonb(OLD) ->> 'userId'
    WHEN 'auth_user' THEN OLD.id::text
    ELSE 'key:' || OLD.id END);
  RETURN NULL;
END $$;
CREATE TRIGGER session_ended AFTER DELETE ON "auth_session" FOR EACH ROW EXECUTE FUNCTION graftwatch_tell_people();
CREATE TRIGGER user_changed AFTER UPDATE ON "auth_user" FOR EACH ROW
  WHEN (OLD."disabledAt" IS DISTINCT FROM NEW."disabledAt" OR OLD.role IS DISTINCT FROM NEW.role)
  EXECUTE FUNCTION graftwatch_tell_people();
CREATE TRIGGER key_revoked AFTER UPDATE ON "api_key" FOR EACH ROW
  WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at) EXECUTE FUNCTION graftwatch_tell_people();
CREATE TRIGGER key_removed AFTER DELETE ON "api_key" FOR EACH ROW EXECUTE FUNCTION graftwatch_tell_people();
