-- The audit log: who changed what, who signed in, and, with the log of readings, a chain of hashes over both.

-- ------------------------------------------------------------------------------------ the log

CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor   text NOT NULL CHECK (actor <> ''),
    address text,
    device  text,
    action  text NOT NULL CHECK (action <> ''),
    kind    text NOT NULL CHECK (kind <> ''),
    object  text NOT NULL,
    changes json NOT NULL
);
CREATE INDEX audit_object ON audit (kind, object, id);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_at ON audit USING brin (at);
COMMENT ON TABLE audit IS 'every change of what people keep, and every sign-in; append-only';
COMMENT ON COLUMN audit.changes IS 'column: [before, after]; what is personal or secret as ***; of many rows at once {"rows": how many}';

CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < clock_timestamp() - interval '3 years' THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'the audit log is kept for three years, unchanged';
END $$;
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard_all BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_guard();

-- Who acts in this session: apid and the vestnik command say so in the setting vestnik.audit (who, address, device, with
-- \x1f between), a daemon acts for itself.
CREATE FUNCTION audit_who(OUT actor text, OUT address text, OUT device text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    who text := current_setting('vestnik.audit', true);
BEGIN
    IF who <> '' THEN
        actor := split_part(who, E'\x1f', 1);
        address := nullif(split_part(who, E'\x1f', 2), '');
        device := nullif(split_part(who, E'\x1f', 3), '');
    ELSIF starts_with(session_user, 'vestnik_') THEN
        actor := substr(session_user, 9);
    ELSE
        actor := 'sql ' || session_user;
    END IF;
END $$;

-- What apid notes beside changes of rows: sign-ins and the like.
CREATE FUNCTION audit_note(p_action text, p_kind text, p_object text, p_changes json) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit (actor, address, device, action, kind, object, changes)
    SELECT w.actor, w.address, w.device, p_action, p_kind, p_object, coalesce(p_changes, '{}') FROM audit_who() w
$$;
-- A sign-in of whoever has this login.  What is typed there now and then is a password, so only a known one is named.
CREATE FUNCTION audit_sign_in(p_action text, p_login text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit (actor, address, device, action, kind, object, changes)
    SELECT CASE WHEN p.id IS NOT NULL AND p_action = 'sign_in' THEN 'person ' || p.id ELSE w.actor END, w.address, w.device,
           p_action, 'person', coalesce(p.id::text, ''), '{}'
      FROM audit_who() w LEFT JOIN person p ON p.login = p_login
$$;

-- ------------------------------------------------------------------------------------ changes of rows

-- One value as the log tells it: personal and secret ones hidden, long ones by their digest.
CREATE FUNCTION audit_value(p_value jsonb, p_how text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_value IS NULL OR p_value = 'null' THEN 'null'::jsonb
                WHEN p_how = 'hidden' THEN '"***"'
                WHEN p_how = 'digest' OR length(p_value::text) > 2000
                THEN to_jsonb('SHA-256 ' || encode(sha256(convert_to(p_value::text, 'UTF8')), 'hex'))
                ELSE p_value END
$$;

-- Arguments: columns that name the row; that alone are no change worth a row (progress, counters); that are hidden; that
-- are told by digest.
CREATE FUNCTION audit_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    now jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    whole jsonb := CASE WHEN TG_OP = 'DELETE' THEN was ELSE now END;
    passed text[] := string_to_array(TG_ARGV[1], ' ');
    hidden text[] := string_to_array(TG_ARGV[2], ' ');
    digest text[] := string_to_array(TG_ARGV[3], ' ');
    told jsonb;
    worth boolean;
BEGIN
    SELECT jsonb_object_agg(c.k, jsonb_build_array(audit_value(was -> c.k, c.how), audit_value(now -> c.k, c.how))),
           bool_or(c.k <> ALL (passed))
      INTO told, worth
      FROM (SELECT k, CASE WHEN k = ANY (hidden) THEN 'hidden' WHEN k = ANY (digest) THEN 'digest' END AS how
              FROM jsonb_object_keys(whole) k
             WHERE k NOT IN ('changed_at', 'updated_at')
               AND coalesce(was -> k, 'null') <> coalesce(now -> k, 'null')) c;
    IF worth THEN
        INSERT INTO audit (actor, address, device, action, kind, object, changes)
        SELECT w.actor, w.address, w.device, lower(TG_OP), TG_TABLE_NAME,
               (SELECT string_agg(whole ->> k, ' ' ORDER BY n) FROM string_to_table(TG_ARGV[0], ' ') WITH ORDINALITY AS s(k, n)), told
          FROM audit_who() w;
    END IF;
    RETURN NULL;
END $$;

-- Many rows at once are one row of the log.  Argument: an expression that names the row when it is a single one.
CREATE FUNCTION audit_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n bigint;
    object text;
BEGIN
    EXECUTE format('SELECT count(*), CASE WHEN count(*) = 1 THEN min((%s)::text) END FROM changed', TG_ARGV[0]) INTO n, object;
    IF n > 0 THEN
        INSERT INTO audit (actor, address, device, action, kind, object, changes)
        SELECT w.actor, w.address, w.device, lower(TG_OP), TG_TABLE_NAME, coalesce(object, ''), json_build_object('rows', n)
          FROM audit_who() w;
    END IF;
    RETURN NULL;
END $$;

-- For migrations: watch a table that people change, row by row or by statement.  A test holds every table to be watched
-- or excused by name.
CREATE FUNCTION audit_watch(p_table regclass, p_keys text, p_passed text DEFAULT '', p_hidden text DEFAULT '', p_digest text DEFAULT '')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit_row(%L, %L, %L, %L)',
                   p_table, p_keys, p_passed, p_hidden, p_digest);
END $$;
CREATE FUNCTION audit_watch_rows(p_table regclass, p_object text, p_events text[] DEFAULT '{INSERT,UPDATE,DELETE}',
    p_people_only boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    event text;
BEGIN
    FOREACH event IN ARRAY p_events LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s REFERENCING %s TABLE AS changed FOR EACH STATEMENT %s EXECUTE FUNCTION audit_rows(%L)',
                       'audit_' || lower(event), event, p_table, CASE WHEN event = 'DELETE' THEN 'OLD' ELSE 'NEW' END,
                       CASE WHEN p_people_only THEN 'WHEN (current_setting(''vestnik.audit'', true) <> '''')' ELSE '' END, p_object);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION audit_note(text, text, text, json), audit_sign_in(text, text), audit_row(), audit_rows(),
       audit_watch(regclass, text, text, text, text), audit_watch_rows(regclass, text, text[], boolean) FROM PUBLIC;

SELECT audit_watch('token', 'id', 'last_used_at', 'secret_hash previous_hash'),
       audit_watch('person', 'id', '', 'password_hash phone email'),
       audit_watch('person_role', 'person_id role department_id'),
       audit_watch('role', 'code'),
       audit_watch('department', 'id', 'path'),
       audit_watch('setting', 'name'),
       audit_watch('campaign', 'id'),
       audit_watch('list', 'id', 'size refreshed_at filled_at', '', 'criteria'),
       audit_watch('list_column', 'list_id place'),
       audit_watch('template', 'id'),
       audit_watch('template_version', 'template_id no'),
       audit_watch('promo_pool', 'id'),
       audit_watch('client_attribute', 'slot'),
       audit_watch('client_block', 'id', '', 'reason end_reason list_vals'),
       audit_watch('import', 'id', 'rows_read rows_bad rows_repeated clients_new clients_changed encoding separator', 'problem'),
       audit_watch('source', 'id', 'cursor due_at', '', 'settings'),
       audit_watch('source_secret', 'source_id', '', 'secret sealed'),
       audit_watch('source_run', 'id', 'rows_read rows_bad rows_repeated clients_new clients_changed clients_same clients_missing clients_known cursor started_at',
                   'problem difference'),
       audit_watch('account', 'id'),
       audit_watch('account_secret', 'account_id name', '', 'password sealed'),
       audit_watch('account_callback', 'account_id', '', 'token ref_key'),
       audit_watch('account_route', 'account_id'),
       audit_watch('account_cap', 'account_id period'),
       audit_watch('provider', 'id'),
       audit_watch('operator', 'id'),
       audit_watch('operator_alias', 'key'),
       audit_watch('operator_contract', 'account_id operator_id'),
       audit_watch('region', 'id'),
       audit_watch('region_alias', 'key'),
       audit_watch('numbering_version', 'id'),
       audit_watch('route_rule', 'id'),
       audit_watch('tariff', 'id'),
       audit_watch('vat_rate', 'country valid_from'),
       audit_watch('currency_rate', 'currency day'),
       audit_watch('invoice', 'id'),
       audit_watch('sender', 'id'),
       audit_watch('sender_default', 'id'),
       audit_watch('sender_registration', 'id'),
       audit_watch('template_registration', 'id'),
       audit_watch('send_window', 'category'),
       audit_watch('send_limit', 'category'),
       audit_watch('purpose', 'id'),
       audit_watch('consent_text', 'id'),
       audit_watch('complaint', 'id', '', 'msisdn name claim answer sealed'),
       audit_watch('complaint_message', 'complaint_id message_id'),
       audit_watch('complaint_pack', 'id'),
       audit_watch('erasure', 'id', 'begun_xact next_at next_day ready', 'reason subject numbers names act signature');
-- What clients say and what is told of them comes by the million; by the hand of people it is a few rows at a time.
SELECT audit_watch_rows('calendar_day', 'day'),
       audit_watch_rows('consent_proof', 'id'),
       audit_watch_rows('consent_event', 'client_id', '{INSERT}', true),
       audit_watch_rows('client_phone_change', 'client_id', '{INSERT}', true),
       audit_watch_rows('client_phone', 'client_id', '{INSERT,UPDATE,DELETE}', true),
       audit_watch_rows('opt_out', '''+'' || left(msisdn::text, 4) || ''*****'' || right(msisdn::text, 2)', '{INSERT,UPDATE,DELETE}', true);

-- ------------------------------------------------------------------------------------ the chain

CREATE TABLE audit_waiting (
    log      smallint NOT NULL CHECK (log IN (1, 2)),
    entry_id bigint NOT NULL,
    PRIMARY KEY (log, entry_id)
);
COMMENT ON TABLE audit_waiting IS 'rows of the logs that schedulerd has not put into the chain yet';
COMMENT ON COLUMN audit_waiting.log IS '1 audit, 2 reading';

CREATE TABLE audit_chain (
    number   bigint PRIMARY KEY CHECK (number > 0),
    log      smallint NOT NULL CHECK (log IN (1, 2)),
    entry_id bigint NOT NULL,
    hash     bytea NOT NULL CHECK (length(hash) = 32),
    UNIQUE (log, entry_id)
);
COMMENT ON TABLE audit_chain IS 'the rows of both logs in one order, each with a hash over itself and the hash before';
COMMENT ON COLUMN audit_chain.log IS '1 audit, 2 reading';
COMMENT ON COLUMN audit_chain.hash IS 'common/model/audit_chain.h says of what';

CREATE TABLE audit_anchor (
    no        bigint PRIMARY KEY CHECK (no > 0),
    kind      text NOT NULL CHECK (kind IN ('anchor', 'cut')),
    number    bigint NOT NULL,
    hash      bytea NOT NULL CHECK (length(hash) = 32),
    at        timestamptz NOT NULL,
    key_id    bytea CHECK (length(key_id) = 8),
    signature bytea CHECK (length(signature) = 32),
    CHECK ((key_id IS NULL) = (signature IS NULL))
);
CREATE INDEX audit_anchor_number ON audit_anchor (number);
COMMENT ON TABLE audit_anchor IS 'where the chain stood when, signed under the key that is not in the database';
COMMENT ON COLUMN audit_anchor.kind IS 'cut: what stands up to here was kept long enough and is gone';

-- What stands in the chain is never changed; only what a cut has left behind goes.
CREATE FUNCTION audit_chain_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_chain'
       AND EXISTS (SELECT 1 FROM audit_anchor a WHERE a.kind = 'cut' AND a.number >= OLD.number) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the chain of the audit log is never changed';
END $$;
CREATE TRIGGER audit_chain_guard BEFORE UPDATE OR DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_chain_guard();
CREATE TRIGGER audit_chain_guard_all BEFORE TRUNCATE ON audit_chain EXECUTE FUNCTION audit_chain_guard();
CREATE TRIGGER audit_anchor_guard BEFORE UPDATE OR DELETE ON audit_anchor FOR EACH ROW EXECUTE FUNCTION audit_chain_guard();
CREATE TRIGGER audit_anchor_guard_all BEFORE TRUNCATE ON audit_anchor EXECUTE FUNCTION audit_chain_guard();

CREATE FUNCTION audit_await() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_waiting (log, entry_id) VALUES (CASE TG_TABLE_NAME WHEN 'audit' THEN 1 ELSE 2 END, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER audit_await AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_await();
CREATE TRIGGER audit_await AFTER INSERT ON reading FOR EACH ROW EXECUTE FUNCTION audit_await();
INSERT INTO audit_waiting (log, entry_id) SELECT 2, id FROM reading;

-- Where the chain ends.  Whoever is going on locks it first: pg_try_advisory_xact_lock(7040).
CREATE FUNCTION audit_head(OUT number bigint, OUT hash bytea) LANGUAGE sql STABLE AS $$
    SELECT e.number, e.hash FROM (
        (SELECT c.number, c.hash FROM audit_chain c ORDER BY c.number DESC LIMIT 1)
        UNION ALL (SELECT a.number, a.hash FROM audit_anchor a WHERE a.kind = 'cut' ORDER BY a.no DESC LIMIT 1)
        UNION ALL SELECT 0, decode(repeat('00', 32), 'hex')) e ORDER BY e.number DESC LIMIT 1
$$;

-- Go on with the chain: p_hashes holds 32 octets for each row.
CREATE FUNCTION audit_append(p_after bigint, p_logs smallint[], p_ids bigint[], p_hashes bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit_chain (number, log, entry_id, hash)
    SELECT p_after + u.n, u.log, u.id, substring(p_hashes FROM u.n::integer * 32 - 31 FOR 32)
      FROM unnest(p_logs, p_ids) WITH ORDINALITY AS u(log, id, n);
    DELETE FROM audit_waiting w USING unnest(p_logs, p_ids) AS u(log, id) WHERE w.log = u.log AND w.entry_id = u.id
$$;

-- Say where the chain stands, signed: no, kind, number, hash, at as audit_next_anchor() gave them.
CREATE FUNCTION audit_anchor_put(p_no bigint, p_kind text, p_number bigint, p_hash bytea, p_at timestamptz, p_key_id bytea,
    p_signature bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit_anchor VALUES (p_no, p_kind, p_number, p_hash, p_at, p_key_id, p_signature)
$$;

-- The next piece that was kept p_days: the end of a prefix of the chain, all of it older.  Pieces of a day at least, so
-- that there are not too many; none: no row.
CREATE FUNCTION audit_old(p_days integer, p_limit integer, OUT number bigint, OUT hash bytea) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.number, o.hash FROM (
        SELECT c.number, c.hash, min(x.at) OVER () AS oldest, count(*) OVER (ORDER BY c.number) AS rows,
               bool_and(coalesce(x.at < least(statement_timestamp() - p_days * interval '1 day', statement_timestamp() - interval '3 years'), true))
                   OVER (ORDER BY c.number) AS old
          FROM (SELECT * FROM audit_chain ORDER BY number LIMIT p_limit) c
          LEFT JOIN LATERAL (SELECT a.at FROM audit a WHERE c.log = 1 AND a.id = c.entry_id
                             UNION ALL SELECT r.at FROM reading r WHERE c.log = 2 AND r.id = c.entry_id) x ON true) o
     WHERE o.old AND (o.rows = p_limit OR o.oldest < statement_timestamp() - (p_days + 1) * interval '1 day')
     ORDER BY o.number DESC LIMIT 1
$$;

-- Take away what the newest cut leaves behind; how many rows.
CREATE FUNCTION audit_cut() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    upto bigint := (SELECT a.number FROM audit_anchor a WHERE a.kind = 'cut' ORDER BY a.no DESC LIMIT 1);
    n bigint;
BEGIN
    DELETE FROM audit a USING audit_chain c WHERE c.number <= upto AND c.log = 1 AND a.id = c.entry_id;
    DELETE FROM reading r USING audit_chain c WHERE c.number <= upto AND c.log = 2 AND r.id = c.entry_id;
    DELETE FROM audit_chain c WHERE c.number <= upto;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
REVOKE ALL ON FUNCTION audit_append(bigint, smallint[], bigint[], bytea),
       audit_anchor_put(bigint, text, bigint, bytea, timestamptz, bytea, bytea), audit_old(integer, integer), audit_cut(),
       audit_await() FROM PUBLIC;

-- Readings go with the chain, in whole prefixes of it, and no more one by one.
DROP FUNCTION retention_apply(timestamptz, integer, integer, integer, integer, integer, integer, integer);
CREATE FUNCTION retention_apply(p_as_of timestamptz, p_text_days integer, p_number_days integer, p_inbound_days integer,
    p_bad_row_days integer, p_snapshot_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint := retention_texts(p_as_of, p_text_days, p_limit);
    mark bigint;
    new_mark bigint;
    n bigint;
BEGIN
    DELETE FROM inbound i WHERE i.id = ANY (ARRAY(
        SELECT o.id FROM inbound o WHERE o.at < p_as_of - p_inbound_days * interval '1 day' ORDER BY o.at LIMIT p_limit));
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM erasure e WHERE e.finished_at < p_as_of - interval '3 years 1 day' AND e.finished_at < clock_timestamp() - interval '3 years';
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM import_bad_row b WHERE b.ctid = ANY (ARRAY(
        SELECT r.ctid FROM import i JOIN import_bad_row r ON r.import_id = i.id
         WHERE coalesce(i.finished_at, i.created_at) < p_as_of - p_bad_row_days * interval '1 day' LIMIT p_limit));
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;

    -- Marks: seconds of suppressions, an hour at a time; ids of runs.
    SELECT m.upto INTO mark FROM retention_mark m WHERE m.kind = 'suppression' FOR UPDATE;
    new_mark := extract(epoch FROM p_as_of - p_number_days * interval '1 day')::bigint;
    IF mark = 0 THEN mark := coalesce((SELECT floor(extract(epoch FROM min(s.at)))::bigint FROM suppression s), new_mark); END IF;
    IF mark < new_mark THEN
        new_mark := least(new_mark, mark + 3600);
        UPDATE suppression s SET msisdn = 0 WHERE s.at >= to_timestamp(mark) AND s.at < to_timestamp(new_mark) AND s.msisdn <> 0;
        GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n + 1;
        UPDATE retention_mark m SET upto = new_mark WHERE m.kind = 'suppression';
    END IF;
    SELECT r.id INTO new_mark FROM retention_mark m JOIN run r ON r.id > m.upto AND r.finished_at < p_as_of - p_snapshot_days * interval '1 day'
     WHERE m.kind = 'snapshot' ORDER BY r.id LIMIT 1 FOR UPDATE OF m;
    IF FOUND THEN
        UPDATE chunk c SET msisdns = '{}' WHERE c.run_id = new_mark AND c.state = 2 AND c.msisdns <> '{}';
        GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n + 1;
        UPDATE retention_mark m SET upto = new_mark WHERE m.kind = 'snapshot';
    END IF;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION retention_apply(timestamptz, integer, integer, integer, integer, integer, integer) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION retention_apply(timestamptz, integer, integer, integer, integer, integer, integer),
      audit_append(bigint, smallint[], bigint[], bytea), audit_anchor_put(bigint, text, bigint, bytea, timestamptz, bytea, bytea),
      audit_old(integer, integer), audit_cut() TO vestnik_schedulerd;
GRANT SELECT ON audit, reading, audit_waiting, audit_chain, audit_anchor TO vestnik_schedulerd;
GRANT SELECT ON audit TO vestnik_apid;
GRANT EXECUTE ON FUNCTION audit_note(text, text, text, json), audit_sign_in(text, text) TO vestnik_apid;

-- ------------------------------------------------------------------------------------ requests about personal data

ALTER TABLE purpose ADD COLUMN personal_data boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN purpose.personal_data IS 'it is about processing personal data at all: withdrawing this consent begins a privacy_request';

-- What the law gives (152-FZ, articles 20 and 21): 30 days after a consent was withdrawn, 7 working days to correct, else 10.
CREATE FUNCTION privacy_deadline(p_kind text, p_received timestamptz, p_extended boolean) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_kind = 'withdrawal' THEN
               (SELECT ((p_received AT TIME ZONE z.value)::date + 31)::timestamp AT TIME ZONE z.value - interval '1 s'
                  FROM setting z WHERE z.name = 'time_zone')
           ELSE complaint_deadline(p_received, CASE WHEN p_kind = 'rectification' THEN 7 WHEN p_extended THEN 15 ELSE 10 END) END
$$;

CREATE TABLE privacy_request (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind             text NOT NULL CHECK (kind IN ('access', 'rectification', 'withdrawal', 'stop', 'erasure')),
    received_at      timestamptz NOT NULL,
    reference        text CHECK (reference <> ''),
    client_id        bigint,
    msisdn           bigint CHECK (msisdn > 0),
    name             text CHECK (name <> ''),
    text             text NOT NULL DEFAULT '',
    deadline         timestamptz NOT NULL CHECK (deadline > received_at),
    extension_reason text CHECK (extension_reason <> ''),
    state            text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    result           text CHECK (result IN ('done', 'refused', 'taken_back')),
    answer           text,
    closed_at        timestamptz,
    assignee_id      bigint REFERENCES person,
    consent_event_id bigint,
    erased           boolean NOT NULL DEFAULT false,
    token_id         bigint,
    person_id        bigint REFERENCES person,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (result IS NOT NULL)),
    CHECK (extension_reason IS NULL OR kind IN ('access', 'stop'))
);
CREATE INDEX privacy_request_open ON privacy_request (deadline) WHERE state = 'open';
CREATE INDEX privacy_request_client ON privacy_request (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX privacy_request_msisdn ON privacy_request (msisdn) WHERE msisdn IS NOT NULL;
COMMENT ON TABLE privacy_request IS 'what people ask of their data, and by when it is to be answered; kept three years after it was closed';
COMMENT ON COLUMN privacy_request.erased IS 'the person was erased since: number, name and words are gone, the act names them';

-- Who was reminded of what, and to whom it was carried up.
CREATE TABLE privacy_reminder (
    request_id bigint NOT NULL REFERENCES privacy_request ON DELETE CASCADE,
    step       text NOT NULL CHECK (step IN ('half', 'soon', 'last_day', 'overdue')),
    audience   text NOT NULL CHECK (audience IN ('assignee', 'officers', 'heads')),
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (request_id, step)
);
COMMENT ON COLUMN privacy_reminder.audience IS 'officers: nobody is assigned, or the last day; heads: it is overdue';

-- Open requests that have come to another step: half of the time, three days, one day before the deadline, after it.
CREATE FUNCTION privacy_remind() RETURNS TABLE (request_id bigint, kind text, step text, audience text, deadline timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH due AS (
        SELECT r.id, r.kind, r.deadline, r.assignee_id,
               CASE WHEN r.deadline <= statement_timestamp() THEN 'overdue'
                    WHEN r.deadline <= statement_timestamp() + interval '1 day' THEN 'last_day'
                    WHEN r.deadline <= statement_timestamp() + interval '3 days' THEN 'soon'
                    WHEN r.received_at + (r.deadline - r.received_at) / 2 <= statement_timestamp() THEN 'half' END AS step
          FROM privacy_request r WHERE r.state = 'open'),
    told AS (
        INSERT INTO privacy_reminder AS t (request_id, step, audience)
        SELECT d.id, d.step, CASE WHEN d.step = 'overdue' THEN 'heads' WHEN d.step = 'last_day' OR d.assignee_id IS NULL THEN 'officers'
                                  ELSE 'assignee' END
          FROM due d WHERE d.step IS NOT NULL ON CONFLICT DO NOTHING RETURNING t.request_id, t.step, t.audience)
    SELECT t.request_id, d.kind, t.step, t.audience, d.deadline FROM told t JOIN due d ON d.id = t.request_id ORDER BY 1
$$;

-- A consent to processing that is withdrawn begins its request, whichever way it came by; one that is open already does.
-- What a stop of everything withdraws is a demand to stop.
CREATE FUNCTION privacy_request_of_withdrawal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_kind text := CASE WHEN pg_trigger_depth() > 1 THEN 'stop' ELSE 'withdrawal' END;
BEGIN
    IF EXISTS (SELECT 1 FROM purpose u WHERE u.id = NEW.purpose_id AND u.personal_data) AND NOT EXISTS (
        SELECT 1 FROM privacy_request r WHERE r.kind = v_kind AND r.state = 'open' AND r.msisdn = NEW.msisdn) THEN
        INSERT INTO privacy_request (kind, received_at, client_id, msisdn, deadline, consent_event_id)
        VALUES (v_kind, NEW.at, coalesce(nullif(NEW.client_id, 0), (SELECT CASE WHEN count(*) = 1 THEN min(c.id) END FROM client c
                 WHERE c.msisdn = NEW.msisdn)), NEW.msisdn, privacy_deadline(v_kind, NEW.at, false), NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER privacy_request_begin AFTER INSERT ON consent_event FOR EACH ROW WHEN (NEW.kind = 'withdrawn' AND NEW.msisdn > 0)
    EXECUTE FUNCTION privacy_request_of_withdrawal();

-- Whoever is erased is erased here, too: what stays is that there was a request, by when, and how it ended.
CREATE FUNCTION privacy_request_strike() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    UPDATE privacy_request SET msisdn = NULL, name = NULL, text = '', answer = CASE WHEN answer IS NOT NULL THEN '' END,
           reference = NULL, extension_reason = CASE WHEN extension_reason IS NOT NULL THEN '***' END, erased = true
     WHERE client_id = NEW.client_id OR msisdn = ANY (NEW.numbers);
    GET DIAGNOSTICS n = ROW_COUNT;
    PERFORM erasure_note(NEW.id, 'requests', 'privacy_request', n);
    RETURN NULL;
END $$;
CREATE TRIGGER privacy_request_strike AFTER INSERT ON erasure FOR EACH ROW EXECUTE FUNCTION privacy_request_strike();

-- As in 0019; besides: requests.
CREATE OR REPLACE FUNCTION complaints_forget(p_as_of timestamptz, p_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM complaint c WHERE c.id = ANY (ARRAY(
        SELECT o.id FROM complaint o
         WHERE o.state = 'closed' AND o.closed_at < least(p_as_of - p_days * interval '1 day', clock_timestamp() - interval '3 years')
         ORDER BY o.closed_at LIMIT p_limit));
    GET DIAGNOSTICS n = ROW_COUNT;
    DELETE FROM privacy_request r WHERE r.id = ANY (ARRAY(
        SELECT o.id FROM privacy_request o
         WHERE o.state = 'closed' AND o.closed_at < least(p_as_of - p_days * interval '1 day', clock_timestamp() - interval '3 years')
         LIMIT p_limit));
    RETURN n;
END $$;

SELECT audit_watch('privacy_request', 'id', '', 'msisdn name text answer extension_reason');
REVOKE ALL ON FUNCTION privacy_remind(), privacy_request_of_withdrawal(), privacy_request_strike() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy_remind() TO vestnik_schedulerd;
GRANT SELECT ON privacy_request TO vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE ON privacy_request TO vestnik_apid;
GRANT SELECT ON privacy_reminder TO vestnik_apid;
GRANT UPDATE (personal_data) ON purpose TO vestnik_apid;
UPDATE role SET rights = rights || '{privacy.read,privacy.edit}' WHERE code = 'privacy_officer';
UPDATE role SET rights = rights || '{privacy.read}' WHERE code = 'lawyer';

-- ------------------------------------------------------------------------------------ exports

-- Files with personal data in full are made for a reason, by who may, within a limit, for 30 days.  Nothing is stored of
-- them: each is made anew when it is fetched, so whoever was erased or blocked since is not in it.
CREATE TABLE export (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('missed', 'person')),
    object_id   bigint NOT NULL,
    filter      text CHECK (filter <> ''),
    reason      text NOT NULL CHECK (reason <> ''),
    masked      boolean NOT NULL,
    rows        bigint NOT NULL DEFAULT 0,
    token_id    bigint,
    person_id   bigint REFERENCES person,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at  timestamptz NOT NULL DEFAULT clock_timestamp() + interval '30 days',
    fetched     integer NOT NULL DEFAULT 0,
    fetched_at  timestamptz,
    deleted_at  timestamptz,
    CHECK (expires_at <= created_at + interval '30 days 1 s')
);
CREATE INDEX export_open ON export (expires_at) WHERE deleted_at IS NULL;
COMMENT ON TABLE export IS 'files with personal data that were handed out; the register stays, the file is not to be had after expires_at';
COMMENT ON COLUMN export.object_id IS 'of missed: campaign; of person: client, 0: a number alone';

-- Exports whose 30 days are over, and the register's rows of three years ago; how many exports ended.
CREATE FUNCTION exports_end() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    DELETE FROM export WHERE deleted_at < clock_timestamp() - interval '3 years';
    UPDATE export SET deleted_at = clock_timestamp(), filter = NULL WHERE deleted_at IS NULL AND expires_at <= statement_timestamp();
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;
REVOKE ALL ON FUNCTION exports_end() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION exports_end() TO vestnik_schedulerd;
GRANT SELECT, INSERT (kind, object_id, filter, reason, masked, rows, token_id, person_id, deleted_at), UPDATE (rows, fetched, fetched_at, deleted_at)
      ON export TO vestnik_apid;
SELECT audit_watch('export', 'id', '', 'reason');
UPDATE role SET rights = rights || '{exports.make}' WHERE code = 'privacy_officer';
