-- People, departments and roles are kept by the API: whoever keeps them gives nothing they do not hold themselves.

ALTER TABLE role ADD COLUMN name text CHECK (length(name) BETWEEN 1 AND 100);
COMMENT ON COLUMN role.name IS 'of a company''s own role; the built-in ones are named by their code';

-- Whether somebody (a person, or a program by its token) holds all these rights in a department themselves, with that reach
-- and that view of clients.  Everybody has `profile`; no program has * or tokens.edit.
CREATE FUNCTION grants_cover(p_person bigint, p_token bigint, p_rights text[], p_department bigint, p_reach text, p_clients text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH place AS (SELECT id, path FROM department WHERE id = p_department),
    held AS (
        SELECT o.rights, h.department_id, h.reach, CASE WHEN h.clients = 'subtree' AND d.parent_id IS NULL THEN 'all' ELSE h.clients END AS clients,
               false AS program
          FROM person p JOIN person_role h ON h.person_id = p.id JOIN role o ON o.code = h.role JOIN department d ON d.id = h.department_id
         WHERE p.id = p_person AND p.disabled_at IS NULL
        UNION ALL
        SELECT t.rights, t.department_id, 'subtree', 'all', true FROM token t WHERE t.id = p_token AND t.revoked_at IS NULL)
    SELECT EXISTS (SELECT FROM place) AND NOT EXISTS (
        SELECT FROM unnest(p_rights) AS wanted (r)
         WHERE r <> 'profile' AND NOT EXISTS (
            SELECT FROM held h, place
             WHERE (r = ANY (h.rights) OR '*' = ANY (h.rights) AND (NOT h.program OR r NOT IN ('*', 'tokens.edit')))
               AND (h.reach = 'subtree' AND h.department_id = ANY (place.path) OR p_reach = 'own' AND h.department_id = place.id)
               AND (h.clients = 'all' OR p_clients <> 'all' AND h.clients = 'subtree' AND h.department_id = ANY (place.path)
                    OR p_clients = 'own' AND h.department_id = place.id)))
$$;
COMMENT ON FUNCTION grants_cover IS 'whether somebody holds these rights there themselves, with that reach and view';

-- Whether somebody may give a role there: they hold all of it, and users.edit.
CREATE FUNCTION grant_within(p_person bigint, p_token bigint, p_role text, p_department bigint, p_reach text, p_clients text)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT grants_cover(p_person, p_token, o.rights || '{users.edit}', p_department, p_reach, p_clients)
                       FROM role o WHERE o.code = p_role), false)
$$;
-- Whether somebody could have given another everything the other has: whoever holds more is not theirs to change.
CREATE FUNCTION person_within(p_person bigint, p_token bigint, p_other bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM person_role h WHERE h.person_id = p_other
                          AND NOT grant_within(p_person, p_token, h.role, h.department_id, h.reach, h.clients))
$$;
-- Whether anybody who can sign in keeps the people of the whole company.
CREATE FUNCTION people_kept() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM person p JOIN person_role h ON h.person_id = p.id JOIN role o ON o.code = h.role
                     JOIN department d ON d.id = h.department_id
                    WHERE p.disabled_at IS NULL AND d.parent_id IS NULL AND h.reach = 'subtree' AND o.rights && '{*,users.edit}')
$$;

UPDATE role SET rights = rights || '{users.read,departments.edit}' WHERE code = 'administrator';
UPDATE role SET rights = rights || '{users.read}' WHERE code IN ('head', 'auditor');

GRANT INSERT ON person TO vestnik_apid;
GRANT UPDATE (disabled_at) ON person TO vestnik_apid;
GRANT INSERT, UPDATE, DELETE ON role TO vestnik_apid;
