-- Consent: what personal data is used for, the texts that people agreed to, who agreed and who withdrew, with proof.
--
-- consent_event is the ledger: rows are added and never changed.  consent is what follows from it now, narrow, for the
-- message path.  Both are written by the functions below alone, in one transaction; no role may write to them.
--
-- A stop (opt_out) and a withdrawal are the same will seen from two sides, so each makes the other: a row of opt_out
-- withdraws every consent to what it stops (a trigger, whoever writes the row), and withdrawing consent to advertising
-- writes the row.

CREATE TABLE purpose (
    id              smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code            text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    name            text NOT NULL CHECK (name <> ''),
    data_categories text[] NOT NULL CHECK (cardinality(data_categories) > 0),
    legal_basis     text NOT NULL CHECK (legal_basis IN ('consent', 'contract', 'law', 'interest')),
    retention       text NOT NULL CHECK (retention <> ''),
    recipients      text[] NOT NULL,
    category        smallint UNIQUE CHECK (category BETWEEN 1 AND 5),
    required        boolean NOT NULL DEFAULT false,
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (NOT required OR (category IS NOT NULL AND legal_basis = 'consent'))
);
COMMENT ON TABLE purpose IS 'what personal data is used for; exported for the notice to the regulator';
COMMENT ON COLUMN purpose.category IS 'messages of this category serve the purpose; null: no messages do';
COMMENT ON COLUMN purpose.required IS 'messages of the category go only to numbers with a valid consent';

-- Where campaigns were sent before there was this register, consents have yet to be entered: an operator turns it on then.
INSERT INTO purpose (code, name, data_categories, legal_basis, retention, recipients, category, required)
VALUES ('marketing', 'Advertising by SMS', ARRAY['phone number', 'name', 'purchases'], 'consent',
        'until withdrawn, and three years for proof', ARRAY['mobile operators and SMS aggregators'], 1, NOT EXISTS (SELECT 1 FROM campaign)),
       ('service', 'Messages about orders, contracts and accounts', ARRAY['phone number', 'name', 'contract'], 'contract',
        'while the contract lasts, and three years', ARRAY['mobile operators and SMS aggregators'], 2, false);

CREATE TABLE consent_text (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purpose_id   smallint NOT NULL REFERENCES purpose,
    version      integer NOT NULL CHECK (version > 0),
    text         text NOT NULL CHECK (text <> ''),
    digest       bytea NOT NULL CHECK (digest = sha256(convert_to(text, 'UTF8'))),
    published_by text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (purpose_id, version),
    UNIQUE (id, digest)
);
COMMENT ON TABLE consent_text IS 'what people agree to, word by word; another wording is another version';

CREATE TABLE consent_proof (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    media_type text NOT NULL,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    content    bytea NOT NULL CHECK (length(content) <= 5242880),
    entered_by text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE consent_proof IS 'scans, recordings and declarations that prove consents; at most 5 MiB each';
ALTER TABLE consent_proof ALTER COLUMN content SET STORAGE EXTERNAL; -- pictures are compressed already

-- A code sent to the number, and how it was answered: the exchange is proof of the consent it led to.
CREATE TABLE consent_code (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    msisdn       bigint NOT NULL,
    client_id    bigint,
    purpose_id   smallint NOT NULL REFERENCES purpose,
    text_id      bigint NOT NULL REFERENCES consent_text,
    form         text NOT NULL,
    origin       text NOT NULL,
    entered_by   text NOT NULL,
    consent_days integer NOT NULL CHECK (consent_days > 0),
    salt         bytea NOT NULL CHECK (length(salt) = 16),
    code_hash    bytea NOT NULL CHECK (length(code_hash) = 32),
    message_id   bigint NOT NULL,
    chunk_id     bigint NOT NULL,
    attempts     smallint NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND 5),
    sent_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz NOT NULL DEFAULT clock_timestamp() + interval '10 minutes',
    confirmed_at timestamptz,
    masked       boolean NOT NULL DEFAULT false
);
CREATE INDEX consent_code_msisdn ON consent_code (msisdn, sent_at);
CREATE INDEX consent_code_open ON consent_code (expires_at) WHERE NOT masked;
COMMENT ON COLUMN consent_code.code_hash IS 'SHA-256 of salt and code; the code itself is kept nowhere once it is used or over';
COMMENT ON COLUMN consent_code.masked IS 'the code was struck out of the message that carried it';

CREATE TABLE consent_event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('given', 'pending', 'withdrawn')),
    subject     text NOT NULL CHECK (subject <> ''),
    client_id   bigint,
    msisdn      bigint NOT NULL,
    purpose_id  smallint NOT NULL REFERENCES purpose,
    channel     text NOT NULL CHECK (channel IN ('sms')),
    text_id     bigint,
    text_digest bytea,
    form        text CHECK (form <> ''),
    at          timestamptz NOT NULL,
    expires_at  timestamptz CHECK (expires_at > at),
    source      text NOT NULL CHECK (source <> ''),
    origin      text CHECK (origin <> ''),
    identity    text CHECK (identity <> ''),
    basis       text CHECK (basis <> ''),
    entered_by  text NOT NULL CHECK (entered_by <> ''),
    proof_id    bigint REFERENCES consent_proof,
    code_id     bigint REFERENCES consent_code,
    inbound_id  bigint,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (text_id, text_digest) REFERENCES consent_text (id, digest),
    CONSTRAINT consent_event_whole CHECK (kind = 'withdrawn' OR (text_id IS NOT NULL AND text_digest IS NOT NULL AND expires_at IS NOT NULL
        AND (kind = 'pending' OR (form IS NOT NULL AND origin IS NOT NULL AND identity IS NOT NULL))))
);
CREATE INDEX consent_event_msisdn ON consent_event (msisdn, id);
CREATE INDEX consent_event_client ON consent_event (client_id, id) WHERE client_id IS NOT NULL;
COMMENT ON TABLE consent_event IS 'the ledger of consents given and withdrawn; rows are never changed';
COMMENT ON COLUMN consent_event.kind IS 'given; pending: imported without basis or proof, counts for nothing; withdrawn';
COMMENT ON COLUMN consent_event.subject IS 'who agreed, as the company knows the person: external id, id, or the number';
COMMENT ON COLUMN consent_event.at IS 'when the person said so; recorded_at is when it was entered';
COMMENT ON COLUMN consent_event.expires_at IS 'infinity: until withdrawn';
COMMENT ON COLUMN consent_event.source IS 'the channel it came by: web, sms_code, call_centre, letter, link, reply, crm, import, api';
COMMENT ON COLUMN consent_event.origin IS 'address or device it came from, or the id of the paper''s scan';
COMMENT ON COLUMN consent_event.identity IS 'how it was made sure who the person is';

CREATE TABLE consent (
    msisdn     bigint NOT NULL,
    purpose_id smallint NOT NULL,
    channel    text COLLATE "C" NOT NULL,
    client_id  bigint NOT NULL DEFAULT 0,
    state      smallint NOT NULL CHECK (state IN (1, 2, 3)),
    event_id   bigint NOT NULL,
    at         timestamptz NOT NULL,
    valid_to   timestamptz NOT NULL,
    PRIMARY KEY (msisdn, purpose_id, channel, client_id)
);
COMMENT ON TABLE consent IS 'what the ledger says now; written by its functions alone';
COMMENT ON COLUMN consent.client_id IS '0: of whoever has the number. Another client''s consent counts for nobody else: numbers get new holders';
COMMENT ON COLUMN consent.state IS '1 given, 2 pending, 3 withdrawn';
COMMENT ON COLUMN consent.event_id IS 'the row of the ledger it follows from: the consent id';

-- Which consent a message went out on.
ALTER TABLE message ADD COLUMN consent_id bigint;
COMMENT ON COLUMN message.consent_id IS 'consent_event.id; null: its category needs none';

ALTER TABLE opt_out
    ADD COLUMN origin text,
    ADD COLUMN entered_by text NOT NULL DEFAULT current_user;
COMMENT ON COLUMN opt_out.origin IS 'address it came from, or the id of a letter''s scan';
COMMENT ON COLUMN opt_out.entered_by IS 'token, person or daemon';

-- A stop by link: who opens it sees a question, who answers it has stopped.
CREATE TABLE stop_link (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    msisdn     bigint NOT NULL,
    made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at    timestamptz
);
COMMENT ON TABLE stop_link IS 'only the SHA-256 of a link''s token is kept';

-- ------------------------------------------------------------------------------------ rows that stay as they are

-- For ever, but for consent_strike(), whose owner's right it is.
CREATE FUNCTION row_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('vestnik.striking', true) = 'on' AND TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER consent_event_stays BEFORE UPDATE OR DELETE ON consent_event FOR EACH ROW EXECUTE FUNCTION row_stays();
CREATE TRIGGER consent_event_whole_stays BEFORE TRUNCATE ON consent_event FOR EACH STATEMENT EXECUTE FUNCTION row_stays();
CREATE TRIGGER consent_text_stays BEFORE UPDATE OR DELETE ON consent_text FOR EACH ROW EXECUTE FUNCTION row_stays();
CREATE TRIGGER consent_proof_stays BEFORE UPDATE OR DELETE ON consent_proof FOR EACH ROW EXECUTE FUNCTION row_stays();

-- ------------------------------------------------------------------------------------ giving

-- Enter one consent.  Nothing is entered that is not whole: `field` then names what is wrong, outcome is 'refused' (what is
-- expected there: consent_expected() in C).  Else id is the row of the ledger, and outcome
--   'given'       it is valid from now on; a stop of advertising that stood before it is lifted
--   'pending'     imported without basis or proof: it counts for nothing
--   'superseded'  something the person said later stands already; it is history
-- After a stop or a withdrawal only a consent with proof is taken (field 'proof'): a file, or a code sent and answered.
-- Sort by number when several are entered in one transaction.  p_expires_at null: until withdrawn.
CREATE FUNCTION consent_record(p_msisdn bigint, p_client bigint, p_purpose text, p_channel text, p_text bigint, p_form text,
    p_at timestamptz, p_expires_at timestamptz, p_source text, p_origin text, p_identity text, p_entered_by text,
    p_proof bigint DEFAULT NULL, p_basis text DEFAULT NULL, p_code bigint DEFAULT NULL,
    OUT outcome text, OUT field text, OUT id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    u purpose%ROWTYPE;
    t consent_text%ROWTYPE;
    ends timestamptz := coalesce(p_expires_at, 'infinity');
    pending boolean := p_source = 'import' AND (p_proof IS NULL OR coalesce(p_basis, '') = '');
    holder bigint := coalesce(p_client, 0);
    refused_at timestamptz;
BEGIN
    SELECT * INTO u FROM purpose WHERE code = p_purpose;
    SELECT * INTO t FROM consent_text x WHERE x.id = p_text AND x.purpose_id = u.id;
    field := CASE
        WHEN u.id IS NULL THEN 'purpose'
        WHEN p_channel IS DISTINCT FROM 'sms' THEN 'channel'
        WHEN t.id IS NULL THEN 'text_id'
        WHEN p_at IS NULL OR p_at > clock_timestamp() + interval '5 minutes' THEN 'at'
        WHEN ends <= p_at THEN 'expires_at'
        WHEN coalesce(p_source, '') = '' THEN 'source'
        WHEN coalesce(p_entered_by, '') = '' THEN 'entered_by'
        WHEN coalesce(p_form, '') = '' AND NOT pending THEN 'form'
        WHEN coalesce(p_origin, '') = '' AND NOT pending THEN 'origin'
        WHEN coalesce(p_identity, '') = '' AND NOT pending THEN 'identity'
        WHEN p_proof IS NOT NULL AND NOT EXISTS (SELECT 1 FROM consent_proof f WHERE f.id = p_proof) THEN 'proof_id' END;
    IF field IS NOT NULL THEN outcome := 'refused'; RETURN; END IF;

    PERFORM pg_advisory_xact_lock(7005, hashint8(p_msisdn));
    SELECT coalesce( -- a stop is as old as the withdrawal it came from
        (SELECT max(c.at) FROM consent c WHERE c.msisdn = p_msisdn AND c.purpose_id = u.id AND c.channel = p_channel AND c.state = 3),
        (SELECT o.at FROM opt_out o WHERE o.msisdn = p_msisdn AND (o.scope = 'all' OR u.category = 1))) INTO refused_at;
    IF refused_at < p_at AND p_proof IS NULL AND p_code IS NULL AND NOT pending THEN
        outcome := 'refused'; field := 'proof';
        RETURN;
    END IF;

    INSERT INTO consent_event AS e (kind, subject, client_id, msisdn, purpose_id, channel, text_id, text_digest, form, at, expires_at,
           source, origin, identity, basis, entered_by, proof_id, code_id)
    VALUES (CASE WHEN pending THEN 'pending' ELSE 'given' END,
            coalesce((SELECT k.external_id FROM client k WHERE k.id = p_client), p_client::text, '+' || p_msisdn),
            p_client, p_msisdn, u.id, p_channel, t.id, t.digest, nullif(p_form, ''), p_at, ends, p_source, nullif(p_origin, ''),
            nullif(p_identity, ''), nullif(p_basis, ''), p_entered_by, p_proof, p_code)
    RETURNING e.id INTO id;
    IF refused_at IS NOT NULL AND (pending OR refused_at >= p_at) THEN
        outcome := CASE WHEN pending THEN 'pending' ELSE 'superseded' END; -- and the refusal stands
        RETURN;
    END IF;
    IF refused_at IS NOT NULL THEN
        DELETE FROM consent c WHERE c.msisdn = p_msisdn AND c.purpose_id = u.id AND c.channel = p_channel AND c.state = 3;
        IF u.category = 1 THEN DELETE FROM opt_out o WHERE o.msisdn = p_msisdn; END IF;
    END IF;
    INSERT INTO consent AS c (msisdn, purpose_id, channel, client_id, state, event_id, at, valid_to)
    VALUES (p_msisdn, u.id, p_channel, holder, CASE WHEN pending THEN 2 ELSE 1 END, id, p_at, ends)
    ON CONFLICT (msisdn, purpose_id, channel, client_id) DO UPDATE
       SET state = excluded.state, event_id = excluded.event_id, at = excluded.at, valid_to = excluded.valid_to
     WHERE excluded.at >= c.at AND (excluded.state = 1 OR c.state = 2); -- what is pending takes nothing away
    outcome := CASE WHEN pending THEN 'pending' WHEN FOUND THEN 'given' ELSE 'superseded' END;
END $$;

-- Declare at once what everybody on a list agreed to, as whoever brought the list says.  Without basis or proof all are
-- pending.  Who said stop or withdrew is left out: a list is nobody's proof for one person.
CREATE FUNCTION consent_declare(p_list bigint, p_purpose text, p_text bigint, p_form text, p_at timestamptz, p_expires_at timestamptz,
    p_origin text, p_basis text, p_entered_by text, p_proof bigint,
    OUT field text, OUT given bigint, OUT pending bigint, OUT stopped bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    u purpose%ROWTYPE;
    t consent_text%ROWTYPE;
    ends timestamptz := coalesce(p_expires_at, 'infinity');
    waits boolean := p_proof IS NULL OR coalesce(p_basis, '') = '' OR coalesce(p_origin, '') = '';
    n bigint;
BEGIN
    SELECT * INTO u FROM purpose WHERE code = p_purpose;
    SELECT * INTO t FROM consent_text x WHERE x.id = p_text AND x.purpose_id = u.id;
    field := CASE
        WHEN u.id IS NULL THEN 'purpose'
        WHEN t.id IS NULL THEN 'text_id'
        WHEN p_at IS NULL OR p_at > clock_timestamp() + interval '5 minutes' THEN 'at'
        WHEN ends <= p_at THEN 'expires_at'
        WHEN p_proof IS NOT NULL AND NOT EXISTS (SELECT 1 FROM consent_proof f WHERE f.id = p_proof) THEN 'proof_id' END;
    IF field IS NOT NULL THEN RETURN; END IF;
    WITH member AS (
        SELECT k.id, k.msisdn, k.external_id,
               EXISTS (SELECT 1 FROM opt_out o WHERE o.msisdn = k.msisdn AND (o.scope = 'all' OR u.category = 1))
               OR EXISTS (SELECT 1 FROM consent c WHERE c.msisdn = k.msisdn AND c.purpose_id = u.id AND c.channel = 'sms' AND c.state = 3) AS stop
          FROM list_member m JOIN client k ON k.id = m.client_id WHERE m.list_id = p_list),
    ev AS (
        INSERT INTO consent_event AS e (kind, subject, client_id, msisdn, purpose_id, channel, text_id, text_digest, form, at, expires_at,
               source, origin, identity, basis, entered_by, proof_id)
        SELECT CASE WHEN waits THEN 'pending' ELSE 'given' END, coalesce(m.external_id, m.id::text), m.id, m.msisdn, u.id, 'sms', t.id, t.digest,
               coalesce(nullif(p_form, ''), 'list ' || p_list), p_at, ends, 'import', nullif(p_origin, ''), 'declared', nullif(p_basis, ''),
               p_entered_by, p_proof
          FROM member m WHERE NOT m.stop ORDER BY m.msisdn
        RETURNING e.id, e.client_id, e.msisdn),
    st AS (
        INSERT INTO consent AS c (msisdn, purpose_id, channel, client_id, state, event_id, at, valid_to)
        SELECT ev.msisdn, u.id, 'sms', ev.client_id, CASE WHEN waits THEN 2 ELSE 1 END, ev.id, p_at, ends FROM ev
        ON CONFLICT (msisdn, purpose_id, channel, client_id) DO UPDATE
           SET state = excluded.state, event_id = excluded.event_id, at = excluded.at, valid_to = excluded.valid_to
         WHERE excluded.at >= c.at AND c.state <> 3 AND (excluded.state = 1 OR c.state = 2)
        RETURNING 1)
    SELECT (SELECT count(*) FROM ev), (SELECT count(*) FROM member WHERE stop) INTO n, stopped;
    given := CASE WHEN waits THEN 0 ELSE n END;
    pending := CASE WHEN waits THEN n ELSE 0 END;
END $$;

-- ------------------------------------------------------------------------------------ withdrawing

-- The ledger's and the state's side of one withdrawal; the stop is the caller's.
CREATE FUNCTION consent_end(p_msisdn bigint, p_client bigint, p_purpose smallint, p_channel text, p_at timestamptz, p_source text,
    p_origin text, p_entered_by text, p_inbound bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    event bigint;
    holder bigint := coalesce(p_client, (SELECT CASE WHEN count(*) = 1 THEN min(k.id) END
                                           FROM (SELECT c.id FROM client c WHERE c.msisdn = p_msisdn LIMIT 2) k));
BEGIN
    PERFORM pg_advisory_xact_lock(7005, hashint8(p_msisdn));
    INSERT INTO consent_event AS e (kind, subject, client_id, msisdn, purpose_id, channel, at, source, origin, entered_by, inbound_id)
    VALUES ('withdrawn', coalesce((SELECT k.external_id FROM client k WHERE k.id = holder), holder::text, '+' || p_msisdn), holder, p_msisdn,
            p_purpose, p_channel, p_at, p_source, nullif(p_origin, ''), p_entered_by, p_inbound)
    RETURNING e.id INTO event;
    -- Of the number, whoever holds it: the one who reads the messages has spoken.
    UPDATE consent c SET state = 3, event_id = event, valid_to = least(c.valid_to, p_at), at = p_at
     WHERE c.msisdn = p_msisdn AND c.purpose_id = p_purpose AND c.channel = p_channel AND c.at <= p_at;
    INSERT INTO consent (msisdn, purpose_id, channel, client_id, state, event_id, at, valid_to)
    SELECT p_msisdn, p_purpose, p_channel, 0, 3, event, p_at, p_at
     WHERE NOT EXISTS (SELECT 1 FROM consent c WHERE c.msisdn = p_msisdn AND c.purpose_id = p_purpose AND c.channel = p_channel);
    RETURN event;
END $$;

-- A stop withdraws every consent to what it stops, by whatever way the row came in.
CREATE FUNCTION opt_out_withdraws() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.scope = OLD.scope THEN RETURN NULL; END IF;
    IF current_setting('vestnik.withdrawing', true) = 'on' THEN RETURN NULL; END IF; -- consent_withdraw() enters it itself
    PERFORM consent_end(NEW.msisdn, NULL, u.id, 'sms', NEW.at, NEW.source, NEW.origin, NEW.entered_by, NEW.inbound_id)
       FROM purpose u WHERE u.category = 1 OR (NEW.scope = 'all' AND u.legal_basis = 'consent') ORDER BY u.id;
    RETURN NULL;
END $$;
CREATE TRIGGER opt_out_withdraws AFTER INSERT OR UPDATE OF scope ON opt_out FOR EACH ROW EXECUTE FUNCTION opt_out_withdraws();

-- Withdraw the consent of a number to one purpose, whether it ever gave one or not.  Of advertising it is a stop as well: nothing
-- of it leaves from the next claim on.  outcome 'withdrawn', 'superseded' (a consent given after p_at stands), or 'refused' with
-- `field`.  p_at null: now.
CREATE FUNCTION consent_withdraw(p_msisdn bigint, p_client bigint, p_purpose text, p_channel text, p_at timestamptz, p_source text,
    p_origin text, p_entered_by text, p_inbound bigint DEFAULT NULL,
    OUT outcome text, OUT field text, OUT id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    u purpose%ROWTYPE;
    said_at timestamptz := coalesce(p_at, clock_timestamp());
    later boolean;
BEGIN
    SELECT * INTO u FROM purpose WHERE code = p_purpose;
    field := CASE
        WHEN u.id IS NULL THEN 'purpose'
        WHEN p_channel IS DISTINCT FROM 'sms' THEN 'channel'
        WHEN said_at > clock_timestamp() + interval '5 minutes' THEN 'at'
        WHEN coalesce(p_source, '') = '' THEN 'source'
        WHEN coalesce(p_entered_by, '') = '' THEN 'entered_by' END;
    IF field IS NOT NULL THEN outcome := 'refused'; RETURN; END IF;
    PERFORM pg_advisory_xact_lock(7005, hashint8(p_msisdn));
    later := EXISTS (SELECT 1 FROM consent c WHERE c.msisdn = p_msisdn AND c.purpose_id = u.id AND c.channel = p_channel
                        AND c.state = 1 AND c.at > said_at);
    outcome := CASE WHEN later THEN 'superseded' ELSE 'withdrawn' END;
    IF u.category = 1 AND NOT later THEN
        -- A claim reads rows since a minute before its batch was filtered, so the row bears the time it is written at.
        PERFORM set_config('vestnik.withdrawing', 'on', true);
        INSERT INTO opt_out (msisdn, scope, source, origin, entered_by, inbound_id)
        VALUES (p_msisdn, 'advertising', p_source, p_origin, p_entered_by, p_inbound) ON CONFLICT (msisdn) DO NOTHING;
        PERFORM set_config('vestnik.withdrawing', 'off', true);
    END IF;
    id := consent_end(p_msisdn, p_client, u.id, p_channel, said_at, p_source, p_origin, p_entered_by, p_inbound);
END $$;

-- ------------------------------------------------------------------------------------ codes by SMS

-- Send a code and wait for it.  p_texts is the message with the code in it; it goes out like any service message, at most once.
-- outcome 'sent', 'refused' with `field`, or 'often': five codes an hour to a number are enough.
CREATE FUNCTION consent_code_start(p_msisdn bigint, p_client bigint, p_purpose text, p_text bigint, p_form text, p_origin text,
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
    VALUES (1, 0, 1, ARRAY[p_msisdn], ARRAY[p_message], ARRAY[base], p_sender, 1, 2, 3, clock_timestamp() + interval '10 minutes', 'epoch')
    RETURNING chunk.id INTO v_chunk;
    INSERT INTO consent_code AS c (msisdn, client_id, purpose_id, text_id, form, origin, entered_by, consent_days, salt, code_hash,
           message_id, chunk_id)
    VALUES (p_msisdn, p_client, u.id, p_text, p_form, p_origin, p_entered_by, p_days, p_salt, p_hash, base, v_chunk)
    RETURNING c.id, c.expires_at INTO id, expires_at;
    outcome := 'sent';
END $$;

-- Compare a code.  The try is counted before the code is looked at.  outcome 'given' (event_id is the consent), 'wrong' with the
-- tries left, 'over' (five tries, ten minutes, or used already), 'superseded', 'unknown' (no such id).
CREATE FUNCTION consent_code_confirm(p_id bigint, p_code text, OUT outcome text, OUT left_tries integer, OUT event_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    c consent_code%ROWTYPE;
    r record;
BEGIN
    UPDATE consent_code x SET attempts = x.attempts + 1
     WHERE x.id = p_id AND x.attempts < 5 AND x.confirmed_at IS NULL AND x.expires_at > clock_timestamp() RETURNING * INTO c;
    IF NOT FOUND THEN
        outcome := CASE WHEN EXISTS (SELECT 1 FROM consent_code x WHERE x.id = p_id) THEN 'over' ELSE 'unknown' END;
        RETURN;
    END IF;
    left_tries := 5 - c.attempts;
    IF sha256(c.salt || convert_to(p_code, 'UTF8')) <> c.code_hash THEN
        outcome := 'wrong';
        RETURN;
    END IF;
    UPDATE consent_code x SET confirmed_at = clock_timestamp() WHERE x.id = p_id;
    SELECT * INTO r FROM consent_record(c.msisdn, c.client_id, (SELECT u.code FROM purpose u WHERE u.id = c.purpose_id), 'sms', c.text_id, c.form,
        clock_timestamp(), clock_timestamp() + c.consent_days * interval '1 day', 'sms_code', c.origin, 'sms_code', c.entered_by, NULL, NULL, c.id);
    outcome := r.outcome;
    event_id := r.id;
    PERFORM consent_code_mask(100);
END $$;

-- Strike codes that are used or over out of the messages that carried them.  Returns how many.
CREATE FUNCTION consent_code_mask(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    c consent_code%ROWTYPE;
    n integer := 0;
BEGIN
    FOR c IN SELECT * FROM consent_code x
              WHERE NOT x.masked AND (x.confirmed_at IS NOT NULL OR x.expires_at < statement_timestamp())
              ORDER BY x.expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
        -- The id in the text, so that only its day is opened.
        EXECUTE format('UPDATE message SET text = regexp_replace(text, ''[0-9]{6}'', ''******'', ''g'') WHERE id = %s', c.message_id);
        UPDATE chunk k SET texts = ARRAY[regexp_replace(k.texts[1], '[0-9]{6}', '******', 'g')] WHERE k.id = c.chunk_id;
        UPDATE consent_code x SET masked = true WHERE x.id = c.id;
        n := n + 1;
    END LOOP;
    RETURN n;
END $$;

-- ------------------------------------------------------------------------------------ erasing

-- For whoever erases a person: the ledger keeps that somebody agreed and withdrew, not who.  p_pseudonym stands where the number
-- stood, for instance a negative number.  Proofs of nobody else lose their content.  Returns the rows struck.
CREATE FUNCTION consent_strike(p_msisdn bigint, p_pseudonym bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET vestnik.striking = 'on' AS $$
DECLARE
    n bigint;
BEGIN
    UPDATE consent_proof f SET content = ''
     WHERE f.id IN (SELECT e.proof_id FROM consent_event e WHERE e.msisdn = p_msisdn)
       AND NOT EXISTS (SELECT 1 FROM consent_event e WHERE e.proof_id = f.id AND e.msisdn <> p_msisdn);
    UPDATE consent_event SET msisdn = p_pseudonym, subject = 'erased', client_id = NULL,
           origin = CASE WHEN origin IS NOT NULL THEN 'erased' END
     WHERE msisdn = p_msisdn;
    GET DIAGNOSTICS n = ROW_COUNT;
    UPDATE consent_code SET msisdn = p_pseudonym, client_id = NULL, origin = 'erased' WHERE msisdn = p_msisdn;
    DELETE FROM consent WHERE msisdn = p_msisdn;
    DELETE FROM stop_link WHERE msisdn = p_msisdn;
    RETURN n;
END $$;

-- ------------------------------------------------------------------------------------ claiming (gateways)

-- The messages of the slice that batch_claim() has just claimed, in order.  send is false for what must
-- not go: opted out since the batch was filtered (reason 1), without the consent its category needs (20), with one
-- that is over (21), or no longer this batch's or settled meanwhile, by a late receipt say (reason 0).  The
-- confirmation of an opt-out is not stopped by it.
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
               s.batch_id IS NULL AND s.state = 0 AND o.msisdn IS NULL AND (v_purpose IS NULL OR held.says = 2),
               (CASE WHEN o.msisdn IS NOT NULL THEN 1 WHEN v_purpose IS NULL OR held.says = 2 THEN 0 WHEN held.says = 1 THEN 21 ELSE 20 END)::smallint
          FROM message m
          CROSS JOIN LATERAL ( -- OFFSET 0: the planner would rather read all pairs
               SELECT c.state, c.batch_id FROM message_state c
                WHERE c.id = m.id AND c.id >= b.id + b.slice_from AND c.id < b.id + b.claimed OFFSET 0) s
          LEFT JOIN opt_out o ON o.msisdn = m.msisdn AND o.at > b.filtered_at - interval '1 minute'
               AND (o.scope = 'all' OR b.category = 1) AND o.confirmation_id IS DISTINCT FROM m.id
          LEFT JOIN LATERAL ( -- 2 a valid consent, 1 one that is over, 0 none
               SELECT coalesce(max(CASE WHEN c.valid_to > statement_timestamp() THEN 2 ELSE 1 END), 0) AS says FROM consent c
                WHERE v_purpose IS NOT NULL AND c.msisdn = m.msisdn AND c.purpose_id = v_purpose AND c.channel = 'sms' AND c.state = 1
                  AND (c.client_id = 0 OR m.client_id IS NULL OR c.client_id = m.client_id)) held ON true
         WHERE m.id >= b.id + b.slice_from AND m.id < b.id + b.claimed
         ORDER BY m.id;
    ELSE
        RETURN QUERY
        SELECT i.id, m.msisdn, m.text, coalesce(b.part_masks[i.ord], -1),
               s.batch_id = b.id AND s.state IN (0, 2, 3) AND o.msisdn IS NULL AND (v_purpose IS NULL OR held.says = 2),
               (CASE WHEN o.msisdn IS NOT NULL THEN 1 WHEN v_purpose IS NULL OR held.says = 2 THEN 0 WHEN held.says = 1 THEN 21 ELSE 20 END)::smallint
          FROM unnest(b.message_ids[b.slice_from + 1 : b.claimed]) WITH ORDINALITY AS x(id, n)
          CROSS JOIN LATERAL (SELECT x.id, (x.n + b.slice_from)::integer AS ord) i
          JOIN message m ON m.id = i.id AND m.id BETWEEN lowest AND highest
          JOIN message_state s ON s.id = i.id AND s.id BETWEEN lowest AND highest
          LEFT JOIN opt_out o ON o.msisdn = m.msisdn AND o.at > b.filtered_at - interval '1 minute'
               AND (o.scope = 'all' OR b.category = 1) AND o.confirmation_id IS DISTINCT FROM m.id
          LEFT JOIN LATERAL (
               SELECT coalesce(max(CASE WHEN c.valid_to > statement_timestamp() THEN 2 ELSE 1 END), 0) AS says FROM consent c
                WHERE v_purpose IS NOT NULL AND c.msisdn = m.msisdn AND c.purpose_id = v_purpose AND c.channel = 'sms' AND c.state = 1
                  AND (c.client_id = 0 OR m.client_id IS NULL OR c.client_id = m.client_id)) held ON true
         ORDER BY i.ord;
    END IF;
END $$;

-- ------------------------------------------------------------------------------------ rights

-- Whoever may enter consents may do so by these functions alone.
REVOKE ALL ON FUNCTION consent_record, consent_declare, consent_withdraw, consent_end, consent_code_start, consent_code_confirm,
    consent_code_mask, consent_strike, opt_out_withdraws FROM PUBLIC;
GRANT EXECUTE ON FUNCTION consent_record, consent_declare, consent_withdraw, consent_code_start, consent_code_confirm TO vestnik_apid;
GRANT EXECUTE ON FUNCTION consent_withdraw TO vestnik_dlrd;
GRANT EXECUTE ON FUNCTION consent_code_mask TO vestnik_schedulerd;
DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vestnik_crmd') THEN
        GRANT EXECUTE ON FUNCTION consent_record, consent_withdraw TO vestnik_crmd;
        GRANT SELECT ON purpose, consent_text, consent_event TO vestnik_crmd;
        GRANT SELECT (id, digest, at) ON consent_proof TO vestnik_crmd;
    END IF;
END $$;
GRANT SELECT ON purpose, consent, consent_event, consent_text, consent_proof, consent_code, stop_link TO vestnik_apid;
GRANT INSERT ON purpose, consent_text, consent_proof, stop_link TO vestnik_apid;
GRANT UPDATE (name, data_categories, legal_basis, retention, recipients, required, changed_at) ON purpose TO vestnik_apid;
GRANT UPDATE (used_at) ON stop_link TO vestnik_apid;
GRANT SELECT ON purpose, consent TO vestnik_dispatcherd, vestnik_smppd, vestnik_schedulerd;
