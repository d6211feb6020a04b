-- Attributes that an administrator defines; several phone numbers a client, and what became of them.

GRANT DELETE ON client_attribute TO vestnik_apid;

-- Of clients who have, or had, more than one number; the others have client.msisdn alone.
CREATE TABLE client_phone (
    client_id  bigint NOT NULL,
    msisdn     bigint NOT NULL,
    held       boolean NOT NULL DEFAULT false,
    valid_from date,
    valid_to   date,
    lost_at    timestamptz,
    source     text NOT NULL,
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (client_id, msisdn)
);
COMMENT ON COLUMN client_phone.held IS 'preferred because a person chose it or the others are lost: no source changes that to another known number';
COMMENT ON COLUMN client_phone.lost_at IS 'when it was found unreachable: phone_is_lost()';
COMMENT ON COLUMN client_phone.seen_at IS 'when a source or a person named it last';

-- Insert-only: which number was written to until when, and why it is another.
CREATE TABLE client_phone_change (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id  bigint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    old_msisdn bigint NOT NULL,
    new_msisdn bigint NOT NULL,
    reason     text NOT NULL CHECK (reason IN ('corrected', 'chosen', 'unreachable')),
    source     text NOT NULL
);
CREATE INDEX client_phone_change_client ON client_phone_change (client_id, id);

-- A number is lost when its operator calls the last message's address invalid (ESME_RINVDSTADR), or when the
-- last three messages to it, a day or more from first to third, all ended rejected, expired or undelivered.
CREATE FUNCTION phone_is_lost(number bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids bigint[] := ARRAY(SELECT m.id FROM message m WHERE m.msisdn = number
                             AND m.id >= (floor(extract(epoch FROM statement_timestamp()))::bigint - 1577836800 - 90 * 86400) << 32
                           ORDER BY m.id DESC LIMIT 3);
    last_invalid boolean;
    ended_badly integer;
BEGIN
    IF cardinality(ids) = 0 THEN
        RETURN false;
    END IF;
    SELECT coalesce(bool_or(s.state = 5 AND s.reason = 1011) FILTER (WHERE s.id = ids[1]), false),
           count(*) FILTER (WHERE s.state IN (6, 7, 8))
      INTO last_invalid, ended_badly
      FROM message_state s
     WHERE s.id = ANY (ids) AND s.id BETWEEN ids[cardinality(ids)] AND ids[1];
    RETURN last_invalid OR (ended_badly = 3 AND (ids[1] >> 32) - (ids[3] >> 32) >= 86400);
END $$;

-- Of the next n clients with several numbers: where the one written to is lost, the valid one named last takes
-- its place.  Returns the last client looked at (0: there are no more) and how many numbers were replaced.
CREATE FUNCTION phones_replace(after bigint, n integer, OUT last bigint, OUT replaced integer)
LANGUAGE plpgsql AS $$
DECLARE
    c record;
    next_one bigint;
BEGIN
    last := 0;
    replaced := 0;
    FOR c IN SELECT p.client_id AS id, k.msisdn
               FROM (SELECT DISTINCT client_id FROM client_phone WHERE client_id > after ORDER BY client_id LIMIT n) p
               JOIN client k ON k.id = p.client_id ORDER BY p.client_id LOOP
        last := c.id;
        CONTINUE WHEN NOT phone_is_lost(c.msisdn);
        SELECT p.msisdn INTO next_one FROM client_phone p
         WHERE p.client_id = c.id AND p.msisdn <> c.msisdn AND p.lost_at IS NULL
           AND coalesce(p.valid_from <= current_date, true) AND coalesce(p.valid_to >= current_date, true)
         ORDER BY p.seen_at DESC, p.msisdn LIMIT 1;
        CONTINUE WHEN NOT FOUND;
        BEGIN
            UPDATE client SET msisdn = next_one, updated_at = clock_timestamp() WHERE id = c.id AND msisdn = c.msisdn;
            CONTINUE WHEN NOT FOUND;
            UPDATE client_phone SET held = (msisdn = next_one),
                   lost_at = CASE WHEN msisdn = c.msisdn THEN clock_timestamp() ELSE lost_at END
             WHERE client_id = c.id;
            INSERT INTO client_phone_change (client_id, old_msisdn, new_msisdn, reason, source)
            VALUES (c.id, c.msisdn, next_one, 'unreachable', 'schedulerd');
            replaced := replaced + 1;
        EXCEPTION WHEN unique_violation THEN
            NULL; -- another client without a code has the number
        END;
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON client_phone TO vestnik_apid;
GRANT SELECT, INSERT ON client_phone_change TO vestnik_apid;
GRANT SELECT ON client_phone TO vestnik_schedulerd;
GRANT UPDATE (held, lost_at) ON client_phone TO vestnik_schedulerd;
GRANT INSERT ON client_phone_change TO vestnik_schedulerd;
GRANT UPDATE (msisdn, updated_at) ON client TO vestnik_schedulerd;
