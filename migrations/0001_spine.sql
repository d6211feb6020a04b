-- The spine: clients, campaigns, runs, chunks, batches, messages, receipts.
--
-- Numbers stored in smallint columns are those of common/model/message.h.
-- On the message path there is no trigger, no foreign key, no NOTIFY and no index on a changing column.
--
-- Two rules for statements, both measured:
-- What an index is to find by time is compared with statement_timestamp(): clock_timestamp() is volatile, so
-- a comparison with it reads the whole index (482 ms for the batches done in the last 5 s among a million).
-- Whoever joins ids to message or message_state also names their range, lowest and highest: partitions of
-- three years are otherwise all planned, opened and locked by every statement (at 1,000 days 7,036 locks
-- and 500 ms where 38 and 1 ms do).

-- ------------------------------------------------------------------------------------ people's side

CREATE TABLE token (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (name <> ''),
    secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at  timestamptz
);
COMMENT ON TABLE token IS 'API tokens; only the SHA-256 of the secret is kept';

CREATE TABLE client (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id text CHECK (external_id <> ''),
    msisdn      bigint NOT NULL,
    last_name   text,
    first_name  text,
    middle_name text,
    attrs       text[],
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX client_external_id ON client (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX client_msisdn_alone ON client (msisdn) WHERE external_id IS NULL;
CREATE INDEX client_msisdn ON client (msisdn);
COMMENT ON COLUMN client.attrs IS 'values of client_attribute by slot, so that a text reads one array element and no JSON';

CREATE TABLE client_attribute (
    slot       smallint PRIMARY KEY CHECK (slot BETWEEN 1 AND 500),
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE client_attribute IS 'what client.attrs[slot] means; a placeholder {name} reads it';

CREATE TABLE list (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE list_member (
    list_id   bigint NOT NULL,
    client_id bigint NOT NULL,
    PRIMARY KEY (list_id, client_id)
);

CREATE TABLE import (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_name   text NOT NULL,
    list_id     bigint,
    on_error    text NOT NULL CHECK (on_error IN ('refuse', 'skip')),
    status      text NOT NULL CHECK (status IN ('running', 'done', 'refused', 'failed', 'cancelled')),
    rows_read   bigint NOT NULL DEFAULT 0,
    rows_bad    bigint NOT NULL DEFAULT 0,
    rows_repeated bigint NOT NULL DEFAULT 0,
    clients_new bigint NOT NULL DEFAULT 0,
    clients_changed bigint NOT NULL DEFAULT 0,
    encoding    text,
    separator   text,
    problem     text,
    token_id    bigint,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
);
CREATE TABLE import_bad_row (
    import_id bigint NOT NULL REFERENCES import ON DELETE CASCADE,
    line      bigint NOT NULL,
    field     text NOT NULL,
    problem   text NOT NULL,
    raw       text NOT NULL,
    PRIMARY KEY (import_id, line)
);
COMMENT ON TABLE import_bad_row IS 'rows of a file that were not taken, as they stood there, with the reason';

CREATE TABLE opt_out (
    msisdn bigint PRIMARY KEY,
    scope  text NOT NULL DEFAULT 'all' CHECK (scope IN ('advertising', 'all')),
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    source text NOT NULL DEFAULT 'api'
);
COMMENT ON TABLE opt_out IS 'numbers that said stop: of advertising, or of everything';

-- ------------------------------------------------------------------------------------ accounts

CREATE TABLE account (
    id               smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name             text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
    enabled          boolean NOT NULL DEFAULT true,
    price_micro      bigint NOT NULL DEFAULT 0 CHECK (price_micro >= 0),
    parts_per_s      integer NOT NULL DEFAULT 0 CHECK (parts_per_s >= 0),
    host             text NOT NULL,
    port             integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    tls              text NOT NULL DEFAULT 'off' CHECK (tls IN ('off', 'on', 'insecure')),
    tls_ca_file      text,
    tls_server_name  text,
    bind_mode        text NOT NULL DEFAULT 'trx' CHECK (bind_mode IN ('trx', 'tx_rx')),
    sessions         smallint NOT NULL DEFAULT 1 CHECK (sessions BETWEEN 1 AND 32),
    window_size      smallint NOT NULL DEFAULT 10 CHECK (window_size BETWEEN 1 AND 10000),
    system_id        text NOT NULL CHECK (length(system_id) <= 15),
    system_type      text NOT NULL DEFAULT '' CHECK (length(system_type) <= 12),
    address_range    text NOT NULL DEFAULT '' CHECK (length(address_range) <= 40),
    bind_ton         smallint NOT NULL DEFAULT 0 CHECK (bind_ton BETWEEN 0 AND 255),
    bind_npi         smallint NOT NULL DEFAULT 0 CHECK (bind_npi BETWEEN 0 AND 255),
    service_type     text NOT NULL DEFAULT '' CHECK (length(service_type) <= 5),
    source_ton       smallint NOT NULL DEFAULT 5 CHECK (source_ton BETWEEN 0 AND 255),
    source_npi       smallint NOT NULL DEFAULT 0 CHECK (source_npi BETWEEN 0 AND 255),
    dest_ton         smallint NOT NULL DEFAULT 1 CHECK (dest_ton BETWEEN 0 AND 255),
    dest_npi         smallint NOT NULL DEFAULT 1 CHECK (dest_npi BETWEEN 0 AND 255),
    dest_plus        boolean NOT NULL DEFAULT false,
    split            text NOT NULL DEFAULT 'udh8' CHECK (split IN ('udh8', 'udh16', 'sar', 'payload')),
    max_parts        smallint NOT NULL DEFAULT 10 CHECK (max_parts BETWEEN 1 AND 63),
    registered_delivery smallint NOT NULL DEFAULT 1 CHECK (registered_delivery BETWEEN 0 AND 255),
    receipt_parts    text NOT NULL DEFAULT 'all' CHECK (receipt_parts IN ('all', 'any')),
    receipt_zone_s   integer NOT NULL DEFAULT 10800 CHECK (receipt_zone_s BETWEEN -50400 AND 50400),
    id_response_base text NOT NULL DEFAULT 'as_is' CHECK (id_response_base IN ('as_is', 'hex_to_dec', 'dec_to_hex')),
    id_receipt_base  text NOT NULL DEFAULT 'as_is' CHECK (id_receipt_base IN ('as_is', 'hex_to_dec', 'dec_to_hex')),
    id_strip_zeros   boolean NOT NULL DEFAULT true,
    validity_max_s   integer NOT NULL DEFAULT 259200 CHECK (validity_max_s BETWEEN 60 AND 2592000),
    user_reference   boolean NOT NULL DEFAULT false,
    enquire_link_ms  integer NOT NULL DEFAULT 30000 CHECK (enquire_link_ms BETWEEN 1000 AND 600000),
    response_timeout_ms integer NOT NULL DEFAULT 60000 CHECK (response_timeout_ms BETWEEN 100 AND 600000),
    reconnect_min_ms integer NOT NULL DEFAULT 5000 CHECK (reconnect_min_ms BETWEEN 100 AND 600000),
    retry_max        smallint NOT NULL DEFAULT 5 CHECK (retry_max BETWEEN 0 AND 100),
    changed_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE account IS 'an SMPP account at an operator or aggregator and everything peculiar about it';
COMMENT ON COLUMN account.price_micro IS 'millionths of the currency unit for one part';
COMMENT ON COLUMN account.parts_per_s IS 'limit over all sessions; 0 is none';
COMMENT ON COLUMN account.receipt_parts IS 'all: every part gets a receipt; any: the provider sends one for the whole message';

CREATE TABLE account_secret (
    account_id smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    password   text NOT NULL
);
COMMENT ON TABLE account_secret IS 'apart from account, so that only smppd reads it';

-- Who owns an account. `until` is database time; epoch grows at each takeover; down_since is set while
-- the holder has no session that can send.
CREATE TABLE account_lease (
    account_id smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    owner      text NOT NULL,
    epoch      integer NOT NULL,
    until      timestamptz NOT NULL,
    down_since timestamptz,
    stopped    text
);
COMMENT ON COLUMN account_lease.stopped IS 'why the holder does not even try (wrong password, wrong settings), for a person; cleared when the account changes';

-- ------------------------------------------------------------------------------------ campaigns and runs

CREATE TABLE campaign (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL CHECK (name <> ''),
    text        text NOT NULL CHECK (text <> ''),
    sender      text NOT NULL CHECK (sender <> '' AND length(sender) <= 20),
    class       smallint NOT NULL CHECK (class IN (1, 2, 3)),
    category    smallint NOT NULL CHECK (category BETWEEN 1 AND 5),
    list_id     bigint,
    account_id  smallint,
    priority    smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 9),
    max_parts   smallint NOT NULL DEFAULT 6 CHECK (max_parts BETWEEN 1 AND 63),
    validity_s  integer NOT NULL DEFAULT 86400 CHECK (validity_s BETWEEN 60 AND 2592000),
    pace_per_min integer CHECK (pace_per_min > 0),
    start_at    timestamptz,
    status      text NOT NULL DEFAULT 'draft'
                CHECK (status IN ('draft', 'planned', 'running', 'paused', 'finished', 'cancelled', 'failed')),
    problem     text,
    token_id    bigint,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    launched_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX campaign_due ON campaign (start_at) WHERE status = 'planned';
COMMENT ON COLUMN campaign.list_id IS 'null: all clients';
COMMENT ON COLUMN campaign.account_id IS 'null: the routing decides';

-- One occurrence of a campaign.  `paused` and `cancelled` are read by every claim.
CREATE TABLE run (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id  bigint NOT NULL REFERENCES campaign,
    occurrence   integer NOT NULL DEFAULT 1,
    status       text NOT NULL CHECK (status IN ('snapshot', 'running', 'paused', 'cancelled', 'finished', 'failed')),
    audience     bigint NOT NULL DEFAULT 0,
    duplicates   bigint NOT NULL DEFAULT 0,
    chunks       integer NOT NULL DEFAULT 0,
    deadline     timestamptz NOT NULL,
    swept_at     timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    snapshot_at  timestamptz,
    finished_at  timestamptz,
    UNIQUE (campaign_id, occurrence)
);
CREATE INDEX run_open ON run (id) WHERE status NOT IN ('finished', 'failed');
COMMENT ON COLUMN run.swept_at IS 'a cancelled run: when the last unsent message was marked cancelled';

-- What happened to a run's messages, per worker so that no row is hot; sums are the truth.  Run 0
-- counts messages of the API.  accepted counts messages ever accepted; the fates are current.
CREATE TABLE run_count (
    run_id      bigint NOT NULL,
    slot        smallint NOT NULL,
    messages    bigint NOT NULL DEFAULT 0,
    parts       bigint NOT NULL DEFAULT 0,
    cost_micro  bigint NOT NULL DEFAULT 0,
    suppressed  bigint NOT NULL DEFAULT 0,
    accepted    bigint NOT NULL DEFAULT 0,
    unknown     bigint NOT NULL DEFAULT 0,
    cancelled   bigint NOT NULL DEFAULT 0,
    failed      bigint NOT NULL DEFAULT 0,
    rejected    bigint NOT NULL DEFAULT 0,
    expired     bigint NOT NULL DEFAULT 0,
    undelivered bigint NOT NULL DEFAULT 0,
    delivered   bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, slot)
) WITH (fillfactor = 50);

-- A piece of the snapshot (about 1,000 clients), or of an API request (run_id null; texts and
-- base_ids set: message i has id base_ids[(i-1)/200+1] + (i-1)%200).
CREATE TABLE chunk (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id        bigint,
    no            integer,
    state         smallint NOT NULL DEFAULT 0,
    lane          smallint NOT NULL,
    size          integer NOT NULL,
    client_ids    bigint[],
    msisdns       bigint[] NOT NULL,
    texts         text[],
    base_ids      bigint[],
    sender        text,
    class         smallint,
    category      smallint,
    account_id    smallint,
    max_parts     smallint,
    deadline      timestamptz,
    publish_count smallint NOT NULL DEFAULT 0,
    published_at  timestamptz,
    taken         smallint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (run_id, no)
);
CREATE INDEX chunk_waiting ON chunk (run_id, id) WHERE state = 0;
CREATE INDEX chunk_released ON chunk (id) WHERE state = 1;
CREATE INDEX chunk_stuck ON chunk (id) WHERE state = 3;

-- The same key with the same request gives the same answer for 72 h.
CREATE TABLE idempotency (
    token_id     bigint NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL,
    answer       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (token_id, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- ------------------------------------------------------------------------------------ the message path

-- Steps by 256: one step is one home batch.  The database clock and this sequence make message ids.
CREATE SEQUENCE message_seq AS bigint INCREMENT 256 MINVALUE 0 MAXVALUE 4294967040 START 0 CYCLE CACHE 1;

CREATE FUNCTION message_base_ids(n integer) RETURNS bigint[]
LANGUAGE plpgsql VOLATILE AS $$ -- not sql: PostgreSQL would plan it anew at each call
BEGIN
    RETURN (SELECT array_agg(((floor(extract(epoch FROM clock_timestamp()))::bigint - 1577836800) << 32) | nextval('message_seq'))
              FROM generate_series(1, n));
END $$;
COMMENT ON FUNCTION message_base_ids IS 'ids of the first messages of n home batches';

-- At most 200 messages of one account.  A home batch holds messages id .. id + message_count - 1; another
-- (a retry, a second account of one request) lists its message_ids and, when only some parts are to go,
-- part_masks.  Positions below `claimed` were handed to a gateway, `answered` of them are settled.
CREATE TABLE batch (
    id            bigint PRIMARY KEY,
    run_id        bigint,
    account_id    smallint NOT NULL,
    state         smallint NOT NULL DEFAULT 0,
    lane          smallint NOT NULL,
    priority      smallint NOT NULL DEFAULT 5,
    class         smallint NOT NULL,
    category      smallint NOT NULL,
    attempt       smallint NOT NULL DEFAULT 1,
    message_count smallint NOT NULL,
    claimed       smallint NOT NULL DEFAULT 0,
    slice_from    smallint NOT NULL DEFAULT 0,
    answered      smallint NOT NULL DEFAULT 0,
    epoch         integer NOT NULL DEFAULT 0,
    publish_count smallint NOT NULL DEFAULT 0,
    taken         smallint NOT NULL DEFAULT 0,
    swept         boolean NOT NULL DEFAULT false,
    pinned        boolean NOT NULL DEFAULT false,
    parts         integer NOT NULL,
    sender        text NOT NULL,
    deadline      timestamptz NOT NULL,
    filtered_at   timestamptz NOT NULL,
    published_at  timestamptz,
    claimed_at    timestamptz,
    done_at       timestamptz,
    message_ids   bigint[],
    part_masks    bigint[]
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON COLUMN batch.pinned IS 'somebody chose the account: never routed anew';
COMMENT ON COLUMN batch.swept IS 'deadline over and nothing of it is open any more';
CREATE INDEX batch_waiting ON batch (account_id, lane, run_id, id) WHERE state = 0;
CREATE INDEX batch_published ON batch (account_id) WHERE state = 1;
CREATE INDEX batch_claimed ON batch (account_id) WHERE state = 2;
CREATE INDEX batch_done ON batch (done_at) WHERE state = 3;
CREATE INDEX batch_unswept ON batch (deadline) WHERE NOT swept;
CREATE INDEX batch_run ON batch (run_id, id);

-- Insert-only.  Sender, class, category, run and deadline stand on the home batch: id & ~255.
CREATE TABLE message (
    id          bigint NOT NULL,
    client_id   bigint,
    msisdn      bigint NOT NULL,
    price_micro bigint NOT NULL,
    parts       smallint NOT NULL,
    encoding    smallint NOT NULL,
    text        text NOT NULL
) PARTITION BY RANGE (id);
ALTER TABLE message ADD PRIMARY KEY (id);
CREATE INDEX message_msisdn ON message (msisdn);

-- The only thing that changes about a message; narrow and half empty, so that updates stay HOT.
-- state 0 with receipt_ref rows is `accepted`, with a batch that claimed it `claimed`: message_view.
CREATE TABLE message_state (
    id              bigint NOT NULL,
    delivered_parts bigint NOT NULL DEFAULT 0,
    failed_parts    bigint NOT NULL DEFAULT 0,
    reason          integer NOT NULL DEFAULT 0,
    state           smallint NOT NULL DEFAULT 0,
    prev_state      smallint NOT NULL DEFAULT 0,
    attempt         smallint NOT NULL DEFAULT 1,
    batch_id        bigint
) PARTITION BY RANGE (id);
ALTER TABLE message_state ADD PRIMARY KEY (id);
COMMENT ON COLUMN message_state.prev_state IS 'state before the last change: every UPDATE of state sets it, so that RETURNING shows both and the counts stay exact without a second look-up';
COMMENT ON COLUMN message_state.batch_id IS 'null: the home batch sends it; else the batch of the current attempt';

-- One row a part a provider accepted: how its receipt finds the message.  Partitioned by submit day.
CREATE TABLE receipt_ref (
    submitted_at timestamptz NOT NULL,
    ref_key      bigint NOT NULL,
    message_id   bigint NOT NULL,
    msisdn       bigint NOT NULL,
    run_id       bigint NOT NULL,
    account_id   smallint NOT NULL,
    attempt      smallint NOT NULL,
    part         smallint NOT NULL,
    parts        smallint NOT NULL,
    provider_id  text NOT NULL
) PARTITION BY RANGE (submitted_at);
CREATE INDEX receipt_ref_key ON receipt_ref (ref_key);
CREATE INDEX receipt_ref_message ON receipt_ref (message_id);
COMMENT ON COLUMN receipt_ref.ref_key IS 'hash of account and normalised provider id (receipt_ref_key in C)';
COMMENT ON COLUMN receipt_ref.part IS 'n: part n; -n: part n, and a receipt for it covers the whole message; 0: the whole message in one PDU';
COMMENT ON COLUMN receipt_ref.run_id IS '0 for messages of the API';

-- Every answer that was not yes.
CREATE TABLE refusal (
    at         timestamptz NOT NULL,
    message_id bigint NOT NULL,
    account_id smallint NOT NULL,
    attempt    smallint NOT NULL,
    part       smallint NOT NULL,
    status     bigint NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX refusal_message ON refusal (message_id);
COMMENT ON COLUMN refusal.status IS 'SMPP command_status';

-- Every receipt, as it came.
CREATE TABLE receipt (
    received_at timestamptz NOT NULL,
    message_id  bigint NOT NULL,
    done_at     timestamptz,
    account_id  smallint NOT NULL,
    part        smallint NOT NULL,
    state       smallint NOT NULL,
    err         text
) PARTITION BY RANGE (received_at);
CREATE INDEX receipt_message ON receipt (message_id);

-- Receipts whose message is not known yet: joined again after 1, 5, 30 s, then every 5 min for 72 h.
CREATE TABLE parked_receipt (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ref_key     bigint NOT NULL,
    account_id  smallint NOT NULL,
    msisdn      bigint NOT NULL,
    state       smallint NOT NULL,
    tries       smallint NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    done_at     timestamptz,
    provider_id text NOT NULL,
    err         text
);
CREATE INDEX parked_receipt_due ON parked_receipt (next_try_at);

-- What was claimed and has no known answer.  outcome 0: open (stays unknown), 1: sent again,
-- 2: settled by a late answer or receipt.
CREATE TABLE doubt (
    message_id bigint NOT NULL,
    attempt    smallint NOT NULL,
    batch_id   bigint NOT NULL,
    account_id smallint NOT NULL,
    msisdn     bigint NOT NULL,
    parts_mask bigint NOT NULL,
    epoch      integer NOT NULL,
    outcome    smallint NOT NULL DEFAULT 0,
    found_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    PRIMARY KEY (message_id, attempt)
);
CREATE INDEX doubt_open ON doubt (msisdn) WHERE outcome = 0;

-- A message to be sent again when due; schedulerd gathers due rows into batches.
CREATE TABLE retry (
    message_id bigint PRIMARY KEY,
    account_id smallint NOT NULL,
    parts_mask bigint NOT NULL,
    due_at     timestamptz NOT NULL,
    reason     integer NOT NULL
);
CREATE INDEX retry_due ON retry (due_at);
COMMENT ON COLUMN retry.parts_mask IS 'bit p-1: part p is to go; -1: all';

-- Who of the snapshot (or of an API request: message_id set) gets no message, and why.
CREATE TABLE suppression (
    run_id     bigint,
    client_id  bigint,
    msisdn     bigint NOT NULL,
    message_id bigint,
    reason     smallint NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX suppression_run ON suppression (run_id, client_id);
CREATE INDEX suppression_message ON suppression (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX suppression_msisdn ON suppression (msisdn);
CREATE INDEX suppression_at ON suppression USING brin (at);

-- ------------------------------------------------------------------------------------ partitions

-- Daily partitions of every partitioned table from yesterday to `days` ahead; owner's rights, so that
-- schedulerd needs none of its own.  Created alone and then attached, so that no reader waits long.
CREATE FUNCTION partitions_ensure(days integer DEFAULT 2) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made integer := 0;
    d date;
    t text;
    name text;
    lower_bound text;
    upper_bound text;
    extra text;
BEGIN
    PERFORM pg_advisory_xact_lock(7001);
    FOR d IN SELECT generate_series((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + days, '1 day')::date LOOP
        FOREACH t IN ARRAY ARRAY['message', 'message_state', 'receipt_ref', 'refusal', 'receipt'] LOOP
            name := t || '_' || to_char(d, 'YYYYMMDD');
            CONTINUE WHEN to_regclass(name) IS NOT NULL;
            IF t IN ('message', 'message_state') THEN
                lower_bound := (((d - date '1970-01-01')::bigint * 86400 - 1577836800) << 32)::text;
                upper_bound := (((d + 1 - date '1970-01-01')::bigint * 86400 - 1577836800) << 32)::text;
            ELSE
                lower_bound := quote_literal(d::text || ' 00:00:00+00');
                upper_bound := quote_literal((d + 1)::text || ' 00:00:00+00');
            END IF;
            extra := CASE t WHEN 'message_state' THEN ' WITH (fillfactor = 45)' ELSE '' END;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)%s', name, t, extra);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', t, name, lower_bound, upper_bound);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
SELECT partitions_ensure();

-- ------------------------------------------------------------------------------------ claiming (gateways)

-- Claim the next slice of one batch for the holder of its account's lease: positions slice_from ..
-- claimed - 1, whole messages, at most max_parts parts but at least one message.  Commit before a byte
-- leaves; read the slice with batch_slice() in the same transaction.  Positions without a message (an
-- API message that was suppressed) count as settled: slice_to - slice_from less the rows of batch_slice().
--
-- outcome: 'claimed'; 'done' (nothing left); 'busy' (somebody has it locked); 'no_lease'; 'stopped' (run paused: the batch
-- waits in the database again); 'cancelled'; 'expired' (deadline over: schedulerd settles it);
-- 'elsewhere' (the batch belongs to another account now, or does not exist, or is stuck).
CREATE FUNCTION batch_claim(p_batch bigint, p_account smallint, p_owner text, p_epoch integer, p_max_parts integer,
    OUT outcome text, OUT run_id bigint, OUT lane smallint, OUT class smallint, OUT category smallint, OUT attempt smallint, OUT sender text,
    OUT deadline timestamptz, OUT slice_from smallint, OUT slice_to smallint, OUT message_count smallint)
LANGUAGE plpgsql AS $$
DECLARE
    b batch%ROWTYPE;
    run_status text;
    upto smallint;
    lowest bigint;
    highest bigint;
BEGIN
    PERFORM 1 FROM account_lease l
      WHERE l.account_id = p_account AND l.owner = p_owner AND l.epoch = p_epoch FOR SHARE;
    IF NOT FOUND THEN outcome := 'no_lease'; RETURN; END IF;
    SELECT * INTO b FROM batch WHERE batch.id = p_batch FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        outcome := CASE WHEN EXISTS (SELECT 1 FROM batch WHERE batch.id = p_batch) THEN 'busy' ELSE 'elsewhere' END;
        RETURN;
    END IF;
    IF b.account_id <> p_account OR b.state = 4 THEN outcome := 'elsewhere'; RETURN; END IF;
    IF b.state = 3 OR b.claimed >= b.message_count THEN outcome := 'done'; RETURN; END IF;
    IF b.state = 2 AND b.epoch <> p_epoch THEN outcome := 'busy'; RETURN; END IF;
    IF b.run_id IS NOT NULL THEN
        SELECT r.status INTO run_status FROM run r WHERE r.id = b.run_id;
        IF run_status = 'cancelled' THEN outcome := 'cancelled';
        ELSIF run_status <> 'running' THEN outcome := 'stopped'; END IF;
    END IF;
    IF outcome IS NULL AND b.deadline <= clock_timestamp() THEN outcome := 'expired'; END IF;
    IF outcome IS NOT NULL THEN
        UPDATE batch SET state = 0, published_at = NULL WHERE batch.id = p_batch AND state IN (1, 2);
        RETURN;
    END IF;

    IF b.claimed = 0 AND b.parts <= p_max_parts OR b.message_count - b.claimed = 1 THEN
        upto := b.message_count; -- all that is left, without looking at its messages
    ELSIF b.message_ids IS NULL THEN
        SELECT max(x.pos) + 1 INTO upto FROM (
            SELECT (m.id - b.id)::smallint AS pos, sum(m.parts) OVER (ORDER BY m.id) AS total, row_number() OVER (ORDER BY m.id) AS n
              FROM message m WHERE m.id >= b.id + b.claimed AND m.id < b.id + b.message_count) x
         WHERE x.total <= p_max_parts OR x.n = 1;
    ELSE
        SELECT min(u), max(u) INTO lowest, highest FROM unnest(b.message_ids) u;
        SELECT max(x.pos) + 1 INTO upto FROM (
            SELECT (i.ord - 1)::smallint AS pos, sum(m.parts) OVER (ORDER BY i.ord) AS total, row_number() OVER (ORDER BY i.ord) AS n
              FROM unnest(b.message_ids) WITH ORDINALITY AS i(id, ord)
              JOIN message m ON m.id = i.id AND m.id BETWEEN lowest AND highest
             WHERE i.ord > b.claimed) x
         WHERE x.total <= p_max_parts OR x.n = 1;
    END IF;
    upto := coalesce(upto, b.message_count);

    UPDATE batch SET state = 2, slice_from = b.claimed, claimed = upto, epoch = p_epoch, claimed_at = clock_timestamp()
     WHERE batch.id = p_batch;
    outcome := 'claimed'; run_id := b.run_id; lane := b.lane; class := b.class; category := b.category; attempt := b.attempt;
    sender := b.sender; deadline := b.deadline; slice_from := b.claimed; slice_to := upto; message_count := b.message_count;
END $$;

-- The messages of the slice that batch_claim() has just claimed, in order.  send is false for what must
-- not go: opted out since the batch was filtered (reason 1), or no longer this batch's or settled meanwhile,
-- by a late receipt say (reason 0).
CREATE FUNCTION batch_slice(p_batch bigint)
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
               AND (o.scope = 'all' OR b.category = 1)
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
               AND (o.scope = 'all' OR b.category = 1)
         ORDER BY i.ord;
    END IF;
END $$;

-- Give back positions p_from .. p_to - 1, claimed and never written; what was claimed must end there.  The
-- batch waits in the database again.  Only by the epoch that claimed it, before it claims more of it.
CREATE FUNCTION batch_unclaim(p_batch bigint, p_epoch integer, p_from integer, p_to integer) RETURNS boolean
LANGUAGE sql AS $$
    UPDATE batch SET claimed = p_from, slice_from = least(slice_from, p_from)::smallint,
           state = CASE WHEN state = 2 THEN 0 ELSE state END
     WHERE id = p_batch AND epoch = p_epoch AND state IN (0, 1, 2) AND claimed = p_to AND p_from BETWEEN answered AND p_to
    RETURNING true
$$;

-- Add settled positions; a batch with all settled is done.  Only for the epoch that claimed them: after
-- a takeover account_recover() has settled them already.
CREATE FUNCTION batch_answer(p_batches bigint[], p_counts integer[], p_epoch integer) RETURNS void
LANGUAGE plpgsql AS $$ -- not sql: PostgreSQL would plan it anew at each call
BEGIN
    UPDATE batch b SET answered = b.answered + x.n,
           state = CASE WHEN b.answered + x.n >= b.message_count THEN 3 ELSE b.state END,
           done_at = CASE WHEN b.answered + x.n >= b.message_count THEN clock_timestamp() ELSE b.done_at END
      FROM (SELECT u.id, sum(u.n)::integer AS n FROM unnest(p_batches, p_counts) AS u(id, n) GROUP BY u.id ORDER BY u.id) x
     WHERE b.id = x.id AND b.epoch = p_epoch;
END $$;

-- Give messages a fate that is not a receipt's: cancelled 4, failed 5, or unknown 3 (no receipt came).
-- Only open messages (queued, accepted, unknown) take it.  Ids ascending.  Returns how many changed.
CREATE FUNCTION messages_settle(p_ids bigint[], p_states smallint[], p_reasons integer[], p_runs bigint[], p_slot smallint)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    changed integer;
    lowest bigint;
    highest bigint;
BEGIN
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(p_ids) u;
    WITH upd AS (
        UPDATE message_state s SET prev_state = s.state, state = i.state, reason = i.reason
          FROM (SELECT u.id, u.state, u.reason, u.run FROM unnest(p_ids, p_states, p_reasons, p_runs) AS u(id, state, reason, run)
                 ORDER BY u.id) i
         WHERE s.id = i.id AND s.id BETWEEN lowest AND highest AND s.state IN (0, 2, 3) AND s.state <> i.state
        RETURNING i.run, s.state, s.prev_state),
    cnt AS (
        INSERT INTO run_count (run_id, slot, unknown, cancelled, failed)
        SELECT coalesce(run, 0), p_slot, count(*) FILTER (WHERE state = 3) - count(*) FILTER (WHERE prev_state = 3),
               count(*) FILTER (WHERE state = 4), count(*) FILTER (WHERE state = 5)
          FROM upd GROUP BY 1 ORDER BY 1
        ON CONFLICT (run_id, slot) DO UPDATE SET unknown = run_count.unknown + excluded.unknown,
               cancelled = run_count.cancelled + excluded.cancelled, failed = run_count.failed + excluded.failed
        RETURNING 1)
    SELECT count(*) INTO changed FROM upd;
    RETURN changed;
END $$;

-- What receipts say, gathered by message (ids ascending, no id twice): parts delivered and parts failed
-- as bits, all_masks the bits of a whole message, fail_states the state a failure means (6, 7, 8; 3 for
-- "unknown"; 0 none).  The state follows from both bit sets in the same UPDATE, so that two dlrd with a
-- part each both end right.
CREATE FUNCTION receipts_apply(p_ids bigint[], p_delivered bigint[], p_failed bigint[], p_all_masks bigint[],
    p_fail_states smallint[], p_runs bigint[], p_slot smallint)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    changed integer := 0;
    lowest bigint := p_ids[1];
    highest bigint := p_ids[cardinality(p_ids)];
    g record;
    u record;
BEGIN
    -- Nearly always all say the same, and one UPDATE without any join changes them in the order of ids: a join
    -- with the range of ids reads all pairs (5 s for 4,000), because thousands of ids of one second look like none.
    -- Those of several groups are locked first, so that two dlrd cannot wait for each other.
    IF EXISTS (SELECT 1 FROM unnest(p_delivered, p_failed, p_all_masks, p_fail_states, p_runs) AS x(d, f, m, fs, run)
                WHERE (x.d, x.f, x.m, x.fs) <> (p_delivered[1], p_failed[1], p_all_masks[1], p_fail_states[1])
                   OR x.run IS DISTINCT FROM p_runs[1]) THEN
        PERFORM 1 FROM message_state s
          WHERE s.id = ANY ((SELECT p_ids)::bigint[]) AND s.id BETWEEN lowest AND highest ORDER BY s.id FOR UPDATE;
    END IF;
    FOR g IN SELECT x.d, x.f, x.m, x.fs, x.run, array_agg(x.id ORDER BY x.id) AS ids
               FROM unnest(p_ids, p_delivered, p_failed, p_all_masks, p_fail_states, p_runs) AS x(id, d, f, m, fs, run)
              GROUP BY x.d, x.f, x.m, x.fs, x.run ORDER BY coalesce(x.run, 0) LOOP
        WITH upd AS (
            UPDATE message_state s
               SET prev_state = s.state,
                   delivered_parts = s.delivered_parts | g.d,
                   failed_parts = (s.failed_parts | g.f) & ~(s.delivered_parts | g.d),
                   state = CASE
                       WHEN s.state = 9 THEN 9
                       WHEN ((s.delivered_parts | g.d) & g.m) = g.m THEN 9
                       WHEN s.state IN (0, 2, 3) AND (s.failed_parts | g.f) & ~(s.delivered_parts | g.d) <> 0 AND g.fs >= 6 THEN g.fs
                       WHEN s.state IN (0, 2) AND g.fs = 3 THEN 3
                       WHEN s.state = 3 AND g.fs <> 3 THEN 2
                       ELSE s.state END,
                   reason = CASE WHEN s.state = 3 AND g.fs <> 3 OR ((s.delivered_parts | g.d) & g.m) = g.m THEN 0 ELSE s.reason END
             WHERE s.id = ANY ((SELECT g.ids)::bigint[]) AND s.id BETWEEN lowest AND highest
            RETURNING s.id, s.state, s.prev_state)
        SELECT count(*) FILTER (WHERE state <> prev_state) AS changed,
               count(*) FILTER (WHERE state = 3) - count(*) FILTER (WHERE prev_state = 3) AS unknown,
               count(*) FILTER (WHERE state = 4) - count(*) FILTER (WHERE prev_state = 4) AS cancelled,
               count(*) FILTER (WHERE state = 5) - count(*) FILTER (WHERE prev_state = 5) AS failed,
               count(*) FILTER (WHERE state = 6) - count(*) FILTER (WHERE prev_state = 6) AS rejected,
               count(*) FILTER (WHERE state = 7) - count(*) FILTER (WHERE prev_state = 7) AS expired,
               count(*) FILTER (WHERE state = 8) - count(*) FILTER (WHERE prev_state = 8) AS undelivered,
               count(*) FILTER (WHERE state = 9) - count(*) FILTER (WHERE prev_state = 9) AS delivered,
               array_agg(id) FILTER (WHERE prev_state = 3 AND state <> 3) AS settled
          INTO u FROM upd;
        CONTINUE WHEN u.changed = 0;
        changed := changed + u.changed;
        INSERT INTO run_count (run_id, slot, unknown, cancelled, failed, rejected, expired, undelivered, delivered)
        VALUES (coalesce(g.run, 0), p_slot, u.unknown, u.cancelled, u.failed, u.rejected, u.expired, u.undelivered, u.delivered)
        ON CONFLICT (run_id, slot) DO UPDATE SET
               unknown = run_count.unknown + excluded.unknown, cancelled = run_count.cancelled + excluded.cancelled,
               failed = run_count.failed + excluded.failed, rejected = run_count.rejected + excluded.rejected,
               expired = run_count.expired + excluded.expired, undelivered = run_count.undelivered + excluded.undelivered,
               delivered = run_count.delivered + excluded.delivered;
        IF u.settled IS NOT NULL THEN
            UPDATE doubt SET outcome = 2, settled_at = clock_timestamp() WHERE message_id = ANY (u.settled) AND outcome = 0;
        END IF;
    END LOOP;
    RETURN changed;
END $$;

-- Answers that came after their message was put in doubt: unknown messages are accepted after all.  Call
-- it after the receipt_ref rows are in, for answers that were late or whose epoch is over.
CREATE FUNCTION answers_late(p_ids bigint[], p_runs bigint[], p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    changed integer;
    lowest bigint;
    highest bigint;
BEGIN
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(p_ids) u;
    UPDATE doubt SET outcome = CASE outcome WHEN 0 THEN 2 ELSE outcome END, settled_at = coalesce(settled_at, clock_timestamp())
     WHERE message_id = ANY (p_ids);
    WITH upd AS (
        UPDATE message_state s SET prev_state = s.state, state = 2, reason = 0
          FROM (SELECT DISTINCT u.id, u.run FROM unnest(p_ids, p_runs) AS u(id, run) ORDER BY u.id) i
         WHERE s.id = i.id AND s.id BETWEEN lowest AND highest AND s.state = 3
        RETURNING i.run),
    cnt AS (
        INSERT INTO run_count (run_id, slot, unknown, accepted) SELECT coalesce(run, 0), p_slot, -count(*), count(*) FROM upd GROUP BY 1 ORDER BY 1
        ON CONFLICT (run_id, slot) DO UPDATE SET unknown = run_count.unknown + excluded.unknown, accepted = run_count.accepted + excluded.accepted
        RETURNING 1)
    SELECT count(*) INTO changed FROM upd;
    RETURN changed;
END $$;

-- Messages in doubt (claimed, maybe written, no answer): the class decides.  Advertising stays unknown,
-- anything else goes again at once while its deadline allows.  p_masks: the parts in doubt; those of one
-- message may come in several calls, and the same again changes nothing.  Counts go to run_count under
-- p_slot.  Does not touch batch.answered.
CREATE FUNCTION messages_in_doubt(p_batch bigint, p_ids bigint[], p_masks bigint[], p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    b batch%ROWTYPE;
    again boolean;
    marked integer;
    lowest bigint;
    highest bigint;
BEGIN
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(p_ids) u;
    SELECT * INTO b FROM batch WHERE batch.id = p_batch;
    again := b.class <> 1 AND b.deadline > clock_timestamp();
    WITH x AS (
        SELECT u.id, u.mask FROM unnest(p_ids, p_masks) AS u(id, mask)),
    ins AS (
        INSERT INTO doubt AS d (message_id, attempt, batch_id, account_id, msisdn, parts_mask, epoch, outcome)
        SELECT x.id, b.attempt, b.id, b.account_id, m.msisdn, x.mask, b.epoch, CASE WHEN again THEN 1 ELSE 0 END
          FROM x JOIN message m ON m.id = x.id AND m.id BETWEEN lowest AND highest
        ON CONFLICT (message_id, attempt) DO UPDATE SET parts_mask = d.parts_mask | excluded.parts_mask,
               outcome = excluded.outcome, settled_at = NULL
         WHERE d.parts_mask | excluded.parts_mask <> d.parts_mask
        RETURNING message_id),
    locked AS (
        SELECT s.id, NOT again AS ends FROM message_state s JOIN ins ON ins.message_id = s.id -- a constant would open every day
         WHERE s.id BETWEEN lowest AND highest ORDER BY s.id FOR UPDATE OF s),
    upd AS (
        UPDATE message_state s SET prev_state = s.state, state = 3, reason = 10
          FROM locked WHERE s.id = locked.id AND s.id BETWEEN lowest AND highest AND locked.ends AND s.state IN (0, 2)
        RETURNING s.id),
    ret AS (
        INSERT INTO retry (message_id, account_id, parts_mask, due_at, reason)
        SELECT x.id, b.account_id, x.mask, clock_timestamp(), 10 FROM ins JOIN x ON x.id = ins.message_id WHERE again
        ON CONFLICT (message_id) DO UPDATE SET parts_mask = retry.parts_mask | excluded.parts_mask
        RETURNING message_id),
    cnt AS (
        INSERT INTO run_count (run_id, slot, unknown) SELECT coalesce(b.run_id, 0), p_slot, count(*) FROM upd HAVING count(*) > 0
        ON CONFLICT (run_id, slot) DO UPDATE SET unknown = run_count.unknown + excluded.unknown
        RETURNING 1)
    SELECT count(*) INTO marked FROM ins;
    RETURN marked;
END $$;

-- After a takeover: what older epochs claimed of this account and never settled is in doubt; the rest of
-- their batches waits again.  Called by the new holder before it claims anything, in one transaction.
CREATE FUNCTION account_recover(p_account smallint, p_epoch integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    b batch%ROWTYPE;
    ids bigint[];
    masks bigint[];
    marked integer := 0;
    lowest bigint;
    highest bigint;
    since timestamptz;
BEGIN
    FOR b IN SELECT * FROM batch
              WHERE batch.id = ANY (ARRAY( -- each state has an index of its own
                    SELECT o.id FROM batch o WHERE o.state = 2 AND o.account_id = p_account AND o.epoch < p_epoch
                    UNION ALL
                    SELECT o.id FROM batch o WHERE o.state = 1 AND o.account_id = p_account AND o.epoch < p_epoch AND o.answered < o.claimed
                    UNION ALL
                    SELECT o.id FROM batch o WHERE o.state = 0 AND o.account_id = p_account AND o.epoch < p_epoch AND o.answered < o.claimed))
                AND batch.account_id = p_account AND batch.epoch < p_epoch
                AND (batch.state = 2 OR batch.state IN (0, 1) AND batch.answered < batch.claimed)
              ORDER BY batch.id FOR UPDATE LOOP
        SELECT min(u), max(u) INTO lowest, highest FROM unnest(coalesce(b.message_ids, ARRAY[b.id, b.id + b.message_count - 1])) u;
        since := to_timestamp((b.id >> 32) + 1577836800) - interval '1 day'; -- no answer to this batch is older
        SELECT array_agg(x.id ORDER BY x.id), array_agg(x.mask ORDER BY x.id) INTO ids, masks FROM (
            SELECT c.id, c.to_send & ~c.settled AS mask FROM (
                SELECT i.id,
                       (coalesce(b.part_masks[i.pos + 1], -1)
                        & 9223372036854775807 >> (63 - coalesce(k.parts, m.parts))) AS to_send,
                       (coalesce(k.bits, 0) | coalesce(f.bits, 0) | coalesce(d.parts_mask, 0)) AS settled
                  FROM (SELECT b.id + n AS id, n AS pos FROM generate_series(0, b.claimed - 1) n WHERE b.message_ids IS NULL
                        UNION ALL
                        SELECT b.message_ids[n + 1], n FROM generate_series(0, b.claimed - 1) n WHERE b.message_ids IS NOT NULL) i
                  JOIN message m ON m.id = i.id AND m.id BETWEEN lowest AND highest
                  JOIN message_state s ON s.id = i.id AND s.id BETWEEN lowest AND highest AND s.state IN (0, 2, 3)
                       AND (s.batch_id = b.id OR (s.batch_id IS NULL AND b.message_ids IS NULL))
                  LEFT JOIN LATERAL (SELECT max(r.parts) AS parts,
                                            bit_or(CASE WHEN r.part = 0 THEN -1 ELSE 1::bigint << (abs(r.part) - 1) END) AS bits
                                       FROM receipt_ref r WHERE r.message_id = i.id AND r.submitted_at >= since) k ON true
                  LEFT JOIN LATERAL (SELECT bit_or(CASE WHEN r.part = 0 THEN -1 ELSE 1::bigint << (r.part - 1) END) AS bits
                                       FROM refusal r WHERE r.message_id = i.id AND r.attempt = b.attempt AND r.at >= since) f ON true
                  LEFT JOIN doubt d ON d.message_id = i.id AND d.attempt = b.attempt) c
             WHERE c.to_send & ~c.settled <> 0) x;
        IF ids IS NOT NULL THEN
            marked := marked + messages_in_doubt(b.id, ids, masks, p_slot);
        END IF;
        UPDATE batch SET answered = b.claimed, epoch = p_epoch,
               state = CASE WHEN b.claimed >= b.message_count THEN 3 ELSE 0 END,
               published_at = NULL,
               done_at = CASE WHEN b.claimed >= b.message_count THEN clock_timestamp() END
         WHERE batch.id = b.id;
    END LOOP;
    RETURN marked;
END $$;

-- ------------------------------------------------------------------------------------ leases

-- Become the holder of an account whose lease is over (or was never taken); null when somebody holds it.
CREATE FUNCTION lease_acquire(p_account smallint, p_owner text, p_ttl_ms integer) RETURNS integer
LANGUAGE sql AS $$
    INSERT INTO account_lease AS l (account_id, owner, epoch, until, down_since)
    VALUES (p_account, p_owner, 1, clock_timestamp() + p_ttl_ms * interval '1 ms', clock_timestamp())
    ON CONFLICT (account_id) DO UPDATE SET owner = excluded.owner, epoch = l.epoch + 1, until = excluded.until,
           down_since = coalesce(l.down_since, clock_timestamp()), stopped = NULL
     WHERE l.until < clock_timestamp()
    RETURNING epoch
$$;

-- Renew what p_owner still holds; down: no session can send.  Returns the accounts renewed: one that is
-- missing is lost, and its sessions end with nothing more written.
CREATE FUNCTION lease_renew(p_accounts smallint[], p_epochs integer[], p_down boolean[], p_stopped text[], p_owner text, p_ttl_ms integer)
RETURNS SETOF smallint
LANGUAGE sql AS $$
    UPDATE account_lease l SET until = clock_timestamp() + p_ttl_ms * interval '1 ms',
           down_since = CASE WHEN NOT x.down THEN NULL ELSE coalesce(l.down_since, clock_timestamp()) END,
           stopped = x.stopped
      FROM (SELECT u.account, u.epoch, u.down, u.stopped FROM unnest(p_accounts, p_epochs, p_down, p_stopped) AS u(account, epoch, down, stopped)
             ORDER BY u.account) x
     WHERE l.account_id = x.account AND l.epoch = x.epoch AND l.owner = p_owner AND l.until > clock_timestamp()
    RETURNING l.account_id
$$;

-- Give an account up at once (clean stop): a standby need not wait.
CREATE FUNCTION lease_release(p_account smallint, p_owner text, p_epoch integer) RETURNS void
LANGUAGE sql AS $$
    UPDATE account_lease SET until = clock_timestamp() - interval '1 ms', down_since = coalesce(down_since, clock_timestamp())
     WHERE account_id = p_account AND owner = p_owner AND epoch = p_epoch
$$;

-- ------------------------------------------------------------------------------------ retries (schedulerd)

-- Gather due retries into batches of their own: one account, one home's attributes, at most 200.  What may
-- no longer go (run cancelled, deadline over) is settled instead.  Returns the new batches; urgent ones
-- are published by the caller after COMMIT.
CREATE FUNCTION retry_gather(p_limit integer, p_slot smallint)
RETURNS TABLE (batch_id bigint, account_id smallint, lane smallint)
LANGUAGE plpgsql AS $$
DECLARE
    g record;
    new_id bigint;
    due bigint[];
    lowest bigint;
    highest bigint;
BEGIN
    SELECT array_agg(x.message_id), min(x.message_id), max(x.message_id) INTO due, lowest, highest FROM (
        SELECT r.message_id FROM retry r WHERE r.due_at <= statement_timestamp()
         ORDER BY r.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED) x;
    IF due IS NULL THEN RETURN; END IF;
    FOR g IN
        WITH full_row AS (
            SELECT d.message_id, d.account_id, d.parts_mask, h.run_id, h.lane, h.priority, h.class, h.category, h.sender, h.deadline,
                   h.filtered_at, s.attempt, m.parts,
                   (h.deadline <= clock_timestamp()) AS late, (s.state NOT IN (0, 2, 3)) AS settled,
                   EXISTS (SELECT 1 FROM run r WHERE r.id = h.run_id AND r.status = 'cancelled') AS cancelled
              FROM unnest(due) AS u(id) JOIN retry d ON d.message_id = u.id
              JOIN message_state s ON s.id = u.id AND s.id BETWEEN lowest AND highest
              JOIN message m ON m.id = u.id AND m.id BETWEEN lowest AND highest
              JOIN batch h ON h.id = u.id & ~255::bigint),
        numbered AS (
            SELECT f.*, (row_number() OVER (PARTITION BY f.account_id, f.run_id, f.lane, f.priority, f.class, f.category, f.sender,
                                            f.deadline, f.attempt, f.late, f.cancelled, f.settled ORDER BY f.message_id) - 1) / 200 AS grp
              FROM full_row f)
        SELECT n.account_id, n.run_id, n.lane, n.priority, n.class, n.category, n.sender, n.deadline, n.attempt, n.late, n.cancelled, n.settled,
               min(n.filtered_at) AS filtered_at, sum(n.parts)::integer AS parts,
               array_agg(n.message_id ORDER BY n.message_id) AS ids, array_agg(n.parts_mask ORDER BY n.message_id) AS masks
          FROM numbered n
         GROUP BY n.account_id, n.run_id, n.lane, n.priority, n.class, n.category, n.sender, n.deadline, n.attempt, n.late, n.cancelled, n.settled, n.grp
    LOOP
        DELETE FROM retry WHERE retry.message_id = ANY (g.ids);
        CONTINUE WHEN g.settled; -- a late receipt was faster
        IF g.late OR g.cancelled THEN
            PERFORM messages_settle(g.ids, array_fill((CASE WHEN g.cancelled THEN 4 ELSE 5 END)::smallint, ARRAY[cardinality(g.ids)]),
                array_fill(CASE WHEN g.cancelled THEN 5 ELSE 6 END, ARRAY[cardinality(g.ids)]),
                array_fill(coalesce(g.run_id, 0), ARRAY[cardinality(g.ids)]), p_slot);
            CONTINUE;
        END IF;
        new_id := (message_base_ids(1))[1];
        UPDATE message_state s SET batch_id = new_id, attempt = g.attempt + 1, prev_state = s.state
          FROM (SELECT u.id FROM unnest(g.ids) AS u(id) ORDER BY u.id) i WHERE s.id = i.id AND s.id BETWEEN lowest AND highest;
        INSERT INTO batch (id, run_id, account_id, lane, priority, class, category, attempt, message_count, parts, sender, deadline,
                           filtered_at, message_ids, part_masks, pinned)
        VALUES (new_id, g.run_id, g.account_id, g.lane, g.priority, g.class, g.category, g.attempt + 1, cardinality(g.ids), g.parts,
                g.sender, g.deadline, g.filtered_at, g.ids, g.masks, true);
        batch_id := new_id; account_id := g.account_id; lane := g.lane;
        RETURN NEXT;
    END LOOP;
END $$;

-- ------------------------------------------------------------------------------------ sweeping (schedulerd)

-- Give every open message of a batch from position p_from on a fate.  Returns how many changed.
CREATE FUNCTION batch_settle_from(p_batch bigint, p_from integer, p_state smallint, p_reason integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    b batch%ROWTYPE;
    ids bigint[];
    n integer;
    lowest bigint;
    highest bigint;
BEGIN
    SELECT * INTO b FROM batch WHERE batch.id = p_batch;
    IF b.message_ids IS NULL THEN
        SELECT array_agg(s.id ORDER BY s.id) INTO ids FROM message_state s
         WHERE s.id >= b.id + p_from AND s.id < b.id + b.message_count AND s.batch_id IS NULL AND s.state IN (0, 2);
    ELSE
        SELECT min(u), max(u) INTO lowest, highest FROM unnest(b.message_ids) u;
        SELECT array_agg(s.id ORDER BY s.id) INTO ids FROM unnest(b.message_ids[p_from + 1 :]) AS u(id)
          JOIN message_state s ON s.id = u.id AND s.id BETWEEN lowest AND highest WHERE s.batch_id = b.id AND s.state IN (0, 2);
    END IF;
    n := coalesce(cardinality(ids), 0);
    IF n = 0 THEN RETURN 0; END IF;
    RETURN messages_settle(ids, array_fill(p_state, ARRAY[n]), array_fill(p_reason, ARRAY[n]),
                           array_fill(coalesce(b.run_id, 0), ARRAY[n]), p_slot);
END $$;

-- Close what of a batch was never claimed with this fate; the caller holds the batch's row lock.  done_at stays
-- empty: feeding takes it for what an account can send.
CREATE FUNCTION batch_close_unclaimed(b batch, p_state smallint, p_reason integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    changed integer;
BEGIN
    changed := batch_settle_from(b.id, b.claimed, p_state, p_reason, p_slot);
    UPDATE batch SET answered = b.answered + b.message_count - b.claimed, claimed = b.message_count,
           state = CASE WHEN b.answered >= b.claimed THEN 3 ELSE 2 END
     WHERE batch.id = b.id;
    RETURN changed;
END $$;

-- Batches whose deadline is over: unclaimed messages have failed (deadline); p_grace_s later nothing of them
-- may stay open, whatever state they are in (claimed by a gateway that never came back, say): accepted and
-- claimed ones without a final receipt are unknown, and the batch is swept.  Returns messages settled.
CREATE FUNCTION batches_sweep(p_limit integer, p_grace_s integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    b batch%ROWTYPE;
    changed integer := 0;
BEGIN
    FOR b IN SELECT * FROM batch
              WHERE batch.id = ANY (ARRAY(
                    SELECT o.id FROM batch o WHERE NOT o.swept AND o.deadline <= statement_timestamp() AND o.state IN (0, 1) AND o.claimed < o.message_count
                     ORDER BY o.deadline LIMIT p_limit))
                AND batch.state IN (0, 1) AND batch.claimed < batch.message_count
              ORDER BY batch.id FOR UPDATE SKIP LOCKED LOOP
        changed := changed + batch_close_unclaimed(b, 5::smallint, 6, p_slot);
    END LOOP;
    FOR b IN SELECT * FROM batch
              WHERE batch.id = ANY (ARRAY(
                    SELECT o.id FROM batch o WHERE NOT o.swept AND o.deadline <= statement_timestamp() - p_grace_s * interval '1 s'
                     ORDER BY o.deadline LIMIT p_limit))
                AND NOT batch.swept
              ORDER BY batch.id FOR UPDATE SKIP LOCKED LOOP
        IF b.claimed < b.message_count THEN
            changed := changed + batch_close_unclaimed(b, 5::smallint, 6, p_slot);
        END IF;
        changed := changed + batch_settle_from(b.id, 0, 3::smallint, 11, p_slot);
        UPDATE batch SET swept = true, state = 3, answered = message_count WHERE batch.id = b.id;
    END LOOP;
    RETURN changed;
END $$;

-- Stuck chunks whose deadline is over: their clients are told of as suppressed (stuck), so that the run can end.
CREATE FUNCTION chunks_sweep(p_limit integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    c chunk%ROWTYPE;
    changed integer := 0;
BEGIN
    FOR c IN SELECT k.* FROM chunk k LEFT JOIN run r ON r.id = k.run_id
              WHERE k.state = 3 AND coalesce(r.deadline, k.deadline) <= statement_timestamp()
              ORDER BY k.id LIMIT p_limit FOR UPDATE OF k SKIP LOCKED LOOP
        INSERT INTO suppression (run_id, client_id, msisdn, message_id, reason)
        SELECT c.run_id, u.client_id, u.msisdn, c.base_ids[(u.n - 1) / 200 + 1] + (u.n - 1) % 200, 12
          FROM unnest(c.client_ids, c.msisdns) WITH ORDINALITY AS u(client_id, msisdn, n);
        UPDATE chunk SET state = 2 WHERE chunk.id = c.id;
        INSERT INTO run_count (run_id, slot, suppressed) VALUES (coalesce(c.run_id, 0), p_slot, c.size)
        ON CONFLICT (run_id, slot) DO UPDATE SET suppressed = run_count.suppressed + excluded.suppressed;
        changed := changed + c.size;
    END LOOP;
    RETURN changed;
END $$;

-- For operators, once the cause is gone: stuck chunks are published again within a second or two.
CREATE FUNCTION stuck_release() RETURNS bigint
LANGUAGE sql AS $$
    WITH freed AS (
        UPDATE chunk SET state = 1, taken = 0, publish_count = 0, published_at = 'epoch' WHERE state = 3 RETURNING 1)
    SELECT count(*) FROM freed
$$;

-- Clean up after cancelled runs: chunks nobody dispatched become suppressions, unclaimed messages are
-- cancelled.  A run without anything left open is swept.  Returns clients and messages settled.
CREATE FUNCTION run_cancel_sweep(p_run bigint, p_limit integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    c chunk%ROWTYPE;
    b batch%ROWTYPE;
    changed integer := 0;
BEGIN
    FOR c IN SELECT * FROM chunk WHERE chunk.run_id = p_run AND state IN (0, 1, 3) ORDER BY no LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
        INSERT INTO suppression (run_id, client_id, msisdn, reason)
        SELECT p_run, u.client_id, u.msisdn, 5 FROM unnest(c.client_ids, c.msisdns) AS u(client_id, msisdn);
        UPDATE chunk SET state = 2 WHERE chunk.id = c.id;
        INSERT INTO run_count (run_id, slot, suppressed) VALUES (p_run, p_slot, c.size)
        ON CONFLICT (run_id, slot) DO UPDATE SET suppressed = run_count.suppressed + excluded.suppressed;
        changed := changed + c.size;
    END LOOP;
    FOR b IN SELECT * FROM batch WHERE batch.run_id = p_run AND state IN (0, 1) AND claimed < message_count
             ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
        changed := changed + batch_close_unclaimed(b, 4::smallint, 5, p_slot);
    END LOOP;
    UPDATE run SET swept_at = clock_timestamp()
     WHERE run.id = p_run AND changed = 0
       AND NOT EXISTS (SELECT 1 FROM chunk WHERE chunk.run_id = p_run AND state IN (0, 1, 3))
       AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.run_id = p_run AND state IN (0, 1, 2));
    RETURN changed;
END $$;

-- Drop partitions of one table that ended more than keep_days ago; waits 200 ms for a lock at most (then
-- the next call tries again).  Returns the names dropped.
CREATE FUNCTION partitions_drop(p_table text, p_keep_days integer) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
    name text;
BEGIN
    IF p_table NOT IN ('message', 'message_state', 'receipt_ref', 'refusal', 'receipt') OR p_keep_days < 1 THEN
        RAISE EXCEPTION 'partitions_drop: no such table or retention';
    END IF;
    FOR name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = p_table::regclass AND c.relname ~ ('^' || p_table || '_[0-9]{8}$')
           AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - p_keep_days
         ORDER BY 1
    LOOP
        BEGIN
            EXECUTE format('DROP TABLE %I', name);
            RETURN NEXT name;
        EXCEPTION WHEN lock_not_available THEN
            RETURN;
        END;
    END LOOP;
END $$;

-- Delete at most p_limit rows of each table that is not partitioned and older than p_keep_days; what is still
-- open stays.  Chunks hold phones and texts, so they go with the messages they became.
CREATE FUNCTION rows_forget(p_keep_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    oldest timestamptz := clock_timestamp() - p_keep_days * interval '1 day';
    gone bigint := 0;
    n bigint;
BEGIN
    DELETE FROM batch WHERE id = ANY (ARRAY(
        SELECT b.id FROM batch b WHERE b.id < ((extract(epoch FROM oldest)::bigint - 1577836800) << 32) AND b.swept
         ORDER BY b.id LIMIT p_limit));
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM chunk WHERE id = ANY (ARRAY(
        SELECT c.id FROM (SELECT id, state, created_at FROM chunk ORDER BY id LIMIT p_limit) c
         WHERE c.created_at < oldest AND c.state = 2));
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM suppression WHERE ctid = ANY (ARRAY(SELECT s.ctid FROM suppression s WHERE s.at < oldest LIMIT p_limit));
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    DELETE FROM doubt WHERE ctid = ANY (ARRAY(SELECT d.ctid FROM doubt d WHERE d.found_at < oldest LIMIT p_limit));
    GET DIAGNOSTICS n = ROW_COUNT; gone := gone + n;
    RETURN gone;
END $$;

-- ------------------------------------------------------------------------------------ reading

-- A message as people see it: the states that are not stored are derived.
CREATE VIEW message_view AS
SELECT m.id, m.client_id, m.msisdn, m.text, m.parts, m.encoding, m.price_micro, h.run_id, h.sender, h.class, h.category, h.deadline,
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

-- ------------------------------------------------------------------------------------ rights

-- Each daemon logs in as its own role.  On the message path tables were empty a second ago and statistics
-- lie, so these roles see only the index way (a sequential plan cached on an empty table took 61 s where
-- the index way took 3.7 s).
DO $$
DECLARE r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['vestnik_apid', 'vestnik_schedulerd', 'vestnik_dispatcherd', 'vestnik_smppd', 'vestnik_dlrd'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', r);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', r);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), r);
        IF r IN ('vestnik_schedulerd', 'vestnik_dispatcherd', 'vestnik_smppd', 'vestnik_dlrd') THEN
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET enable_seqscan = off', r, current_database());
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET enable_hashjoin = off', r, current_database());
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET enable_mergejoin = off', r, current_database());
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET enable_material = off', r, current_database());
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET enable_bitmapscan = off', r, current_database());
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION partitions_ensure(integer), partitions_drop(text, integer) FROM PUBLIC;

GRANT SELECT, INSERT, UPDATE ON client, client_attribute, list, list_member, import, import_bad_row, opt_out, campaign,
      idempotency, chunk TO vestnik_apid;
GRANT DELETE ON list_member, opt_out, import_bad_row TO vestnik_apid;
GRANT SELECT, UPDATE ON run TO vestnik_apid;
GRANT SELECT ON token, account, account_lease, run_count, batch, message, message_state, receipt_ref, refusal, receipt, parked_receipt, doubt,
      retry, suppression, message_view TO vestnik_apid;
GRANT USAGE ON SEQUENCE message_seq TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;

GRANT EXECUTE ON FUNCTION partitions_ensure(integer), partitions_drop(text, integer) TO vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE ON run, chunk, batch, run_count, suppression, doubt TO vestnik_schedulerd;
GRANT DELETE ON chunk, batch, suppression, doubt TO vestnik_schedulerd;
GRANT SELECT, UPDATE ON campaign, message_state TO vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE, DELETE ON retry TO vestnik_schedulerd;
GRANT SELECT, DELETE ON idempotency TO vestnik_schedulerd;
GRANT SELECT ON client, list, list_member, account, account_lease, message, receipt_ref, refusal, parked_receipt TO vestnik_schedulerd;

GRANT SELECT ON client, client_attribute, opt_out, campaign, account, account_lease TO vestnik_dispatcherd;
GRANT SELECT, UPDATE ON run, chunk TO vestnik_dispatcherd;
GRANT SELECT, INSERT, UPDATE ON batch, run_count TO vestnik_dispatcherd;
GRANT SELECT, INSERT ON message, message_state, suppression TO vestnik_dispatcherd;

GRANT SELECT ON account, account_secret, run, message, opt_out TO vestnik_smppd;
GRANT SELECT, INSERT, UPDATE ON account_lease, run_count, doubt, retry TO vestnik_smppd;
GRANT SELECT, UPDATE ON batch, message_state TO vestnik_smppd;
GRANT SELECT, INSERT ON receipt_ref, refusal TO vestnik_smppd;

GRANT SELECT ON receipt_ref, message, batch, account TO vestnik_dlrd;
GRANT SELECT, UPDATE ON message_state, doubt TO vestnik_dlrd;
GRANT SELECT, INSERT ON receipt TO vestnik_dlrd;
GRANT SELECT, INSERT, UPDATE ON run_count TO vestnik_dlrd;
GRANT SELECT, INSERT, UPDATE, DELETE ON parked_receipt TO vestnik_dlrd;
