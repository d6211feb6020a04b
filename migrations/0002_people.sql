-- People: who signs in with a password, their sessions, and what they made.

CREATE TABLE person (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login         text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    name          text NOT NULL CHECK (name <> ''),
    password_hash text NOT NULL,
    role          text NOT NULL DEFAULT 'manager',
    language      text NOT NULL DEFAULT 'ru' CHECK (language IN ('ru', 'en')),
    theme         text NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    phone         bigint,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at   timestamptz
);
COMMENT ON COLUMN person.password_hash IS 'Argon2id with its settings and salt, as libargon2 writes it';
COMMENT ON COLUMN person.phone IS 'their own number, for test messages';

CREATE TABLE session (
    secret_hash bytea PRIMARY KEY CHECK (length(secret_hash) = 32),
    person_id   bigint NOT NULL REFERENCES person,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '7 days',
    ended_at    timestamptz
);
CREATE INDEX session_person ON session (person_id);
COMMENT ON TABLE session IS 'who is signed in; the cookie holds the secret, only its SHA-256 is kept';
COMMENT ON COLUMN session.seen_at IS 'to a minute; a session not seen for 12 hours is over';

-- Logins are counted whether they exist or not, so that being locked out tells nothing; as SHA-256, because
-- what is typed there now and then is a password.
CREATE TABLE sign_in_failure (
    login_hash   bytea PRIMARY KEY CHECK (length(login_hash) = 32),
    failures     integer NOT NULL DEFAULT 1,
    failed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    locked_until timestamptz
);
CREATE INDEX sign_in_failure_failed ON sign_in_failure (failed_at);

-- Count a try before the password is looked at, so that many at once are still counted one by one; the row
-- goes away when the password was right.  0: go on; else the seconds to wait.  The fifth failure locks the
-- login for 30 s, each further one for twice as long, 15 min at most; an hour of quiet forgets them.
CREATE FUNCTION sign_in_try(hash bytea) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE wait_s integer;
BEGIN
    DELETE FROM sign_in_failure WHERE login_hash IN
        (SELECT login_hash FROM sign_in_failure WHERE failed_at < statement_timestamp() - interval '1 hour'
          LIMIT 100 FOR UPDATE SKIP LOCKED);
    INSERT INTO sign_in_failure AS f (login_hash) VALUES (hash)
    ON CONFLICT (login_hash) DO UPDATE
       SET failures = f.failures + 1,
           failed_at = clock_timestamp(),
           locked_until = CASE WHEN f.failures >= 4 THEN
               clock_timestamp() + least(900, 30 * 2 ^ least(f.failures - 4, 10)) * interval '1 second' END
     WHERE f.locked_until IS NULL OR f.locked_until <= clock_timestamp();
    IF FOUND THEN
        RETURN 0;
    END IF;
    SELECT ceil(extract(epoch FROM locked_until - clock_timestamp())) INTO wait_s
      FROM sign_in_failure WHERE login_hash = hash;
    RETURN greatest(coalesce(wait_s, 1), 1);
END $$;

ALTER TABLE campaign ADD COLUMN person_id bigint REFERENCES person,
                     ADD COLUMN launched_by bigint REFERENCES person;
ALTER TABLE import ADD COLUMN person_id bigint REFERENCES person;
COMMENT ON COLUMN campaign.person_id IS 'who made it; null: the program with token_id';
COMMENT ON COLUMN campaign.launched_by IS 'the person who launched it; null: a program';
COMMENT ON COLUMN import.person_id IS 'who made it; null: the program with token_id';
COMMENT ON COLUMN idempotency.token_id IS 'the id of a token, or of a person with a minus before it';

GRANT SELECT, UPDATE (name, language, theme, phone, password_hash) ON person TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, sign_in_failure TO vestnik_apid;
