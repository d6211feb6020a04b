-- Lists with columns of their own, codes that come back by events, and what was left to be cleared away.

-- ------------------------------------------------------------------------------------ lists with columns of their own

-- What a file said of its clients for this list alone: placeholders of campaigns to it.  A member's values stand in the
-- order of the columns; null costs nothing, and so do lists without columns.
ALTER TABLE list_member ADD COLUMN vals text[];
COMMENT ON COLUMN list_member.vals IS 'values of the list''s own columns by list_column.place; null: none';

CREATE TABLE list_column (
    list_id bigint NOT NULL,
    place   smallint NOT NULL CHECK (place BETWEEN 1 AND 32),
    name    text NOT NULL CHECK (name <> ''),
    type    text NOT NULL CHECK (type IN ('text', 'number', 'date', 'yes_no')),
    PRIMARY KEY (list_id, place),
    UNIQUE (list_id, name)
);
COMMENT ON TABLE list_column IS 'columns that a list has of its own; they go with it';
COMMENT ON COLUMN list_column.place IS 'where its value stands in list_member.vals';
COMMENT ON COLUMN list_column.name IS 'as a placeholder writes it; it comes before an attribute of the same name';

ALTER TABLE list ADD COLUMN filled_at timestamptz;
CREATE INDEX list_filled ON list (filled_at) WHERE filled_at IS NOT NULL;
COMMENT ON COLUMN list.filled_at IS 'when values of its own columns last came; null: it has none';

-- Values that were kept p_days are taken away, a bounded piece of one list; how many.  Not before campaigns to it are over.
CREATE FUNCTION retention_lists(p_as_of timestamptz, p_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_list bigint;
    n bigint;
BEGIN
    SELECT l.id INTO v_list FROM list l
     WHERE l.filled_at < p_as_of - p_days * interval '1 day'
       AND NOT EXISTS (SELECT 1 FROM campaign c WHERE c.list_id = l.id AND c.status IN ('planned', 'running', 'paused'))
     ORDER BY l.filled_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN 0; END IF;
    UPDATE list_member m SET vals = NULL
      FROM (SELECT o.client_id FROM list_member o WHERE o.list_id = v_list AND o.vals IS NOT NULL LIMIT p_limit) x
     WHERE m.list_id = v_list AND m.client_id = x.client_id;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n < p_limit THEN
        UPDATE client_block b SET list_vals = jsonb_set(b.list_vals, ARRAY[(array_position(b.list_ids, v_list) - 1)::text], 'null')
         WHERE b.list_vals IS NOT NULL AND b.list_ids @> ARRAY[v_list];
        DELETE FROM list_column WHERE list_id = v_list;
        UPDATE list SET filled_at = NULL WHERE id = v_list;
    END IF;
    RETURN greatest(n, 1);
END $$;

-- A client who is blocked comes back to lists with what stood there.
ALTER TABLE client_block ADD COLUMN list_vals jsonb;
COMMENT ON COLUMN client_block.list_vals IS 'values of the lists'' own columns, in the order of list_ids; null once the block is over';

CREATE OR REPLACE FUNCTION client_block(p_client bigint, p_reason text, p_token bigint, p_person bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    lists bigint[];
    kept jsonb;
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    UPDATE client SET blocked_at = clock_timestamp() WHERE id = p_client AND blocked_at IS NULL;
    IF NOT FOUND THEN RETURN false; END IF;
    WITH off AS (
        DELETE FROM list_member m USING list l WHERE m.list_id = l.id AND m.client_id = p_client RETURNING l.id, m.vals)
    SELECT coalesce(array_agg(id ORDER BY id), '{}'), jsonb_agg(to_jsonb(vals) ORDER BY id)
      INTO lists, kept FROM off;
    UPDATE list SET size = size - 1 WHERE id = ANY (lists);
    INSERT INTO client_block (client_id, reason, token_id, person_id, list_ids, list_vals)
    VALUES (p_client, p_reason, p_token, p_person, lists, kept);
    PERFORM 1 FROM chunk c WHERE c.state = 1 AND c.client_ids @> ARRAY[p_client] FOR UPDATE; -- a dispatcher has it: wait
    PERFORM messages_withdraw(messages_of_numbers(client_numbers(p_client), today - 31, today));
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION client_unblock(p_client bigint, p_reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b client_block%ROWTYPE;
BEGIN
    SELECT * INTO b FROM client_block WHERE client_id = p_client AND ended_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    UPDATE client_block SET ended_at = clock_timestamp(), end_reason = p_reason, list_vals = NULL WHERE id = b.id;
    UPDATE client SET blocked_at = NULL WHERE id = p_client;
    WITH back AS (
        INSERT INTO list_member (list_id, client_id, vals)
        SELECT l.id, p_client,
               CASE WHEN jsonb_typeof(b.list_vals -> (u.n - 1)::integer) = 'array' THEN ARRAY(
                   SELECT v.x FROM jsonb_array_elements_text(b.list_vals -> (u.n - 1)::integer) WITH ORDINALITY AS v(x, n) ORDER BY v.n) END
          FROM unnest(b.list_ids) WITH ORDINALITY AS u(id, n) JOIN list l ON l.id = u.id
        ON CONFLICT DO NOTHING RETURNING list_id)
    UPDATE list l SET size = l.size + 1 FROM back WHERE l.id = back.list_id;
    RETURN true;
END $$;

-- ------------------------------------------------------------------------------------ codes to sign in with

-- A text of category authorisation (6) carries a code: nobody reads it but the gateway that sends it, and once it needs
-- no sending any more it is gone.
ALTER TABLE batch ADD COLUMN struck boolean NOT NULL DEFAULT false;
CREATE INDEX batch_codes ON batch (id) WHERE category = 6 AND NOT struck;
CREATE INDEX consent_code_message ON consent_code (message_id);
COMMENT ON COLUMN batch.struck IS 'of category authorisation: its texts are cleared';

CREATE OR REPLACE VIEW message_view AS
SELECT m.id, m.client_id, m.msisdn, CASE WHEN h.category = 6 AND m.text <> '' THEN '***' ELSE m.text END AS text,
       m.parts, m.encoding, m.price_micro, h.run_id, h.sender, h.class, h.category, h.deadline,
       to_timestamp((m.id >> 32) + 1577836800) AS created_at, c.account_id, s.attempt, s.reason, s.delivered_parts, s.failed_parts,
       CASE WHEN s.state <> 0 THEN s.state
            WHEN EXISTS (SELECT 1 FROM receipt_ref r WHERE r.message_id = m.id) THEN 2
            WHEN c.message_ids IS NULL AND c.claimed > m.id - c.id THEN 1
            WHEN c.message_ids IS NOT NULL AND c.claimed >= array_position(c.message_ids, m.id) THEN 1
            ELSE 0 END::smallint AS state
  FROM message m
  JOIN message_state s ON s.id = m.id
  JOIN batch h ON h.id = m.id & ~255::bigint
  JOIN batch c ON c.id = coalesce(s.batch_id, m.id & ~255::bigint);

-- Clear the texts of messages of category authorisation that are sent, or will not be; of those that ask for a consent
-- the words stay, for they are proof, and the code goes.  Those that wait for another try keep theirs until the batch that
-- tries them is done.  Returns how many batches and chunks were looked at.
CREATE FUNCTION codes_strike(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b batch%ROWTYPE;
    ids bigint[];
    waiting boolean;
    looked integer := 0;
    n integer;
BEGIN
    FOR b IN SELECT * FROM batch x
              WHERE x.category = 6 AND NOT x.struck AND (x.state = 3 OR x.swept OR x.deadline < statement_timestamp() - interval '1 hour')
              ORDER BY x.id LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
        looked := looked + 1;
        ids := coalesce(b.message_ids, ARRAY(SELECT generate_series(b.id, b.id + b.message_count - 1)));
        waiting := EXISTS (SELECT 1 FROM retry r WHERE r.message_id = ANY (ids));
        -- Numbers in the text, so that only their days are opened.
        EXECUTE format(
            'UPDATE message m SET text = CASE WHEN EXISTS (SELECT 1 FROM consent_code c WHERE c.message_id = m.id)'
            '     THEN regexp_replace(m.text, ''[0-9]{6}'', ''******'', ''g'') ELSE ''***'' END FROM message_state s'
            ' WHERE m.id = ANY ($1) AND m.id BETWEEN %1$s AND %2$s AND s.id = m.id AND s.id BETWEEN %1$s AND %2$s'
            '   AND coalesce(s.batch_id, m.id & ~255::bigint) = $2 AND m.text NOT IN ('''', ''***'')'
            '   AND NOT EXISTS (SELECT 1 FROM retry r WHERE r.message_id = m.id)',
            (SELECT min(u) FROM unnest(ids) u), (SELECT max(u) FROM unnest(ids) u)) USING ids, b.id;
        IF NOT waiting THEN
            UPDATE batch SET struck = true WHERE id = b.id;
        END IF;
    END LOOP;
    -- Requests that came to no message.
    UPDATE chunk c SET texts = NULL
     WHERE c.id = ANY (ARRAY(SELECT k.id FROM chunk k WHERE k.run_id IS NULL AND k.state = 2 AND k.texts IS NOT NULL LIMIT p_limit))
       AND c.category = 6;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN looked + n;
END $$;

-- A code of ours is such a message too.
CREATE OR REPLACE FUNCTION consent_code_start(p_msisdn bigint, p_client bigint, p_purpose text, p_text bigint, p_form text, p_origin text,
    p_entered_by text, p_days integer, p_sender text, p_message text, p_salt bytea, p_hash bytea,
    OUT outcome text, OUT field text, OUT id bigint, OUT expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    u purpose%ROWTYPE;
    base bigint;
    v_chunk bigint;
BEGIN
    PERFORM consent_code_mask(100);
    SELECT * INTO u FROM purpose WHERE code = p_purpose;
    field := CASE
        WHEN u.id IS NULL THEN 'purpose'
        WHEN NOT EXISTS (SELECT 1 FROM consent_text t WHERE t.id = p_text AND t.purpose_id = u.id) THEN 'text_id' END;
    IF field IS NOT NULL THEN outcome := 'refused'; RETURN; END IF;
    PERFORM pg_advisory_xact_lock(7005, hashint8(p_msisdn));
    IF (SELECT count(*) FROM consent_code c WHERE c.msisdn = p_msisdn AND c.sent_at > statement_timestamp() - interval '1 hour') >= 5 THEN
        outcome := 'often';
        RETURN;
    END IF;
    base := (message_base_ids(1))[1];
    INSERT INTO chunk (state, lane, size, msisdns, texts, base_ids, sender, class, category, max_parts, deadline, published_at)
    VALUES (1, 0, 1, ARRAY[p_msisdn], ARRAY[p_message], ARRAY[base], p_sender, 1, 6, 3, clock_timestamp() + interval '10 minutes', 'epoch')
    RETURNING chunk.id INTO v_chunk;
    INSERT INTO consent_code AS c (msisdn, client_id, purpose_id, text_id, form, origin, entered_by, consent_days, salt, code_hash,
           message_id, chunk_id)
    VALUES (p_msisdn, p_client, u.id, p_text, p_form, p_origin, p_entered_by, p_days, p_salt, p_hash, base, v_chunk)
    RETURNING c.id, c.expires_at INTO id, expires_at;
    outcome := 'sent';
END $$;

-- ------------------------------------------------------------------------------------ erasing reaches further

-- Sources: rows that were not taken, and examples of dry runs, which are masked and yet of somebody.
CREATE FUNCTION erasure_sources(e erasure) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    digits text[] := ARRAY(SELECT right(u::text, 10) FROM unnest(e.numbers) u);
    masks text[] := ARRAY(SELECT '+' || left(u::text, 4) || '•••' || right(u::text, 2) FROM unnest(e.numbers) u WHERE u > 0);
    n bigint;
BEGIN
    DELETE FROM source_refused r WHERE EXISTS (
        SELECT 1 FROM unnest(digits) d WHERE regexp_replace(r.raw || r.problem, '[^0-9]', '', 'g') LIKE '%' || d || '%')
        OR cardinality(e.names) > 0 AND (SELECT bool_and(strpos(lower(r.raw || r.problem COLLATE "und-x-icu"),
                                                                lower(x COLLATE "und-x-icu")) > 0) FROM unnest(e.names) x);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'sources', 'source_refused', n);
    UPDATE source_run r SET difference = r.difference || (
        SELECT jsonb_object_agg(k.key, (
                   SELECT coalesce(jsonb_agg(x.of ORDER BY x.n), '[]') FROM jsonb_array_elements(r.difference -> k.key) WITH ORDINALITY AS x(of, n)
                    WHERE coalesce(x.of ->> 'client_id', '') <> e.client_id::text AND NOT coalesce(x.of ->> 'phone' = ANY (masks), false)))
          FROM unnest(ARRAY['changed', 'new', 'missing']) AS k(key) WHERE jsonb_typeof(r.difference -> k.key) = 'array')
     WHERE r.difference IS NOT NULL AND EXISTS (
        SELECT 1 FROM unnest(ARRAY['changed', 'new', 'missing']) AS k(key),
               jsonb_array_elements(CASE WHEN jsonb_typeof(r.difference -> k.key) = 'array' THEN r.difference -> k.key ELSE '[]' END) x
         WHERE x ->> 'client_id' = e.client_id::text OR x ->> 'phone' = ANY (masks));
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'sources', 'source_run', n);
    DELETE FROM source_client WHERE client_id = e.client_id;
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'sources', 'source_client', n);
    DELETE FROM source_missing WHERE client_id = e.client_id;
END $$;

CREATE OR REPLACE FUNCTION erasure_rows(e erasure) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    digits text[] := ARRAY(SELECT right(u::text, 10) FROM unnest(e.numbers) u);
    n bigint;
    k smallint;
BEGIN
    FOR k IN SELECT id FROM action_kind ORDER BY id LOOP -- the index begins with the kind
        DELETE FROM action a WHERE a.kind = k AND a.client_id = e.client_id;
        GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'actions', 'action', n);
    END LOOP;
    DELETE FROM inbound WHERE msisdn = ANY (e.numbers);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'replies', 'inbound', n);
    UPDATE parked_receipt SET msisdn = 0 WHERE msisdn = ANY (e.numbers);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'delivery', 'parked_receipt', n);
    DELETE FROM send_count WHERE msisdn = ANY (e.numbers);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'messages', 'send_count', n);
    DELETE FROM opt_out WHERE msisdn = ANY (e.numbers) AND at < e.requested_at;
    SELECT coalesce(sum(consent_strike(u, -e.id)), 0) INTO n FROM unnest(e.numbers) u;
    PERFORM erasure_note(e.id, 'consents', 'consent_event', n);
    DELETE FROM client_block WHERE client_id = e.client_id;
    DELETE FROM import_bad_row r WHERE EXISTS (
        SELECT 1 FROM unnest(digits) d WHERE regexp_replace(r.raw || r.problem, '[^0-9]', '', 'g') LIKE '%' || d || '%')
        OR cardinality(e.names) > 0 AND (SELECT bool_and(strpos(lower(r.raw || r.problem COLLATE "und-x-icu"),
                                                                lower(x COLLATE "und-x-icu")) > 0) FROM unnest(e.names) x);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'imports', 'import_bad_row', n);
    DELETE FROM idempotency i WHERE EXISTS (SELECT 1 FROM unnest(digits) d WHERE strpos(i.key || i.answer, d) > 0);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'requests', 'idempotency', n);
    PERFORM erasure_sources(e);
END $$;

-- ------------------------------------------------------------------------------------ rights

REVOKE ALL ON FUNCTION erasure_sources(erasure), codes_strike(integer), retention_lists(timestamptz, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION codes_strike(integer), retention_lists(timestamptz, integer, integer) TO vestnik_schedulerd;

GRANT SELECT, INSERT, DELETE ON list_column TO vestnik_apid;
GRANT SELECT ON list_column, list_member TO vestnik_dispatcherd;

-- client.action with a promo code: promo_redeem().
GRANT SELECT, UPDATE (redeemed_at) ON promo_code TO vestnik_crmd;
GRANT SELECT ON promo_pool TO vestnik_crmd;
GRANT INSERT (run_id, slot, redeemed), UPDATE (redeemed) ON run_count TO vestnik_crmd;
