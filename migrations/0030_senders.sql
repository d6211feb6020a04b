-- Senders and texts as operators know them.  In Russia an operator registers a sender's name for each client, and the
-- texts of service and transactional messages for each name; a name that is not registered is refused or replaced, a
-- text that is not is charged as advertising.

-- ------------------------------------------------------------------------------------ senders

-- What fits into the octets that SMS has for it: 11 characters of seven bits without the escape, or 15 digits.
CREATE FUNCTION sender_fits(p_name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_name ~ '^\+?[0-9]{1,15}$'
        OR (p_name ~ '^[!-~]([ -~]{0,9}[!-~])?$' AND p_name !~ '[][\\^`{|}~]' AND p_name !~ '^\+?[0-9]*$')
$$;

CREATE TABLE sender (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (sender_fits(name)),
    kind       smallint GENERATED ALWAYS AS (sender_kind(name)) STORED,
    note       text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    enabled    boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE sender IS 'who messages are from';
COMMENT ON COLUMN sender.name IS 'as it goes on the wire; never changed, because operators know it by its letters';
COMMENT ON COLUMN sender.kind IS '1 letters, 2 digits, 3 short code';

CREATE TABLE sender_registration (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender_id   integer NOT NULL REFERENCES sender ON DELETE CASCADE,
    account_id  smallint REFERENCES account ON DELETE CASCADE,
    provider_id smallint REFERENCES provider ON DELETE CASCADE,
    operator_id smallint REFERENCES operator,
    state       text NOT NULL CHECK (state IN ('asked', 'active', 'refused', 'ended')),
    valid_from  date,
    valid_to    date CHECK (valid_to >= valid_from),
    contract    text NOT NULL DEFAULT '' CHECK (length(contract) <= 200),
    fee_micro   bigint CHECK (fee_micro >= 0),
    note        text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT sender_registration_whose CHECK (num_nonnulls(account_id, provider_id) = 1)
);
CREATE UNIQUE INDEX sender_registration_one ON sender_registration (sender_id, account_id, provider_id, operator_id)
    NULLS NOT DISTINCT WHERE state <> 'ended';
COMMENT ON TABLE sender_registration IS 'where operators know a sender: of what speaks for a pair of account and operator, the row that names the operator goes before the one for all, and then the one that names the account before the one for its provider';
COMMENT ON COLUMN sender_registration.operator_id IS 'null: every operator that no other row names';
COMMENT ON COLUMN sender_registration.state IS 'asked, active, refused; ended: for the record alone';
COMMENT ON COLUMN sender_registration.valid_to IS 'the last day, in the company''s time zone; null: no end is known';
COMMENT ON COLUMN sender_registration.contract IS 'number of the contract or the application';
COMMENT ON COLUMN sender_registration.fee_micro IS 'a month, in millionths of the provider''s currency; null: not known';

CREATE TABLE template_registration (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender_id   integer NOT NULL REFERENCES sender ON DELETE CASCADE,
    account_id  smallint REFERENCES account ON DELETE CASCADE,
    provider_id smallint REFERENCES provider ON DELETE CASCADE,
    operator_id smallint REFERENCES operator,
    category    smallint NOT NULL CHECK (category BETWEEN 2 AND 6),
    pattern     text NOT NULL CHECK (pattern <> '' AND octet_length(pattern) <= 4000),
    template_id bigint REFERENCES template ON DELETE SET NULL,
    state       text NOT NULL CHECK (state IN ('asked', 'active', 'refused', 'ended')),
    valid_from  date,
    valid_to    date CHECK (valid_to >= valid_from),
    contract    text NOT NULL DEFAULT '' CHECK (length(contract) <= 200),
    fee_micro   bigint CHECK (fee_micro >= 0),
    note        text NOT NULL DEFAULT '' CHECK (length(note) <= 1000),
    changed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT template_registration_whose CHECK (num_nonnulls(account_id, provider_id) = 1)
);
CREATE UNIQUE INDEX template_registration_one ON template_registration
    (sender_id, account_id, provider_id, operator_id, category, md5(pattern)) NULLS NOT DISTINCT WHERE state <> 'ended';
CREATE INDEX template_registration_template ON template_registration (template_id) WHERE template_id IS NOT NULL;
COMMENT ON TABLE template_registration IS 'texts that operators know; every row that covers a pair of account and operator counts';
COMMENT ON COLUMN template_registration.category IS 'as which the operator charges it; advertising is not registered';
COMMENT ON COLUMN template_registration.pattern IS 'the text with variables, as it was registered (docs/senders.md)';
COMMENT ON COLUMN template_registration.template_id IS 'the template it was registered for; null: none';

-- ------------------------------------------------------------------------------------ defaults

-- The key is apart from what a default is for, so that more can be asked of it than class and category.
CREATE TABLE sender_default (
    id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    class     smallint NOT NULL CHECK (class BETWEEN 1 AND 3),
    category  smallint CHECK (category BETWEEN 1 AND 6),
    sender_id integer NOT NULL REFERENCES sender ON DELETE CASCADE,
    CONSTRAINT sender_default_for UNIQUE NULLS NOT DISTINCT (class, category)
);
COMMENT ON TABLE sender_default IS 'whom a campaign is from when nobody says';
COMMENT ON COLUMN sender_default.category IS 'null: every category that has no row of its own';

CREATE FUNCTION sender_default_of(p_class smallint, p_category smallint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT s.name FROM sender_default d JOIN sender s ON s.id = d.sender_id
     WHERE s.enabled AND d.class = p_class AND (d.category IS NULL OR d.category = p_category)
     ORDER BY d.category NULLS LAST LIMIT 1
$$;

-- open: a sender that is not registered goes out all the same, and is priced and shown as such; strict: only over
-- accounts and to operators that know it.
INSERT INTO setting VALUES ('unregistered_senders', 'open');

INSERT INTO sender (name)
SELECT DISTINCT u.name FROM (SELECT sender FROM campaign UNION SELECT sender FROM template) AS u(name)
 WHERE sender_fits(u.name) ORDER BY 1;

-- ------------------------------------------------------------------------------------ for the routing

-- Grows with every change of what follows, so that who holds it in memory need not read it all again.
CREATE TABLE sender_version (
    id      boolean PRIMARY KEY DEFAULT true CHECK (id),
    version bigint NOT NULL
);
COMMENT ON TABLE sender_version IS 'one row: how often senders and registrations have changed';
INSERT INTO sender_version (version) VALUES (1);
CREATE FUNCTION sender_version_grow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE sender_version SET version = version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER sender_version AFTER INSERT OR UPDATE OR DELETE ON sender FOR EACH STATEMENT EXECUTE FUNCTION sender_version_grow();
CREATE TRIGGER sender_version AFTER INSERT OR UPDATE OR DELETE ON sender_registration
    FOR EACH STATEMENT EXECUTE FUNCTION sender_version_grow();
CREATE TRIGGER sender_version AFTER INSERT OR UPDATE OR DELETE ON template_registration
    FOR EACH STATEMENT EXECUTE FUNCTION sender_version_grow();
-- A new account is known wherever its provider is.
CREATE TRIGGER sender_version AFTER INSERT OR DELETE ON account FOR EACH STATEMENT EXECUTE FUNCTION sender_version_grow();
CREATE TRIGGER sender_version_moved AFTER UPDATE OF provider_id ON account
    FOR EACH STATEMENT EXECUTE FUNCTION sender_version_grow();
CREATE TRIGGER sender_version AFTER INSERT OR UPDATE ON setting
    FOR EACH ROW WHEN (NEW.name IN ('unregistered_senders', 'time_zone')) EXECUTE FUNCTION sender_version_grow();

-- Per sender which pairs of account and operator may carry it, and whether the operator knows it.  operator_id 0 is
-- every operator without a row of its own, and numbers whose operator is not known; a sender and account without
-- that row are not registered, and carried where the setting is open and the sender enabled.
CREATE FUNCTION sender_routes() RETURNS TABLE (sender_id integer, account_id smallint, operator_id smallint, state text,
    registered boolean, carries boolean)
LANGUAGE sql STABLE AS $$
    SELECT k.sender_id, k.account_id, k.operator_id, k.state, k.registered,
           s.enabled AND (k.registered OR p.value = 'open')
      FROM (SELECT DISTINCT ON (r.sender_id, a.id, coalesce(r.operator_id, 0))
                   r.sender_id, a.id AS account_id, coalesce(r.operator_id, 0)::smallint AS operator_id, r.state,
                   r.state = 'active' AND coalesce(r.valid_from, t.day) <= t.day AND coalesce(r.valid_to, t.day) >= t.day
                       AS registered
              FROM (SELECT company_day(statement_timestamp()) AS day) t
             CROSS JOIN sender_registration r
              JOIN account a ON a.id = r.account_id OR a.provider_id = r.provider_id
             WHERE r.state <> 'ended'
             ORDER BY r.sender_id, a.id, coalesce(r.operator_id, 0), r.account_id IS NULL) k
      JOIN sender s ON s.id = k.sender_id
     CROSS JOIN (SELECT value FROM setting WHERE name = 'unregistered_senders') p
$$;
COMMENT ON FUNCTION sender_routes IS 'which accounts and operators carry and know which senders today';

-- The texts that operators know today; operator_id 0 is every one.
CREATE FUNCTION template_routes() RETURNS TABLE (sender_id integer, category smallint, pattern text, account_id smallint,
    operator_id smallint)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT r.sender_id, r.category, r.pattern, a.id, coalesce(r.operator_id, 0)::smallint
      FROM (SELECT company_day(statement_timestamp()) AS day) t
     CROSS JOIN template_registration r
      JOIN account a ON a.id = r.account_id OR a.provider_id = r.provider_id
     WHERE r.state = 'active' AND coalesce(r.valid_from, t.day) <= t.day AND coalesce(r.valid_to, t.day) >= t.day
$$;
COMMENT ON FUNCTION template_routes IS 'which accounts and operators know which texts today';

GRANT SELECT ON sender, sender_registration, template_registration, sender_default, sender_version
    TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;
GRANT INSERT, UPDATE (note, enabled), DELETE ON sender TO vestnik_apid;
GRANT INSERT, UPDATE (state, valid_from, valid_to, contract, fee_micro, note, changed_at), DELETE
    ON sender_registration, template_registration TO vestnik_apid;
GRANT INSERT, UPDATE (sender_id), DELETE ON sender_default TO vestnik_apid;
