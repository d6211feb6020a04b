-- What phones write to us: stored, joined from its parts, matched to whom it is from and what it answers; a stop
-- word acts in the same transaction.

ALTER TABLE account ADD COLUMN default_alphabet text NOT NULL DEFAULT 'gsm' CHECK (default_alphabet IN ('gsm', 'latin1'));
COMMENT ON COLUMN account.default_alphabet IS 'what data_coding 0 means in messages from phones';

-- One message as its writer meant it.  `at` is when its first part came: what retention goes by.
CREATE TABLE inbound (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id  smallint NOT NULL,
    msisdn      bigint NOT NULL,
    source      text,
    destination text NOT NULL,
    at          timestamptz NOT NULL,
    client_id   bigint,
    message_id  bigint,
    reference   integer NOT NULL,
    total       smallint NOT NULL CHECK (total BETWEEN 1 AND 255),
    arrived     smallint NOT NULL DEFAULT 0 CHECK (arrived BETWEEN 0 AND total),
    data_coding smallint NOT NULL,
    state       text NOT NULL DEFAULT 'joining' CHECK (state IN ('joining', 'whole', 'incomplete')),
    finished_at timestamptz,
    text        text,
    octets      bytea,
    stop_scope  text CHECK (stop_scope IN ('advertising', 'all'))
);
CREATE INDEX inbound_msisdn ON inbound (msisdn, id);
CREATE INDEX inbound_at ON inbound (at);
CREATE INDEX inbound_joining ON inbound (at) WHERE state = 'joining';
CREATE INDEX inbound_finished ON inbound (finished_at, id) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE inbound IS 'messages from phones, joined from their parts';
COMMENT ON COLUMN inbound.msisdn IS 'who wrote; 0: not a phone number, see source';
COMMENT ON COLUMN inbound.source IS 'who wrote, where that is no phone number';
COMMENT ON COLUMN inbound.at IS 'when the first part came; retention goes by it';
COMMENT ON COLUMN inbound.client_id IS 'the one client with this number; null: none, or several';
COMMENT ON COLUMN inbound.message_id IS 'the last message sent to this number in the seven days before: what is answered, most likely';
COMMENT ON COLUMN inbound.reference IS 'of its parts, as the phone numbered them; 0 for a message of one part';
COMMENT ON COLUMN inbound.state IS 'joining: parts are missing; whole; incomplete: the missing parts were waited for in vain, each gap is marked in the text';
COMMENT ON COLUMN inbound.finished_at IS 'when it became whole or incomplete; whoever tells others of replies (crmd) reads on from there';
COMMENT ON COLUMN inbound.text IS 'null while joining, and of octets that are no text';
COMMENT ON COLUMN inbound.octets IS 'of a message that is no text (binary)';
COMMENT ON COLUMN inbound.stop_scope IS 'it was a stop word, for this';

-- The parts as they came, by which the same delivered twice is known.
CREATE TABLE inbound_part (
    inbound_id bigint NOT NULL REFERENCES inbound ON DELETE CASCADE,
    seq        smallint NOT NULL,
    at         timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    repeats    integer NOT NULL DEFAULT 0,
    coding     smallint NOT NULL,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    octets     bytea NOT NULL,
    PRIMARY KEY (inbound_id, seq),
    UNIQUE (digest, at)
);
COMMENT ON TABLE inbound_part IS 'parts of messages from phones, as they came; a message of one part has one row';
COMMENT ON COLUMN inbound_part.repeats IS 'how often the very same came again within ten minutes';
COMMENT ON COLUMN inbound_part.coding IS 'how octets are read: 0 GSM 7-bit unpacked, 1 Latin-1, 2 UTF-16, 3 ISO 8859-5, 4 no text';
COMMENT ON COLUMN inbound_part.digest IS 'SHA-256 of everything the part says but the time';

ALTER TABLE opt_out ADD COLUMN inbound_id bigint, ADD COLUMN confirmation_id bigint;
COMMENT ON COLUMN opt_out.source IS 'api, or reply: inbound_id is the message that said stop';
COMMENT ON COLUMN opt_out.confirmation_id IS 'the one message that this opt-out does not stop: its confirmation';

-- Take one part.  The same from the same phone within ten minutes (either way: two gateways'' clocks) is the same
-- delivered again, be it by the operator or by the broker: it is counted where it stands.  Senders are locked, so
-- that two dlrd with a part each join them; call with parts sorted by source.
--
-- outcome: 'repeated'; 'waiting' (for other parts); 'whole' (now: read its parts and call inbound_finish()).
CREATE FUNCTION inbound_take(p_account smallint, p_msisdn bigint, p_source text, p_destination text, p_at timestamptz, p_reference integer,
    p_total smallint, p_seq smallint, p_data_coding smallint, p_coding smallint, p_digest bytea, p_octets bytea,
    OUT outcome text, OUT id bigint)
LANGUAGE plpgsql AS $$
DECLARE
    here smallint;
    first_at timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(7002, hashtext(p_source));
    SELECT p.inbound_id, p.at INTO id, first_at FROM inbound_part p
     WHERE p.digest = p_digest AND p.at BETWEEN p_at - interval '10 minutes' AND p_at + interval '10 minutes'
     ORDER BY p.at LIMIT 1;
    IF FOUND THEN
        UPDATE inbound_part p SET repeats = p.repeats + 1, last_at = p_at
         WHERE p.digest = p_digest AND p.at = first_at AND p.last_at < p_at; -- else the broker's
        outcome := 'repeated';
        RETURN;
    END IF;
    IF p_total > 1 THEN
        -- A set that has this part already is another message with the same reference: phones count to 255.
        SELECT i.id INTO id FROM inbound i
         WHERE i.state = 'joining' AND i.msisdn = p_msisdn AND i.source IS NOT DISTINCT FROM CASE WHEN p_msisdn = 0 THEN p_source END
           AND i.account_id = p_account AND i.destination = p_destination AND i.reference = p_reference AND i.total = p_total
           AND NOT EXISTS (SELECT 1 FROM inbound_part p WHERE p.inbound_id = i.id AND p.seq = p_seq)
         ORDER BY i.id LIMIT 1 FOR UPDATE;
    END IF;
    IF id IS NULL THEN
        INSERT INTO inbound AS i (account_id, msisdn, source, destination, at, reference, total, data_coding)
        VALUES (p_account, p_msisdn, CASE WHEN p_msisdn = 0 THEN p_source END, p_destination, p_at, p_reference, p_total, p_data_coding)
        RETURNING i.id INTO id;
    END IF;
    INSERT INTO inbound_part (inbound_id, seq, at, last_at, coding, digest, octets)
    VALUES (id, p_seq, p_at, p_at, p_coding, p_digest, p_octets);
    UPDATE inbound i SET arrived = i.arrived + 1 WHERE i.id = inbound_take.id RETURNING i.arrived INTO here;
    outcome := CASE WHEN here = p_total THEN 'whole' ELSE 'waiting' END;
END $$;

-- The last message to a number that left in the seven days before p_at; null: none.
CREATE FUNCTION inbound_answers(p_msisdn bigint, p_at timestamptz) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    highest bigint := ((floor(extract(epoch FROM p_at))::bigint - 1577836800 + 1) << 32) - 1;
    lowest bigint := highest - (604800::bigint << 32);
    found bigint;
BEGIN
    -- Numbers in the text, so that the planner sees which days are meant and opens no others.
    EXECUTE format(
        'SELECT m.id FROM message m JOIN message_state s ON s.id = m.id AND s.id BETWEEN %2$s AND %3$s'
        ' WHERE m.msisdn = %1$s AND m.id BETWEEN %2$s AND %3$s AND s.state NOT IN (4, 5)'
        '   AND (s.state <> 0 OR EXISTS (SELECT 1 FROM receipt_ref r WHERE r.message_id = m.id AND r.submitted_at >= %4$L))'
        ' ORDER BY m.id DESC LIMIT 1', p_msisdn, lowest, highest, p_at - interval '8 days') INTO found;
    RETURN found;
END $$;

-- Store a message that is whole (or given up as incomplete): its text (null: octets that are no text), from whom
-- it is, what it answers.  p_stop_scope: it is a stop word.  Then the number is opted out in this transaction; scope
-- all is never narrowed.  p_confirmation (null: none) goes out once for a new opt-out, by the account the word came
-- over, at most once (class advertising): a row that stands already is confirmed by silence.
-- Returns what became of a stop: 'new', 'widened', 'known', or null.
CREATE FUNCTION inbound_finish(p_id bigint, p_state text, p_text text, p_octets bytea, p_stop_scope text, p_confirmation text)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    m inbound%ROWTYPE;
    base bigint;
BEGIN
    UPDATE inbound i SET state = p_state, finished_at = clock_timestamp(), text = p_text, octets = p_octets, stop_scope = p_stop_scope,
           client_id = (SELECT CASE WHEN count(*) = 1 THEN min(c.id) END
                          FROM (SELECT k.id FROM client k WHERE k.msisdn = i.msisdn AND i.msisdn <> 0 LIMIT 2) c),
           message_id = CASE WHEN i.msisdn <> 0 THEN inbound_answers(i.msisdn, i.at) END
     WHERE i.id = p_id AND i.state = 'joining' RETURNING * INTO m;
    IF NOT FOUND OR p_stop_scope IS NULL OR m.msisdn = 0 THEN RETURN NULL; END IF;
    INSERT INTO opt_out (msisdn, scope, source, inbound_id) VALUES (m.msisdn, p_stop_scope, 'reply', m.id) ON CONFLICT (msisdn) DO NOTHING;
    IF NOT FOUND THEN
        UPDATE opt_out o SET scope = 'all', source = 'reply', inbound_id = m.id, at = clock_timestamp()
         WHERE o.msisdn = m.msisdn AND o.scope <> 'all' AND p_stop_scope = 'all';
        RETURN CASE WHEN FOUND THEN 'widened' ELSE 'known' END;
    END IF;
    IF p_confirmation IS NOT NULL AND length(m.destination) BETWEEN 1 AND 20 THEN
        base := (message_base_ids(1))[1];
        UPDATE opt_out SET confirmation_id = base WHERE msisdn = m.msisdn;
        INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class, category, account_id, max_parts, deadline, published_at)
        VALUES (1, 0, 1, ARRAY[m.msisdn], ARRAY[p_confirmation], ARRAY[base], m.destination, 1, 2, m.account_id, 3,
                clock_timestamp() + interval '1 hour', 'epoch'); -- so that schedulerd publishes it at once
    END IF;
    RETURN 'new';
END $$;

-- The messages of the slice that batch_claim() has just claimed, in order.  send is false for what must
-- not go: opted out since the batch was filtered (reason 1), or no longer this batch's or settled meanwhile,
-- by a late receipt say (reason 0).  The confirmation of an opt-out is not stopped by it.
CREATE OR REPLACE FUNCTION batch_slice(p_batch bigint)
RETURNS TABLE (id bigint, msisdn bigint, text text, parts_mask bigint, send boolean, reason smallint)
LANGUAGE plpgsql STABLE ROWS 200 AS $$
DECLARE
    b batch%ROWTYPE;
    lowest bigint;
    highest bigint;
BEGIN
    SELECT * INTO b FROM batch WHERE batch.id = p_batch;
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(b.message_ids) u;
    IF b.message_ids IS NULL THEN
        RETURN QUERY
        SELECT m.id, m.msisdn, m.text, (-1)::bigint, s.batch_id IS NULL AND s.state = 0 AND o.msisdn IS NULL,
               (CASE WHEN o.msisdn IS NOT NULL THEN 1 ELSE 0 END)::smallint
          FROM message m
          CROSS JOIN LATERAL ( -- OFFSET 0: the planner would rather read all pairs
               SELECT c.state, c.batch_id FROM message_state c
                WHERE c.id = m.id AND c.id >= b.id + b.slice_from AND c.id < b.id + b.claimed OFFSET 0) s
          LEFT JOIN opt_out o ON o.msisdn = m.msisdn AND o.at > b.filtered_at - interval '1 minute'
               AND (o.scope = 'all' OR b.category = 1) AND o.confirmation_id IS DISTINCT FROM m.id
         WHERE m.id >= b.id + b.slice_from AND m.id < b.id + b.claimed
         ORDER BY m.id;
    ELSE
        RETURN QUERY
        SELECT i.id, m.msisdn, m.text, coalesce(b.part_masks[i.ord], -1),
               s.batch_id = b.id AND s.state IN (0, 2, 3) AND o.msisdn IS NULL,
               (CASE WHEN o.msisdn IS NOT NULL THEN 1 ELSE 0 END)::smallint
          FROM unnest(b.message_ids[b.slice_from + 1 : b.claimed]) WITH ORDINALITY AS x(id, n)
          CROSS JOIN LATERAL (SELECT x.id, (x.n + b.slice_from)::integer AS ord) i
          JOIN message m ON m.id = i.id AND m.id BETWEEN lowest AND highest
          JOIN message_state s ON s.id = i.id AND s.id BETWEEN lowest AND highest
          LEFT JOIN opt_out o ON o.msisdn = m.msisdn AND o.at > b.filtered_at - interval '1 minute'
               AND (o.scope = 'all' OR b.category = 1) AND o.confirmation_id IS DISTINCT FROM m.id
         ORDER BY i.ord;
    END IF;
END $$;

GRANT SELECT ON inbound TO vestnik_schedulerd; -- criteria of lists
GRANT SELECT, INSERT, UPDATE ON inbound, inbound_part, opt_out TO vestnik_dlrd;
GRANT SELECT (id, msisdn) ON client TO vestnik_dlrd;
GRANT INSERT ON chunk TO vestnik_dlrd;
GRANT USAGE ON SEQUENCE message_seq TO vestnik_dlrd;
GRANT SELECT ON inbound, inbound_part TO vestnik_apid;
