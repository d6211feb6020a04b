-- What a campaign would cost: its whole audience rendered and priced, as a job with progress.

CREATE TABLE estimate (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id bigint NOT NULL UNIQUE REFERENCES campaign ON DELETE CASCADE,
    terms       text NOT NULL,
    status      text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'running', 'done', 'failed')),
    problem     text,
    clients     bigint NOT NULL DEFAULT 0,
    looked_at   bigint NOT NULL DEFAULT 0,
    duplicates  bigint NOT NULL DEFAULT 0,
    recipients  bigint NOT NULL DEFAULT 0,
    left_out    bigint[] NOT NULL DEFAULT '{}',
    parts       bigint NOT NULL DEFAULT 0,
    cost_micro  bigint NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    beat_at     timestamptz,
    finished_at timestamptz
);
CREATE INDEX estimate_open ON estimate (id) WHERE status IN ('waiting', 'running');
COMMENT ON TABLE estimate IS 'counts of whole audiences before a launch; a campaign has one, and taking it away cancels it';
COMMENT ON COLUMN estimate.terms IS 'campaign_terms() when it was asked for: another value now means that the campaign was changed since';
COMMENT ON COLUMN estimate.left_out IS 'clients by reason, the first element is reason 1';
COMMENT ON COLUMN estimate.beat_at IS 'when whoever counts was last heard of; after 15 s of silence another begins anew';

CREATE TABLE estimate_line (
    estimate_id bigint NOT NULL REFERENCES estimate ON DELETE CASCADE,
    account_id  smallint NOT NULL,
    operator_id smallint NOT NULL,
    parts_each  smallint NOT NULL,
    messages    bigint NOT NULL,
    cost_micro  bigint NOT NULL,
    PRIMARY KEY (estimate_id, account_id, operator_id, parts_each)
);
COMMENT ON COLUMN estimate_line.operator_id IS '0: nothing of the routing depends on it, or it is not known';
COMMENT ON TABLE estimate_line IS 'messages of an estimate over one account to one operator that take the same number of parts';

-- Whatever of a campaign may change what it costs, as a digest; what is left out says nothing about that, and a column
-- nobody has thought of yet counts.
CREATE FUNCTION campaign_terms(c campaign) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT md5((to_jsonb(c) - '{name,status,problem,start_at,pace_per_min,priority,created_at,launched_at,finished_at,token_id,person_id,launched_by}'::text[])::text)
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON estimate, estimate_line TO vestnik_apid;
