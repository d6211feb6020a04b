-- What a campaign does with its audience, and those of the staff who get a copy of it.

-- ------------------------------------------------------------------------------------ copies

CREATE TABLE campaign_column (
    name   text PRIMARY KEY,
    copied boolean NOT NULL
);
COMMENT ON TABLE campaign_column IS 'every column of campaign, and whether a copy has it too: what a person set is copied, what happened is not';
INSERT INTO campaign_column
SELECT unnest('{text,spelling,template_id,template_version,report_statuses,sender,class,category,list_id,account_id,priority,max_parts,
    validity_s,pace_per_min,start_at,after_hours,cap_exempt,department_id,schedule,reminder}'::text[]), true;
INSERT INTO campaign_column
SELECT unnest('{id,name,status,problem,token_id,person_id,launched_by,created_at,launched_at,finished_at,client_departments}'::text[]), false;

-- A draft with what a person set, under p_name, or the next number behind the old name; a start that is over is left out.
-- It reaches the clients of p_clients, whom its maker sees (null: all).  Null: there is no such campaign.
CREATE FUNCTION campaign_copy(p_id bigint, p_name text, p_token bigint, p_person bigint, p_clients bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    columns text;
    old_name text;
    n integer;
    made bigint;
BEGIN
    SELECT c.name INTO old_name FROM campaign c WHERE c.id = p_id;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF p_name IS NULL THEN
        n := coalesce(substring(old_name FROM ' \((\d{1,6})\)$')::integer, 1) + 1;
        p_name := left(regexp_replace(old_name, ' \(\d{1,6}\)$', ''), 190) || ' (' || n || ')';
    END IF;
    SELECT string_agg(quote_ident(k.name), ', ' ORDER BY k.name) INTO columns FROM campaign_column k WHERE k.copied;
    EXECUTE format('INSERT INTO campaign (name, token_id, person_id, %s) SELECT $2, $3, $4, %s FROM campaign WHERE id = $1 RETURNING id',
                   columns, columns) INTO made USING p_id, p_name, p_token, p_person;
    UPDATE campaign SET client_departments = p_clients, start_at = CASE WHEN start_at > clock_timestamp() THEN start_at END
     WHERE id = made;
    RETURN made;
END $$;

GRANT SELECT ON campaign_column TO vestnik_apid;

-- ------------------------------------------------------------------------------------ control numbers

CREATE TABLE control_number (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    msisdn        bigint NOT NULL CHECK (msisdn > 0),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    department_id bigint NOT NULL DEFAULT 1 REFERENCES department,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (msisdn, department_id)
);
COMMENT ON TABLE control_number IS 'numbers of the staff that get a copy of each campaign of their department and of those below it';

CREATE TABLE control_message (
    run_id     bigint NOT NULL,
    message_id bigint NOT NULL,
    variant    smallint NOT NULL,
    name       text NOT NULL,
    PRIMARY KEY (run_id, message_id)
);
COMMENT ON TABLE control_message IS 'what was sent to control numbers when a run began; these messages are counted to no run';
COMMENT ON COLUMN control_message.variant IS '0: the campaign''s text; else which of campaign.variants, from 1';
COMMENT ON COLUMN control_message.name IS 'of the control number, as it was';

-- One chunk of messages as of the API, urgent because they are few, sent to the staff and therefore bound by no hours.
-- Texts and numbers by position.
CREATE FUNCTION control_messages_add(p_run bigint, p_numbers bigint[], p_variants smallint[], p_texts text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    count integer := cardinality(p_numbers);
    base bigint[];
    msisdns bigint[];
BEGIN
    SELECT array_agg(n.msisdn ORDER BY u.ord) INTO msisdns
      FROM unnest(p_numbers) WITH ORDINALITY AS u(id, ord) JOIN control_number n ON n.id = u.id;
    base := message_base_ids((count + 199) / 200);
    INSERT INTO chunk (lane, size, msisdns, texts, base_ids, sender, class, category, account_id, max_parts, deadline)
    SELECT 0, count, msisdns, p_texts, base, c.sender, 2, 2, c.account_id, 63, r.deadline
      FROM run r JOIN campaign c ON c.id = r.campaign_id WHERE r.id = p_run;
    INSERT INTO control_message (run_id, message_id, variant, name)
    SELECT p_run, base[(u.ord - 1) / 200 + 1] + (u.ord - 1) % 200, u.variant, n.name
      FROM unnest(p_numbers, p_variants) WITH ORDINALITY AS u(id, variant, ord) JOIN control_number n ON n.id = u.id;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON control_number TO vestnik_apid;
GRANT SELECT ON control_message TO vestnik_apid;
GRANT SELECT ON control_number TO vestnik_schedulerd;
GRANT SELECT, INSERT ON control_message TO vestnik_schedulerd;
GRANT SELECT ON list_column TO vestnik_schedulerd;

-- ------------------------------------------------------------------------------------ control group and goal

ALTER TABLE campaign
    ADD COLUMN control_percent smallint CHECK (control_percent BETWEEN 1 AND 50),
    ADD COLUMN control_by text CHECK (control_by IN ('campaign', 'department', 'company')),
    ADD COLUMN goal_action text CHECK (goal_action <> ''),
    ADD COLUMN goal_days smallint CHECK (goal_days BETWEEN 1 AND 90),
    ADD CONSTRAINT campaign_control_check CHECK ((control_percent IS NULL) = (control_by IS NULL)),
    ADD CONSTRAINT campaign_goal_check CHECK ((goal_action IS NULL) = (goal_days IS NULL));
COMMENT ON COLUMN campaign.control_percent IS 'of those who would get it so many get nothing, to compare with; null: none';
COMMENT ON COLUMN campaign.control_by IS 'whose group that is: the campaign''s own, or the same clients in all campaigns of the department or the company';
COMMENT ON COLUMN campaign.goal_action IS 'the kind of action (action_kind.code) that counts as success; named before the launch; null: none';
COMMENT ON COLUMN campaign.goal_days IS 'how long after a message it counts';
INSERT INTO campaign_column SELECT unnest('{control_percent,control_by,goal_action,goal_days}'::text[]), true;

-- Salts of different groups differ (common/model/assign.h); so the control group of a company is the same whatever is sent.
CREATE FUNCTION control_salt(p_by text, p_campaign bigint, p_department bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_by WHEN 'campaign' THEN (1::bigint << 60) + p_campaign WHEN 'department' THEN (2::bigint << 60) + p_department
                     WHEN 'company' THEN 3::bigint << 60 ELSE 0 END
$$;

-- ------------------------------------------------------------------------------------ several texts

ALTER TABLE campaign ADD COLUMN variants jsonb
    CHECK (jsonb_typeof(variants) = 'array' AND jsonb_array_length(variants) BETWEEN 1 AND 4);
COMMENT ON COLUMN campaign.variants IS 'further texts: [{name, text, share}], the share in percent of the audience; text goes to the rest; null: none';
INSERT INTO campaign_column VALUES ('variants', true);
ALTER TABLE chunk ADD COLUMN variant smallint NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN variant smallint NOT NULL DEFAULT 0;
COMMENT ON COLUMN chunk.variant IS 'which text its clients get: 0 the campaign''s, else of campaign.variants, from 1';
COMMENT ON COLUMN batch.variant IS 'that of its chunk; of a home batch alone';

CREATE FUNCTION campaign_text(c campaign, p_variant integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_variant = 0 THEN c.text ELSE (c.variants -> (p_variant - 1)) ->> 'text' END
$$;
COMMENT ON FUNCTION campaign_text IS 'the text of a variant: 0 is the campaign''s own';

-- At which of 10,000 buckets (common/model/assign.h) each further text begins; below the first is the campaign's own.
CREATE FUNCTION variant_bounds(p_variants jsonb) RETURNS integer[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(10000 - x.above ORDER BY x.no) FROM (
        SELECT v.no, sum((v.item ->> 'share')::integer * 100) OVER (ORDER BY v.no DESC)::integer AS above
          FROM jsonb_array_elements(p_variants) WITH ORDINALITY AS v(item, no)) x
$$;
CREATE FUNCTION variant_salt(p_campaign bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (4::bigint << 60) + p_campaign $$;

-- As in 0015, with the text of the message's variant.
CREATE OR REPLACE FUNCTION retention_texts(p_as_of timestamptz, p_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[] := retention_next('text', p_as_of - p_days * interval '1 day', p_limit);
    n bigint := 0;
BEGIN
    IF ids IS NULL THEN RETURN 0; END IF;
    EXECUTE format(
        'UPDATE message m SET text = coalesce(''[campaign '' || p.id || '', SHA-256 '' || encode(sha256(convert_to(coalesce(r.text, campaign_text(p, h.variant)), ''UTF8'')), ''hex''),'
        '              ''[SHA-256 '' || encode(sha256(convert_to(m.text, ''UTF8'')), ''hex'')) || '']'''
        '  FROM batch h LEFT JOIN run r ON r.id = h.run_id LEFT JOIN campaign p ON p.id = r.campaign_id'
        ' WHERE m.id = ANY ($1) AND m.id BETWEEN %s AND %s AND h.id = m.id & ~255::bigint AND h.category = 1 AND m.text <> ''''',
        ids[1], ids[cardinality(ids)]) USING ids;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN greatest(n, 1);
END $$;

-- ------------------------------------------------------------------------------------ trial

ALTER TABLE campaign
    ADD COLUMN trial_clients integer CHECK (trial_clients BETWEEN 1 AND 1000000),
    ADD COLUMN trial_wait_min integer CHECK (trial_wait_min BETWEEN 1 AND 10080),
    ADD COLUMN trial_fail_percent numeric(4, 1) CHECK (trial_fail_percent BETWEEN 0.1 AND 100),
    ADD COLUMN trial_stop_percent numeric(4, 1) CHECK (trial_stop_percent BETWEEN 0.1 AND 100);
COMMENT ON COLUMN campaign.trial_clients IS 'so many of the audience, chosen by a hash, go first, and the others wait to see what comes of it; null: all go';
COMMENT ON COLUMN campaign.trial_wait_min IS 'how long after the last of the trial was dispatched the others go by themselves; null: when a person says so';
COMMENT ON COLUMN campaign.trial_fail_percent IS 'of the trial''s messages failed, rejected, undelivered or expired: more than that pauses the campaign; null: never';
COMMENT ON COLUMN campaign.trial_stop_percent IS 'of the trial''s clients said stop since: likewise';
INSERT INTO campaign_column SELECT unnest('{trial_clients,trial_wait_min,trial_fail_percent,trial_stop_percent}'::text[]), true;
ALTER TABLE chunk ADD COLUMN trial boolean NOT NULL DEFAULT false;
ALTER TABLE run
    ADD COLUMN trial text CHECK (trial IN ('sending', 'waiting', 'stopped', 'over')),
    ADD COLUMN trial_at timestamptz;
COMMENT ON COLUMN chunk.trial IS 'it goes first, and the others of its run wait until run.trial is over';
COMMENT ON COLUMN run.trial IS 'sending: its messages leave; waiting: what comes of it is awaited; stopped: too much failed, the run is paused; over: the others go; null: there is none';
COMMENT ON COLUMN run.trial_at IS 'since when it is so';
-- Who said stop since a trial began is few; the index finds them.
CREATE INDEX opt_out_at ON opt_out (at);
