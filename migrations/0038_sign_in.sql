-- Signing in: sessions that can be seen and ended one by one, wrong passwords counted by where they come from.

ALTER TABLE session
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN device text NOT NULL DEFAULT '' CHECK (length(device) <= 60),
    ADD COLUMN address inet,
    ADD COLUMN way text NOT NULL DEFAULT 'password' CHECK (way IN ('password', 'directory', 'oidc'));
COMMENT ON COLUMN session.id IS 'what the person sees of it; the secret is what signs in';
COMMENT ON COLUMN session.device IS 'browser and system, from a closed list of words';
COMMENT ON COLUMN session.seen_at IS 'to a minute; too long ago, by sessions.idle of apid, and the session is over';

UPDATE role SET rights = rights || '{users.edit}' WHERE code = 'administrator';
