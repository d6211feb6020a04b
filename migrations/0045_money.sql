-- Budgets of departments, approval by a second person, notices.

-- ------------------------------------------------------------------------------------ whose money

-- Of a request to the API its token's department; a run's is its campaign's.
ALTER TABLE chunk ADD COLUMN department_id bigint;
ALTER TABLE batch ADD COLUMN department_id bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN batch.department_id IS 'whose money a home batch costs; as it was when its messages were made';

ALTER TABLE ledger ADD COLUMN department_id bigint NOT NULL DEFAULT 1;
ALTER TABLE ledger_share ADD COLUMN department_id bigint NOT NULL DEFAULT 1;
ALTER TABLE ledger DROP CONSTRAINT ledger_pkey,
    ADD PRIMARY KEY (day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, department_id);
COMMENT ON COLUMN ledger.department_id IS 'whose money it was';

-- As in 0034, and by department.
CREATE OR REPLACE FUNCTION ledger_reckon(p_from timestamptz, p_to timestamptz) RETURNS bigint
LANGUAGE plpgsql
SET enable_seqscan = on SET enable_hashjoin = on SET enable_mergejoin = on SET enable_bitmapscan = on SET enable_material = on
SET plan_cache_mode = force_custom_plan SET jit = off SET work_mem = '64MB'
AS $$
DECLARE
    v_day date := company_day(p_from);
    v_numbers bigint[];
    v_lowest bigint;
    v_highest bigint;
    v_parts bigint;
BEGIN
    SELECT array_agg(DISTINCT r.msisdn), min(r.message_id), max(r.message_id), count(*)
      INTO v_numbers, v_lowest, v_highest, v_parts
      FROM receipt_ref r WHERE r.submitted_at >= p_from AND r.submitted_at < p_to;
    IF v_parts = 0 AND NOT EXISTS (SELECT FROM ledger_window w WHERE w.starts >= p_from AND w.starts < p_to) THEN
        RETURN 0;
    END IF;
    WITH part AS MATERIALIZED (
        SELECT date_trunc('minute', r.submitted_at) AS starts, r.message_id, r.message_id & ~255::bigint AS home_id, r.msisdn,
               r.run_id, r.account_id, abs(r.part) AS part, r.price_micro,
               (abs(r.part) <= 1)::int AS first_part, CASE r.part WHEN 0 THEN r.parts ELSE 1 END AS parts
          FROM receipt_ref r WHERE r.submitted_at >= p_from AND r.submitted_at < p_to),
    term AS MATERIALIZED (
        SELECT a.id AS account_id, a.price_micro AS flat_micro, coalesce(t.id, 0) AS tariff_id, coalesce(t.prefix_max, 0) AS digits,
               coalesce(t.unit = 'message', false) AS by_message, coalesce(t.charge_on = 'delivery', false) AS on_delivery,
               coalesce(t.vat_included, true) AS vat_included, coalesce(t.vat_bp, vat_bp(p.country, v_day)) AS bp,
               CASE WHEN t.id IS NULL THEN 1000000 ELSE currency_rate_micro(t.currency, v_day) END AS rate,
               EXISTS (SELECT FROM tariff_row r WHERE r.tariff_id = t.id AND r.registered IS NOT NULL) AS asks
          FROM (SELECT DISTINCT account_id FROM part) x
          JOIN account a ON a.id = x.account_id JOIN provider p ON p.id = a.provider_id
          LEFT JOIN tariffs_in_force(p_from) f ON f.account_id = a.id
          LEFT JOIN tariff t ON t.id = f.tariff_id),
    home AS MATERIALIZED (
        SELECT b.id, b.category, sender_kind(b.sender) AS sender_kind, b.department_id
          FROM (SELECT DISTINCT home_id FROM part) x JOIN batch b ON b.id = x.home_id),
    number AS MATERIALIZED (SELECT DISTINCT n.msisdn, n.operator_id FROM number_info(v_numbers, p_from) n),
    asked AS MATERIALIZED (
        SELECT m.id, m.registered
          FROM (SELECT DISTINCT p.message_id FROM part p JOIN term t USING (account_id) WHERE t.asks) x
          JOIN message m ON m.id = x.message_id AND m.id BETWEEN v_lowest AND v_highest),
    fate AS MATERIALIZED (
        SELECT s.id, s.delivered_parts, s.state, s.attempt
          FROM (SELECT DISTINCT p.message_id FROM part p JOIN term t USING (account_id) WHERE t.on_delivery) x
          JOIN message_state s ON s.id = x.message_id AND s.id BETWEEN v_lowest AND v_highest),
    -- Of a message that was tried more than once its receipts say over which account it arrived.
    owed AS MATERIALIZED (
        SELECT p.*, t.tariff_id, t.digits, t.by_message, t.asks,
               CASE WHEN NOT t.on_delivery THEN true
                    WHEN NOT CASE WHEN t.by_message OR p.part = 0 THEN f.state = 9
                                  ELSE f.delivered_parts >> (p.part - 1) & 1 = 1 END THEN false
                    WHEN f.attempt = 1 THEN true
                    ELSE EXISTS (SELECT FROM receipt r WHERE r.message_id = p.message_id AND r.account_id = p.account_id
                                    AND r.state = 9 AND r.received_at >= p_from - interval '1 day'
                                    AND (t.by_message OR p.part = 0 OR abs(r.part) IN (0, p.part))) END AS is_owed
          FROM part p JOIN term t USING (account_id) LEFT JOIN fate f ON f.id = p.message_id),
    kind AS MATERIALIZED (
        SELECT o.starts, o.account_id, o.tariff_id, coalesce(n.operator_id, 0::smallint) AS operator_id, coalesce(h.category, 0::smallint) AS category,
               coalesce(h.sender_kind, 1::smallint) AS sender_kind, coalesce(a.registered, true) AS registered, o.run_id,
               left(o.msisdn::text, o.digits) AS digits, coalesce(h.department_id, 1) AS department_id, sum(o.first_part) AS messages, sum(o.parts) AS parts,
               coalesce(sum(CASE WHEN o.by_message THEN o.first_part ELSE o.parts END) FILTER (WHERE o.is_owed), 0) AS charged,
               count(o.price_micro) AS own_parts, coalesce(sum(o.price_micro), 0) AS own_micro
          FROM owed o
          LEFT JOIN home h ON h.id = o.home_id
          LEFT JOIN number n ON n.msisdn = o.msisdn
          LEFT JOIN asked a ON a.id = o.message_id AND o.asks
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    priced AS MATERIALIZED (
        SELECT k.*, t.flat_micro, price_with_vat(r.price_micro, t.vat_included, t.bp) AS price, t.rate
          FROM (SELECT DISTINCT account_id, tariff_id, operator_id, category, sender_kind, registered, digits FROM kind) k
          JOIN term t USING (account_id)
          LEFT JOIN LATERAL (SELECT tariff_row_find(k.tariff_id, k.operator_id, k.digits, k.category, k.sender_kind, k.registered) AS id) x ON true
          LEFT JOIN tariff_row r ON r.id = x.id),
    share AS MATERIALIZED (
        SELECT k.starts, v_day AS day, k.account_id, k.operator_id, k.category, k.sender_kind, k.registered, k.run_id, k.tariff_id,
               sum(k.messages)::bigint AS messages, sum(k.parts)::bigint AS parts, sum(k.charged)::bigint AS charged,
               sum(CASE WHEN k.tariff_id <> 0 AND (p.price IS NULL OR p.rate IS NULL) THEN k.charged ELSE 0 END)::bigint AS unpriced,
               sum(k.charged * CASE WHEN k.tariff_id = 0 THEN p.flat_micro ELSE coalesce(p.price, 0) END)::bigint AS cost_micro,
               sum(k.charged * CASE WHEN k.tariff_id = 0 THEN p.flat_micro
                                    ELSE coalesce(price_in_roubles(p.price, p.rate), 0) END)::bigint AS rouble_micro,
               sum(k.own_parts)::bigint AS own_parts, sum(k.own_micro)::bigint AS own_micro, k.department_id
          FROM kind k
          JOIN priced p USING (account_id, operator_id, category, sender_kind, registered, digits)
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, k.department_id),
    gone AS (DELETE FROM ledger_share l WHERE l.starts >= p_from AND l.starts < p_to RETURNING l.*),
    stored AS (INSERT INTO ledger_share SELECT * FROM share),
    seen AS (
        INSERT INTO ledger_window AS w (starts, refs, late, next_at)
        SELECT x.starts, x.refs, x.late, ledger_next_look(x.starts, 1)
          FROM (SELECT p.starts, count(*) AS refs, bool_or(t.on_delivery) AS late FROM part p JOIN term t USING (account_id) GROUP BY 1) x
            ON CONFLICT (starts) DO UPDATE SET refs = excluded.refs, late = excluded.late),
    change AS (
        SELECT day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, messages, parts, charged, unpriced,
               cost_micro, rouble_micro, own_parts, own_micro, department_id FROM share
         UNION ALL
        SELECT day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, -messages, -parts, -charged, -unpriced,
               -cost_micro, -rouble_micro, -own_parts, -own_micro, department_id FROM gone)
    INSERT INTO ledger AS l
    SELECT day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, sum(messages), sum(parts), sum(charged),
           sum(unpriced), sum(cost_micro), sum(rouble_micro), sum(own_parts), sum(own_micro), department_id
      FROM change GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, department_id
    HAVING (sum(messages), sum(parts), sum(charged), sum(unpriced), sum(cost_micro), sum(rouble_micro), sum(own_parts), sum(own_micro))
           <> (0, 0, 0, 0, 0, 0, 0, 0)
        ON CONFLICT (day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, department_id) DO UPDATE
       SET messages = l.messages + excluded.messages, parts = l.parts + excluded.parts, charged = l.charged + excluded.charged,
           unpriced = l.unpriced + excluded.unpriced, cost_micro = l.cost_micro + excluded.cost_micro,
           rouble_micro = l.rouble_micro + excluded.rouble_micro, own_parts = l.own_parts + excluded.own_parts,
           own_micro = l.own_micro + excluded.own_micro;
    -- What was priced by another tariff before, or of another operator.
    DELETE FROM ledger l WHERE l.day = v_day AND l.parts = 0 AND l.charged = 0;
    RETURN v_parts;
END $$;

-- ------------------------------------------------------------------------------------ budgets

CREATE TABLE budget (
    department_id   bigint NOT NULL REFERENCES department,
    month           date NOT NULL CHECK (extract(day FROM month) = 1),
    amount_micro    bigint NOT NULL CHECK (amount_micro BETWEEN 0 AND 1000000000000000000),
    policy          text NOT NULL DEFAULT 'refuse' CHECK (policy IN ('refuse', 'overdraft')),
    overdraft_micro bigint CHECK (overdraft_micro BETWEEN 0 AND 1000000000000000000),
    alarms          smallint[] NOT NULL DEFAULT '{80,100}',
    changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by      text NOT NULL,
    PRIMARY KEY (department_id, month),
    CHECK (policy = 'overdraft' OR overdraft_micro IS NULL)
);
COMMENT ON TABLE budget IS 'what a department and all below it may spend in a month, by the company''s calendar';
COMMENT ON COLUMN budget.amount_micro IS 'in the company''s currency, with VAT';
COMMENT ON COLUMN budget.policy IS 'what exceeds it: refuse: is not launched; overdraft: is, up to overdraft_micro more';
COMMENT ON COLUMN budget.overdraft_micro IS 'null: there is no limit';
COMMENT ON COLUMN budget.alarms IS 'per cent of the amount, spent and held together';

CREATE TABLE budget_alarm (
    department_id bigint NOT NULL,
    month         date NOT NULL,
    percent       smallint NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (department_id, month, percent),
    FOREIGN KEY (department_id, month) REFERENCES budget ON DELETE CASCADE
);
COMMENT ON TABLE budget_alarm IS 'thresholds that were reached since the budget was changed last';

-- Money of a month that is promised to a run.  Its department, and every department above that has a budget for the month,
-- answers for it.  What a run costs is charged to the month of its hold, however long it takes.
CREATE TABLE budget_hold (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id   bigint NOT NULL REFERENCES campaign ON DELETE CASCADE,
    occurrence    integer NOT NULL,
    run_id        bigint UNIQUE,
    department_id bigint NOT NULL REFERENCES department,
    month         date NOT NULL,
    asked_micro   bigint NOT NULL CHECK (asked_micro >= 0),
    held_micro    bigint NOT NULL CHECK (held_micro >= 0),
    most_micro    bigint CHECK (most_micro >= 0),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at     timestamptz,
    UNIQUE (campaign_id, occurrence)
);
CREATE INDEX budget_hold_month ON budget_hold (month, department_id);
CREATE INDEX budget_hold_open ON budget_hold (id) WHERE closed_at IS NULL;
COMMENT ON COLUMN budget_hold.run_id IS 'null: it has not begun';
COMMENT ON COLUMN budget_hold.asked_micro IS 'what a launch reckoned the run to cost at most: each message over the dearest account that may carry it';
COMMENT ON COLUMN budget_hold.held_micro IS 'what its chunks may draw; grows under budget_lock() alone';
COMMENT ON COLUMN budget_hold.most_micro IS 'what was approved: it grows no further; null: nothing had to be';
COMMENT ON COLUMN budget_hold.closed_at IS 'from then on only what was settled counts';

-- A run's chunks draw from its hold: schedulerd gives money with the release, dispatcherd leaves what the chunk's messages
-- cost at most.  What is drawn is the sum over the chunks that are not waiting; there is no counter.
ALTER TABLE chunk ADD COLUMN money_micro bigint, ADD COLUMN need_micro bigint, ADD COLUMN money_final boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN chunk.money_micro IS 'null: no budget binds it';
COMMENT ON COLUMN chunk.need_micro IS 'it came back because its messages may cost this much, and it had less';
COMMENT ON COLUMN chunk.money_final IS 'there is no more: who does not fit is left out';

CREATE FUNCTION budget_month(p_at timestamptz) RETURNS date
LANGUAGE sql STABLE AS $$ SELECT date_trunc('month', company_day(p_at))::date $$;

-- Who promises money waits for whoever does just now, until that transaction ends: a launch, a run's start or a chunk's
-- need, milliseconds each.  One lock for all budgets, because a promise counts in several of them.
CREATE FUNCTION budget_lock() RETURNS void
LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(7045, 0) $$;

-- What of a month a department and all below it have spent, and what is held beside that.
CREATE FUNCTION budget_use(p_department bigint, p_month date, OUT spent_micro bigint, OUT held_micro bigint)
LANGUAGE sql STABLE AS $$
    WITH own AS MATERIALIZED (SELECT d.id FROM department d WHERE d.path @> ARRAY[p_department]),
    hold AS MATERIALIZED (
        SELECT h.held_micro, h.closed_at,
               coalesce((SELECT sum(l.rouble_micro) FROM ledger l WHERE l.run_id = h.run_id), 0) AS settled_micro
          FROM budget_hold h WHERE h.month = p_month AND h.department_id IN (SELECT o.id FROM own o)),
    loose AS (
        SELECT coalesce(sum(l.rouble_micro), 0) AS micro FROM ledger l
         WHERE l.day >= p_month AND l.day < (p_month + interval '1 month')::date AND l.department_id IN (SELECT o.id FROM own o)
           AND NOT EXISTS (SELECT FROM budget_hold h WHERE h.run_id = l.run_id))
    SELECT ((SELECT coalesce(sum(h.settled_micro), 0) FROM hold h) + (SELECT micro FROM loose))::bigint,
           (SELECT coalesce(sum(greatest(h.held_micro - h.settled_micro, 0)) FILTER (WHERE h.closed_at IS NULL), 0) FROM hold h)::bigint
$$;

-- Of the budgets that bind a department in a month the one with the least room, and how much that is.  No row: none does.
CREATE FUNCTION budget_room(p_department bigint, p_month date)
RETURNS TABLE (department_id bigint, room_micro bigint)
LANGUAGE sql STABLE AS $$
    SELECT b.department_id,
           b.amount_micro + CASE b.policy WHEN 'overdraft' THEN coalesce(b.overdraft_micro, 4000000000000000000) ELSE 0 END
           - u.spent_micro - u.held_micro
      FROM department d JOIN budget b ON b.department_id = ANY (d.path) AND b.month = p_month
     CROSS JOIN LATERAL budget_use(b.department_id, p_month) u
     WHERE d.id = p_department ORDER BY 2, 1 LIMIT 1
$$;

-- Whether a budget binds a campaign that begins at p_at.
CREATE FUNCTION budget_binds(p_campaign bigint, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM campaign c JOIN department d ON d.id = c.department_id
                     JOIN budget b ON b.department_id = ANY (d.path) AND b.month = budget_month(p_at) WHERE c.id = p_campaign)
$$;

-- Hold p_micro for a launch, of at most p_most in the end (null: no bound).  A row: it does not fit, and nothing was held.
-- What was approved by its money is held to it also where there is no budget.
CREATE FUNCTION budget_hold(p_campaign bigint, p_at timestamptz, p_micro bigint, p_most bigint)
RETURNS TABLE (name text, month date, room_micro bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_department bigint;
    v_month date := budget_month(p_at);
    v_tight record;
BEGIN
    PERFORM budget_lock();
    SELECT c.department_id INTO STRICT v_department FROM campaign c WHERE c.id = p_campaign;
    SELECT r.* INTO v_tight FROM budget_room(v_department, v_month) r;
    IF NOT FOUND AND p_most IS NULL THEN RETURN; END IF;
    IF v_tight.room_micro < p_micro THEN
        RETURN QUERY SELECT d.name, v_month, v_tight.room_micro FROM department d WHERE d.id = v_tight.department_id;
        RETURN;
    END IF;
    INSERT INTO budget_hold AS h (campaign_id, occurrence, department_id, month, asked_micro, held_micro, most_micro)
    VALUES (p_campaign, 1, v_department, v_month, p_micro, p_micro, p_most)
        ON CONFLICT (campaign_id, occurrence) DO UPDATE SET department_id = excluded.department_id, month = excluded.month,
           asked_micro = excluded.asked_micro, held_micro = excluded.held_micro, most_micro = excluded.most_micro, closed_at = NULL WHERE h.run_id IS NULL;
END $$;

-- Every run passes here, whoever began it.  One whose launch held nothing (it repeats, or the budget is younger than the
-- launch) asks for what the campaign's last run asked for; where that does not fit the run ends before it began.
CREATE FUNCTION run_budget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_department bigint;
    v_month date := budget_month(clock_timestamp());
    v_asked bigint;
    v_most bigint;
    v_room bigint;
BEGIN
    UPDATE budget_hold SET run_id = NEW.id
     WHERE campaign_id = NEW.campaign_id AND occurrence = NEW.occurrence AND run_id IS NULL AND closed_at IS NULL;
    IF FOUND THEN RETURN NULL; END IF;
    PERFORM budget_lock();
    SELECT c.department_id INTO v_department FROM campaign c WHERE c.id = NEW.campaign_id;
    SELECT h.asked_micro, h.most_micro INTO v_asked, v_most FROM budget_hold h
     WHERE h.campaign_id = NEW.campaign_id ORDER BY h.occurrence DESC LIMIT 1;
    SELECT r.room_micro INTO v_room FROM budget_room(v_department, v_month) r;
    IF NOT FOUND AND v_most IS NULL THEN RETURN NULL; END IF;
    v_asked := coalesce(v_asked, 0);
    IF v_room < greatest(v_asked, 1) THEN
        UPDATE run SET status = 'failed', finished_at = clock_timestamp() WHERE id = NEW.id;
        -- Another occurrence of what comes again may be paid for by another month.
        UPDATE campaign c SET problem = 'no_budget',
               status = CASE WHEN k.ends THEN 'failed' ELSE status END,
               finished_at = CASE WHEN k.ends THEN clock_timestamp() ELSE finished_at END
          FROM (SELECT x.id, x.status = 'running' AND NOT EXISTS (
                       SELECT FROM campaign_clock y WHERE y.campaign_id = x.id) AS ends FROM campaign x) k
         WHERE c.id = NEW.campaign_id AND k.id = c.id;
        RETURN NULL;
    END IF;
    INSERT INTO budget_hold (campaign_id, occurrence, run_id, department_id, month, asked_micro, held_micro, most_micro)
    VALUES (NEW.campaign_id, NEW.occurrence, NEW.id, v_department, v_month, v_asked, v_asked, v_most);
    RETURN NULL;
END $$;
CREATE TRIGGER run_budget AFTER INSERT ON run FOR EACH ROW WHEN (NEW.status NOT IN ('finished', 'failed')) EXECUTE FUNCTION run_budget();

-- What ends before its run began gives its money back at once.
CREATE FUNCTION campaign_budget() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE budget_hold SET closed_at = clock_timestamp(), held_micro = 0
     WHERE campaign_id = NEW.id AND run_id IS NULL AND closed_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER campaign_budget AFTER UPDATE OF status ON campaign FOR EACH ROW
    WHEN (NEW.status IN ('draft', 'cancelled', 'failed', 'finished') AND NEW.status <> OLD.status) EXECUTE FUNCTION campaign_budget();

-- p_more for a hold whose run needs more than was reckoned (its audience grew, prices rose); where the budgets have not so
-- much, nothing, or, with p_some, what there is.  Returns how much it was.
CREATE FUNCTION budget_extend(p_hold bigint, p_more bigint, p_some boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_room bigint;
BEGIN
    PERFORM budget_lock();
    SELECT least(r.room_micro, h.most_micro - h.held_micro) INTO v_room
      FROM budget_hold h LEFT JOIN LATERAL budget_room(h.department_id, h.month) r ON true WHERE h.id = p_hold;
    IF v_room < p_more THEN
        p_more := CASE WHEN p_some THEN greatest(v_room, 0) ELSE 0 END;
    END IF;
    UPDATE budget_hold SET held_micro = held_micro + p_more WHERE id = p_hold;
    RETURN p_more;
END $$;

-- Release waiting chunks of a run that has a hold, with money.  Nobody knows what a chunk's messages cost before they are
-- made; so it is given what the ones before took, and a quarter more.  What is not needed comes back when it is done, what
-- is missing is told (need_micro).  Of the last money a chunk waits for what the others give back, before it is final.
CREATE FUNCTION budget_release(p_run bigint, p_limit bigint) RETURNS TABLE (chunk_id bigint, chunk_lane smallint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    h budget_hold%ROWTYPE;
    c record;
    v_drawn bigint;
    v_each bigint;
    v_out bigint;
    v_want bigint;
    v_give bigint;
BEGIN
    SELECT * INTO h FROM budget_hold b WHERE b.run_id = p_run FOR UPDATE;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM run r WHERE r.id = p_run AND r.status = 'running') THEN RETURN; END IF;
    SELECT coalesce(sum(k.money_micro) FILTER (WHERE k.state <> 0), 0), count(*) FILTER (WHERE k.state = 1),
           greatest(coalesce(sum(k.money_micro) FILTER (WHERE k.state = 2) / nullif(sum(k.size) FILTER (WHERE k.state = 2), 0), 0),
                    h.held_micro / greatest(sum(k.size), 1)) * 5 / 4
      INTO v_drawn, v_out, v_each FROM chunk k WHERE k.run_id = p_run;
    FOR c IN SELECT k.id, k.lane, k.size, k.need_micro FROM chunk k
              WHERE k.run_id = p_run AND k.state = 0 AND k.not_before <= statement_timestamp()
              ORDER BY k.not_before, k.id LIMIT p_limit FOR UPDATE SKIP LOCKED LOOP
        v_want := coalesce(c.need_micro, v_each * c.size);
        IF v_drawn + v_want > h.held_micro AND c.need_micro IS NOT NULL THEN
            h.held_micro := h.held_micro + budget_extend(h.id, v_drawn + v_want - h.held_micro, v_out = 0);
        END IF;
        v_give := greatest(least(v_want, h.held_micro - v_drawn), 0);
        EXIT WHEN v_give < v_want AND v_out > 0;
        UPDATE chunk k SET state = 1, published_at = clock_timestamp(), publish_count = 1, money_micro = v_give,
               money_final = c.need_micro IS NOT NULL AND v_give < v_want
         WHERE k.id = c.id;
        v_drawn := v_drawn + v_give;
        v_out := v_out + 1;
        chunk_id := c.id; chunk_lane := c.lane;
        RETURN NEXT;
    END LOOP;
END $$;

-- What no chunk will draw any more goes back to the budgets; a hold whose run is over, and in the ledger, is closed; what was
-- reached is told.  Returns how many thresholds were.
CREATE FUNCTION budgets_settle() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_reached bigint;
BEGIN
    UPDATE budget_hold h SET held_micro = d.drawn
      FROM run r CROSS JOIN LATERAL (
            SELECT coalesce(sum(k.money_micro), 0) AS drawn, coalesce(bool_and(k.state = 2), true) AS done
              FROM chunk k WHERE k.run_id = r.id) d
     WHERE h.closed_at IS NULL AND r.id = h.run_id AND r.snapshot_at IS NOT NULL AND d.done AND d.drawn < h.held_micro;
    UPDATE budget_hold h SET closed_at = clock_timestamp() FROM run r, ledger_clock l
     WHERE h.closed_at IS NULL AND r.id = h.run_id AND r.finished_at IS NOT NULL AND l.reckoned_to > r.finished_at;
    INSERT INTO budget_alarm (department_id, month, percent)
    SELECT b.department_id, b.month, a.percent
      FROM budget b CROSS JOIN unnest(b.alarms) AS a(percent)
      LEFT JOIN budget_alarm t ON t.department_id = b.department_id AND t.month = b.month AND t.percent = a.percent
     CROSS JOIN LATERAL budget_use(b.department_id, b.month) u
     WHERE b.month >= budget_month(clock_timestamp()) - interval '1 month' AND t.percent IS NULL
       AND (u.spent_micro + u.held_micro)::numeric * 100 >= b.amount_micro::numeric * a.percent
       AND u.spent_micro + u.held_micro > 0
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_reached = ROW_COUNT;
    RETURN v_reached;
END $$;

REVOKE ALL ON FUNCTION budget_hold, run_budget, campaign_budget, budget_release, budgets_settle FROM PUBLIC;
GRANT EXECUTE ON FUNCTION budget_hold TO vestnik_apid;
GRANT EXECUTE ON FUNCTION budget_release, budgets_settle TO vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE ON budget TO vestnik_apid;
GRANT SELECT, DELETE ON budget_alarm TO vestnik_apid;
GRANT SELECT ON budget_hold TO vestnik_apid, vestnik_schedulerd;

UPDATE role SET rights = rights || '{budgets.read}' WHERE code IN ('finance', 'head', 'administrator', 'approver', 'author');
UPDATE role SET rights = rights || '{budgets.edit}' WHERE code IN ('finance', 'administrator');
-- Whoever inserts a request's chunks looks its token's department up.
GRANT SELECT (id, department_id) ON token TO vestnik_crmd;

-- ------------------------------------------------------------------------------------ approval by a second person

CREATE TABLE approval_rule (
    department_id bigint PRIMARY KEY REFERENCES department,
    clients       bigint CHECK (clients >= 0),
    money_micro   bigint CHECK (money_micro BETWEEN 0 AND 1000000000000000000),
    changed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by    text NOT NULL,
    CHECK (clients IS NOT NULL OR money_micro IS NOT NULL)
);
COMMENT ON TABLE approval_rule IS 'above what a campaign of a department, or of any below it, needs a second person';
COMMENT ON COLUMN approval_rule.money_micro IS 'what it may cost at most; null, like clients: it does not matter';

-- Apart from campaign, so that what a campaign costs does not change with who wrote it.
CREATE TABLE campaign_edit (
    campaign_id bigint PRIMARY KEY REFERENCES campaign ON DELETE CASCADE,
    person_id   bigint REFERENCES person,
    at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE campaign_edit IS 'who changed a draft last; person_id null: a program';

CREATE TABLE approval (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id   bigint NOT NULL REFERENCES campaign ON DELETE CASCADE,
    status        text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'approved', 'declined', 'withdrawn')),
    subject       jsonb NOT NULL,
    digest        bytea NOT NULL CHECK (length(digest) = 32),
    clients       bigint NOT NULL,
    ceiling_micro bigint NOT NULL,
    requested_by  bigint REFERENCES person,
    requested_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by    bigint REFERENCES person,
    in_place_of   bigint REFERENCES person,
    decided_at    timestamptz,
    reason        text,
    CHECK ((status IN ('approved', 'declined')) = (decided_at IS NOT NULL)),
    CHECK (status <> 'declined' OR reason <> '')
);
CREATE INDEX approval_campaign ON approval (campaign_id, id DESC);
CREATE UNIQUE INDEX approval_waiting ON approval (campaign_id) WHERE status = 'waiting';
COMMENT ON COLUMN approval.subject IS 'campaign_subject() when it was asked for; what was approved is kept with it';
COMMENT ON COLUMN approval.digest IS 'SHA-256 of subject as text';
COMMENT ON COLUMN approval.clients IS 'who would get a message; it may become fewer, and not more';
COMMENT ON COLUMN approval.ceiling_micro IS 'what that may cost at most, likewise';
COMMENT ON COLUMN approval.in_place_of IS 'whose substitute decided; null: by a right of their own';
COMMENT ON COLUMN approval.requested_by IS 'null: a program';

CREATE TABLE substitute (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id     bigint NOT NULL REFERENCES person,
    substitute_id bigint NOT NULL REFERENCES person,
    from_day      date NOT NULL,
    until_day     date NOT NULL,
    CHECK (from_day <= until_day), CHECK (person_id <> substitute_id)
);
CREATE INDEX substitute_person ON substitute (person_id);
CREATE INDEX substitute_substitute ON substitute (substitute_id);
COMMENT ON TABLE substitute IS 'who approves in whose place, both days included, by the company''s calendar';

-- Everything about a campaign that a second person agrees to: all of it but what only says how far it is.  A column nobody
-- has thought of yet counts, and so does every table that names campaigns; rows of a fixed list count one by one.
CREATE FUNCTION campaign_subject(p_campaign bigint, p_clients bigint, p_ceiling bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    v_subject jsonb;
    v_rows jsonb;
    t record;
BEGIN
    SELECT jsonb_build_object('clients', p_clients, 'ceiling_micro', p_ceiling,
               'campaign', to_jsonb(c) - '{status,problem,created_at,launched_at,finished_at,launched_by,client_departments}'::text[],
               'list', to_jsonb(l) - '{name,created_at,size,refreshed_at,filled_at}'::text[],
               'columns', (SELECT jsonb_agg(to_jsonb(k) ORDER BY to_jsonb(k)::text) FROM list_column k WHERE k.list_id = l.id),
               'members', CASE WHEN l.criteria IS NULL AND l.id IS NOT NULL THEN (
                    SELECT encode(sha256(convert_to(coalesce(string_agg(m.client_id || ' ' || coalesce(m.vals::text, ''), ',' ORDER BY m.client_id), ''),
                                         'UTF8')), 'hex')
                      FROM list_member m WHERE m.list_id = l.id) END)
      INTO STRICT v_subject
      FROM campaign c LEFT JOIN list l ON l.id = c.list_id WHERE c.id = p_campaign;
    FOR t IN SELECT k.conrelid::regclass AS name, a.attname AS col
               FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
              WHERE k.contype = 'f' AND k.confrelid = 'campaign'::regclass AND cardinality(k.conkey) = 1
                AND k.conrelid::regclass::text NOT IN ('run', 'estimate', 'promo_use', 'budget_hold', 'approval', 'campaign_edit', 'notice',
                                                      'campaign_clock', 'campaign_occurrence', 'scenario_approval')
              ORDER BY k.conrelid::regclass::text, a.attname LOOP
        EXECUTE format('SELECT jsonb_agg(to_jsonb(x) ORDER BY to_jsonb(x)::text) FROM %s x WHERE x.%I = $1', t.name, t.col)
           INTO v_rows USING p_campaign;
        IF v_rows IS NOT NULL THEN
            v_subject := v_subject || jsonb_build_object(t.name || '.' || t.col, v_rows);
        END IF;
    END LOOP;
    RETURN v_subject;
END $$;
CREATE FUNCTION subject_digest(p_subject jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$ SELECT sha256(convert_to(p_subject::text, 'UTF8')) $$;

-- Whether any rule of the departments above a campaign asks for a second person: at all, or for so much.
CREATE FUNCTION approval_binds(p_campaign bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM campaign c JOIN department d ON d.id = c.department_id
                     JOIN approval_rule r ON r.department_id = ANY (d.path) WHERE c.id = p_campaign)
$$;
CREATE FUNCTION approval_needed(p_campaign bigint, p_clients bigint, p_ceiling bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM campaign c JOIN department d ON d.id = c.department_id
                     JOIN approval_rule r ON r.department_id = ANY (d.path)
                    WHERE c.id = p_campaign AND (p_clients > r.clients OR p_ceiling > r.money_micro))
$$;

-- Whether a person holds the right to approve in a department.
CREATE FUNCTION approves_in(p_person bigint, p_department bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM person_role r JOIN role o ON o.code = r.role JOIN department d ON d.id = p_department
                     JOIN person p ON p.id = r.person_id
                    WHERE r.person_id = p_person AND p.disabled_at IS NULL AND o.rights && '{campaigns.approve,*}'
                      AND CASE r.reach WHEN 'own' THEN r.department_id = d.id ELSE r.department_id = ANY (d.path) END)
$$;

-- Why a person may not decide about a campaign: author, editor, asked, right; null: may.  A substitute decides by the right
-- of whom they stand for, who must be none of the first three either.
CREATE FUNCTION approval_bar(p_campaign bigint, p_person bigint, OUT bar text, OUT in_place_of bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c campaign%ROWTYPE;
    v_editor bigint;
    v_asked bigint;
BEGIN
    SELECT * INTO STRICT c FROM campaign WHERE id = p_campaign;
    SELECT e.person_id INTO v_editor FROM campaign_edit e WHERE e.campaign_id = p_campaign;
    SELECT a.requested_by INTO v_asked FROM approval a WHERE a.campaign_id = p_campaign AND a.status = 'waiting';
    bar := CASE p_person WHEN c.person_id THEN 'author' WHEN v_editor THEN 'editor' WHEN v_asked THEN 'asked' END;
    IF bar IS NOT NULL OR approves_in(p_person, c.department_id) THEN RETURN; END IF;
    SELECT s.person_id INTO in_place_of FROM substitute s
     WHERE s.substitute_id = p_person AND company_day(statement_timestamp()) BETWEEN s.from_day AND s.until_day
       AND s.person_id IS DISTINCT FROM c.person_id AND s.person_id IS DISTINCT FROM v_editor AND s.person_id IS DISTINCT FROM v_asked
       AND approves_in(s.person_id, c.department_id)
     ORDER BY s.id LIMIT 1;
    IF in_place_of IS NULL THEN bar := 'right'; END IF;
END $$;

-- A substitute has the right while it lasts; for which campaigns, approval_bar() says.
CREATE OR REPLACE FUNCTION person_grants(p_person_id bigint)
    RETURNS TABLE (no integer, role text, rights text, department_id bigint, reach text, clients text)
LANGUAGE sql STABLE AS $$
    SELECT 1, r.role, array_to_string(o.rights, ' '), r.department_id, r.reach, r.clients
      FROM person_role r JOIN role o ON o.code = r.role WHERE r.person_id = p_person_id
     UNION ALL
    SELECT 2, x.role, 'campaigns.approve', x.department_id, x.reach, x.clients
      FROM substitute s JOIN person p ON p.id = s.person_id AND p.disabled_at IS NULL
      JOIN person_role x ON x.person_id = s.person_id
      JOIN role y ON y.code = x.role AND y.rights && '{campaigns.approve,*}'
     WHERE s.substitute_id = p_person_id AND company_day(statement_timestamp()) BETWEEN s.from_day AND s.until_day
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON approval_rule, campaign_edit TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE ON approval TO vestnik_apid;
GRANT SELECT, INSERT, DELETE ON substitute TO vestnik_apid;
REVOKE ALL ON FUNCTION campaign_subject FROM PUBLIC;
GRANT EXECUTE ON FUNCTION campaign_subject TO vestnik_apid;

UPDATE role SET rights = rights || '{campaigns.approve}' WHERE code IN ('approver', 'head');

-- ------------------------------------------------------------------------------------ notices

ALTER TABLE person ADD COLUMN email text CHECK (email ~ '^[!-~]+$' AND email ~ '^[^@<>"(),:;\\]+@[^@<>"(),:;\\]+$' AND length(email) <= 254),
    ADD COLUMN notice_mail boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN person.email IS 'where notices go; null: nowhere';

CREATE TABLE notice (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id     bigint NOT NULL REFERENCES person,
    kind          text NOT NULL CHECK (kind IN ('approval_wanted', 'approved', 'declined', 'campaign_finished', 'campaign_failed', 'budget_threshold')),
    campaign_id   bigint REFERENCES campaign ON DELETE CASCADE,
    approval_id   bigint REFERENCES approval ON DELETE CASCADE,
    department_id bigint REFERENCES department,
    month         date,
    percent       smallint,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    read_at       timestamptz,
    mail_at       timestamptz,
    mail_tries    smallint NOT NULL DEFAULT 0,
    mailed_at     timestamptz
);
CREATE INDEX notice_person ON notice (person_id, id DESC);
CREATE INDEX notice_unread ON notice (person_id) WHERE read_at IS NULL;
CREATE INDEX notice_mail ON notice (mail_at) WHERE mail_at IS NOT NULL;
CREATE INDEX notice_campaign ON notice (campaign_id);
CREATE INDEX notice_approval ON notice (approval_id);
COMMENT ON TABLE notice IS 'what people are told of; never anything about clients';
COMMENT ON COLUMN notice.mail_at IS 'when it is mailed, or tried again; null: not at all, or it was';

-- By mail to whoever wants that.
CREATE FUNCTION notice_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT CASE WHEN p.email IS NOT NULL AND p.notice_mail THEN clock_timestamp() END INTO NEW.mail_at
      FROM person p WHERE p.id = NEW.person_id;
    RETURN NEW;
END $$;
CREATE TRIGGER notice_place BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION notice_place();

-- Notices come of rows, whoever wrote these.
CREATE FUNCTION approval_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = 'waiting' THEN
        INSERT INTO notice (person_id, kind, campaign_id, approval_id, department_id)
        SELECT x.person_id, 'approval_wanted', NEW.campaign_id, NEW.id, c.department_id
          FROM campaign c CROSS JOIN LATERAL (
                SELECT r.person_id FROM person_role r JOIN role o ON o.code = r.role AND o.rights && '{campaigns.approve,*}'
                 UNION
                SELECT s.substitute_id FROM substitute s
                 WHERE company_day(statement_timestamp()) BETWEEN s.from_day AND s.until_day) x
          JOIN person p ON p.id = x.person_id AND p.disabled_at IS NULL
         WHERE c.id = NEW.campaign_id AND (SELECT b.bar FROM approval_bar(c.id, x.person_id) b) IS NULL;
    ELSIF NEW.status IN ('approved', 'declined') THEN
        INSERT INTO notice (person_id, kind, campaign_id, approval_id, department_id)
        SELECT x.person_id, NEW.status, NEW.campaign_id, NEW.id, c.department_id
          FROM campaign c CROSS JOIN LATERAL (SELECT c.person_id UNION SELECT NEW.requested_by) x
         WHERE c.id = NEW.campaign_id AND x.person_id IS NOT NULL;
    END IF;
    -- Nobody needs to look at it any more.
    IF NEW.status <> 'waiting' THEN
        UPDATE notice SET read_at = coalesce(read_at, clock_timestamp()), mail_at = NULL
         WHERE approval_id = NEW.id AND kind = 'approval_wanted' AND (read_at IS NULL OR mail_at IS NOT NULL);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER approval_notice AFTER INSERT OR UPDATE OF status ON approval FOR EACH ROW EXECUTE FUNCTION approval_notice();

CREATE FUNCTION campaign_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notice (person_id, kind, campaign_id, department_id)
    SELECT x.person_id, CASE NEW.status WHEN 'finished' THEN 'campaign_finished' ELSE 'campaign_failed' END, NEW.id, NEW.department_id
      FROM (SELECT NEW.person_id UNION SELECT NEW.launched_by) x WHERE x.person_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER campaign_notice AFTER UPDATE OF status, problem ON campaign FOR EACH ROW
    WHEN (NEW.status IN ('finished', 'failed') AND NEW.status <> OLD.status OR NEW.problem IS DISTINCT FROM OLD.problem AND NEW.problem IS NOT NULL)
    EXECUTE FUNCTION campaign_notice();

-- To whoever keeps budgets, or approves what they are spent for, there or above.
CREATE FUNCTION budget_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO notice (person_id, kind, department_id, month, percent)
    SELECT DISTINCT r.person_id, 'budget_threshold', NEW.department_id, NEW.month, NEW.percent
      FROM department d
      JOIN person_role r ON CASE r.reach WHEN 'own' THEN r.department_id = d.id ELSE r.department_id = ANY (d.path) END
      JOIN role o ON o.code = r.role AND o.rights && '{budgets.edit,campaigns.approve,*}'
      JOIN person p ON p.id = r.person_id AND p.disabled_at IS NULL
     WHERE d.id = NEW.department_id;
    RETURN NULL;
END $$;
CREATE TRIGGER budget_notice AFTER INSERT ON budget_alarm FOR EACH ROW EXECUTE FUNCTION budget_notice();

-- One that is due, for five minutes in the caller's hands; p_days old it is not mailed any more.
CREATE FUNCTION notice_claim(p_days integer)
RETURNS TABLE (notice_id bigint, tries smallint, email text, language text, kind text, campaign_id bigint, campaign text, department text,
               month text, percent smallint, person text, clients bigint, ceiling_micro bigint, reason text, created_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    UPDATE notice n SET mail_at = NULL FROM person p
     WHERE p.id = n.person_id AND n.mail_at <= statement_timestamp()
       AND (n.created_at < statement_timestamp() - p_days * interval '1 day' OR p.email IS NULL OR NOT p.notice_mail OR p.disabled_at IS NOT NULL);
    UPDATE notice n SET mail_at = clock_timestamp() + interval '5 min', mail_tries = n.mail_tries + 1
     WHERE n.id = (SELECT m.id FROM notice m WHERE m.mail_at <= statement_timestamp() ORDER BY m.mail_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING n.id INTO v_id;
    RETURN QUERY
    SELECT n.id, n.mail_tries, p.email, p.language, n.kind, n.campaign_id, c.name, d.name, to_char(n.month, 'YYYY-MM'), n.percent,
           CASE n.kind WHEN 'approval_wanted' THEN q.name ELSE w.name END, a.clients, a.ceiling_micro, a.reason, n.created_at
      FROM notice n JOIN person p ON p.id = n.person_id
      LEFT JOIN campaign c ON c.id = n.campaign_id LEFT JOIN department d ON d.id = n.department_id
      LEFT JOIN approval a ON a.id = n.approval_id LEFT JOIN person q ON q.id = a.requested_by LEFT JOIN person w ON w.id = a.decided_by
     WHERE n.id = v_id;
END $$;

-- What came of it: mailed, given up, or to be tried again after p_again_s (not 0).
CREATE FUNCTION notice_mailed(p_notice bigint, p_mailed boolean, p_again_s integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE notice SET mailed_at = CASE WHEN p_mailed THEN clock_timestamp() END,
           mail_at = CASE WHEN NOT p_mailed AND p_again_s > 0 THEN clock_timestamp() + p_again_s * interval '1 s' END
     WHERE id = p_notice
$$;
CREATE FUNCTION notices_forget(p_days integer, p_limit integer) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM notice WHERE id IN (SELECT n.id FROM notice n WHERE n.created_at < statement_timestamp() - p_days * interval '1 day'
                                         ORDER BY n.id LIMIT p_limit) RETURNING 1)
    SELECT count(*) FROM gone
$$;

REVOKE ALL ON FUNCTION approval_notice, campaign_notice, budget_notice, notice_claim, notice_mailed, notices_forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notice_claim, notice_mailed, notices_forget TO vestnik_schedulerd;
GRANT SELECT, UPDATE (read_at) ON notice TO vestnik_apid;
GRANT UPDATE (email, notice_mail) ON person TO vestnik_apid;
