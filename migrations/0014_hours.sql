-- Hours and frequency: when a message may leave, by its category and by where the client is, and how many a client
-- gets.  A category without a row in send_window may leave at any time, one without a row in send_limit as often as
-- it likes.

ALTER TABLE campaign
    DROP CONSTRAINT campaign_category_check,
    ADD CONSTRAINT campaign_category_check CHECK (category BETWEEN 1 AND 6),
    ALTER COLUMN category DROP NOT NULL,
    ADD CONSTRAINT campaign_categorised_check CHECK (status IN ('draft', 'cancelled') OR category IS NOT NULL),
    ADD COLUMN after_hours text NOT NULL DEFAULT 'move' CHECK (after_hours IN ('move', 'cancel')),
    ADD COLUMN cap_exempt text CHECK (cap_exempt <> ''),
    ADD CONSTRAINT campaign_exemption_check CHECK (cap_exempt IS NULL OR category IS DISTINCT FROM 4);
COMMENT ON COLUMN campaign.category IS 'null in a draft that nobody has categorised yet: it cannot be launched';
COMMENT ON COLUMN campaign.after_hours IS 'what has not left when the permitted hours end: move to the next day, or cancel';
COMMENT ON COLUMN campaign.cap_exempt IS 'why this campaign may go beyond send_limit; null: it may not';

-- ------------------------------------------------------------------------------------ rules

INSERT INTO setting VALUES ('quiet_hours', 'on'), ('unknown_zone', 'company'), ('frequency_caps', 'on');

CREATE TABLE send_window (
    category   smallint PRIMARY KEY CHECK (category BETWEEN 1 AND 6),
    opens      time NOT NULL,
    closes     time NOT NULL CHECK (closes - opens >= interval '10 minutes'),
    off_opens  time,
    off_closes time CHECK (off_closes - off_opens >= interval '10 minutes'),
    CHECK ((off_opens IS NULL) = (off_closes IS NULL))
);
COMMENT ON TABLE send_window IS 'permitted hours, local to the client; a category without a row has none';
COMMENT ON COLUMN send_window.off_opens IS 'on days off; null: nothing leaves then';
INSERT INTO send_window VALUES
    (1, '10:00', '20:00', '10:00', '20:00'),
    (2, '08:00', '22:00', '08:00', '22:00'),
    (4, '08:00', '22:00', '09:00', '20:00'); -- law 230-FZ on overdue debt

CREATE TABLE calendar_day (
    day  date PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('working', 'off', 'silent')),
    note text NOT NULL DEFAULT ''
);
COMMENT ON TABLE calendar_day IS 'days that differ from their weekday';
COMMENT ON COLUMN calendar_day.kind IS 'working: a Saturday that was moved; off: a holiday; silent: off, and no advertising at all';
INSERT INTO calendar_day SELECT make_date(y, 1, 1), 'silent', 'Новый год' FROM generate_series(2026, 2040) y;

CREATE TABLE send_limit (
    category  smallint PRIMARY KEY CHECK (category BETWEEN 1 AND 6),
    per_day   smallint CHECK (per_day BETWEEN 1 AND 60),
    per_week  smallint CHECK (per_week BETWEEN 1 AND 60),
    per_month smallint CHECK (per_month BETWEEN 1 AND 60)
);
COMMENT ON TABLE send_limit IS 'how many messages of a category one number gets in a day, in 7 and in 30 days; null: no limit';
INSERT INTO send_limit VALUES (1, 1, 2, 6), (4, 2, 4, 16); -- the second by law 230-FZ

-- What dispatcherd holds to and apid shows.
CREATE VIEW send_cap AS
SELECT category, per_day, per_week, per_month FROM send_limit
 WHERE (SELECT value FROM setting WHERE name = 'frequency_caps') = 'on';

-- One row a number and category, so that one upsert both looks and counts.  Sorted, so that "at most n in so many
-- days" is a look at the n-th last element.
CREATE TABLE send_count (
    msisdn   bigint NOT NULL,
    category smallint NOT NULL,
    days     smallint[] NOT NULL,
    PRIMARY KEY (msisdn, category)
) WITH (fillfactor = 70);
COMMENT ON TABLE send_count IS 'messages of limited categories by number';
COMMENT ON COLUMN send_count.days IS 'when they were dispatched, ascending, as days since 2020-01-01 in the company''s time zone; the last 62 at most';

CREATE FUNCTION send_day(at timestamptz) RETURNS smallint
LANGUAGE sql STABLE AS $$
    SELECT ((at AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone'))::date - date '2020-01-01')::smallint
$$;

-- ------------------------------------------------------------------------------------ hours

-- Nothing is claimed so shortly before the hours end: what was claimed must be written, and the shortest validity an
-- operator understands is a minute.
CREATE FUNCTION send_margin() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '70 s' $$;

CREATE FUNCTION zone_known(name text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF name IS NULL OR name !~ '^[A-Za-z_]+(/[A-Za-z0-9_+-]+)+$' THEN RETURN coalesce(name = 'UTC', false); END IF;
    PERFORM statement_timestamp() AT TIME ZONE name;
    RETURN true;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END $$;

-- Every zone a client may be in: their own; else those of the number's region; else what setting unknown_zone says,
-- where '{}' means that nothing may be sent.
CREATE FUNCTION send_zones(own text, region_name_id integer) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    known text[];
BEGIN
    IF zone_known(own) THEN RETURN ARRAY[own]; END IF;
    SELECT n.zones INTO known FROM numbering_region_name n WHERE n.id = region_name_id;
    IF cardinality(known) > 0 THEN RETURN known; END IF;
    IF (SELECT value FROM setting WHERE name = 'unknown_zone') <> 'company' THEN RETURN '{}'; END IF;
    RETURN ARRAY(SELECT value FROM setting WHERE name = 'time_zone');
END $$;

-- The hours at p_at, or the next ones, in which it is a permitted time in all p_zones: from opens_at (which may be
-- over) to closes_at.  Null zones, and whatever no rule binds: for ever.  Nulls: not within 31 days.
CREATE FUNCTION send_hours(p_category smallint, p_zones text[], p_at timestamptz, OUT opens_at timestamptz, OUT closes_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    w send_window%ROWTYPE;
    d date;
    kind text;
    is_off boolean;
BEGIN
    opens_at := '-infinity';
    closes_at := 'infinity';
    IF p_zones IS NULL OR (SELECT value FROM setting WHERE name = 'quiet_hours') <> 'on' THEN RETURN; END IF;
    SELECT * INTO w FROM send_window s WHERE s.category = p_category;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT min((p_at AT TIME ZONE z)::date) INTO d FROM unnest(p_zones) AS z;
    FOR i IN 0..31 LOOP
        EXIT WHEN d IS NULL;
        SELECT c.kind INTO kind FROM calendar_day c WHERE c.day = d + i;
        is_off := coalesce(kind <> 'working', extract(isodow FROM d + i) >= 6);
        CONTINUE WHEN kind = 'silent' AND p_category = 1;
        SELECT max((d + i + CASE WHEN is_off THEN w.off_opens ELSE w.opens END) AT TIME ZONE z),
               min((d + i + CASE WHEN is_off THEN w.off_closes ELSE w.closes END) AT TIME ZONE z)
          INTO opens_at, closes_at FROM unnest(p_zones) AS z;
        IF closes_at > greatest(p_at, opens_at) + send_margin() THEN RETURN; END IF;
    END LOOP;
    opens_at := NULL;
    closes_at := NULL;
END $$;

-- When what waits for these hours is given up: after p_validity_s; by rule `cancel` at the end of the hours it could
-- have left in, by rule `move` not before the end of those of the next day.
CREATE FUNCTION send_deadline(p_rule text, p_category smallint, p_zones text[], p_from timestamptz, p_validity_s integer,
    p_opens_at timestamptz, p_closes_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_closes_at IS NULL OR p_rule = 'cancel' THEN least(p_from + p_validity_s * interval '1 s', p_closes_at)
                WHEN greatest(p_from, p_opens_at) + p_validity_s * interval '1 s' <= p_closes_at
                THEN greatest(p_from, p_opens_at) + p_validity_s * interval '1 s'
                ELSE greatest(greatest(p_from, p_opens_at) + p_validity_s * interval '1 s',
                              (SELECT h.closes_at FROM send_hours(p_category, p_zones, p_closes_at) h)) END
$$;

ALTER TABLE chunk
    ADD COLUMN zones text[],
    ADD COLUMN not_before timestamptz NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN chunk.zones IS 'its clients'' time zones, which have the same permitted hours; null: none bind it; empty: not known, and the rule is not to send';
COMMENT ON COLUMN chunk.not_before IS 'released then: when the permitted hours begin';
COMMENT ON COLUMN chunk.deadline IS 'of a run''s chunk: where it differs from the run''s';
DROP INDEX chunk_waiting;
CREATE INDEX chunk_waiting ON chunk (run_id, not_before, id) WHERE state = 0;

ALTER TABLE batch
    ADD COLUMN zones text[],
    ADD COLUMN send_from timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN send_until timestamptz NOT NULL DEFAULT 'infinity';
COMMENT ON COLUMN batch.zones IS 'those of its chunk';
COMMENT ON COLUMN batch.send_from IS 'when the hours it waits for, or is in, begin';
COMMENT ON COLUMN batch.send_until IS 'when they end: nothing is claimed in the last send_margin() before, and then it waits for the next ones';
DROP INDEX batch_waiting;
CREATE INDEX batch_waiting ON batch (account_id, lane, run_id, send_from, id) WHERE state = 0;
CREATE INDEX batch_closing ON batch (send_until) WHERE state = 0 AND zones IS NOT NULL;

-- For messages of the API, by position: the zones of all among them that have the same hours; messages that no hours
-- bind are not among the rows.  So those with equal zones make a chunk.
CREATE FUNCTION message_zones(p_msisdns bigint[], p_categories smallint[]) RETURNS TABLE (n integer, zones text)
LANGUAGE plpgsql STABLE ROWS 1000 AS $$
BEGIN
    IF (SELECT value FROM setting WHERE name = 'quiet_hours') <> 'on'
       OR NOT EXISTS (SELECT 1 FROM send_window w WHERE w.category = ANY (p_categories)) THEN RETURN; END IF;
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT f.msisdn, f.region_name_id
          FROM numbering_find(ARRAY(SELECT DISTINCT u FROM unnest(p_msisdns) AS u), statement_timestamp()) f),
    place AS MATERIALIZED (
        SELECT u.n, u.category, coalesce(k.time_zone, '') AS own, coalesce(f.region_name_id, 0) AS region
          FROM unnest(p_msisdns, p_categories) WITH ORDINALITY AS u(msisdn, category, n)
          JOIN send_window w ON w.category = u.category
          JOIN found f ON f.msisdn = u.msisdn
          LEFT JOIN LATERAL (SELECT c.time_zone FROM client c WHERE c.msisdn = u.msisdn ORDER BY c.id LIMIT 1) k ON true),
    kind AS MATERIALIZED (
        SELECT d.category, d.own, d.region, z.zones, h.opens_at, h.closes_at
          FROM (SELECT DISTINCT p.category, p.own, p.region FROM place p) d
          CROSS JOIN LATERAL (SELECT send_zones(d.own, d.region) AS zones) z
          CROSS JOIN LATERAL send_hours(d.category, z.zones, statement_timestamp()) h),
    alike AS (
        SELECT k.category, k.opens_at, k.closes_at, coalesce(array_agg(DISTINCT u.zone) FILTER (WHERE u.zone IS NOT NULL), '{}') AS zones
          FROM kind k LEFT JOIN LATERAL unnest(k.zones) AS u(zone) ON true GROUP BY 1, 2, 3)
    SELECT p.n::integer, a.zones::text
      FROM place p
      JOIN kind k ON (k.category, k.own, k.region) = (p.category, p.own, p.region)
      JOIN alike a ON a.category = k.category AND (a.opens_at, a.closes_at) IS NOT DISTINCT FROM (k.opens_at, k.closes_at);
END $$;

-- Batches whose hours are about to end wait for the next ones.  Returns how many.
CREATE FUNCTION batches_move(p_limit integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    moved integer;
BEGIN
    WITH closing AS MATERIALIZED (
        SELECT b.id, b.category, b.zones FROM batch b
         WHERE b.state = 0 AND b.zones IS NOT NULL AND b.send_until <= statement_timestamp() + send_margin()
         ORDER BY b.send_until LIMIT p_limit FOR UPDATE SKIP LOCKED),
    hours AS MATERIALIZED (
        SELECT d.category, d.zones, h.opens_at, h.closes_at
          FROM (SELECT DISTINCT c.category, c.zones FROM closing c) d
          CROSS JOIN LATERAL send_hours(d.category, d.zones, statement_timestamp()) h)
    UPDATE batch b SET send_from = coalesce(h.opens_at, 'infinity'), send_until = coalesce(h.closes_at, 'infinity')
      FROM closing c JOIN hours h ON h.category = c.category AND h.zones = c.zones
     WHERE b.id = c.id;
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved;
END $$;

-- After a change of the rules or the calendar: whatever has not been claimed is judged anew.
CREATE FUNCTION send_hours_review() RETURNS void
LANGUAGE sql AS $$
    UPDATE chunk SET not_before = '-infinity' WHERE state = 0 AND zones IS NOT NULL AND not_before > '-infinity';
    UPDATE batch SET send_until = '-infinity'
     WHERE id = ANY (ARRAY( -- each state has an index of its own
           SELECT id FROM batch WHERE state = 0 UNION ALL
           SELECT id FROM batch WHERE state = 1 UNION ALL
           SELECT id FROM batch WHERE state = 2))
       AND zones IS NOT NULL;
$$;

-- As in 0001; besides: outside its hours a batch waits for the next ones ('stopped'), and the deadline told is not
-- later than their end, so that the operator's validity ends with them.
CREATE OR REPLACE FUNCTION batch_claim(p_batch bigint, p_account smallint, p_owner text, p_epoch integer, p_max_parts integer,
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
    IF outcome IS NULL AND (b.send_until <= clock_timestamp() + send_margin() OR b.send_from > clock_timestamp()) THEN
        SELECT h.opens_at, h.closes_at INTO b.send_from, b.send_until FROM send_hours(b.category, b.zones, clock_timestamp()) h;
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
    sender := b.sender; deadline := least(b.deadline, b.send_until); slice_from := b.claimed; slice_to := upto; message_count := b.message_count;
END $$;

-- As in 0001; besides: a second try keeps to the hours as the first one does.
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
        SELECT r.message_id FROM retry r WHERE r.due_at <= statement_timestamp()
         ORDER BY r.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED) x;
    IF due IS NULL THEN RETURN; END IF;
    FOR g IN
        WITH full_row AS (
            SELECT d.message_id, d.account_id, d.parts_mask, h.run_id, h.lane, h.priority, h.class, h.category, h.sender, h.deadline,
                   h.zones, h.filtered_at, s.attempt, m.parts,
                   (h.deadline <= clock_timestamp()) AS late, (s.state NOT IN (0, 2, 3)) AS settled,
                   EXISTS (SELECT 1 FROM run r WHERE r.id = h.run_id AND r.status = 'cancelled') AS cancelled
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
                           filtered_at, message_ids, part_masks, pinned, zones, send_from, send_until)
        SELECT new_id, g.run_id, g.account_id, g.lane, g.priority, g.class, g.category, g.attempt + 1, cardinality(g.ids), g.parts,
               g.sender, g.deadline, g.filtered_at, g.ids, g.masks, true, g.zones,
               coalesce(w.opens_at, 'infinity'), coalesce(w.closes_at, 'infinity')
          FROM send_hours(g.category, g.zones, clock_timestamp()) w;
        batch_id := new_id; account_id := g.account_id; lane := g.lane;
        RETURN NEXT;
    END LOOP;
END $$;

-- What was never claimed of a batch whose deadline is over: failed (deadline), or cancelled (hours) where the permitted
-- hours left no time for it.
CREATE FUNCTION batch_close_late(b batch, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    by_hours boolean := b.zones IS NOT NULL AND (b.send_until = b.deadline OR b.send_from >= b.deadline);
BEGIN
    RETURN batch_close_unclaimed(b, CASE WHEN by_hours THEN 4 ELSE 5 END::smallint, CASE WHEN by_hours THEN 31 ELSE 6 END, p_slot);
END $$;

-- As in 0001, with batch_close_late().
CREATE OR REPLACE FUNCTION batches_sweep(p_limit integer, p_grace_s integer, p_slot smallint) RETURNS integer
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
        changed := changed + batch_close_late(b, p_slot);
    END LOOP;
    FOR b IN SELECT * FROM batch
              WHERE batch.id = ANY (ARRAY(
                    SELECT o.id FROM batch o WHERE NOT o.swept AND o.deadline <= statement_timestamp() - p_grace_s * interval '1 s'
                     ORDER BY o.deadline LIMIT p_limit))
                AND NOT batch.swept
              ORDER BY batch.id FOR UPDATE SKIP LOCKED LOOP
        IF b.claimed < b.message_count THEN
            changed := changed + batch_close_late(b, p_slot);
        END IF;
        changed := changed + batch_settle_from(b.id, 0, 3::smallint, 11, p_slot);
        UPDATE batch SET swept = true, state = 3, answered = message_count WHERE batch.id = b.id;
    END LOOP;
    RETURN changed;
END $$;

-- As in 0001; a chunk may have a deadline of its own.
CREATE OR REPLACE FUNCTION chunks_sweep(p_limit integer, p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    c chunk%ROWTYPE;
    changed integer := 0;
BEGIN
    FOR c IN SELECT k.* FROM chunk k LEFT JOIN run r ON r.id = k.run_id
              WHERE k.state = 3 AND coalesce(k.deadline, r.deadline) <= statement_timestamp()
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

-- ------------------------------------------------------------------------------------ counting

-- Without the first day that is not before p_day; all of them when there is none.
CREATE FUNCTION send_days_without(p_days smallint[], p_day smallint) RETURNS smallint[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN x.at IS NULL THEN p_days ELSE p_days[: x.at - 1] || p_days[x.at + 1 :] END
      FROM (SELECT min(i) AS at FROM generate_subscripts(p_days, 1) AS i WHERE p_days[i] >= p_day) x
$$;

-- Messages that ended and never left are not counted: no part was accepted, none is in doubt.  A number somebody is
-- counting at this moment stays counted: waiting could deadlock, and the error is on the side of silence.
CREATE FUNCTION send_uncount(p_ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint;
    highest bigint;
    since timestamptz;
BEGIN
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(p_ids) u;
    since := to_timestamp((lowest >> 32) + 1577836800) - interval '1 day';
    WITH unsent AS MATERIALIZED (
        SELECT DISTINCT ON (m.msisdn, h.category) m.msisdn, h.category, send_day(to_timestamp((u.id >> 32) + 1577836800)) AS day
          FROM unnest(p_ids) AS u(id)
          JOIN batch h ON h.id = u.id & ~255::bigint
          JOIN send_limit l ON l.category = h.category
          JOIN message m ON m.id = u.id AND m.id BETWEEN lowest AND highest
         WHERE NOT EXISTS (SELECT 1 FROM receipt_ref r WHERE r.message_id = u.id AND r.submitted_at >= since)
           AND NOT EXISTS (SELECT 1 FROM doubt d WHERE d.message_id = u.id)
         ORDER BY m.msisdn, h.category, u.id),
    locked AS MATERIALIZED (
        SELECT k.msisdn, k.category, u.day FROM unsent u
          JOIN send_count k ON k.msisdn = u.msisdn AND k.category = u.category
         ORDER BY k.msisdn FOR UPDATE OF k SKIP LOCKED)
    UPDATE send_count k SET days = send_days_without(k.days, l.day)
      FROM locked l WHERE k.msisdn = l.msisdn AND k.category = l.category;
END $$;

-- As in 0001; besides: what never left is not counted.
CREATE OR REPLACE FUNCTION messages_settle(p_ids bigint[], p_states smallint[], p_reasons integer[], p_runs bigint[], p_slot smallint)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    changed integer;
    unsent bigint[];
    lowest bigint;
    highest bigint;
BEGIN
    SELECT min(u), max(u) INTO lowest, highest FROM unnest(p_ids) u;
    WITH upd AS (
        UPDATE message_state s SET prev_state = s.state, state = i.state, reason = i.reason
          FROM (SELECT u.id, u.state, u.reason, u.run FROM unnest(p_ids, p_states, p_reasons, p_runs) AS u(id, state, reason, run)
                 ORDER BY u.id) i
         WHERE s.id = i.id AND s.id BETWEEN lowest AND highest AND s.state IN (0, 2, 3) AND s.state <> i.state
        RETURNING s.id, i.run, s.state, s.prev_state),
    cnt AS (
        INSERT INTO run_count (run_id, slot, unknown, cancelled, failed)
        SELECT coalesce(run, 0), p_slot, count(*) FILTER (WHERE state = 3) - count(*) FILTER (WHERE prev_state = 3),
               count(*) FILTER (WHERE state = 4), count(*) FILTER (WHERE state = 5)
          FROM upd GROUP BY 1 ORDER BY 1
        ON CONFLICT (run_id, slot) DO UPDATE SET unknown = run_count.unknown + excluded.unknown,
               cancelled = run_count.cancelled + excluded.cancelled, failed = run_count.failed + excluded.failed
        RETURNING 1)
    SELECT count(*), array_agg(id ORDER BY id) FILTER (WHERE state IN (4, 5) AND prev_state = 0) INTO changed, unsent FROM upd;
    IF unsent IS NOT NULL THEN
        PERFORM send_uncount(unsent);
    END IF;
    RETURN changed;
END $$;

-- Forget numbers that no limit has to know of any more.  A sample of the table each time: no index on what changes.
CREATE FUNCTION send_counts_forget() RETURNS bigint
LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM send_count WHERE ctid = ANY (ARRAY(
            SELECT k.ctid FROM send_count k TABLESAMPLE SYSTEM (0.5)
             WHERE coalesce(k.days[cardinality(k.days)] < send_day(statement_timestamp()) - 31, true) LIMIT 20000))
        RETURNING 1)
    SELECT count(*) FROM gone
$$;

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT ON send_window, send_limit, send_cap, send_count, calendar_day TO vestnik_apid;
GRANT INSERT, UPDATE, DELETE ON send_window, send_limit TO vestnik_apid;
GRANT UPDATE (value) ON setting TO vestnik_apid;
GRANT UPDATE (send_until) ON batch TO vestnik_apid;
GRANT SELECT ON setting, send_window, send_limit, send_cap, calendar_day TO vestnik_dispatcherd, vestnik_smppd, vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE ON send_count TO vestnik_dispatcherd;
GRANT SELECT, UPDATE ON send_count TO vestnik_smppd, vestnik_schedulerd;
GRANT DELETE ON send_count TO vestnik_schedulerd;
GRANT SELECT ON setting, send_window, calendar_day, numbering_version, numbering_range, numbering_region_name TO vestnik_crmd;
