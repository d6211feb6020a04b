-- Rights of the people whose data this is: erasing with an act, blocking, who read what, retention, complaints.

-- ------------------------------------------------------------------------------------ stops that outlive erasure

-- A stop is a row of opt_out while the number is known here, and a row of stop_hash while it is not.
CREATE TABLE stop_hash (
    hash   bytea PRIMARY KEY CHECK (length(hash) = 32),
    key_id bytea NOT NULL CHECK (length(key_id) = 8),
    scope  text NOT NULL CHECK (scope IN ('advertising', 'all')),
    at     timestamptz NOT NULL
);
COMMENT ON TABLE stop_hash IS 'stops of erased numbers: HMAC-SHA-256 of the number under a key that is not in the database';
COMMENT ON COLUMN stop_hash.key_id IS 'which key: common/model/privacy_key.h';

-- Numbers that come in: the stops of those that were erased stand again.  p_hashes: 32 octets for each number in
-- order; null: no key is configured, which is refused once there is a stop that it would overlook.
CREATE FUNCTION stops_restore(p_msisdns bigint[], p_hashes bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    restored bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM stop_hash) THEN RETURN 0; END IF;
    IF p_hashes IS NULL THEN
        RAISE EXCEPTION 'stops of erased numbers are kept as hashes: set privacy.key_file to the key they were made with';
    END IF;
    WITH came AS (
        SELECT DISTINCT ON (hash) u.msisdn, substring(p_hashes FROM u.n::integer * 32 - 31 FOR 32) AS hash
          FROM unnest(p_msisdns) WITH ORDINALITY AS u(msisdn, n)),
    known AS (
        DELETE FROM stop_hash h USING came WHERE h.hash = came.hash RETURNING came.msisdn, h.scope)
    INSERT INTO opt_out AS o (msisdn, scope, source) SELECT msisdn, scope, 'erased' FROM known ORDER BY msisdn
    ON CONFLICT (msisdn) DO UPDATE SET scope = 'all', at = clock_timestamp() WHERE o.scope <> 'all' AND excluded.scope = 'all';
    GET DIAGNOSTICS restored = ROW_COUNT;
    RETURN restored;
END $$;
REVOKE ALL ON FUNCTION stops_restore(bigint[], bytea) FROM PUBLIC;

-- ------------------------------------------------------------------------------------ erasing

CREATE TABLE erasure (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id    bigint NOT NULL,
    reason       text NOT NULL CHECK (reason <> ''),
    source       text NOT NULL CHECK (source IN ('api', 'crm')),
    token_id     bigint,
    person_id    bigint,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject      bytea NOT NULL,
    key_id       bytea NOT NULL CHECK (length(key_id) = 8),
    numbers      bigint[] NOT NULL,
    names        text[] NOT NULL,
    begun_xact   xid8 NOT NULL DEFAULT pg_current_xact_id(),
    next_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_day     date,
    last_day     date,
    ready        boolean NOT NULL DEFAULT false,
    finished_at  timestamptz,
    act          text,
    digest       bytea CHECK (length(digest) = 32),
    signature    bytea CHECK (length(signature) = 32)
);
CREATE INDEX erasure_open ON erasure (next_at) WHERE finished_at IS NULL;
COMMENT ON TABLE erasure IS 'people whose data were destroyed, and the act of it';
COMMENT ON COLUMN erasure.subject IS 'who it was, sealed under a key that is not in the database';
COMMENT ON COLUMN erasure.numbers IS 'what is being looked for; empty when all is done, and so are names';
COMMENT ON COLUMN erasure.begun_xact IS 'the job begins when every transaction that was running then is over';
COMMENT ON COLUMN erasure.next_day IS 'the day of messages the job goes on with, from the newest back to last_day';

-- The log of a destruction: what was destroyed where, in the order it happened.
CREATE TABLE erasure_event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    erasure_id bigint NOT NULL REFERENCES erasure ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    category   text NOT NULL,
    place      text NOT NULL,
    rows       bigint NOT NULL
);
CREATE INDEX erasure_event_of ON erasure_event (erasure_id, id);

-- An act and its log stay three years, unchanged (order 179 of Roskomnadzor).
CREATE FUNCTION erasure_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    finished timestamptz;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'acts of destruction are kept for three years';
    ELSIF TG_TABLE_NAME = 'erasure' THEN
        finished := OLD.finished_at;
    ELSE
        SELECT e.finished_at INTO finished FROM erasure e WHERE e.id = OLD.erasure_id;
        IF NOT FOUND THEN RETURN OLD; END IF; -- goes with its act
    END IF;
    IF TG_OP = 'UPDATE' AND finished IS NULL AND TG_TABLE_NAME = 'erasure' THEN RETURN NEW; END IF;
    IF TG_OP = 'DELETE' AND finished < clock_timestamp() - interval '3 years' THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'an act of destruction is kept for three years, unchanged';
END $$;
CREATE TRIGGER erasure_guard BEFORE UPDATE OR DELETE ON erasure FOR EACH ROW EXECUTE FUNCTION erasure_guard();
CREATE TRIGGER erasure_guard_all BEFORE TRUNCATE ON erasure EXECUTE FUNCTION erasure_guard();
CREATE TRIGGER erasure_event_guard BEFORE UPDATE OR DELETE ON erasure_event FOR EACH ROW EXECUTE FUNCTION erasure_guard();
CREATE TRIGGER erasure_event_guard_all BEFORE TRUNCATE ON erasure_event EXECUTE FUNCTION erasure_guard();

CREATE FUNCTION erasure_note(p_id bigint, p_category text, p_place text, p_rows bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO erasure_event (erasure_id, category, place, rows) SELECT p_id, p_category, p_place, p_rows WHERE p_rows > 0
$$;

-- The client's numbers that are nobody else's: those of today and, where they are kept, of before.
CREATE FUNCTION client_numbers(p_client bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    numbers bigint[] := ARRAY(SELECT c.msisdn FROM client c WHERE c.id = p_client);
BEGIN
    IF to_regclass('client_phone') IS NOT NULL THEN
        EXECUTE 'SELECT $2 || coalesce(array_agg(p.msisdn), ''{}'') FROM client_phone p WHERE p.client_id = $1'
           INTO numbers USING p_client, numbers;
    END IF;
    IF to_regclass('client_phone_history') IS NOT NULL THEN
        EXECUTE 'SELECT $2 || coalesce(array_agg(p.msisdn), ''{}'') FROM client_phone_history p WHERE p.client_id = $1'
           INTO numbers USING p_client, numbers;
    END IF;
    RETURN ARRAY(SELECT DISTINCT u FROM unnest(numbers) u
                  WHERE u > 0 AND NOT EXISTS (SELECT 1 FROM client c WHERE c.msisdn = u AND c.id <> p_client) ORDER BY 1);
END $$;

-- Whoever is going to be erased, locked: what the act says of them, and their numbers.  No row: there is none.
CREATE FUNCTION erasure_subject(p_client bigint, OUT external_id text, OUT last_name text, OUT first_name text,
    OUT middle_name text, OUT numbers bigint[]) RETURNS SETOF record
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.external_id, c.last_name, c.first_name, c.middle_name, client_numbers(c.id)
      FROM client c WHERE c.id = p_client FOR UPDATE
$$;

-- Chunks of the API are emptied when they are dispatched; those that were swept are not.
UPDATE chunk SET msisdns = '{}', texts = NULL WHERE run_id IS NULL AND state = 2;
CREATE INDEX chunk_swept ON chunk (id) WHERE run_id IS NULL AND state = 2 AND texts IS NOT NULL;

-- Take the person out of chunks: a place without a number and a text becomes a suppression (client gone).  Waits
-- for a dispatcher that has one in hand.  p_runs null: chunks that are not dispatched yet.
CREATE FUNCTION erasure_chunks(p_client bigint, p_numbers bigint[], p_runs bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
    ids bigint[];
BEGIN
    IF p_runs IS NULL THEN
        ids := ARRAY(SELECT c.id FROM chunk c WHERE c.state = 0 UNION ALL SELECT c.id FROM chunk c WHERE c.state = 1
                     UNION ALL SELECT c.id FROM chunk c WHERE c.state = 3
                     UNION ALL SELECT c.id FROM chunk c WHERE c.run_id IS NULL AND c.state = 2 AND c.texts IS NOT NULL);
    ELSE
        ids := ARRAY(SELECT c.id FROM chunk c WHERE c.run_id = ANY (p_runs));
    END IF;
    UPDATE chunk c SET
           texts = CASE WHEN c.texts IS NOT NULL THEN ARRAY(
               SELECT CASE WHEN u.msisdn = ANY (p_numbers) THEN '' ELSE u.text END
                 FROM unnest(c.msisdns, c.texts) WITH ORDINALITY AS u(msisdn, text, n) ORDER BY u.n) END,
           msisdns = ARRAY(
               SELECT CASE WHEN u.msisdn = ANY (p_numbers) THEN 0 ELSE u.msisdn END
                 FROM unnest(c.msisdns) WITH ORDINALITY AS u(msisdn, n) ORDER BY u.n)
     WHERE c.id = ANY (ids) AND c.msisdns && p_numbers;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;

-- Messages among these ids (ascending) that did not leave yet end as cancelled (client gone): those no gateway has
-- claimed, and those that wait to be sent again.
CREATE FUNCTION messages_withdraw(p_ids bigint[]) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint;
    highest bigint;
    again bigint[];
    ids bigint[];
    runs bigint[];
BEGIN
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(p_ids) u;
    IF lowest IS NULL THEN RETURN 0; END IF;
    WITH gone AS (DELETE FROM retry WHERE message_id = ANY (p_ids) RETURNING message_id)
    SELECT array_agg(message_id) INTO again FROM gone;
    PERFORM 1 FROM batch b WHERE b.id IN (
        SELECT coalesce(s.batch_id, s.id & ~255::bigint) FROM message_state s
         WHERE s.id = ANY (p_ids) AND s.id BETWEEN lowest AND highest AND s.state IN (0, 2)) ORDER BY b.id FOR UPDATE;
    EXECUTE format(
        'SELECT array_agg(x.id ORDER BY x.id), array_agg(coalesce(x.run_id, 0) ORDER BY x.id) FROM ('
        '  SELECT s.id, h.run_id, s.state, c.claimed,'
        '         CASE WHEN c.message_ids IS NULL THEN s.id - c.id + 1 ELSE array_position(c.message_ids, s.id) END AS place'
        '    FROM message_state s JOIN batch h ON h.id = s.id & ~255::bigint'
        '    JOIN batch c ON c.id = coalesce(s.batch_id, s.id & ~255::bigint)'
        '   WHERE s.id = ANY ($1) AND s.id BETWEEN %s AND %s AND s.state IN (0, 2)) x'
        ' WHERE x.claimed < x.place OR x.id = ANY ($2)', lowest, highest) INTO ids, runs USING p_ids, again;
    IF ids IS NULL THEN RETURN 0; END IF;
    RETURN messages_settle(ids, array_fill(4::smallint, ARRAY[cardinality(ids)]), array_fill(3, ARRAY[cardinality(ids)]),
                           runs, 0::smallint);
END $$;

-- Ids, ascending, of messages to these numbers made from day p_from to day p_to, both included.
CREATE FUNCTION messages_of_numbers(p_numbers bigint[], p_from date, p_to date) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    ids bigint[];
BEGIN
    -- Numbers in the text, so that the planner opens no other days.
    EXECUTE format('SELECT array_agg(m.id ORDER BY m.id) FROM message m WHERE m.msisdn = ANY ($1) AND m.id >= %s AND m.id < %s',
                   ((p_from - date '1970-01-01')::bigint * 86400 - 1577836800) << 32,
                   ((p_to + 1 - date '1970-01-01')::bigint * 86400 - 1577836800) << 32) INTO ids USING p_numbers;
    RETURN ids;
END $$;

-- Begin to erase a client whose row erasure_subject() has locked in this transaction.  From its COMMIT on nothing
-- more leaves to them: what waits is cancelled, what is not dispatched becomes a suppression, the stop stands as a
-- hash.  schedulerd does the rest (erasure_step).  p_hashes: 32 octets for each of p_numbers in order.
CREATE FUNCTION erasure_begin(p_client bigint, p_subject bytea, p_key_id bytea, p_numbers bigint[], p_hashes bytea,
    p_reason text, p_source text, p_token bigint, p_person bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    new_id bigint;
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    n bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM stop_hash h WHERE h.key_id <> p_key_id) THEN
        RAISE EXCEPTION 'stops of erased numbers were hashed with another key than privacy.key_file has';
    END IF;
    INSERT INTO erasure (client_id, reason, source, token_id, person_id, subject, key_id, numbers, names, next_day, last_day)
    SELECT c.id, p_reason, p_source, p_token, p_person, p_subject, p_key_id, p_numbers,
           ARRAY(SELECT u FROM unnest(ARRAY[c.last_name, c.first_name, c.middle_name]) u WHERE length(u) > 1), today,
           coalesce((SELECT min(to_date(right(k.relname, 8), 'YYYYMMDD')) FROM pg_inherits i JOIN pg_class k ON k.oid = i.inhrelid
                      WHERE i.inhparent = 'message'::regclass), today)
      FROM client c WHERE c.id = p_client RETURNING id INTO new_id;
    IF new_id IS NULL THEN RETURN NULL; END IF;

    INSERT INTO stop_hash (hash, key_id, scope, at)
    SELECT substring(p_hashes FROM u.n::integer * 32 - 31 FOR 32), p_key_id, o.scope, o.at
      FROM unnest(p_numbers) WITH ORDINALITY AS u(msisdn, n) JOIN opt_out o ON o.msisdn = u.msisdn
    ON CONFLICT (hash) DO UPDATE SET scope = excluded.scope, at = excluded.at;
    DELETE FROM opt_out WHERE msisdn = ANY (p_numbers);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(new_id, 'contacts', 'opt_out', n);

    PERFORM erasure_note(new_id, 'messages', 'chunk', erasure_chunks(p_client, p_numbers, NULL));
    -- Nothing lives longer in queues than 30 days (campaign.validity_s, account.validity_max_s).
    PERFORM messages_withdraw(messages_of_numbers(p_numbers, today - 31, today));

    UPDATE list l SET size = l.size - 1 FROM list_member m WHERE m.list_id = l.id AND m.client_id = p_client;
    DELETE FROM list_member m USING list l WHERE m.list_id = l.id AND m.client_id = p_client;
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(new_id, 'lists', 'list_member', n);
    IF to_regclass('client_phone') IS NOT NULL THEN
        EXECUTE 'DELETE FROM client_phone WHERE client_id = $1' USING p_client;
        GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(new_id, 'contacts', 'client_phone', n);
    END IF;
    IF to_regclass('client_phone_history') IS NOT NULL THEN
        EXECUTE 'DELETE FROM client_phone_history WHERE client_id = $1' USING p_client;
        GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(new_id, 'contacts', 'client_phone_history', n);
    END IF;
    DELETE FROM client WHERE id = p_client;
    PERFORM erasure_note(new_id, 'identity', 'client', 1);
    RETURN new_id;
END $$;
REVOKE ALL ON FUNCTION erasure_begin(bigint, bytea, bytea, bigint[], bytea, text, text, bigint, bigint), erasure_subject(bigint),
       client_numbers(bigint) FROM PUBLIC;

-- What stands outside of messages.
CREATE FUNCTION erasure_rows(e erasure) RETURNS void
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
    DELETE FROM opt_out WHERE msisdn = ANY (e.numbers) AND at < e.requested_at;
    DELETE FROM import_bad_row r WHERE EXISTS (
        SELECT 1 FROM unnest(digits) d WHERE regexp_replace(r.raw || r.problem, '[^0-9]', '', 'g') LIKE '%' || d || '%')
        OR cardinality(e.names) > 0 AND (SELECT bool_and(strpos(lower(r.raw || r.problem COLLATE "und-x-icu"),
                                                                lower(x COLLATE "und-x-icu")) > 0) FROM unnest(e.names) x);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'imports', 'import_bad_row', n);
    DELETE FROM idempotency i WHERE EXISTS (SELECT 1 FROM unnest(digits) d WHERE strpos(i.key || i.answer, d) > 0);
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'requests', 'idempotency', n);
END $$;

-- Messages of some days, and everything that leads to them.  False: a gateway has one in hand; come again.
CREATE FUNCTION erasure_messages(e erasure, p_from date, p_to date) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[] := messages_of_numbers(e.numbers, p_from, p_to);
    lowest bigint := ids[1];
    highest bigint := ids[cardinality(ids)];
    runs bigint[];
    open boolean;
    n bigint;
BEGIN
    runs := ARRAY(SELECT DISTINCT s.run_id FROM suppression s WHERE s.msisdn = ANY (e.numbers) AND s.run_id IS NOT NULL
                     AND s.at >= p_from AND s.at < p_to + 2);
    IF ids IS NOT NULL THEN
        PERFORM messages_withdraw(ids);
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM message_view v WHERE v.id = ANY ($1) AND v.id BETWEEN %s AND %s AND v.state = 1)',
                       lowest, highest) INTO open USING ids;
        IF open THEN RETURN false; END IF;
        runs := runs || ARRAY(SELECT DISTINCT b.run_id FROM batch b WHERE b.id = ANY (ARRAY(SELECT DISTINCT u & ~255::bigint FROM unnest(ids) u))
                                 AND b.run_id IS NOT NULL);
        EXECUTE format('UPDATE message SET msisdn = 0, text = '''' WHERE id = ANY ($1) AND id BETWEEN %s AND %s', lowest, highest) USING ids;
        GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'messages', 'message', n);
        EXECUTE format('UPDATE receipt_ref SET msisdn = 0 WHERE message_id = ANY ($1) AND msisdn <> 0 AND submitted_at >= %L AND submitted_at < %L',
                       p_from, p_to + 40) USING ids;
        GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'delivery', 'receipt_ref', n);
        UPDATE doubt SET msisdn = 0 WHERE message_id = ANY (ids);
        GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'delivery', 'doubt', n);
    END IF;
    PERFORM erasure_note(e.id, 'messages', 'chunk', erasure_chunks(e.client_id, e.numbers, runs));
    UPDATE suppression SET msisdn = 0 WHERE msisdn = ANY (e.numbers) AND at < p_to + 2;
    GET DIAGNOSTICS n = ROW_COUNT; PERFORM erasure_note(e.id, 'messages', 'suppression', n);
    RETURN true;
END $$;

-- One step of the oldest erasure that is due: 'none'; 'more'; 'wait' (a message is in a gateway's hands); 'ready': its
-- act is to be written by erasure_finish().
CREATE FUNCTION erasure_step(p_days integer, OUT outcome text, OUT id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    e erasure%ROWTYPE;
    from_day date;
BEGIN
    SELECT * INTO e FROM erasure x
     WHERE x.finished_at IS NULL AND x.next_at <= statement_timestamp()
       AND x.begun_xact < pg_snapshot_xmin(pg_current_snapshot())
     ORDER BY x.next_at LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN outcome := 'none'; RETURN; END IF;
    id := e.id;
    IF e.ready THEN outcome := 'ready'; RETURN; END IF;
    IF NOT EXISTS (SELECT 1 FROM erasure_event v WHERE v.erasure_id = e.id AND v.place = 'begun') THEN
        PERFORM erasure_note(e.id, 'job', 'begun', 1);
        PERFORM erasure_rows(e);
        PERFORM erasure_chunks(e.client_id, e.numbers, NULL);
        outcome := 'more';
        RETURN;
    END IF;
    from_day := greatest(e.next_day - p_days + 1, e.last_day);
    IF NOT erasure_messages(e, from_day, e.next_day) THEN
        UPDATE erasure x SET next_at = clock_timestamp() + interval '5 s' WHERE x.id = e.id;
        outcome := 'wait';
        RETURN;
    END IF;
    UPDATE erasure x SET next_day = from_day - 1, ready = from_day <= e.last_day WHERE x.id = e.id;
    outcome := CASE WHEN from_day <= e.last_day THEN 'ready' ELSE 'more' END;
END $$;

-- What the act says beside the name: categories and places with their rows, in order.
CREATE FUNCTION erasure_act(p_id bigint, OUT subject bytea, OUT key_id bytea, OUT reason text, OUT source text, OUT requested_at timestamptz,
    OUT destroyed text, OUT system_name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT e.subject, e.key_id, e.reason, e.source, e.requested_at,
           coalesce((SELECT json_agg(json_build_object('category', x.category, 'place', x.place, 'rows', x.rows) ORDER BY x.first)::text
                       FROM (SELECT v.category, v.place, sum(v.rows) AS rows, min(v.id) AS first FROM erasure_event v
                              WHERE v.erasure_id = e.id AND v.category <> 'job' GROUP BY 1, 2) x), '[]'),
           coalesce((SELECT s.value FROM setting s WHERE s.name = 'system_name'), 'Vestnik')
      FROM erasure e WHERE e.id = p_id
$$;

-- Close an erasure: the act without its name (which stays sealed), the SHA-256 of the act with it, its signature.
CREATE FUNCTION erasure_finish(p_id bigint, p_act text, p_digest bytea, p_signature bytea) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE erasure SET finished_at = clock_timestamp(), numbers = '{}', names = '{}', act = p_act, digest = p_digest,
           signature = p_signature
     WHERE id = p_id AND ready AND finished_at IS NULL RETURNING true
$$;
REVOKE ALL ON FUNCTION erasure_chunks(bigint, bigint[], bigint[]), messages_withdraw(bigint[]), erasure_rows(erasure),
       erasure_messages(erasure, date, date), erasure_note(bigint, text, text, bigint), erasure_step(integer), erasure_act(bigint),
       erasure_finish(bigint, text, bytea, bytea) FROM PUBLIC;

INSERT INTO setting VALUES ('system_name', 'Vestnik') ON CONFLICT DO NOTHING;

GRANT EXECUTE ON FUNCTION stops_restore(bigint[], bytea), erasure_subject(bigint), client_numbers(bigint),
      erasure_begin(bigint, bytea, bytea, bigint[], bytea, text, text, bigint, bigint) TO vestnik_apid;
GRANT EXECUTE ON FUNCTION erasure_step(integer), erasure_act(bigint), erasure_finish(bigint, text, bytea, bytea) TO vestnik_schedulerd;
GRANT SELECT ON erasure_event, stop_hash TO vestnik_apid;
GRANT SELECT (id, client_id, reason, source, token_id, person_id, requested_at, subject, key_id, ready, finished_at, act, digest, signature)
      ON erasure TO vestnik_apid;

-- ------------------------------------------------------------------------------------ who read what

CREATE TABLE reading (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    token_id     bigint,
    person_id    bigint,
    operation    text NOT NULL,
    client_id    bigint,
    query_digest bytea NOT NULL CHECK (length(query_digest) = 32),
    people       bigint NOT NULL,
    masked       boolean NOT NULL,
    reason       text,
    address      text NOT NULL
);
CREATE INDEX reading_client ON reading (client_id, id) WHERE client_id IS NOT NULL;
CREATE INDEX reading_person ON reading (person_id, id) WHERE person_id IS NOT NULL;
CREATE INDEX reading_at ON reading USING brin (at);
COMMENT ON TABLE reading IS 'each answer of the API that held data of people; append-only';
COMMENT ON COLUMN reading.query_digest IS 'of what was asked for: the same question has the same one';

CREATE FUNCTION reading_guard() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < clock_timestamp() - interval '3 years' THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'the log of readings is kept for three years, unchanged';
END $$;
CREATE TRIGGER reading_guard BEFORE UPDATE OR DELETE ON reading FOR EACH ROW EXECUTE FUNCTION reading_guard();
CREATE TRIGGER reading_guard_all BEFORE TRUNCATE ON reading EXECUTE FUNCTION reading_guard();

GRANT SELECT, INSERT ON reading TO vestnik_apid;
