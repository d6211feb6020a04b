-- SMPP accounts: what centres do differently from each other, and asking a centre what became of a message.

ALTER TABLE account
    ADD more_hosts        text NOT NULL DEFAULT '' CHECK (length(more_hosts) <= 2000),
    ADD tls_cert_file     text,
    ADD tls_key_file      text,
    ADD password_long     text NOT NULL DEFAULT 'send' CHECK (password_long IN ('send', 'cut', 'refuse')),
    ADD interface_version smallint NOT NULL DEFAULT 52 CHECK (interface_version IN (51, 52, 80)),
    ADD binds_per_min     smallint NOT NULL DEFAULT 60 CHECK (binds_per_min BETWEEN 0 AND 6000),
    ADD bind_timeout_ms   integer NOT NULL DEFAULT 30000 CHECK (bind_timeout_ms BETWEEN 1000 AND 600000),
    ADD submits_per_bind  integer NOT NULL DEFAULT 0 CHECK (submits_per_bind BETWEEN 0 AND 1000000000),
    ADD number_ton        smallint NOT NULL DEFAULT 1 CHECK (number_ton BETWEEN 0 AND 255),
    ADD number_npi        smallint NOT NULL DEFAULT 1 CHECK (number_npi BETWEEN 0 AND 255),
    ADD short_ton         smallint NOT NULL DEFAULT 3 CHECK (short_ton BETWEEN 0 AND 255),
    ADD short_npi         smallint NOT NULL DEFAULT 0 CHECK (short_npi BETWEEN 0 AND 255),
    ADD source_plus       boolean NOT NULL DEFAULT false,
    ADD send_alphabet     text NOT NULL DEFAULT 'gsm' CHECK (send_alphabet IN ('gsm', 'gsm_packed', 'latin1', 'ascii')),
    ADD coding_gsm        smallint NOT NULL DEFAULT 0 CHECK (coding_gsm BETWEEN 0 AND 255),
    ADD coding_ucs2       smallint NOT NULL DEFAULT 8 CHECK (coding_ucs2 BETWEEN 0 AND 255),
    ADD validity_form     text NOT NULL DEFAULT 'relative' CHECK (validity_form IN ('relative', 'absolute', 'none')),
    ADD receipt_wins      text NOT NULL DEFAULT 'tlv' CHECK (receipt_wins IN ('tlv', 'text')),
    ADD acceptd_final     boolean NOT NULL DEFAULT false,
    ADD id_case           text NOT NULL DEFAULT 'fold' CHECK (id_case IN ('fold', 'keep')),
    ADD extra_tlvs        text NOT NULL DEFAULT '' CHECK (length(extra_tlvs) <= 2000),
    ADD status_actions    text NOT NULL DEFAULT '' CHECK (length(status_actions) <= 2000),
    ADD only_ok           boolean NOT NULL DEFAULT false,
    ADD query_after_s     integer NOT NULL DEFAULT 0 CHECK (query_after_s = 0 OR query_after_s BETWEEN 60 AND 604800);
COMMENT ON COLUMN account.more_hosts IS 'further addresses of the same centre, with commas; each may name its port';
COMMENT ON COLUMN account.password_long IS 'a password of more than 8 characters: sent as it is, cut to 8, or refused';
COMMENT ON COLUMN account.interface_version IS 'what binds say: 51 (3.3), 52 (3.4), 80 (5.0)';
COMMENT ON COLUMN account.binds_per_min IS 'tries to bind, over all sessions, in any minute; 0: no limit';
COMMENT ON COLUMN account.submits_per_bind IS 'a session is bound anew after so many submits; 0: never';
COMMENT ON COLUMN account.number_ton IS 'type of number of a sender that is a phone number';
COMMENT ON COLUMN account.short_ton IS 'type of number of a sender that is a short code';
COMMENT ON COLUMN account.send_alphabet IS 'what the centre takes texts for that are not UCS-2';
COMMENT ON COLUMN account.coding_gsm IS 'data_coding of texts in send_alphabet';
COMMENT ON COLUMN account.coding_ucs2 IS 'data_coding of texts in UCS-2';
COMMENT ON COLUMN account.receipt_wins IS 'who is believed where TLVs and text of a receipt disagree';
COMMENT ON COLUMN account.acceptd_final IS 'ACCEPTD is this centre''s last word: it counts as delivered';
COMMENT ON COLUMN account.id_case IS 'fold: ids are the same whatever the case of their letters';
COMMENT ON COLUMN account.extra_tlvs IS 'sent with every submit: tag:value, in hexadecimal digits, with commas';
COMMENT ON COLUMN account.status_actions IS 'what refusals mean at this centre: status=action, with commas';
COMMENT ON COLUMN account.only_ok IS 'deliver_sm is answered with 0 or not at all, nothing is nacked';
COMMENT ON COLUMN account.query_after_s IS 'an accepted part without its receipt is asked after so long; 0: never';

-- The id as it came, where asking for it needs more than what is left of it.
ALTER TABLE receipt_ref ADD raw_id text;
COMMENT ON COLUMN receipt_ref.raw_id IS 'the provider''s id as it came, where it differs from provider_id and may have to be asked for';

-- ------------------------------------------------------------------------------------ asking what became of parts

CREATE TABLE part_query (
    message_id bigint NOT NULL,
    part       smallint NOT NULL,
    account_id smallint NOT NULL REFERENCES account ON DELETE CASCADE,
    asked      smallint NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (message_id, part)
);
CREATE INDEX part_query_due ON part_query (account_id, due_at);
COMMENT ON TABLE part_query IS 'parts whose receipt did not come in time, which their centre is asked about';

CREATE TABLE part_query_mark (
    account_id smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    through    timestamptz NOT NULL
);
COMMENT ON TABLE part_query_mark IS 'how far part_queries_gather() has looked through the batches of an account';
COMMENT ON COLUMN part_query_mark.through IS 'batch.done_at of the last batch looked through';

-- Whether the message of a part still waits for a word about it.
CREATE FUNCTION part_open(p_state smallint, p_delivered bigint, p_failed bigint, p_part smallint) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_state IN (0, 2, 3)
       AND (p_delivered | p_failed) & CASE WHEN p_part = 0 THEN 1 ELSE 1::bigint << (abs(p_part) - 1) END = 0
$$;

-- Look through the batches of an account that were done p_after_s ago, p_batches at a time and three days back at most,
-- and note the parts that are accepted and still without their receipt.  Returns how many batches it looked through.
CREATE FUNCTION part_queries_gather(p_account smallint, p_after_s integer, p_batches integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    mark timestamptz;
    upto timestamptz;
    b record;
    ids bigint[];
    since timestamptz;
    looked integer := 0;
BEGIN
    INSERT INTO part_query_mark (account_id, through) VALUES (p_account, statement_timestamp() - interval '3 days')
        ON CONFLICT (account_id) DO NOTHING;
    SELECT greatest(m.through, statement_timestamp() - interval '3 days') INTO mark
      FROM part_query_mark m WHERE m.account_id = p_account FOR UPDATE;
    -- The last of several that were done in the same moment: none of them is left behind the mark.
    SELECT max(d.done_at) INTO upto
      FROM (SELECT done_at FROM batch
             WHERE state = 3 AND done_at > mark AND done_at <= statement_timestamp() - p_after_s * interval '1 s'
               AND account_id = p_account
             ORDER BY done_at LIMIT p_batches) d;
    IF upto IS NULL THEN
        RETURN 0;
    END IF;
    FOR b IN SELECT o.id, o.message_count, o.message_ids FROM batch o
              WHERE o.state = 3 AND o.done_at > mark AND o.done_at <= upto AND o.account_id = p_account LOOP
        ids := coalesce(b.message_ids, ARRAY(SELECT generate_series(b.id, b.id + b.message_count - 1)));
        since := to_timestamp(((SELECT min(u) FROM unnest(ids) u) >> 32) + 1577836800) - interval '1 day';
        INSERT INTO part_query (message_id, part, account_id)
        SELECT DISTINCT s.id, r.part, p_account
          FROM message_state s
          JOIN receipt_ref r ON r.message_id = s.id AND r.submitted_at >= since AND r.account_id = p_account AND r.provider_id <> ''
         WHERE s.id = ANY (ids) AND s.id BETWEEN (SELECT min(u) FROM unnest(ids) u) AND (SELECT max(u) FROM unnest(ids) u)
           AND part_open(s.state, s.delivered_parts, s.failed_parts, r.part)
        ON CONFLICT (message_id, part) DO NOTHING;
        looked := looked + 1;
    END LOOP;
    UPDATE part_query_mark SET through = upto WHERE account_id = p_account;
    RETURN looked;
END $$;

-- The parts that are due to be asked about, at most p_count, each next due after twice as long as before; what has
-- got its word meanwhile, was asked ten times or is forgotten is dropped.
CREATE FUNCTION part_queries_due(p_account smallint, p_after_s integer, p_count integer)
RETURNS TABLE (provider_id text, raw_id text, msisdn bigint, sender text)
LANGUAGE plpgsql AS $$
DECLARE
    q record;
    r record;
    since timestamptz;
BEGIN
    FOR q IN SELECT p.message_id, p.part, p.asked FROM part_query p
              WHERE p.account_id = p_account AND p.due_at <= statement_timestamp()
              ORDER BY p.due_at LIMIT p_count FOR UPDATE SKIP LOCKED LOOP
        since := to_timestamp((q.message_id >> 32) + 1577836800) - interval '1 day';
        r := NULL;
        IF q.asked < 10 THEN
            SELECT f.provider_id, coalesce(f.raw_id, f.provider_id) AS raw_id, f.msisdn, h.sender INTO r
              FROM message_state s
              JOIN batch h ON h.id = q.message_id & ~255::bigint
              JOIN receipt_ref f ON f.message_id = q.message_id AND f.part = q.part AND f.submitted_at >= since
                   AND f.account_id = p_account
             WHERE s.id = q.message_id
               AND part_open(s.state, s.delivered_parts, s.failed_parts, q.part)
             ORDER BY f.attempt DESC LIMIT 1;
        END IF;
        IF r IS NULL OR r.provider_id IS NULL THEN
            DELETE FROM part_query d WHERE d.message_id = q.message_id AND d.part = q.part;
            CONTINUE;
        END IF;
        UPDATE part_query u
           SET asked = u.asked + 1,
               due_at = clock_timestamp() + least(p_after_s * 2 ^ u.asked, 86400) * interval '1 s'
         WHERE u.message_id = q.message_id AND u.part = q.part;
        provider_id := r.provider_id;
        raw_id := r.raw_id;
        msisdn := r.msisdn;
        sender := r.sender;
        RETURN NEXT;
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON part_query TO vestnik_smppd;
GRANT SELECT, INSERT, UPDATE ON part_query_mark TO vestnik_smppd;
