-- When campaigns run: again and again by a rule, on clients' dates, upon what clients do; and a second text for those
-- who have not acted.
--
-- What is wanted stands in campaign.schedule and campaign.reminder as it was asked for.  From the launch on
-- campaign_clock says what comes next, and campaign_occurrence what became of everything that was due.  An occurrence
-- and its run are written in the transaction that moves the clock on, so each is taken once, whoever is killed and
-- whatever the system's time does: what comes next is told by the rule, never by the time it is.

ALTER TABLE campaign
    ADD COLUMN schedule jsonb CHECK (schedule->>'kind' IN ('recurring', 'date', 'action')),
    ADD COLUMN reminder jsonb;
COMMENT ON COLUMN campaign.schedule IS 'as POST /v1/campaigns takes it; null: once';
COMMENT ON COLUMN campaign.reminder IS 'likewise; null: none';

ALTER TABLE run ADD COLUMN text text;
COMMENT ON COLUMN run.text IS 'of a reminder; null: the campaign''s';

-- Of launched campaigns with a schedule or a reminder.
CREATE TABLE campaign_clock (
    campaign_id bigint PRIMARY KEY REFERENCES campaign,
    kind        text NOT NULL CHECK (kind IN ('once', 'recurring', 'date', 'action')),
    zone        text NOT NULL,
    began_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_local  timestamp,
    next_at     timestamptz,
    last_no     integer NOT NULL DEFAULT 0,
    action_kind smallint,
    delay_s     integer NOT NULL DEFAULT 0,
    ended_at    timestamptz
);
CREATE INDEX campaign_clock_due ON campaign_clock (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX campaign_clock_open ON campaign_clock (campaign_id) WHERE ended_at IS NULL;
CREATE INDEX campaign_clock_action ON campaign_clock (action_kind) WHERE action_kind IS NOT NULL;
COMMENT ON TABLE campaign_clock IS 'what comes next of a campaign that runs more than once';
COMMENT ON COLUMN campaign_clock.next_local IS 'the next occurrence on the clocks of its zone; null: none, or its times follow no rule';
COMMENT ON COLUMN campaign_clock.next_at IS 'when that is, or when those who wait are looked for next; null: nothing comes any more';
COMMENT ON COLUMN campaign_clock.action_kind IS 'whose doers it waits for; null once it is over';

CREATE TABLE campaign_occurrence (
    campaign_id bigint NOT NULL REFERENCES campaign,
    no          integer NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('once', 'recurring', 'date', 'action', 'reminder')),
    due_at      timestamptz NOT NULL,
    due_local   timestamp,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome     text NOT NULL CHECK (outcome IN ('run', 'missed', 'skipped', 'blocked')),
    reason      text CHECK ((reason IS NULL) = (outcome = 'run')),
    run_id      bigint,
    reminder_at timestamptz,
    reminds_no  integer,
    PRIMARY KEY (campaign_id, no)
);
CREATE UNIQUE INDEX campaign_occurrence_due ON campaign_occurrence (campaign_id, due_at) WHERE kind IN ('once', 'recurring', 'date');
CREATE UNIQUE INDEX campaign_occurrence_reminder ON campaign_occurrence (campaign_id, reminds_no) WHERE reminds_no IS NOT NULL;
CREATE UNIQUE INDEX campaign_occurrence_run ON campaign_occurrence (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX campaign_occurrence_waits ON campaign_occurrence (reminder_at) WHERE reminder_at IS NOT NULL;
COMMENT ON TABLE campaign_occurrence IS 'what was due of such campaigns, and what became of it';
COMMENT ON COLUMN campaign_occurrence.due_local IS 'on the clocks of its zone';
COMMENT ON COLUMN campaign_occurrence.reason IS 'why it did not run: paused, superseded (a later one is due), late, overlap, unapproved, approval_over; a campaign that was blocked has it as its problem';
COMMENT ON COLUMN campaign_occurrence.reminder_at IS 'when those are written to again who have not acted; null: not, or not any more';
COMMENT ON COLUMN campaign_occurrence.reminds_no IS 'of a reminder: the occurrence it follows';

-- Those who did what an action campaign waits for, until they are due.
CREATE TABLE trigger_waiting (
    campaign_id bigint NOT NULL,
    client_id   bigint NOT NULL,
    action_at   timestamptz NOT NULL,
    due_at      timestamptz NOT NULL,
    PRIMARY KEY (campaign_id, client_id)
);
CREATE INDEX trigger_waiting_due ON trigger_waiting (campaign_id, due_at);
CREATE INDEX trigger_waiting_client ON trigger_waiting (client_id);

CREATE TABLE trigger_done (
    campaign_id bigint NOT NULL,
    client_id   bigint NOT NULL,
    key         date NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (campaign_id, client_id, key)
);
CREATE INDEX trigger_done_client ON trigger_done (client_id);
CREATE INDEX trigger_done_old ON trigger_done (campaign_id, at);
COMMENT ON TABLE trigger_done IS 'whom a date or an action has brought a message already';
COMMENT ON COLUMN trigger_done.key IS 'the date it was for; of one that comes back each year the first of that year; of an action the day';

-- R-50: what starts by itself and advertises is a scenario that a named person approves again and again.  Insert-only
-- but for voided_at.
CREATE TABLE scenario_approval (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id bigint NOT NULL REFERENCES campaign ON DELETE CASCADE,
    person_id   bigint NOT NULL REFERENCES person,
    approved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    until       timestamptz NOT NULL,
    voided_at   timestamptz
);
CREATE INDEX scenario_approval_campaign ON scenario_approval (campaign_id, id);
COMMENT ON COLUMN scenario_approval.voided_at IS 'the draft was changed afterwards';

INSERT INTO setting VALUES ('scenario_days', '90');
UPDATE role SET rights = rights || '{campaigns.approve}' WHERE code = 'approver';

-- ------------------------------------------------------------------------------------ times

-- The moment a clock in the zone shows this time, as RFC 5545 has it: a time that the clock shows twice is the first
-- of the two, one that it leaps over is counted with the offset before the leap.
CREATE FUNCTION local_moment(p_local timestamp, p_zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    late timestamptz := p_local AT TIME ZONE p_zone; -- of the two, PostgreSQL takes the second
    day_before timestamptz := late - interval '1 day';
    early timestamptz := (p_local - ((day_before AT TIME ZONE p_zone) - (day_before AT TIME ZONE 'UTC'))) AT TIME ZONE 'UTC';
BEGIN
    IF early AT TIME ZONE p_zone = p_local OR late AT TIME ZONE p_zone <> p_local THEN RETURN early; END IF;
    RETURN late;
END $$;

-- ------------------------------------------------------------------------------------ launching

-- Whether a campaign starts by itself and advertises.
CREATE FUNCTION scenario_needed(c campaign) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT c.schedule IS NOT NULL AND coalesce(c.category, 1) = 1
$$;

-- Until when its scenario is approved; null: it is not.
CREATE FUNCTION scenario_until(p_campaign bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT max(a.until) FROM scenario_approval a WHERE a.campaign_id = p_campaign AND a.voided_at IS NULL
$$;

-- The clock of a campaign that is launched.  p_locals: times its rule names, in order, the first that is to come is
-- taken; of others none.
CREATE FUNCTION clock_begin(p_campaign bigint, p_locals timestamp[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c campaign%ROWTYPE;
    v_kind text;
    v_zone text;
    v_from timestamptz;
    v_local timestamp;
BEGIN
    SELECT * INTO c FROM campaign WHERE id = p_campaign;
    v_kind := coalesce(c.schedule->>'kind', 'once');
    v_zone := coalesce(c.schedule->>'zone', (SELECT value FROM setting WHERE name = 'time_zone'));
    v_from := greatest(c.start_at, clock_timestamp());
    SELECT u INTO v_local FROM unnest(p_locals) AS u WHERE local_moment(u, v_zone) >= v_from ORDER BY u LIMIT 1;
    INSERT INTO campaign_clock (campaign_id, kind, zone, next_local, next_at, action_kind, delay_s)
    SELECT c.id, v_kind, v_zone, v_local,
           CASE WHEN v_kind IN ('once', 'action') THEN c.start_at ELSE local_moment(v_local, v_zone) END,
           (SELECT a.id FROM action_kind a WHERE v_kind = 'action' AND a.code = c.schedule->>'action'),
           coalesce((c.schedule->>'delay_min')::integer * 60, 0);
END $$;

-- ------------------------------------------------------------------------------------ what is due (schedulerd)

-- Whether anything of a campaign is still to be sent; what only waits for receipts is not.
CREATE FUNCTION campaign_is_sending(p_campaign bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM run r WHERE r.campaign_id = p_campaign AND r.finished_at IS NULL
        AND (r.snapshot_at IS NULL
             OR EXISTS (SELECT 1 FROM chunk k WHERE k.run_id = r.id AND k.state IN (0, 1))
             OR EXISTS (SELECT 1 FROM batch b WHERE b.run_id = r.id AND b.state IN (0, 1, 2))))
$$;

-- Write an occurrence down, with its run where it has one.  The caller holds the clock.
CREATE FUNCTION occurrence_note(c campaign, p_kind text, p_due_at timestamptz, p_due_local timestamp, p_outcome text, p_reason text,
    p_reminds_no integer, OUT no integer, OUT run_id bigint)
LANGUAGE plpgsql AS $$
DECLARE
    reminder_h integer := CASE WHEN p_reminds_no IS NULL AND p_outcome = 'run' THEN (c.reminder->>'after_h')::integer END;
BEGIN
    UPDATE campaign_clock k SET last_no = k.last_no + 1 WHERE k.campaign_id = c.id RETURNING k.last_no INTO no;
    IF p_outcome = 'run' THEN
        -- Pace and end of a run come with migration 0044.
        INSERT INTO run (campaign_id, occurrence, status, deadline, stop_at, paced, text)
        VALUES (c.id, occurrence_note.no, 'snapshot', clock_timestamp() + c.validity_s * interval '1 s',
                c.stop_at, num_nonnulls(c.pace_per_min, c.pace_until) > 0,
                CASE WHEN p_reminds_no IS NOT NULL THEN c.reminder->>'text' END)
        RETURNING id INTO run_id;
        UPDATE campaign SET status = 'running' WHERE id = c.id AND status = 'planned';
    ELSIF p_outcome = 'blocked' THEN
        UPDATE campaign SET status = 'paused', problem = p_reason WHERE id = c.id AND status IN ('planned', 'running');
    END IF;
    INSERT INTO campaign_occurrence (campaign_id, no, kind, due_at, due_local, outcome, reason, run_id, reminder_at, reminds_no)
    VALUES (c.id, occurrence_note.no, p_kind, p_due_at, p_due_local, p_outcome, p_reason, occurrence_note.run_id,
            clock_timestamp() + reminder_h * interval '1 hour', p_reminds_no);
END $$;

-- Why a campaign may not begin by itself now; null: it may.
CREATE FUNCTION scenario_fault(c campaign) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN NOT scenario_needed(c) OR scenario_until(c.id) > clock_timestamp() THEN NULL
                WHEN scenario_until(c.id) IS NULL THEN 'unapproved'
                ELSE 'approval_over' END
$$;

-- The next occurrence of a campaign, whose rows the caller has locked, is over: it runs or does not.  p_next: what its
-- rule names then; null: nothing.  outcome 'none': nobody waited.
CREATE FUNCTION occurrence_take(p_campaign bigint, p_next timestamp, OUT outcome text, OUT reason text, OUT no integer, OUT run_id bigint)
LANGUAGE plpgsql AS $$
DECLARE
    k campaign_clock%ROWTYPE;
    c campaign%ROWTYPE;
    v_now timestamptz := clock_timestamp();
    v_next timestamptz;
BEGIN
    SELECT * INTO STRICT k FROM campaign_clock x WHERE x.campaign_id = p_campaign;
    SELECT * INTO STRICT c FROM campaign x WHERE x.id = p_campaign;
    IF k.kind = 'action' THEN
        v_next := v_now + coalesce((c.schedule->>'every_s')::integer, 60) * interval '1 s';
        IF NOT EXISTS (SELECT 1 FROM trigger_waiting w WHERE w.campaign_id = c.id AND w.due_at <= v_now) THEN
            UPDATE campaign_clock x SET next_at = v_next WHERE x.campaign_id = c.id;
            outcome := 'none';
            RETURN;
        END IF;
    ELSE
        v_next := local_moment(p_next, k.zone);
    END IF;
    outcome := 'run';
    IF c.status = 'paused' THEN
        outcome := 'skipped';
        reason := 'paused';
    ELSIF k.kind IN ('recurring', 'date') AND v_next <= v_now THEN
        outcome := 'missed';
        reason := 'superseded';
    ELSIF k.kind IN ('recurring', 'date') AND v_now > k.next_at + coalesce((c.schedule->>'catch_up_min')::integer, 60) * interval '1 min' THEN
        outcome := 'missed';
        reason := 'late';
    ELSIF scenario_fault(c) IS NOT NULL THEN
        outcome := 'blocked';
        reason := scenario_fault(c);
    ELSIF k.kind = 'recurring' AND c.schedule->>'overlap' = 'skip' AND campaign_is_sending(c.id) THEN
        outcome := 'skipped';
        reason := 'overlap';
    END IF;
    SELECT n.no, n.run_id INTO no, run_id FROM occurrence_note(c, k.kind, CASE k.kind WHEN 'action' THEN v_now ELSE k.next_at END,
                                                               k.next_local, outcome, reason, NULL) n;
    IF k.kind = 'action' AND outcome <> 'run' THEN
        DELETE FROM trigger_waiting w WHERE w.campaign_id = c.id AND w.due_at <= v_now;
    END IF;
    UPDATE campaign_clock x SET next_local = p_next, next_at = v_next WHERE x.campaign_id = c.id;
END $$;

-- The next reminder that is due: a run of its own.  No row: none is.
CREATE FUNCTION reminder_take() RETURNS TABLE (campaign_id bigint, outcome text, no integer, run_id bigint)
LANGUAGE plpgsql AS $$
DECLARE
    o campaign_occurrence%ROWTYPE;
    c campaign%ROWTYPE;
    v_reason text;
BEGIN
    SELECT x.* INTO o FROM campaign_occurrence x JOIN campaign p ON p.id = x.campaign_id JOIN campaign_clock k ON k.campaign_id = p.id
     WHERE x.reminder_at <= statement_timestamp() AND p.status IN ('planned', 'running')
     ORDER BY x.reminder_at LIMIT 1 FOR UPDATE OF p, k, x SKIP LOCKED;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT * INTO STRICT c FROM campaign x WHERE x.id = o.campaign_id;
    UPDATE campaign_occurrence x SET reminder_at = NULL WHERE x.campaign_id = o.campaign_id AND x.no = o.no;
    v_reason := scenario_fault(c);
    campaign_id := c.id;
    outcome := CASE WHEN v_reason IS NULL THEN 'run' ELSE 'blocked' END;
    SELECT n.no, n.run_id INTO no, run_id FROM occurrence_note(c, 'reminder', o.reminder_at, NULL, outcome, v_reason, o.no) n;
    RETURN NEXT;
END $$;

-- Campaigns of which nothing comes any more.  Returns how many.
CREATE FUNCTION schedules_finish() RETURNS bigint
LANGUAGE sql AS $$
    WITH over AS (
        SELECT c.id, c.status FROM campaign_clock k JOIN campaign c ON c.id = k.campaign_id
         WHERE k.ended_at IS NULL
           AND (c.status = 'cancelled' OR c.status IN ('planned', 'running') AND k.next_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM campaign_occurrence o WHERE o.campaign_id = c.id AND o.reminder_at IS NOT NULL))
           AND NOT EXISTS (SELECT 1 FROM run r WHERE r.campaign_id = c.id AND r.finished_at IS NULL)
           FOR UPDATE OF c, k SKIP LOCKED),
    clocks AS (
        UPDATE campaign_clock k SET ended_at = clock_timestamp(), next_at = NULL, action_kind = NULL FROM over WHERE k.campaign_id = over.id),
    waiting AS (DELETE FROM trigger_waiting w USING over WHERE w.campaign_id = over.id),
    reminders AS (
        UPDATE campaign_occurrence o SET reminder_at = NULL FROM over WHERE o.campaign_id = over.id AND o.reminder_at IS NOT NULL),
    ended AS (
        UPDATE campaign c SET finished_at = coalesce(c.finished_at, clock_timestamp()),
               status = CASE c.status WHEN 'cancelled' THEN c.status ELSE 'finished' END
          FROM over WHERE c.id = over.id RETURNING 1)
    SELECT count(*) FROM ended
$$;

-- Some of those who had their turn so long ago that it bars nothing any more, and all of what is over.  Returns how many.
CREATE FUNCTION triggers_forget(p_limit integer) RETURNS bigint
LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM trigger_done WHERE ctid = ANY (ARRAY(
            SELECT d.ctid FROM campaign_clock k JOIN campaign c ON c.id = k.campaign_id
             CROSS JOIN LATERAL (
                   SELECT t.ctid FROM trigger_done t
                    WHERE t.campaign_id = k.campaign_id
                      AND t.at < CASE WHEN k.ended_at IS NOT NULL THEN 'infinity'
                                      WHEN k.kind = 'action' THEN statement_timestamp() - (c.schedule->>'once_days')::integer * interval '1 day'
                                      ELSE statement_timestamp() - interval '400 days' END
                    ORDER BY t.at LIMIT p_limit) d
             WHERE k.kind IN ('date', 'action') LIMIT p_limit))
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

-- ------------------------------------------------------------------------------------ whom a run goes to

-- Whose date it is, within the campaign's list; each once a year, or once for the date.
CREATE FUNCTION audience_of_date(p_run bigint, c campaign, p_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    field text := c.schedule->>'field';
    event date := p_day - (c.schedule->>'offset_days')::integer;
    yearly boolean := (c.schedule->>'yearly')::boolean;
    days text[] := ARRAY[to_char(event, 'MM-DD')];
    is_leap boolean := extract(day FROM make_date(extract(year FROM event)::integer, 3, 1) - 1) = 29;
    value text;
BEGIN
    -- Whoever has a date on the 29th of February is not left out in other years.
    IF NOT is_leap AND days[1] = (CASE c.schedule->>'leap' WHEN 'mar1' THEN '03-01' ELSE '02-28' END) THEN
        days := days || '02-29'::text;
    END IF;
    IF field IN ('birthday', 'contract_from', 'contract_to', 'registered_on') THEN
        value := format('k.%I', field);
    ELSE
        SELECT format('k.attrs[%s]', a.slot) INTO value FROM client_attribute a WHERE a.name = field AND a.type = 'date';
        IF NOT FOUND THEN RETURN; END IF;
    END IF;
    EXECUTE format(
        'WITH who AS (SELECT k.id FROM client k WHERE %s'
        '   AND ($2 IS NULL OR EXISTS (SELECT 1 FROM list_member m WHERE m.list_id = $2 AND m.client_id = k.id))),'
        ' new AS (INSERT INTO trigger_done (campaign_id, client_id, key) SELECT $3, id, $4 FROM who ORDER BY id'
        '          ON CONFLICT DO NOTHING RETURNING client_id)'
        ' INSERT INTO list_member (list_id, client_id) SELECT -$5, client_id FROM new',
        CASE WHEN NOT yearly THEN format('%s::text = $1[1]', value)
             ELSE format('right(%s::text, 5) = ANY ($1)', value) END)
      USING CASE WHEN yearly THEN days ELSE ARRAY[event::text] END, c.list_id, c.id,
            CASE WHEN yearly THEN date_trunc('year', event)::date ELSE event END, p_run;
END $$;

-- Those who waited long enough, but nobody who got one within once_days.
CREATE FUNCTION audience_of_action(p_run bigint, c campaign, p_due_at timestamptz) RETURNS void
LANGUAGE sql AS $$
    WITH due AS (
        DELETE FROM trigger_waiting w WHERE w.campaign_id = c.id AND w.due_at <= p_due_at RETURNING w.client_id),
    new AS (
        INSERT INTO trigger_done (campaign_id, client_id, key)
        SELECT c.id, d.client_id, (clock_timestamp() AT TIME ZONE 'UTC')::date FROM due d
         WHERE (c.list_id IS NULL OR EXISTS (SELECT 1 FROM list_member m WHERE m.list_id = c.list_id AND m.client_id = d.client_id))
           AND NOT EXISTS (SELECT 1 FROM trigger_done t WHERE t.campaign_id = c.id AND t.client_id = d.client_id
                              AND t.at > clock_timestamp() - (c.schedule->>'once_days')::integer * interval '1 day')
         ORDER BY d.client_id
        ON CONFLICT DO NOTHING RETURNING client_id)
    INSERT INTO list_member (list_id, client_id) SELECT -p_run, client_id FROM new
$$;

-- Whom an earlier run reached who have not done what they were asked to.
CREATE FUNCTION audience_of_reminder(p_run bigint, c campaign, p_reminds_no integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    reminded bigint := (SELECT o.run_id FROM campaign_occurrence o WHERE o.campaign_id = c.id AND o.no = p_reminds_no);
    action_id smallint := (SELECT a.id FROM action_kind a WHERE a.code = c.reminder->>'action');
    lowest bigint;
    highest bigint;
BEGIN
    SELECT min(b.id), max(b.id) + 255 INTO lowest, highest FROM batch b WHERE b.run_id = reminded AND b.message_ids IS NULL;
    IF lowest IS NULL THEN RETURN; END IF;
    -- The range stands there as numbers, so that other days are not even planned.
    EXECUTE format(
        'INSERT INTO list_member (list_id, client_id)'
        ' SELECT -$1, m.client_id FROM batch h'
        '   JOIN message m ON m.id >= h.id AND m.id < h.id + 256 AND m.id BETWEEN %1$s AND %2$s'
        '   JOIN message_state s ON s.id = m.id AND s.id BETWEEN %1$s AND %2$s'
        '  WHERE h.run_id = $2 AND h.message_ids IS NULL AND m.client_id IS NOT NULL'
        '    AND (s.state = 9 OR $3 = ''sent'' AND (s.state IN (2, 3) OR s.state = 0 AND EXISTS (SELECT 1 FROM receipt_ref f WHERE f.message_id = m.id)))'
        '    AND NOT EXISTS (SELECT 1 FROM action a WHERE a.kind = $4 AND a.client_id = m.client_id'
        '                       AND a.at >= to_timestamp((m.id >> 32) + 1577836800))'
        '    AND NOT ($5 AND EXISTS (SELECT 1 FROM click k WHERE k.message_id = m.id AND k.robot = 0))'
        ' ON CONFLICT DO NOTHING', lowest, highest)
      USING p_run, reminded, c.reminder->>'to', action_id, coalesce((c.reminder->>'click')::boolean, false);
END $$;

-- Before a snapshot: whom a run goes to that does not go to the whole list of its campaign, as members of the list
-- whose id is that of the run with a minus before it.  They are gone with the transaction: audience_drop().  False:
-- the run goes to the campaign's list.
CREATE FUNCTION audience_make(p_run bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    c campaign%ROWTYPE;
    o campaign_occurrence%ROWTYPE;
BEGIN
    SELECT * INTO o FROM campaign_occurrence x WHERE x.run_id = p_run;
    IF NOT FOUND OR o.kind NOT IN ('date', 'action', 'reminder') THEN RETURN false; END IF;
    SELECT * INTO STRICT c FROM campaign x WHERE x.id = o.campaign_id;
    CASE o.kind
        WHEN 'date' THEN PERFORM audience_of_date(p_run, c, o.due_local::date);
        WHEN 'action' THEN PERFORM audience_of_action(p_run, c, o.due_at);
        ELSE PERFORM audience_of_reminder(p_run, c, o.reminds_no);
    END CASE;
    RETURN true;
END $$;

-- After it.  A run that takes promo codes counts on as many as it has clients, beside those its campaign gave before.
CREATE FUNCTION audience_drop(p_run bigint) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM list_member WHERE list_id = -p_run;
    UPDATE promo_use u SET ended_at = NULL,
           wanted = r.audience + (SELECT count(*) FROM run x JOIN promo_code p ON p.run_id = x.id WHERE x.campaign_id = u.campaign_id)
      FROM run r JOIN campaign_occurrence o ON o.run_id = r.id
     WHERE r.id = p_run AND u.campaign_id = r.campaign_id AND o.kind <> 'reminder';
$$;

-- ------------------------------------------------------------------------------------ what clients do

-- Whoever enters actions also says who waits; what came more than a day late is history, and starts nothing.
CREATE FUNCTION action_triggers_add() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM campaign_clock k WHERE k.action_kind IS NOT NULL) THEN RETURN NULL; END IF;
    INSERT INTO trigger_waiting (campaign_id, client_id, action_at, due_at)
    SELECT k.campaign_id, a.client_id, max(a.at), max(a.at) + k.delay_s * interval '1 s'
      FROM came a JOIN campaign_clock k ON k.action_kind = a.kind
     WHERE a.at >= k.began_at AND a.at BETWEEN clock_timestamp() - interval '1 day' AND clock_timestamp() + interval '1 hour'
     GROUP BY k.campaign_id, a.client_id, k.delay_s ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER action_triggers_add AFTER INSERT ON action REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION action_triggers_add();

-- Of whom is erased nothing stays here.
CREATE FUNCTION client_triggers_forget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM trigger_waiting w USING gone g WHERE w.client_id = g.id;
    DELETE FROM trigger_done d USING gone g WHERE d.client_id = g.id;
    RETURN NULL;
END $$;
CREATE TRIGGER client_triggers_forget AFTER DELETE ON client REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION client_triggers_forget();
REVOKE ALL ON FUNCTION action_triggers_add(), client_triggers_forget() FROM PUBLIC;

-- As in 0015; besides: a reminder's message has the digest of the reminder's text.
CREATE OR REPLACE FUNCTION retention_texts(p_as_of timestamptz, p_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[] := retention_next('text', p_as_of - p_days * interval '1 day', p_limit);
    n bigint := 0;
BEGIN
    IF ids IS NULL THEN RETURN 0; END IF;
    EXECUTE format(
        'UPDATE message m SET text = coalesce(''[campaign '' || p.id || '', SHA-256 '' || encode(sha256(convert_to(coalesce(r.text, p.text), ''UTF8'')), ''hex''),'
        '              ''[SHA-256 '' || encode(sha256(convert_to(m.text, ''UTF8'')), ''hex'')) || '']'''
        '  FROM batch h LEFT JOIN run r ON r.id = h.run_id LEFT JOIN campaign p ON p.id = r.campaign_id'
        ' WHERE m.id = ANY ($1) AND m.id BETWEEN %s AND %s AND h.id = m.id & ~255::bigint AND h.category = 1 AND m.text <> ''''',
        ids[1], ids[cardinality(ids)]) USING ids;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN greatest(n, 1);
END $$;

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT, INSERT ON campaign_clock TO vestnik_apid;
GRANT SELECT ON campaign_occurrence TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE (voided_at) ON scenario_approval TO vestnik_apid;
GRANT SELECT, UPDATE ON campaign_clock TO vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE ON campaign_occurrence TO vestnik_schedulerd;
GRANT SELECT, DELETE ON trigger_waiting TO vestnik_schedulerd;
GRANT SELECT, INSERT, DELETE ON trigger_done TO vestnik_schedulerd;
GRANT SELECT ON scenario_approval, promo_code TO vestnik_schedulerd;
GRANT UPDATE (wanted, ended_at) ON promo_use TO vestnik_schedulerd;
