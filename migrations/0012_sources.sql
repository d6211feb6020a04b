-- Sources: other systems and files that clients are pulled from, on a schedule.

-- A client that a complete reading of every source it came from no longer has.  Marked, not erased: its messages,
-- replies and stops stay what they are, a mistake in a file is undone by the next file, and erasure is a person's right
-- with rules of its own.  Left out of audiences and lists' criteria meanwhile; whoever delivers it again brings it back.
ALTER TABLE client ADD COLUMN gone_at timestamptz;
COMMENT ON COLUMN client.gone_at IS 'its sources have it no longer; no campaign goes to it';
CREATE INDEX client_gone ON client (id) WHERE gone_at IS NOT NULL;

CREATE TABLE source (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name             text NOT NULL UNIQUE CHECK (name <> ''),
    kind             text NOT NULL,
    enabled          boolean NOT NULL DEFAULT true,
    settings         jsonb NOT NULL DEFAULT '{}',
    mode             text NOT NULL CHECK (mode IN ('incremental', 'full')),
    cursor_column    text CHECK (cursor_column <> ''),
    every_min        integer CHECK (every_min BETWEEN 1 AND 10080),
    daily_at         time,
    column_header    text[],
    column_field     text[],
    column_attribute text[],
    cursor           text,
    due_at           timestamptz,
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (every_min IS NULL OR daily_at IS NULL)
);
COMMENT ON TABLE source IS 'where clients are pulled from; kinds and their settings are in common/model/source_kind.c';
COMMENT ON COLUMN source.mode IS 'incremental: what is new since the cursor; full: everything, and who is missing is gone';
COMMENT ON COLUMN source.cursor IS 'where the next incremental run goes on; written in the transaction that stores what came before it';
COMMENT ON COLUMN source.due_at IS 'when the next run begins; null: only when a person asks';

CREATE TABLE source_secret (
    source_id bigint PRIMARY KEY REFERENCES source ON DELETE CASCADE,
    secret    text NOT NULL
);
COMMENT ON TABLE source_secret IS 'passwords and keys, apart from source: apid writes and never reads them, crmd reads';

CREATE TABLE source_run (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id       bigint NOT NULL REFERENCES source ON DELETE CASCADE,
    dry             boolean NOT NULL DEFAULT false,
    complete        boolean NOT NULL,
    status          text NOT NULL DEFAULT 'waiting'
                    CHECK (status IN ('waiting', 'running', 'done', 'held', 'dropped', 'failed')),
    rows_read       bigint NOT NULL DEFAULT 0,
    rows_bad        bigint NOT NULL DEFAULT 0,
    rows_repeated   bigint NOT NULL DEFAULT 0,
    clients_new     bigint NOT NULL DEFAULT 0,
    clients_changed bigint NOT NULL DEFAULT 0,
    clients_same    bigint NOT NULL DEFAULT 0,
    clients_missing bigint NOT NULL DEFAULT 0,
    clients_known   bigint NOT NULL DEFAULT 0,
    cursor          text,
    difference      jsonb,
    problem         text,
    token_id        bigint,
    person_id       bigint,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at      timestamptz,
    finished_at     timestamptz
);
CREATE INDEX source_run_source ON source_run (source_id, id);
CREATE INDEX source_run_open ON source_run (id) WHERE status IN ('waiting', 'running');
COMMENT ON COLUMN source_run.complete IS 'everything was read, so that who is missing could be found';
COMMENT ON COLUMN source_run.status IS 'held: more than 2 % are missing, a person confirms (done) or drops it';
COMMENT ON COLUMN source_run.difference IS 'of a dry run: counts by field and masked examples';

CREATE TABLE source_refused (
    run_id  bigint NOT NULL REFERENCES source_run ON DELETE CASCADE,
    line    bigint NOT NULL,
    field   text NOT NULL,
    problem text NOT NULL,
    raw     text NOT NULL,
    PRIMARY KEY (run_id, line)
);
COMMENT ON TABLE source_refused IS 'rows that were not taken, as they came; goes with its run';

-- Whom a source has delivered, so that a complete reading finds who is missing.
CREATE TABLE source_client (
    source_id bigint NOT NULL,
    client_id bigint NOT NULL,
    PRIMARY KEY (source_id, client_id)
);
CREATE INDEX source_client_client ON source_client (client_id);

-- Who was missing in a run that is held.
CREATE TABLE source_missing (
    source_id bigint NOT NULL,
    client_id bigint NOT NULL,
    PRIMARY KEY (source_id, client_id)
);

-- When a source runs next: `every_min` after now, or at the next `daily_at` of the company's day.
CREATE FUNCTION source_next(every_min integer, daily_at time) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN every_min IS NOT NULL THEN statement_timestamp() + make_interval(mins => every_min)
                WHEN daily_at IS NOT NULL THEN
                     (CASE WHEN l.at::time < daily_at THEN l.at::date ELSE l.at::date + 1 END + daily_at) AT TIME ZONE l.zone
           END
      FROM (SELECT s.value AS zone, statement_timestamp() AT TIME ZONE s.value AS at FROM setting s WHERE s.name = 'time_zone') l
$$;

-- Let go of who is in source_missing: out of the source, and gone when no other source has them.  Returns how many
-- of them are gone.
CREATE FUNCTION source_let_go(p_source bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    DELETE FROM source_client c USING source_missing m
     WHERE m.source_id = p_source AND c.source_id = p_source AND c.client_id = m.client_id;
    UPDATE client k SET gone_at = clock_timestamp()
      FROM (SELECT m.client_id FROM source_missing m WHERE m.source_id = p_source
             ORDER BY m.client_id) m
     WHERE k.id = m.client_id AND k.gone_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM source_client o WHERE o.client_id = k.id);
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM source_missing WHERE source_id = p_source;
    RETURN gone;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON source TO vestnik_apid;
GRANT INSERT, DELETE, UPDATE (secret), SELECT (source_id) ON source_secret TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE (status, finished_at, clients_missing) ON source_run TO vestnik_apid;
GRANT SELECT ON source_refused TO vestnik_apid;
GRANT SELECT, DELETE ON source_client, source_missing TO vestnik_apid;

GRANT SELECT, UPDATE (cursor, due_at) ON source TO vestnik_crmd;
GRANT SELECT ON source_secret, setting TO vestnik_crmd;
GRANT SELECT, INSERT, UPDATE, DELETE ON source_run TO vestnik_crmd;
GRANT SELECT, INSERT ON source_refused TO vestnik_crmd;
GRANT SELECT, INSERT, DELETE ON source_client, source_missing TO vestnik_crmd;
GRANT SELECT, INSERT, UPDATE ON client TO vestnik_crmd;
GRANT SELECT, INSERT ON client_attribute TO vestnik_crmd;
GRANT SELECT, INSERT, UPDATE ON client_phone TO vestnik_crmd;
GRANT SELECT, INSERT ON client_phone_change TO vestnik_crmd;
