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

CREATE TABLE known_device (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id   bigint NOT NULL REFERENCES person,
    secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX known_device_person ON known_device (person_id, used_at);
COMMENT ON TABLE known_device IS 'browsers a person has signed in from: their wrong passwords are counted apart';

-- What is counted: of a browser that has signed in as this person before, its own tries alone; of all others those
-- from their address for this login, those for this login from anywhere, and those from their address for whichever login.
-- So a stranger locks out other strangers, and not the owner.
DROP FUNCTION sign_in_try(bytea);
DROP TABLE sign_in_failure;
CREATE TABLE sign_in_failure (
    login_hash   bytea NOT NULL CHECK (length(login_hash) IN (0, 32)),
    source       text NOT NULL CHECK (length(source) <= 60),
    failures     integer NOT NULL DEFAULT 1,
    began_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    failed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    locked_until timestamptz,
    PRIMARY KEY (login_hash, source)
);
CREATE INDEX sign_in_failure_failed ON sign_in_failure (failed_at);
COMMENT ON COLUMN sign_in_failure.login_hash IS 'SHA-256 of what was typed, known or not; empty: whichever login';
COMMENT ON COLUMN sign_in_failure.source IS 'net N: that address, of IPv6 its /64; device N: known_device; empty: anywhere';

CREATE FUNCTION sign_in_net(p_address inet) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'net ' || coalesce(network(set_masklen(p_address, CASE family(p_address) WHEN 6 THEN 64 ELSE 32 END))::text, '?')
$$;

CREATE FUNCTION sign_in_device(p_login bytea, p_device bytea) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT d.id FROM known_device d JOIN person p ON p.id = d.person_id
     WHERE d.secret_hash = p_device AND sha256(convert_to(p.login, 'UTF8')) = p_login
$$;

-- Count a try before the password is looked at, so that many at once are still counted one by one; a right one takes
-- it back.  0: go on; else the seconds to wait.  What is locked is not counted further.
CREATE FUNCTION sign_in_try(p_login bytea, p_address inet, p_device bytea) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_device bigint := sign_in_device(p_login, p_device);
    v_net    text := sign_in_net(p_address);
    v_logins bytea[] := CASE WHEN v_device IS NULL THEN ARRAY['', p_login, p_login] ELSE ARRAY[p_login] END;
    v_sources text[] := CASE WHEN v_device IS NULL THEN ARRAY[v_net, '', v_net] ELSE ARRAY['device ' || v_device] END;
    -- The failure that locks.  Behind one address may be a whole office.
    v_locks  integer[] := CASE WHEN v_device IS NULL THEN '{100,10,5}'::integer[] ELSE '{5}' END;
    v_wait_s integer;
BEGIN
    PERFORM pg_advisory_xact_lock(7038, hashtext(encode(p_login, 'hex')));
    SELECT max(ceil(extract(epoch FROM f.locked_until - clock_timestamp()))) INTO v_wait_s
      FROM unnest(v_logins, v_sources) AS c (login_hash, source) JOIN sign_in_failure f USING (login_hash, source)
     WHERE f.locked_until > clock_timestamp();
    IF v_wait_s IS NOT NULL THEN
        RETURN greatest(v_wait_s, 1);
    END IF;
    -- The address first: it is all that tries for different logins share, so they wait for each other in one order.
    FOR i IN 1..cardinality(v_logins) LOOP
        INSERT INTO sign_in_failure AS f (login_hash, source) VALUES (v_logins[i], v_sources[i])
        ON CONFLICT (login_hash, source) DO UPDATE SET (failures, began_at, failed_at, locked_until) = (
            SELECT n, CASE WHEN n = 1 THEN clock_timestamp() ELSE f.began_at END, clock_timestamp(),
                   CASE WHEN n >= v_locks[i] THEN
                       clock_timestamp() + least(900, 30 * 2 ^ least(n - v_locks[i], 10)) * interval '1 second' END
              -- An hour of quiet forgets them; of an address, from which somebody always mistypes, an hour does.
              FROM (SELECT CASE WHEN CASE f.login_hash WHEN '' THEN f.began_at ELSE f.failed_at END
                                     < clock_timestamp() - interval '1 hour' THEN 1 ELSE f.failures + 1 END) AS c (n));
    END LOOP;
    -- Last, and waiting for nobody.
    DELETE FROM sign_in_failure WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM sign_in_failure WHERE failed_at < statement_timestamp() - interval '1 hour'
         LIMIT 100 FOR UPDATE SKIP LOCKED));
    RETURN 0;
END $$;

-- One of the tries of an address was right.
CREATE FUNCTION sign_in_address_right(p_address inet) RETURNS void LANGUAGE sql AS $$
    DELETE FROM sign_in_failure WHERE login_hash = '' AND source = sign_in_net(p_address) AND failures <= 1;
    UPDATE sign_in_failure SET failures = failures - 1, locked_until = CASE WHEN failures > 100 THEN locked_until END
     WHERE login_hash = '' AND source = sign_in_net(p_address);
$$;

-- The password was right and a code is still to come: the login's tries stay counted until then, those of the address
-- not, from which a whole office may be looking for its phones.
CREATE FUNCTION sign_in_halfway(p_login bytea, p_address inet, p_device bytea) RETURNS void LANGUAGE sql AS $$
    SELECT sign_in_address_right(p_address) WHERE sign_in_device(p_login, p_device) IS NULL
$$;

-- It was right: forget the tries it is counted with, but not those of others.
CREATE FUNCTION sign_in_right(p_login bytea, p_address inet, p_device bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_device bigint := sign_in_device(p_login, p_device);
BEGIN
    PERFORM pg_advisory_xact_lock(7038, hashtext(encode(p_login, 'hex')));
    IF v_device IS NOT NULL THEN
        DELETE FROM sign_in_failure WHERE login_hash = p_login AND source = 'device ' || v_device;
        RETURN;
    END IF;
    DELETE FROM sign_in_failure WHERE login_hash = p_login AND source IN ('', sign_in_net(p_address));
    PERFORM sign_in_address_right(p_address);
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_failure, known_device TO vestnik_apid;

ALTER TABLE person
    ADD COLUMN password_changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;
UPDATE person SET password_changed_at = created_at;
COMMENT ON COLUMN person.must_change_password IS 'it was given to begin with: until it is changed nothing else is open';

CREATE FUNCTION person_password() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.password_changed_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER person_password BEFORE UPDATE OF password_hash ON person
    FOR EACH ROW WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash) EXECUTE FUNCTION person_password();

CREATE TABLE second_factor (
    person_id    bigint PRIMARY KEY REFERENCES person,
    sealed       bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    last_step    bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE second_factor IS 'secrets of codes by time (RFC 6238), sealed by the vault';
COMMENT ON COLUMN second_factor.confirmed_at IS 'null: not yet asked for, the person has still to show a code';
COMMENT ON COLUMN second_factor.last_step IS 'the half minute of the last code that was used; no earlier one is taken, nor this again';

CREATE TABLE recovery_code (
    person_id bigint NOT NULL REFERENCES second_factor ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
    used_at   timestamptz,
    PRIMARY KEY (person_id, code_hash)
);
COMMENT ON TABLE recovery_code IS 'ten of 80 random bits, each for one use in the place of a code';

CREATE TABLE sign_in_step (
    secret_hash bytea PRIMARY KEY CHECK (length(secret_hash) = 32),
    person_id   bigint NOT NULL REFERENCES person,
    way         text NOT NULL CHECK (way IN ('password', 'directory')),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '5 minutes'
);
CREATE INDEX sign_in_step_person ON sign_in_step (person_id);
COMMENT ON TABLE sign_in_step IS 'whose password was right and who has still to show a code';

ALTER TABLE role ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN role.second_factor IS 'who has it needs a second factor, and nothing but the own profile is open without';

CREATE FUNCTION session_limit(p_person_id bigint, p_way text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_way = 'password' AND p.must_change_password THEN 'password'
                -- Who comes from the company's own sign-in has shown there what the company asks for.
                WHEN p_way <> 'oidc'
                     AND EXISTS (SELECT FROM person_role h JOIN role o ON o.code = h.role
                                  WHERE h.person_id = p.id AND o.second_factor)
                     AND NOT EXISTS (SELECT FROM second_factor f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL)
                THEN 'second_factor' END
      FROM person p WHERE p.id = p_person_id
$$;
COMMENT ON FUNCTION session_limit IS 'what has to be done before a session may more than its own profile; null: nothing';

GRANT UPDATE (must_change_password) ON person TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factor, recovery_code, sign_in_step TO vestnik_apid;
