-- The exchange with the CRM and other systems: crmd takes their events and tells them of ours.

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vestnik_crmd') THEN
        CREATE ROLE vestnik_crmd LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO vestnik_crmd', current_database());
END $$;
GRANT USAGE ON SCHEMA public TO vestnik_crmd;

-- ------------------------------------------------------------------------------------ events of other systems

-- Every event that was taken, so that one that comes again is known.
CREATE TABLE crm_event (
    id      text PRIMARY KEY CHECK (id <> ''),
    no      bigint GENERATED ALWAYS AS IDENTITY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    type    text NOT NULL,
    outcome text NOT NULL DEFAULT 'done' CHECK (outcome IN ('done', 'stale', 'refused')),
    field   text,
    reason  text,
    CHECK ((outcome = 'refused') = (reason IS NOT NULL))
);
CREATE INDEX crm_event_at ON crm_event (at);
CREATE INDEX crm_event_refused ON crm_event (at, no) WHERE outcome = 'refused';
COMMENT ON TABLE crm_event IS 'events of other systems by the id their sender gave; nothing of what they said';
COMMENT ON COLUMN crm_event.outcome IS 'stale: a newer version came before; refused: field and reason say why';

-- The newest version of whatever events speak of.  A digest, so that of a client that is erased nothing stays
-- but this: an older event that comes late must not bring them back.
CREATE TABLE crm_version (
    digest  bytea PRIMARY KEY CHECK (length(digest) = 32),
    version bigint NOT NULL
);
COMMENT ON COLUMN crm_version.digest IS 'SHA-256 of subject ("client", "list", "employee"), a blank, and its key';

CREATE TABLE employee (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text NOT NULL UNIQUE CHECK (code <> ''),
    name       text NOT NULL CHECK (name <> ''),
    phone      bigint,
    email      text,
    department text,
    active     boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE employee IS 'who works here, as another system says: for alarms';
COMMENT ON COLUMN employee.code IS 'their number in that system';

-- ------------------------------------------------------------------------------------ events of ours

ALTER TABLE campaign ADD COLUMN report_statuses boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN campaign.report_statuses IS 'the fate of each of its messages is told to the CRM';
CREATE INDEX campaign_reporting ON campaign (id) WHERE report_statuses;
CREATE INDEX campaign_finished ON campaign (finished_at, id) WHERE finished_at IS NOT NULL;

-- A home batch whose messages' fates are told.  `look_at` comes later the older the batch is, so that each
-- message is read a few times and no state needs an index.
CREATE TABLE status_report (
    batch_id bigint PRIMARY KEY,
    told     text NOT NULL,
    refs     text[],
    look_at  timestamptz,
    CHECK (length(told) BETWEEN 1 AND 200)
);
CREATE INDEX status_report_look ON status_report (look_at) WHERE look_at IS NOT NULL;
COMMENT ON COLUMN status_report.told IS 'a digit a message: the state told last, 0 none';
COMMENT ON COLUMN status_report.refs IS 'the events that sent these messages, null where nobody asked; null: a campaign''s, all are told';
COMMENT ON COLUMN status_report.look_at IS 'when the states are looked at next; null: never again';

-- How far each feed of crm.out has come.  A row may become visible a little later than its time says, so the last
-- minute is read again each time, without what was told of it.
CREATE TABLE crm_feed (
    name    text PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    told    bigint[] NOT NULL DEFAULT '{}',
    told_us bigint[] NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN crm_feed.told IS 'ids of the rows of the last minute before `at` that were told, and beside them their times';
COMMENT ON COLUMN crm_feed.told_us IS 'microseconds since 1970';

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT, INSERT, UPDATE, DELETE ON crm_event TO vestnik_crmd;
GRANT SELECT, INSERT, UPDATE ON crm_version, employee, crm_feed TO vestnik_crmd;
GRANT SELECT, INSERT, UPDATE, DELETE ON status_report TO vestnik_crmd;
GRANT SELECT ON action_kind, action_category, account, message, message_state, suppression, batch, run, run_count, campaign, inbound
    TO vestnik_crmd;
GRANT INSERT ON action, action_kind, action_category, chunk TO vestnik_crmd;
GRANT SELECT (id) ON chunk TO vestnik_crmd;
GRANT SELECT, INSERT, UPDATE ON client, client_attribute, list TO vestnik_crmd;
GRANT SELECT, INSERT, DELETE ON list_member TO vestnik_crmd;
GRANT USAGE ON SEQUENCE message_seq TO vestnik_crmd;
GRANT SELECT ON employee TO vestnik_apid;
