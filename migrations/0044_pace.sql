-- Pace: how fast and when a campaign goes out, and when what is left of it is given up.

ALTER TABLE campaign
    ADD COLUMN pace_until timestamptz,
    ADD COLUMN stop_at timestamptz,
    ADD COLUMN window_days smallint[] CHECK (window_days <@ '{1,2,3,4,5,6,7}' AND cardinality(window_days) > 0),
    ADD COLUMN window_from time,
    ADD COLUMN window_to time CHECK (window_to - window_from >= interval '10 minutes'),
    ADD COLUMN window_zone text CHECK (window_zone IN ('company', 'client')),
    ADD CONSTRAINT campaign_window_check CHECK (num_nulls(window_days, window_from, window_to, window_zone) IN (0, 4)),
    ADD CONSTRAINT campaign_pace_check CHECK (pace_per_min IS NULL OR pace_until IS NULL);
INSERT INTO campaign_column SELECT unnest('{window_days,window_from,window_to,window_zone}'::text[]), true;
-- Of the day it was made for.
INSERT INTO campaign_column SELECT unnest('{pace_until,stop_at}'::text[]), false;
COMMENT ON COLUMN campaign.pace_until IS 'it is spread evenly until then; else pace_per_min, or as fast as it goes';
COMMENT ON COLUMN campaign.stop_at IS 'nothing of it leaves from then on: what is left is cancelled and not sent another day';
COMMENT ON COLUMN campaign.window_days IS 'days of its own window, 1 is Monday; null: it has none';
COMMENT ON COLUMN campaign.window_zone IS 'whose time its own window is: the company''s or each client''s';

ALTER TABLE run
    ADD COLUMN paced boolean NOT NULL DEFAULT false,
    ADD COLUMN stop_at timestamptz,
    ADD COLUMN end_reason smallint;
COMMENT ON COLUMN run.paced IS 'its claims draw on run_pace';
COMMENT ON COLUMN run.stop_at IS 'campaign.stop_at';
COMMENT ON COLUMN run.end_reason IS 'why what was left of a cancelled run is cancelled; null: a person cancelled it (5)';
CREATE INDEX run_stopping ON run (stop_at) WHERE stop_at IS NOT NULL AND status IN ('snapshot', 'running', 'paused');

-- A row a paced run, so that a campaign without a pace costs nothing.  Claims of slices draw on it, no message by itself.
CREATE TABLE run_pace (
    run_id     bigint PRIMARY KEY,
    rate_per_s double precision NOT NULL CHECK (rate_per_s >= 0),
    credit     double precision NOT NULL DEFAULT 0,
    at         timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
COMMENT ON TABLE run_pace IS 'how many messages a paced run may send';
COMMENT ON COLUMN run_pace.credit IS 'messages it might send at `at`; it grows by the rate up to half a second of it, and to one message at least';

CREATE FUNCTION pace_credit(p run_pace, p_now timestamptz) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT least(p.credit + p.rate_per_s * greatest(extract(epoch FROM p_now - p.at), 0)::double precision, greatest(1, p.rate_per_s / 2))
$$;

-- ------------------------------------------------------------------------------------ hours

-- The permitted hours, cut by the campaign's own window: as send_hours(), which alone holds without one.
CREATE FUNCTION campaign_hours(p_campaign bigint, p_category smallint, p_zones text[], p_at timestamptz, OUT opens_at timestamptz, OUT closes_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    zones text[];
    h record;
    t timestamptz := p_at;
    d date;
    own_opens timestamptz;
    own_closes timestamptz;
BEGIN
    SELECT k.window_days, k.window_from, k.window_to, k.window_zone INTO c FROM campaign k WHERE k.id = p_campaign;
    IF c.window_days IS NULL THEN
        SELECT s.opens_at, s.closes_at INTO opens_at, closes_at FROM send_hours(p_category, p_zones, p_at) s;
        RETURN;
    END IF;
    zones := CASE WHEN c.window_zone = 'client' AND cardinality(p_zones) > 0 THEN p_zones
                  ELSE ARRAY(SELECT value FROM setting WHERE name = 'time_zone') END;
    FOR i IN 1..62 LOOP
        SELECT s.opens_at, s.closes_at INTO h FROM send_hours(p_category, p_zones, t) s;
        EXIT WHEN h.closes_at IS NULL;
        SELECT min((t AT TIME ZONE z)::date) INTO d FROM unnest(zones) AS z;
        FOR k IN 0..8 LOOP
            CONTINUE WHEN NOT extract(isodow FROM d + k)::smallint = ANY (c.window_days);
            SELECT max((d + k + c.window_from) AT TIME ZONE z), min((d + k + c.window_to) AT TIME ZONE z)
              INTO own_opens, own_closes FROM unnest(zones) AS z;
            EXIT WHEN own_closes > greatest(t, own_opens) + send_margin();
            own_closes := NULL;
        END LOOP;
        EXIT WHEN own_closes IS NULL OR own_opens > p_at + interval '62 days';
        opens_at := greatest(h.opens_at, own_opens);
        closes_at := least(h.closes_at, own_closes);
        IF closes_at > greatest(t, opens_at) + send_margin() THEN RETURN; END IF;
        t := closes_at; -- whichever ends first is over
    END LOOP;
    opens_at := NULL;
    closes_at := NULL;
END $$;

CREATE FUNCTION run_hours(p_run bigint, p_category smallint, p_zones text[], p_at timestamptz, OUT opens_at timestamptz, OUT closes_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT h.opens_at, h.closes_at INTO opens_at, closes_at
      FROM campaign_hours((SELECT r.campaign_id FROM run r WHERE r.id = p_run), p_category, p_zones, p_at) h;
END $$;

-- Whether a campaign's clients are told apart by their hours.
CREATE FUNCTION campaign_bound(p_campaign bigint, p_category smallint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (SELECT value FROM setting WHERE name = 'quiet_hours') = 'on' AND EXISTS (SELECT 1 FROM send_window w WHERE w.category = p_category)
           OR EXISTS (SELECT 1 FROM campaign c WHERE c.id = p_campaign AND c.window_days IS NOT NULL)
$$;

-- As send_zones(); where only the campaign's own window binds, nobody is left out for a zone that is not known.
CREATE FUNCTION campaign_zones(p_campaign bigint, p_category smallint, own text, region_name_id integer) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    company text[];
    known text[];
BEGIN
    IF campaign_bound(NULL, p_category) THEN RETURN send_zones(own, region_name_id); END IF;
    company := ARRAY(SELECT value FROM setting WHERE name = 'time_zone');
    IF (SELECT c.window_zone FROM campaign c WHERE c.id = p_campaign) IS DISTINCT FROM 'client' THEN RETURN company; END IF;
    known := send_zones(own, region_name_id);
    RETURN CASE WHEN cardinality(known) > 0 THEN known ELSE company END;
END $$;

-- As send_deadline(), by the campaign's hours.
CREATE FUNCTION campaign_deadline(p_campaign bigint, p_rule text, p_category smallint, p_zones text[], p_from timestamptz, p_validity_s integer,
    p_opens_at timestamptz, p_closes_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_closes_at IS NULL OR p_rule = 'cancel' THEN least(p_from + p_validity_s * interval '1 s', p_closes_at)
                WHEN greatest(p_from, p_opens_at) + p_validity_s * interval '1 s' <= p_closes_at
                THEN greatest(p_from, p_opens_at) + p_validity_s * interval '1 s'
                ELSE greatest(greatest(p_from, p_opens_at) + p_validity_s * interval '1 s',
                              (SELECT h.closes_at FROM campaign_hours(p_campaign, p_category, p_zones, p_closes_at) h)) END
$$;

-- As in 0014, by the campaign's hours.
CREATE OR REPLACE FUNCTION batches_move(p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    moved integer;
BEGIN
    WITH closing AS MATERIALIZED (
        SELECT b.id, b.run_id, b.category, b.zones FROM batch b
         WHERE b.state = 0 AND b.zones IS NOT NULL AND b.send_until <= statement_timestamp() + send_margin()
         ORDER BY b.send_until LIMIT p_limit FOR UPDATE SKIP LOCKED),
    hours AS MATERIALIZED (
        SELECT d.run_id, d.category, d.zones, h.opens_at, h.closes_at
          FROM (SELECT DISTINCT c.run_id, c.category, c.zones FROM closing c) d
          CROSS JOIN LATERAL run_hours(d.run_id, d.category, d.zones, statement_timestamp()) h)
    UPDATE batch b SET send_from = coalesce(h.opens_at, 'infinity'), send_until = coalesce(h.closes_at, 'infinity')
      FROM closing c JOIN hours h ON h.category = c.category AND h.zones = c.zones AND h.run_id IS NOT DISTINCT FROM c.run_id
     WHERE b.id = c.id;
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved;
END $$;

-- ------------------------------------------------------------------------------------ pace

-- Seconds from now to p_until in which the campaign may send, by the hours of the company's zone.
CREATE FUNCTION pace_seconds(p_campaign bigint, p_category smallint, p_until timestamptz) RETURNS double precision
LANGUAGE plpgsql STABLE AS $$
DECLARE
    t timestamptz := clock_timestamp();
    zones text[] := ARRAY(SELECT value FROM setting WHERE name = 'time_zone');
    h record;
    total double precision := 0;
BEGIN
    FOR i IN 1..62 LOOP
        EXIT WHEN t >= p_until;
        SELECT s.opens_at, s.closes_at INTO h FROM campaign_hours(p_campaign, p_category, zones, t) s;
        EXIT WHEN h.closes_at IS NULL OR h.opens_at >= p_until;
        total := total + extract(epoch FROM least(CASE WHEN h.closes_at = 'infinity' THEN h.closes_at ELSE h.closes_at - send_margin() END, p_until)
                                            - greatest(t, h.opens_at));
        t := h.closes_at;
    END LOOP;
    RETURN total;
END $$;

-- Set a run's pace by its campaign's.  p_anew: the pace was changed, so what was saved up under the old one is not
-- spent; else only the rate follows what is left and the time that is.
CREATE FUNCTION run_pace_set(p_run bigint, p_anew boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    c record;
    rate double precision;
BEGIN
    SELECT k.id, k.category, k.pace_per_min, k.pace_until, r.audience, r.paced INTO c
      FROM run r JOIN campaign k ON k.id = r.campaign_id WHERE r.id = p_run;
    IF c.pace_per_min IS NULL AND c.pace_until IS NULL THEN
        UPDATE run SET paced = false WHERE id = p_run AND paced;
        DELETE FROM run_pace WHERE run_id = p_run;
        RETURN;
    END IF;
    IF c.pace_until IS NULL THEN
        rate := c.pace_per_min / 60.0;
    ELSE
        SELECT greatest(c.audience - coalesce(sum(n.suppressed + n.accepted + n.cancelled + n.failed), 0), 1)
               / greatest(pace_seconds(c.id, c.category, c.pace_until), 1)
          INTO rate FROM run_count n WHERE n.run_id = p_run;
    END IF;
    -- The first message goes at once, however slow the others are to follow.
    INSERT INTO run_pace AS p (run_id, rate_per_s, credit) VALUES (p_run, rate, 1)
    ON CONFLICT (run_id) DO UPDATE SET rate_per_s = excluded.rate_per_s, at = clock_timestamp(),
           credit = CASE WHEN p_anew THEN 0 ELSE pace_credit(p, clock_timestamp()) END;
    IF NOT c.paced THEN
        UPDATE run SET paced = true WHERE id = p_run;
    END IF;
END $$;

-- Runs that had a pace go on with it.
SELECT run_pace_set(r.id, true) FROM run r JOIN campaign c ON c.id = r.campaign_id
 WHERE r.finished_at IS NULL AND r.status IN ('snapshot', 'running', 'paused') AND c.pace_per_min IS NOT NULL;

-- ------------------------------------------------------------------------------------ claiming

-- As in 0014; besides: claims of a paced run draw on its credit, and one past its campaign's stop_at is refused.
--
-- outcome 'paced': the pace leaves nothing for this claim; the batch is the claimant's, who comes again after wait_ms.
-- wait_ms besides 'claimed': the credit is used up, nothing of the run can be had before.  stop_at: from then on nothing
-- of the slice may be written.
DROP FUNCTION batch_claim(bigint, smallint, text, integer, integer);
CREATE FUNCTION batch_claim(p_batch bigint, p_account smallint, p_owner text, p_epoch integer, p_max_parts integer,
    OUT outcome text, OUT run_id bigint, OUT lane smallint, OUT class smallint, OUT category smallint, OUT attempt smallint, OUT sender text,
    OUT deadline timestamptz, OUT slice_from smallint, OUT slice_to smallint, OUT message_count smallint,
    OUT wait_ms integer, OUT stop_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    b batch%ROWTYPE;
    run_status text;
    run_paced boolean := false;
    pace run_pace%ROWTYPE;
    has double precision;
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
    run_id := b.run_id;
    IF b.run_id IS NOT NULL THEN
        SELECT k.status, k.paced, k.stop_at INTO run_status, run_paced, stop_at FROM run k WHERE k.id = b.run_id;
        IF run_status = 'cancelled' OR stop_at <= clock_timestamp() THEN outcome := 'cancelled';
        ELSIF run_status <> 'running' THEN outcome := 'stopped'; END IF;
    END IF;
    IF outcome IS NULL AND b.deadline <= clock_timestamp() THEN outcome := 'expired'; END IF;
    IF outcome IS NULL AND (b.send_until <= clock_timestamp() + send_margin() OR b.send_from > clock_timestamp()) THEN
        SELECT h.opens_at, h.closes_at INTO b.send_from, b.send_until FROM run_hours(b.run_id, b.category, b.zones, clock_timestamp()) h;
        IF b.send_from <= clock_timestamp() THEN -- the rules have changed
            UPDATE batch SET send_from = b.send_from, send_until = b.send_until WHERE batch.id = p_batch;
        ELSE
            outcome := 'stopped';
        END IF;
    END IF;
    IF outcome IS NOT NULL THEN
        UPDATE batch SET state = 0, published_at = NULL, send_from = coalesce(b.send_from, 'infinity'), send_until = coalesce(b.send_until, 'infinity')
         WHERE batch.id = p_batch AND state IN (0, 1, 2);
        RETURN;
    END IF;

    IF run_paced THEN
        SELECT * INTO pace FROM run_pace p WHERE p.run_id = b.run_id FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            has := pace_credit(pace, clock_timestamp());
            IF has < 1 THEN
                wait_ms := CASE WHEN pace.rate_per_s > 4 THEN 100 ELSE 250 END;
            END IF;
        ELSE -- somebody draws on it just now
            wait_ms := 20;
        END IF;
        IF wait_ms IS NOT NULL THEN
            outcome := 'paced'; lane := b.lane; slice_from := b.claimed; slice_to := b.claimed; message_count := b.message_count;
            UPDATE batch SET state = 2, epoch = p_epoch, slice_from = b.claimed
             WHERE batch.id = p_batch AND (state <> 2 OR batch.slice_from <> claimed);
            RETURN;
        END IF;
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
    IF pace.run_id IS NOT NULL THEN
        upto := least(upto, b.claimed + floor(has)::integer);
        has := has - (upto - b.claimed);
        wait_ms := CASE WHEN has < 1 THEN CASE WHEN pace.rate_per_s > 4 THEN 100 ELSE 250 END ELSE 0 END;
        UPDATE run_pace p SET credit = has, at = clock_timestamp() WHERE p.run_id = b.run_id;
    END IF;

    UPDATE batch SET state = 2, slice_from = b.claimed, claimed = upto, epoch = p_epoch, claimed_at = clock_timestamp()
     WHERE batch.id = p_batch;
    outcome := 'claimed'; run_id := b.run_id; lane := b.lane; class := b.class; category := b.category; attempt := b.attempt;
    sender := b.sender; deadline := least(b.deadline, b.send_until); slice_from := b.claimed; slice_to := upto; message_count := b.message_count;
END $$;

-- As in 0028, by the run's hours and with the reason its run ended for.
CREATE OR REPLACE FUNCTION retry_gather(p_limit integer, p_slot smallint)
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
        SELECT r.message_id FROM retry r WHERE r.due_at <= statement_timestamp() AND r.account_id <> 0
         ORDER BY r.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED) x;
    IF due IS NULL THEN RETURN; END IF;
    FOR g IN
        WITH full_row AS (
            SELECT d.message_id, d.account_id, d.parts_mask, h.run_id, h.lane, h.priority, h.class, h.category, h.sender, h.deadline,
                   h.zones, h.filtered_at, s.attempt, m.parts,
                   (h.deadline <= clock_timestamp()) AS late, (s.state NOT IN (0, 2, 3)) AS settled,
                   (SELECT coalesce(r.end_reason, 5) FROM run r WHERE r.id = h.run_id AND r.status = 'cancelled') AS cancelled
              FROM unnest(due) AS u(id) JOIN retry d ON d.message_id = u.id
              JOIN message_state s ON s.id = u.id AND s.id BETWEEN lowest AND highest
              JOIN message m ON m.id = u.id AND m.id BETWEEN lowest AND highest
              JOIN batch h ON h.id = u.id & ~255::bigint),
        numbered AS (
            SELECT f.*, (row_number() OVER (PARTITION BY f.account_id, f.run_id, f.lane, f.priority, f.class, f.category, f.sender,
                                            f.deadline, f.zones, f.attempt, f.late, f.cancelled, f.settled ORDER BY f.message_id) - 1) / 200 AS grp
              FROM full_row f)
        SELECT n.account_id, n.run_id, n.lane, n.priority, n.class, n.category, n.sender, n.deadline, n.zones, n.attempt, n.late, n.cancelled, n.settled,
               min(n.filtered_at) AS filtered_at, sum(n.parts)::integer AS parts,
               array_agg(n.message_id ORDER BY n.message_id) AS ids, array_agg(n.parts_mask ORDER BY n.message_id) AS masks
          FROM numbered n
         GROUP BY n.account_id, n.run_id, n.lane, n.priority, n.class, n.category, n.sender, n.deadline, n.zones, n.attempt, n.late, n.cancelled, n.settled, n.grp
    LOOP
        DELETE FROM retry WHERE retry.message_id = ANY (g.ids);
        CONTINUE WHEN g.settled; -- a late receipt was faster
        IF g.late OR g.cancelled IS NOT NULL THEN
            PERFORM messages_settle(g.ids, array_fill((CASE WHEN g.cancelled IS NOT NULL THEN 4 ELSE 5 END)::smallint, ARRAY[cardinality(g.ids)]),
                array_fill(coalesce(g.cancelled, 6), ARRAY[cardinality(g.ids)]),
                array_fill(coalesce(g.run_id, 0), ARRAY[cardinality(g.ids)]), p_slot);
            CONTINUE;
        END IF;
        new_id := (message_base_ids(1))[1];
        UPDATE message_state s SET batch_id = new_id, attempt = g.attempt + 1, prev_state = s.state
          FROM (SELECT u.id FROM unnest(g.ids) AS u(id) ORDER BY u.id) i WHERE s.id = i.id AND s.id BETWEEN lowest AND highest;
        INSERT INTO batch (id, run_id, account_id, lane, priority, class, category, attempt, message_count, parts, sender, deadline,
                           filtered_at, message_ids, part_masks, pinned, zones, send_from, send_until)
        SELECT new_id, g.run_id, g.account_id, g.lane, g.priority, g.class, g.category, g.attempt + 1, cardinality(g.ids), g.parts,
               g.sender, g.deadline, g.filtered_at, g.ids, g.masks, true, g.zones,
               coalesce(w.opens_at, 'infinity'), coalesce(w.closes_at, 'infinity')
          FROM run_hours(g.run_id, g.category, g.zones, clock_timestamp()) w;
        batch_id := new_id; account_id := g.account_id; lane := g.lane;
        RETURN NEXT;
    END LOOP;
END $$;

-- ------------------------------------------------------------------------------------ ends

-- As in 0001; besides: with the reason the run ended for.
CREATE OR REPLACE FUNCTION run_cancel_sweep(p_run bigint, p_limit integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    c chunk%ROWTYPE;
    b batch%ROWTYPE;
    why smallint := (SELECT coalesce(r.end_reason, 5) FROM run r WHERE r.id = p_run);
    changed integer := 0;
BEGIN
    FOR c IN SELECT * FROM chunk WHERE chunk.run_id = p_run AND state IN (0, 1, 3) ORDER BY no LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
        INSERT INTO suppression (run_id, client_id, msisdn, reason)
        SELECT p_run, u.client_id, u.msisdn, why FROM unnest(c.client_ids, c.msisdns) AS u(client_id, msisdn);
        UPDATE chunk SET state = 2 WHERE chunk.id = c.id;
        INSERT INTO run_count (run_id, slot, suppressed) VALUES (p_run, p_slot, c.size)
        ON CONFLICT (run_id, slot) DO UPDATE SET suppressed = run_count.suppressed + excluded.suppressed;
        changed := changed + c.size;
    END LOOP;
    FOR b IN SELECT * FROM batch WHERE batch.run_id = p_run AND state IN (0, 1) AND claimed < message_count
             ORDER BY id LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
        changed := changed + batch_close_unclaimed(b, 4::smallint, why, p_slot);
    END LOOP;
    UPDATE run SET swept_at = clock_timestamp()
     WHERE run.id = p_run AND changed = 0
       AND NOT EXISTS (SELECT 1 FROM chunk WHERE chunk.run_id = p_run AND state IN (0, 1, 3))
       AND NOT EXISTS (SELECT 1 FROM batch WHERE batch.run_id = p_run AND state IN (0, 1, 2));
    RETURN changed;
END $$;

-- ------------------------------------------------------------------------------------ forecasts

-- What an account carries when there is enough for it: its limit says what it may, this what it does.
CREATE TABLE account_throughput (
    account_id    smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    parts_per_s   double precision,
    measured_at   timestamptz,
    busy          boolean NOT NULL,
    seen_epoch    integer NOT NULL,
    seen_answered bigint NOT NULL,
    seen_at       timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE account_throughput IS 'how fast accounts were while more waited than they could carry';
COMMENT ON COLUMN account_throughput.parts_per_s IS 'null: never measured';
COMMENT ON COLUMN account_throughput.busy IS 'something waited at the last look; of two such looks the time between them is measured';

-- Look at every account; called every few seconds.  Returns how many were measured.
CREATE FUNCTION accounts_measure() RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    chunks_wait boolean;
    measured integer := 0;
    m record;
    now_busy boolean;
    seconds double precision;
    rate double precision;
BEGIN
    IF NOT pg_try_advisory_xact_lock(7044) THEN RETURN 0; END IF;
    chunks_wait := EXISTS (SELECT 1 FROM run r WHERE r.status = 'running' AND NOT r.paced AND r.snapshot_at IS NOT NULL
                              AND EXISTS (SELECT 1 FROM chunk c WHERE c.run_id = r.id AND c.state = 0 AND c.not_before <= statement_timestamp()));
    FOR m IN SELECT k.account_id, k.epoch, k.answered - k.slowed AS done, k.at, t.parts_per_s, t.measured_at, t.busy, t.seen_epoch, t.seen_answered, t.seen_at
               FROM account_meter k LEFT JOIN account_throughput t ON t.account_id = k.account_id ORDER BY k.account_id LOOP
        CONTINUE WHEN m.seen_at IS NOT NULL AND m.at <= m.seen_at + interval '3 s';
        now_busy := chunks_wait OR EXISTS (
            SELECT 1 FROM batch b LEFT JOIN run r ON r.id = b.run_id
             WHERE b.state = 0 AND b.account_id = m.account_id AND b.send_from <= statement_timestamp() AND b.send_until > statement_timestamp() + send_margin()
               AND (b.run_id IS NULL OR r.status = 'running' AND NOT r.paced));
        rate := NULL;
        IF m.busy AND now_busy AND m.seen_epoch = m.epoch AND m.done > m.seen_answered THEN
            seconds := extract(epoch FROM m.at - m.seen_at);
            rate := (m.done - m.seen_answered) / seconds;
            IF m.measured_at > statement_timestamp() - interval '1 minute' THEN
                rate := (rate + m.parts_per_s) / 2;
            END IF;
            measured := measured + 1;
        END IF;
        INSERT INTO account_throughput AS t VALUES (m.account_id, rate, CASE WHEN rate IS NOT NULL THEN statement_timestamp() END, now_busy, m.epoch, m.done, m.at)
        ON CONFLICT (account_id) DO UPDATE SET parts_per_s = coalesce(excluded.parts_per_s, t.parts_per_s),
               measured_at = coalesce(excluded.measured_at, t.measured_at), busy = excluded.busy,
               seen_epoch = excluded.seen_epoch, seen_answered = excluded.seen_answered, seen_at = excluded.seen_at;
    END LOOP;
    RETURN measured;
END $$;

-- The hours in which clients of these zones can be written to, from p_from to p_until, each without what no claim takes
-- at its end; and when what waits for them is given up, for a campaign that begins at p_from.
CREATE FUNCTION campaign_spans(p_campaign bigint, p_zones text[], p_from timestamptz, p_until timestamptz)
RETURNS TABLE (opens_at timestamptz, closes_at timestamptz, deadline timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c record;
    h record;
    t timestamptz := p_from;
BEGIN
    SELECT k.category, k.after_hours, k.validity_s INTO c FROM campaign k WHERE k.id = p_campaign;
    FOR i IN 1..64 LOOP
        SELECT s.opens_at, s.closes_at INTO h FROM campaign_hours(p_campaign, c.category, p_zones, t) s;
        EXIT WHEN h.closes_at IS NULL OR h.opens_at >= p_until;
        IF i = 1 THEN
            deadline := campaign_deadline(p_campaign, c.after_hours, c.category, p_zones, p_from, c.validity_s, h.opens_at, h.closes_at);
        END IF;
        opens_at := greatest(h.opens_at, 'epoch');
        closes_at := least(h.closes_at - send_margin(), '2200-01-01Z');
        RETURN NEXT;
        EXIT WHEN h.closes_at = 'infinity';
        t := h.closes_at;
    END LOOP;
END $$;

-- As in 0033; how fast and when it goes out changes nothing of what it costs.
CREATE OR REPLACE FUNCTION campaign_terms(c campaign) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT md5((to_jsonb(c) - '{name,status,problem,start_at,pace_per_min,priority,created_at,launched_at,finished_at,token_id,person_id,launched_by,'
                              'pace_until,stop_at,window_days,window_from,window_to,window_zone}'::text[])::text)
$$;

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT ON account_throughput TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE ON account_throughput TO vestnik_schedulerd;

GRANT SELECT, INSERT, UPDATE, DELETE ON run_pace TO vestnik_apid, vestnik_schedulerd;
GRANT SELECT, UPDATE ON run_pace TO vestnik_smppd, vestnik_httpgwd;
GRANT SELECT (id, window_days, window_from, window_to, window_zone) ON campaign TO vestnik_smppd, vestnik_httpgwd;
