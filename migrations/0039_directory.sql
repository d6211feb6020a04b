-- People who come from elsewhere: the company's directory (LDAP) or OpenID Connect, and what its groups mean here.

ALTER TABLE person ALTER COLUMN password_hash DROP NOT NULL;
COMMENT ON COLUMN person.password_hash IS
    'Argon2id with its settings and salt, as libargon2 writes it; null: there is no password of our own';

CREATE TABLE person_identity (
    way        text NOT NULL CHECK (way IN ('ldap', 'oidc')),
    issuer     text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 500),
    subject    text NOT NULL CHECK (length(subject) BETWEEN 1 AND 500),
    person_id  bigint NOT NULL REFERENCES person,
    linked_by  text NOT NULL CHECK (linked_by IN ('sign_in', 'command')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz,
    checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (way, issuer, subject)
);
CREATE INDEX person_identity_person ON person_identity (person_id);
CREATE INDEX person_identity_checked ON person_identity (way, issuer, checked_at);
COMMENT ON TABLE person_identity IS 'who a person is elsewhere; an equal login links nobody';

CREATE TABLE directory_group (
    way           text NOT NULL CHECK (way IN ('ldap', 'oidc')),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 1000),
    key           text NOT NULL,
    role          text NOT NULL REFERENCES role,
    department_id bigint NOT NULL REFERENCES department,
    reach         text NOT NULL CHECK (reach IN ('own', 'subtree')),
    clients       text NOT NULL CHECK (clients IN ('own', 'subtree', 'all')),
    PRIMARY KEY (way, key, role, department_id)
);
COMMENT ON TABLE directory_group IS 'roles that groups of the directory, or values of a claim, give';
COMMENT ON COLUMN directory_group.key IS 'the name as it is compared: of LDAP the DN in one form';

ALTER TABLE person_role ADD COLUMN given_by text NOT NULL DEFAULT 'hand' CHECK (given_by IN ('hand', 'directory'));
COMMENT ON COLUMN person_role.given_by IS 'directory: by its groups, and set anew whenever they are read';

-- A sign-in by OpenID Connect that has begun; both ends are kept as sums, the nonce and the PKCE verifier follow from
-- the cookie.
CREATE TABLE oidc_sign_in (
    state_hash  bytea PRIMARY KEY CHECK (length(state_hash) = 32),
    cookie_hash bytea NOT NULL CHECK (length(cookie_hash) = 32),
    expires_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '10 minutes'
);
CREATE INDEX oidc_sign_in_expires ON oidc_sign_in (expires_at);

-- Give the person the roles of these groups and take away those that other groups gave.  Roles given by hand stay as
-- they are.  Where several groups give the same role in a department, the widest counts.
CREATE FUNCTION directory_roles(p_person_id bigint, p_way text, p_groups text[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM person_role r WHERE r.person_id = p_person_id AND r.given_by = 'directory'
       AND NOT EXISTS (SELECT FROM directory_group g WHERE g.way = p_way AND g.key = ANY (p_groups)
                          AND g.role = r.role AND g.department_id = r.department_id);
    INSERT INTO person_role AS r (person_id, role, department_id, reach, clients, given_by)
    SELECT p_person_id, role, department_id, max(reach),
           CASE WHEN bool_or(clients = 'all') THEN 'all' ELSE max(clients) END, 'directory'
      FROM directory_group WHERE way = p_way AND key = ANY (p_groups) GROUP BY role, department_id
        ON CONFLICT (person_id, role, department_id) DO UPDATE SET reach = excluded.reach, clients = excluded.clients
     WHERE r.given_by = 'directory' AND (r.reach, r.clients) <> (excluded.reach, excluded.clients);
$$;

-- Who somebody is whom the directory vouches for, made when nobody is and a group gives a role.  outcome: ok, disabled,
-- or no_role.  The login is the wished one where nobody has it, else one beside it: it never finds a person.
CREATE FUNCTION directory_person(p_way text, p_issuer text, p_subject text, p_login text, p_name text, p_groups text[],
                                 OUT person_id bigint, OUT outcome text) LANGUAGE plpgsql AS $$
DECLARE
    stem text := regexp_replace(regexp_replace(lower(p_login), '[^a-z0-9._@-]', '-', 'g'), '^[^a-z0-9]+', '');
    wish text;
    gone timestamptz;
BEGIN
    -- Two first sign-ins at once make one person.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_way || ' ' || p_issuer || ' ' || p_subject, 39));
    SELECT i.person_id, p.disabled_at INTO person_id, gone FROM person_identity i JOIN person p ON p.id = i.person_id
     WHERE i.way = p_way AND i.issuer = p_issuer AND i.subject = p_subject;
    IF gone IS NOT NULL THEN
        outcome := 'disabled';
        RETURN;
    END IF;
    IF person_id IS NULL THEN
        IF NOT EXISTS (SELECT FROM directory_group WHERE way = p_way AND key = ANY (p_groups)) THEN
            outcome := 'no_role';
            RETURN;
        END IF;
        stem := left(CASE WHEN stem = '' THEN 'user' ELSE stem END, 58);
        FOR n IN 1 .. 99999 LOOP
            wish := stem || CASE WHEN n = 1 THEN '' ELSE '-' || n END;
            INSERT INTO person (login, name) VALUES (wish, coalesce(nullif(left(p_name, 200), ''), wish))
            ON CONFLICT (login) DO NOTHING RETURNING id INTO person_id;
            EXIT WHEN person_id IS NOT NULL;
        END LOOP;
        INSERT INTO person_identity (way, issuer, subject, person_id, linked_by)
        VALUES (p_way, p_issuer, p_subject, person_id, 'sign_in');
    END IF;
    PERFORM directory_roles(person_id, p_way, p_groups);
    UPDATE person_identity i SET seen_at = clock_timestamp()
     WHERE i.way = p_way AND i.issuer = p_issuer AND i.subject = p_subject;
    outcome := CASE WHEN EXISTS (SELECT FROM person_role r WHERE r.person_id = directory_person.person_id)
             THEN 'ok' ELSE 'no_role' END;
END $$;

UPDATE role SET rights = rights || '{users.edit}' WHERE code = 'administrator' AND NOT 'users.edit' = ANY (rights);

GRANT SELECT, INSERT, UPDATE ON person_identity TO vestnik_apid;
GRANT SELECT, INSERT, DELETE ON directory_group TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE, DELETE ON oidc_sign_in TO vestnik_apid;
GRANT INSERT (login, name), UPDATE (disabled_at) ON person TO vestnik_apid;
