-- Complaints and the proof of what was sent; a stop is lifted by a consent alone; what waits for a number that changed.

-- ------------------------------------------------------------------------------------ complaints

-- The end of the n-th working day after a day, by the company's calendar and time zone.
CREATE FUNCTION complaint_deadline(p_received timestamptz, p_days integer) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT ((d.day + 1)::timestamp AT TIME ZONE z.value) - interval '1 s'
      FROM setting z
      CROSS JOIN LATERAL (
           SELECT (p_received AT TIME ZONE z.value)::date + n AS day FROM generate_series(1, 10 * p_days + 60) n
             LEFT JOIN calendar_day c ON c.day = (p_received AT TIME ZONE z.value)::date + n
            WHERE coalesce(c.kind = 'working', extract(isodow FROM (p_received AT TIME ZONE z.value)::date + n) < 6)
            ORDER BY n OFFSET p_days - 1 LIMIT 1) d
     WHERE z.name = 'time_zone'
$$;

CREATE TABLE complaint (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at     timestamptz NOT NULL,
    source          text NOT NULL CHECK (source IN ('fas', 'rkn', 'letter', 'email', 'call', 'web', 'provider', 'other')),
    reference       text CHECK (reference <> ''),
    client_id       bigint,
    msisdn          bigint CHECK (msisdn > 0),
    name            text CHECK (name <> ''),
    claim           text NOT NULL,
    deadline        timestamptz NOT NULL CHECK (deadline > received_at),
    deadline_reason text CHECK (deadline_reason <> ''),
    state           text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'closed')),
    answer          text,
    answered_at     timestamptz,
    result          text CHECK (result IN ('justified', 'partly', 'unjustified', 'withdrawn')),
    closed_at       timestamptz,
    assignee_id     bigint REFERENCES person,
    token_id        bigint,
    person_id       bigint REFERENCES person,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    sealed          bytea,
    key_id          bytea CHECK (length(key_id) = 8),
    CHECK (claim <> '' OR sealed IS NOT NULL),
    CHECK ((answer IS NULL) = (answered_at IS NULL) AND (answer IS NOT NULL OR state <> 'answered')),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (result IS NOT NULL)),
    CHECK ((sealed IS NULL) = (key_id IS NULL) AND (sealed IS NULL OR state = 'closed'))
);
CREATE INDEX complaint_client ON complaint (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX complaint_msisdn ON complaint (msisdn) WHERE msisdn IS NOT NULL;
CREATE INDEX complaint_open ON complaint (deadline) WHERE state <> 'closed';
CREATE INDEX complaint_closed ON complaint (closed_at) WHERE state = 'closed';
COMMENT ON TABLE complaint IS 'what people and authorities complained of; kept three years after it was closed, for that is how long claims can be made';
COMMENT ON COLUMN complaint.sealed IS 'number, name, claim and answer once the person was erased, under a key that is not in the database';

CREATE TABLE complaint_message (
    complaint_id bigint NOT NULL REFERENCES complaint ON DELETE CASCADE,
    message_id   bigint NOT NULL,
    PRIMARY KEY (complaint_id, message_id)
);
CREATE INDEX complaint_message_id ON complaint_message (message_id);
COMMENT ON TABLE complaint_message IS 'which messages a complaint is about';

CREATE TABLE complaint_pack (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id bigint NOT NULL REFERENCES complaint ON DELETE CASCADE,
    made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    token_id     bigint,
    person_id    bigint REFERENCES person,
    files        integer NOT NULL,
    bytes        bigint NOT NULL,
    digest       bytea NOT NULL CHECK (length(digest) = 32)
);
CREATE INDEX complaint_pack_complaint ON complaint_pack (complaint_id, id);
COMMENT ON TABLE complaint_pack IS 'packs of proof that were handed out; never changed';
COMMENT ON COLUMN complaint_pack.digest IS 'SHA-256 of the pack''s manifest, which has that of every file';

-- What was closed stays as it is and for three years, but for the sealing of an erased person; packs stay with it.
CREATE FUNCTION complaint_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'complaints are kept for three years after they were closed';
    ELSIF TG_TABLE_NAME = 'complaint_pack' THEN
        IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM complaint c WHERE c.id = OLD.complaint_id) THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'rows of complaint_pack are never changed';
    ELSIF TG_OP = 'UPDATE' AND (OLD.state <> 'closed' OR OLD.sealed IS NULL AND NEW.sealed IS NOT NULL) THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' AND OLD.closed_at < clock_timestamp() - interval '3 years' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a complaint is kept for three years after it was closed, and stays as it is then';
END $$;
CREATE TRIGGER complaint_guard BEFORE UPDATE OR DELETE ON complaint FOR EACH ROW EXECUTE FUNCTION complaint_guard();
CREATE TRIGGER complaint_guard_all BEFORE TRUNCATE ON complaint EXECUTE FUNCTION complaint_guard();
CREATE TRIGGER complaint_pack_guard BEFORE UPDATE OR DELETE ON complaint_pack FOR EACH ROW EXECUTE FUNCTION complaint_guard();
CREATE TRIGGER complaint_pack_guard_all BEFORE TRUNCATE ON complaint_pack EXECUTE FUNCTION complaint_guard();

-- For whoever erases a person (common/model/erase.c): the complaints that name them, locked.  While one is not closed
-- nobody is erased, for the proof would go with the person: such a client is blocked instead.
CREATE FUNCTION complaints_of(p_client bigint, p_numbers bigint[])
RETURNS TABLE (id bigint, state text, msisdn bigint, name text, claim text, answer text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.id, c.state, c.msisdn, c.name, c.claim, c.answer FROM complaint c
     WHERE c.id = ANY (ARRAY(SELECT x.id FROM complaint x WHERE x.client_id = p_client
                             UNION SELECT x.id FROM complaint x WHERE x.msisdn = ANY (p_numbers)))
       AND c.sealed IS NULL
     ORDER BY c.id FOR UPDATE
$$;
CREATE FUNCTION complaint_seal(p_id bigint, p_sealed bytea, p_key_id bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE complaint SET msisdn = NULL, name = NULL, claim = '', answer = CASE WHEN answer IS NOT NULL THEN '' END,
           sealed = p_sealed, key_id = p_key_id
     WHERE id = p_id
$$;

-- Complaints whose time is over, at most p_limit; how many.
CREATE FUNCTION complaints_forget(p_as_of timestamptz, p_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM complaint c WHERE c.id = ANY (ARRAY(
        SELECT o.id FROM complaint o
         WHERE o.state = 'closed' AND o.closed_at < least(p_as_of - p_days * interval '1 day', clock_timestamp() - interval '3 years')
         ORDER BY o.closed_at LIMIT p_limit));
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- As common/model/message.h has them.
CREATE FUNCTION category_code(p_category smallint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['advertising', 'service', 'transactional', 'debt', 'emergency', 'authorisation'])[p_category]
$$;
CREATE FUNCTION class_code(p_class smallint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT (ARRAY['advertising', 'service', 'alert'])[p_class] $$;

REVOKE ALL ON FUNCTION complaints_of(bigint, bigint[]), complaint_seal(bigint, bytea, bytea),
       complaints_forget(timestamptz, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION complaints_of(bigint, bigint[]), complaint_seal(bigint, bytea, bytea) TO vestnik_apid, vestnik_crmd;
GRANT EXECUTE ON FUNCTION complaints_forget(timestamptz, integer, integer) TO vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE ON complaint TO vestnik_apid;
GRANT SELECT, INSERT, DELETE ON complaint_message TO vestnik_apid;
GRANT SELECT, INSERT ON complaint_pack TO vestnik_apid;

-- ------------------------------------------------------------------------------------ lifting a stop

-- Only consent_record() does it, with its owner's right.
REVOKE DELETE ON opt_out FROM vestnik_apid;

-- ------------------------------------------------------------------------------------ claiming (gateways)

-- As in 0013; besides: not to a number that the client has no longer (reason 4).  Who never had another number is not
-- in client_phone_change, so one look into its index is all it costs.  No time is compared: a long import shows a
-- change long after it made it.
CREATE OR REPLACE FUNCTION batch_slice(p_batch bigint)
RETURNS TABLE (id bigint, msisdn bigint, text text, parts_mask bigint, send boolean, reason smallint)
LANGUAGE plpgsql STABLE ROWS 200 AS $$
DECLARE
    b batch%ROWTYPE;
    lowest bigint;
    highest bigint;
    v_purpose smallint; -- null: no consent is needed, and the look-up below is left out
BEGIN
    SELECT * INTO b FROM batch WHERE batch.id = p_batch;
    SELECT u.id INTO v_purpose FROM purpose u WHERE u.category = b.category AND u.required;
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(b.message_ids) u;
    IF b.message_ids IS NULL THEN
        RETURN QUERY
        SELECT m.id, m.msisdn, m.text, (-1)::bigint,
               s.batch_id IS NULL AND s.state = 0 AND o.msisdn IS NULL AND moved.yes IS NULL AND (v_purpose IS NULL OR held.says = 2),
               (CASE WHEN o.msisdn IS NOT NULL THEN 1 WHEN moved.yes THEN 4
                     WHEN v_purpose IS NULL OR held.says = 2 THEN 0 WHEN held.says = 1 THEN 21 ELSE 20 END)::smallint
          FROM message m
          CROSS JOIN LATERAL ( -- OFFSET 0: the planner would rather read all pairs
               SELECT c.state, c.batch_id FROM message_state c
                WHERE c.id = m.id AND c.id >= b.id + b.slice_from AND c.id < b.id + b.claimed OFFSET 0) s
          LEFT JOIN opt_out o ON o.msisdn = m.msisdn AND o.at > b.filtered_at - interval '1 minute'
               AND (o.scope = 'all' OR b.category = 1) AND o.confirmation_id IS DISTINCT FROM m.id
          LEFT JOIN LATERAL (
               SELECT true AS yes FROM client_phone_change h JOIN client k ON k.id = h.client_id
                WHERE h.client_id = m.client_id AND k.msisdn <> m.msisdn LIMIT 1) moved ON true
          LEFT JOIN LATERAL ( -- 2 a valid consent, 1 one that is over, 0 none
               SELECT coalesce(max(CASE WHEN c.valid_to > statement_timestamp() THEN 2 ELSE 1 END), 0) AS says FROM consent c
                WHERE v_purpose IS NOT NULL AND c.msisdn = m.msisdn AND c.purpose_id = v_purpose AND c.channel = 'sms' AND c.state = 1
                  AND (c.client_id = 0 OR m.client_id IS NULL OR c.client_id = m.client_id)) held ON true
         WHERE m.id >= b.id + b.slice_from AND m.id < b.id + b.claimed
         ORDER BY m.id;
    ELSE
        RETURN QUERY
        SELECT i.id, m.msisdn, m.text, coalesce(b.part_masks[i.ord], -1),
               s.batch_id = b.id AND s.state IN (0, 2, 3) AND o.msisdn IS NULL AND moved.yes IS NULL AND (v_purpose IS NULL OR held.says = 2),
               (CASE WHEN o.msisdn IS NOT NULL THEN 1 WHEN moved.yes THEN 4
                     WHEN v_purpose IS NULL OR held.says = 2 THEN 0 WHEN held.says = 1 THEN 21 ELSE 20 END)::smallint
          FROM unnest(b.message_ids[b.slice_from + 1 : b.claimed]) WITH ORDINALITY AS x(id, n)
          CROSS JOIN LATERAL (SELECT x.id, (x.n + b.slice_from)::integer AS ord) i
          JOIN message m ON m.id = i.id AND m.id BETWEEN lowest AND highest
          JOIN message_state s ON s.id = i.id AND s.id BETWEEN lowest AND highest
          LEFT JOIN opt_out o ON o.msisdn = m.msisdn AND o.at > b.filtered_at - interval '1 minute'
               AND (o.scope = 'all' OR b.category = 1) AND o.confirmation_id IS DISTINCT FROM m.id
          LEFT JOIN LATERAL (
               SELECT true AS yes FROM client_phone_change h JOIN client k ON k.id = h.client_id
                WHERE h.client_id = m.client_id AND k.msisdn <> m.msisdn LIMIT 1) moved ON true
          LEFT JOIN LATERAL (
               SELECT coalesce(max(CASE WHEN c.valid_to > statement_timestamp() THEN 2 ELSE 1 END), 0) AS says FROM consent c
                WHERE v_purpose IS NOT NULL AND c.msisdn = m.msisdn AND c.purpose_id = v_purpose AND c.channel = 'sms' AND c.state = 1
                  AND (c.client_id = 0 OR m.client_id IS NULL OR c.client_id = m.client_id)) held ON true
         ORDER BY i.ord;
    END IF;
END $$;

GRANT SELECT (client_id) ON client_phone_change TO vestnik_smppd;
GRANT SELECT (id, msisdn) ON client TO vestnik_smppd;
