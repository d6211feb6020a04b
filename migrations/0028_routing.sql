-- Routing: which account carries a message (docs/routing.md).  The decision is made in C, by common/route; here stand
-- what it reads, what it counts, and what it does to messages that wait.

-- ------------------------------------------------------------------------------------ what an account takes

CREATE TABLE account_route (
    account_id smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    contracts  text NOT NULL DEFAULT 'any' CHECK (contracts IN ('any', 'contracts')),
    categories smallint[] CHECK (categories <@ '{1,2,3,4,5,6}' AND categories <> '{}'),
    classes    smallint[] CHECK (classes <@ '{1,2,3}' AND classes <> '{}'),
    alphabets  smallint[] CHECK (alphabets <@ '{0,1}' AND alphabets <> '{}'),
    prefixes   text[] CHECK (cardinality(prefixes) BETWEEN 1 AND 16
                             AND array_to_string(prefixes, ',', '') ~ '^([1-9][0-9]{0,14})(,[1-9][0-9]{0,14})*$'),
    open_from  time,
    open_to    time,
    CONSTRAINT account_route_open CHECK (num_nulls(open_from, open_to) <> 1)
);
COMMENT ON TABLE account_route IS 'what an account takes; without a row: everything';
COMMENT ON COLUMN account_route.contracts IS 'contracts: advertising goes only to operators it has a contract with in operator_contract; any: not checked here';
COMMENT ON COLUMN account_route.categories IS 'the categories it takes; null: all';
COMMENT ON COLUMN account_route.classes IS 'the classes it takes; null: all';
COMMENT ON COLUMN account_route.alphabets IS 'the alphabets it takes, as message.encoding; null: all';
COMMENT ON COLUMN account_route.prefixes IS 'numbers that begin with one of these; null: all';
COMMENT ON COLUMN account_route.open_from IS 'when a day of Moscow it begins to take messages; null: at any time';
COMMENT ON COLUMN account_route.open_to IS 'when it ends; before open_from: on the next day';

-- The law on advertising (38-FZ, 44.1) wants a contract with the operator of whom it goes to.
CREATE TABLE operator_contract (
    account_id  smallint NOT NULL REFERENCES account ON DELETE CASCADE,
    operator_id smallint NOT NULL REFERENCES operator,
    number      text NOT NULL CHECK (number <> '' AND length(number) <= 200),
    valid_from  date NOT NULL,
    valid_to    date CHECK (valid_to >= valid_from),
    PRIMARY KEY (account_id, operator_id, valid_from)
);
COMMENT ON TABLE operator_contract IS 'contracts by which advertising may go over an account to an operator''s numbers';
COMMENT ON COLUMN operator_contract.number IS 'number and date of the contract, as it is shown to whoever asks';
COMMENT ON COLUMN operator_contract.valid_to IS 'its last day; null: no end is known';

-- ------------------------------------------------------------------------------------ policy

CREATE TABLE route_rule (
    id               integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position         integer NOT NULL,
    name             text NOT NULL CHECK (name <> '' AND length(name) <= 100),
    enabled          boolean NOT NULL DEFAULT true,
    category         smallint CHECK (category BETWEEN 1 AND 6),
    class            smallint CHECK (class BETWEEN 1 AND 3),
    operator_id      smallint REFERENCES operator,
    prefix           text CHECK (prefix ~ '^[1-9][0-9]{0,14}$'),
    sender           text CHECK (sender <> '' AND length(sender) <= 20),
    accounts         smallint[] CHECK (cardinality(accounts) BETWEEN 1 AND 32),
    weights          integer[],
    only_these       boolean NOT NULL DEFAULT false,
    price_max_micro  bigint CHECK (price_max_micro > 0),
    delivery_min     real CHECK (delivery_min > 0 AND delivery_min < 1),
    spread_percent   smallint NOT NULL DEFAULT 0 CHECK (spread_percent BETWEEN 0 AND 100),
    receipt_within_s integer CHECK (receipt_within_s BETWEEN 5 AND 86400),
    changed_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT route_rule_position UNIQUE (position) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT route_rule_accounts CHECK (NOT only_these OR accounts IS NOT NULL),
    CONSTRAINT route_rule_weights CHECK (weights IS NULL OR cardinality(weights) = cardinality(accounts) AND 0 < ALL (weights)),
    CONSTRAINT route_rule_receipt CHECK (receipt_within_s IS NULL OR class IN (2, 3))
);
COMMENT ON TABLE route_rule IS 'the policy: of the enabled rows, by position, the first that matches a message speaks for it; what is null matches anything';
COMMENT ON COLUMN route_rule.accounts IS 'the accounts it speaks of; null: none in particular';
COMMENT ON COLUMN route_rule.weights IS 'beside accounts: how equals share; null: by their rates';
COMMENT ON COLUMN route_rule.only_these IS 'no other account may carry it; else these go first and the others when none of them can';
COMMENT ON COLUMN route_rule.price_max_micro IS 'of a part, or of a message where the tariff is by message';
COMMENT ON COLUMN route_rule.delivery_min IS 'the least delivery rate with the number''s operator';
COMMENT ON COLUMN route_rule.spread_percent IS 'who is dearer by no more than this is an equal';
COMMENT ON COLUMN route_rule.receipt_within_s IS 'without a receipt so long after it was sent, the next account sends it too; class service or alert, which may arrive twice';
INSERT INTO route_rule (position, name, class, receipt_within_s) VALUES (1000, 'Тревоги: без отчёта за 2 минуты — через следующего', 3, 120);

-- ------------------------------------------------------------------------------------ caps

CREATE TABLE account_cap (
    account_id smallint NOT NULL REFERENCES account ON DELETE CASCADE,
    period     text NOT NULL CHECK (period IN ('day', 'month')),
    parts      bigint NOT NULL CHECK (parts >= 0),
    PRIMARY KEY (account_id, period)
);
COMMENT ON TABLE account_cap IS 'the most parts an account may be given in a day or a month';

-- A row for each process that routes, so that no row is hot: it is granted some parts, and uses them within the
-- transactions that route messages.  The sum of grants never exceeds the cap, so nothing is ever overrun.
CREATE TABLE account_cap_use (
    account_id smallint NOT NULL,
    period     text NOT NULL,
    starts     date NOT NULL,
    slot       smallint NOT NULL,
    granted    bigint NOT NULL,
    used       bigint NOT NULL DEFAULT 0,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, period, starts, slot),
    CONSTRAINT account_cap_use_within CHECK (used BETWEEN 0 AND granted)
) WITH (fillfactor = 50);
COMMENT ON TABLE account_cap_use IS 'parts of account_cap granted to processes, and those they routed';
COMMENT ON COLUMN account_cap_use.starts IS 'the first day of the period, in the company''s time zone';
COMMENT ON COLUMN account_cap_use.slot IS 'the process, as in run_count';

CREATE FUNCTION cap_period_starts(p_period text) RETURNS date
LANGUAGE sql STABLE AS $$
    SELECT date_trunc(p_period, statement_timestamp() AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone'))::date
$$;

-- What of its caps an account has left ungranted; null: it has none.
CREATE FUNCTION cap_left(p_account smallint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT min(greatest(c.parts - coalesce((SELECT sum(u.granted) FROM account_cap_use u
                WHERE u.account_id = c.account_id AND u.period = c.period AND u.starts = cap_period_starts(c.period)), 0), 0))::bigint
      FROM account_cap c WHERE c.account_id = p_account
$$;

-- What of its caps an account has not been given yet, granted or not; null: it has none.
CREATE FUNCTION cap_unused(p_account smallint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT min(greatest(c.parts - coalesce((SELECT sum(u.used) FROM account_cap_use u
                WHERE u.account_id = c.account_id AND u.period = c.period AND u.starts = cap_period_starts(c.period)), 0), 0))::bigint
      FROM account_cap c WHERE c.account_id = p_account
$$;

-- Grant a process up to p_want parts of an account's caps; of the last ones no more than a quarter at a time, so that
-- other processes get some too.  Commit at once: others wait for it.  Returns what was granted, null without a cap.
CREATE FUNCTION cap_reserve(p_account smallint, p_slot smallint, p_want bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_left bigint;
    v_grant bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7028, p_account);
    v_left := cap_left(p_account);
    IF v_left IS NULL THEN RETURN NULL; END IF;
    v_grant := least(p_want, v_left, greatest(v_left / 4, 250));
    IF v_grant <= 0 THEN RETURN 0; END IF;
    INSERT INTO account_cap_use AS u (account_id, period, starts, slot, granted)
    SELECT c.account_id, c.period, cap_period_starts(c.period), p_slot, v_grant FROM account_cap c WHERE c.account_id = p_account
    ON CONFLICT (account_id, period, starts, slot) DO UPDATE SET granted = u.granted + excluded.granted, at = clock_timestamp();
    RETURN v_grant;
END $$;

-- Use parts of what was granted, within the transaction that routes.  False: the grant is not there any more (the day
-- is over, it was taken back), and the transaction must not be committed.
CREATE FUNCTION cap_take(p_slot smallint, p_accounts smallint[], p_parts bigint[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_rows integer;
    v_wanted integer;
BEGIN
    SELECT count(*) INTO v_wanted FROM account_cap c JOIN unnest(p_accounts) AS x(id) ON x.id = c.account_id;
    UPDATE account_cap_use u SET used = u.used + x.parts, at = clock_timestamp()
      FROM account_cap c JOIN unnest(p_accounts, p_parts) AS x(id, parts) ON x.id = c.account_id
     WHERE u.account_id = c.account_id AND u.period = c.period AND u.starts = cap_period_starts(c.period) AND u.slot = p_slot
       AND u.used + x.parts <= u.granted;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows = v_wanted;
END $$;

-- What processes were granted and have not touched for ten minutes goes back; old periods are forgotten after 400 days.
CREATE FUNCTION cap_reclaim() RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_rows integer;
BEGIN
    UPDATE account_cap_use u SET granted = u.used
     WHERE u.granted > u.used AND u.at < statement_timestamp() - interval '10 minutes';
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    DELETE FROM account_cap_use u WHERE u.starts < statement_timestamp()::date - 400;
    RETURN v_rows;
END $$;

-- ------------------------------------------------------------------------------------ plans of runs

CREATE TABLE run_plan (
    run_id     bigint NOT NULL,
    class      bigint NOT NULL,
    account_id smallint NOT NULL,
    upto       double precision NOT NULL CHECK (upto > 0 AND upto <= 1),
    PRIMARY KEY (run_id, class, account_id)
);
COMMENT ON TABLE run_plan IS 'how a run''s messages are shared out over accounts where caps bind';
COMMENT ON COLUMN run_plan.class IS 'messages with the same candidates at the same prices, as a digest';
COMMENT ON COLUMN run_plan.upto IS 'the share of this account and of those before it in the class; the last has 1';

-- ------------------------------------------------------------------------------------ what is measured

CREATE TABLE account_health (
    account_id    smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    points        double precision NOT NULL,
    grade         smallint NOT NULL CHECK (grade BETWEEN 0 AND 10),
    trial         boolean NOT NULL,
    answered      double precision NOT NULL,
    errors        double precision NOT NULL,
    answer_ms     double precision NOT NULL,
    receipt_s     double precision NOT NULL,
    seen_epoch    integer NOT NULL,
    seen_answered bigint NOT NULL,
    seen_refused  bigint NOT NULL,
    seen_timeouts bigint NOT NULL,
    seen_answer_ms bigint NOT NULL,
    at            timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE account_health IS 'how well accounts do just now (docs/routing.md)';
COMMENT ON COLUMN account_health.points IS '0 to 100; fall within a minute, come back within twenty';
COMMENT ON COLUMN account_health.grade IS '0 healthy to 10: so many tenths are put on its expected cost';
COMMENT ON COLUMN account_health.trial IS 'below 30 points and until above 60: it gets one message in fifty';
COMMENT ON COLUMN account_health.answered IS 'parts answered or lost, fading with a half-life of a minute';
COMMENT ON COLUMN account_health.errors IS 'of these refused by its fault, or lost';
COMMENT ON COLUMN account_health.answer_ms IS 'time they took together';
COMMENT ON COLUMN account_health.receipt_s IS 'mean time from sending to the first receipt; 0: not known';
COMMENT ON COLUMN account_health.seen_epoch IS 'epoch of account_meter at the last look, as the sums that follow';

CREATE TABLE account_quality (
    account_id  smallint NOT NULL REFERENCES account ON DELETE CASCADE,
    operator_id smallint NOT NULL,
    sent        double precision NOT NULL,
    delivered   double precision NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (account_id, operator_id)
) WITH (fillfactor = 50);
COMMENT ON TABLE account_quality IS 'what share of messages arrives, from a sample of recent ones, fading with a half-life of six hours';
COMMENT ON COLUMN account_quality.operator_id IS '0: to all operators together';

CREATE TABLE route_sampled (
    id   boolean PRIMARY KEY DEFAULT true CHECK (id),
    upto timestamptz NOT NULL
);
COMMENT ON TABLE route_sampled IS 'one row: up to when batches were looked at for account_quality';
INSERT INTO route_sampled (upto) VALUES (clock_timestamp());

-- The next sample: of batches that were finished p_settle_s ago, since the last time, the latest p_batches, of each
-- p_messages evenly.  Messages that left; those without a receipt so far count as not delivered.
CREATE FUNCTION route_sample(p_settle_s integer, p_batches integer, p_messages integer)
RETURNS TABLE (account_id smallint, operator_id smallint, sent bigint, delivered bigint, receipt_s double precision)
LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz;
    newest timestamptz := statement_timestamp() - p_settle_s * interval '1 s';
    ids bigint[];
    accounts smallint[];
    batches bigint[];
    ended timestamptz[];
    lowest bigint;
    highest bigint;
    numbers bigint[];
BEGIN
    SELECT r.upto INTO since FROM route_sampled r FOR UPDATE SKIP LOCKED;
    IF since IS NULL OR since >= newest THEN RETURN; END IF;
    UPDATE route_sampled SET upto = newest;
    SELECT array_agg(i.id), array_agg(b.account_id), array_agg(b.home), array_agg(b.done_at), min(i.id), max(i.id)
      INTO ids, accounts, batches, ended, lowest, highest
      FROM (SELECT k.id, k.account_id, k.done_at, k.message_count, k.message_ids, CASE WHEN k.message_ids IS NULL THEN 0 ELSE k.id END AS home
              FROM batch k JOIN account a ON a.id = k.account_id AND (a.kind <> 'smpp' OR a.registered_delivery <> 0)
             WHERE k.state = 3 AND k.done_at > since AND k.done_at <= newest
             ORDER BY k.done_at DESC LIMIT p_batches) b
     CROSS JOIN LATERAL (SELECT CASE WHEN b.message_ids IS NULL THEN b.id + g ELSE b.message_ids[g + 1] END AS id
              FROM generate_series(0, b.message_count - 1, greatest(b.message_count / p_messages, 1)) g) i;
    IF ids IS NULL THEN RETURN; END IF;
    SELECT array_agg(m.msisdn) INTO numbers FROM message m
     WHERE m.id = ANY (ids) AND m.id BETWEEN lowest AND highest AND m.msisdn > 0;
    RETURN QUERY
    WITH operator AS MATERIALIZED (SELECT DISTINCT n.msisdn, coalesce(n.operator_id, 0::smallint) AS operator_id FROM number_info(numbers) n),
    sample AS (
        SELECT x.account_id, o.operator_id, s.state = 9 AS arrived,
               (SELECT extract(epoch FROM min(r.received_at) - x.done_at) FROM receipt r
                 WHERE s.state = 9 AND r.message_id = x.id AND r.received_at >= x.done_at - interval '1 minute'
                   AND r.received_at <= statement_timestamp()) AS receipt_s
          FROM unnest(ids, accounts, batches, ended) AS x(id, account_id, home, done_at)
          JOIN message_state s ON s.id = x.id AND s.id BETWEEN lowest AND highest AND s.state NOT IN (4, 5)
               AND coalesce(s.batch_id, 0) = x.home
          JOIN message m ON m.id = x.id AND m.id BETWEEN lowest AND highest
          JOIN operator o ON o.msisdn = m.msisdn)
    SELECT p.account_id, p.operator_id, count(*), count(*) FILTER (WHERE p.arrived), greatest(avg(p.receipt_s), 0)::double precision
      FROM sample p GROUP BY 1, 2;
END $$;

-- ------------------------------------------------------------------------------------ what holders in memory go by

CREATE TABLE route_version (
    id      boolean PRIMARY KEY DEFAULT true CHECK (id),
    version bigint NOT NULL
);
COMMENT ON TABLE route_version IS 'one row: how often what routing reads has changed; who holds it in memory reads it again then';
INSERT INTO route_version (version) VALUES (1);
CREATE FUNCTION route_version_grow() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE route_version SET version = version + 1;
    RETURN NULL;
END $$;
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['account', 'account_route', 'provider', 'operator_contract', 'route_rule', 'account_cap', 'numbering_version',
                             'numbering_operator_name', 'tariff', 'tariff_row', 'vat_rate', 'currency_rate'] LOOP
        IF to_regclass(t) IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER route_version AFTER INSERT OR UPDATE OR DELETE ON %I
                            FOR EACH STATEMENT EXECUTE FUNCTION route_version_grow()', t);
        END IF;
    END LOOP;
END $$;

-- ------------------------------------------------------------------------------------ messages that wait

COMMENT ON COLUMN retry.account_id IS '0: another account than those that had it; the routing names it';

-- As in 0014; besides: rows for which the routing has named no account yet are not due.
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

CREATE INDEX retry_unrouted ON retry (due_at) WHERE account_id = 0;

-- The operator a number was ported to: 0 it was not, -1 nobody knows which.
CREATE FUNCTION ported_to(p_msisdn bigint) RETURNS smallint
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT coalesce(p.operator_id, -1::smallint) FROM ported_number p WHERE p.msisdn = p_msisdn), 0::smallint)
$$;

-- Messages for which another account is wanted, with what the routing asks about them.  Locked.
CREATE FUNCTION retry_unrouted(p_limit integer)
RETURNS TABLE (message_id bigint, msisdn bigint, encoding smallint, parts smallint, text text, ported smallint, run_id bigint, class smallint,
    category smallint, sender text, tried smallint[])
LANGUAGE plpgsql AS $$
DECLARE
    due bigint[];
    lowest bigint;
    highest bigint;
BEGIN
    SELECT array_agg(x.message_id), min(x.message_id), max(x.message_id) INTO due, lowest, highest FROM (
        SELECT r.message_id FROM retry r WHERE r.due_at <= statement_timestamp() AND r.account_id = 0
         ORDER BY r.due_at LIMIT p_limit FOR UPDATE SKIP LOCKED) x;
    IF due IS NULL THEN RETURN; END IF;
    RETURN QUERY
    SELECT u.id, m.msisdn, m.encoding, m.parts, m.text, ported_to(m.msisdn), h.run_id, h.class, h.category, h.sender,
           (SELECT array_agg(DISTINCT t.account_id) FROM (
                SELECT f.account_id FROM refusal f WHERE f.message_id = u.id AND f.at >= since.at
                UNION ALL SELECT k.account_id FROM receipt_ref k WHERE k.message_id = u.id AND k.submitted_at >= since.at
                UNION ALL SELECT d.account_id FROM doubt d WHERE d.message_id = u.id) t)
      FROM unnest(due) AS u(id)
      JOIN message m ON m.id = u.id AND m.id BETWEEN lowest AND highest
      JOIN batch h ON h.id = u.id & ~255::bigint
     CROSS JOIN LATERAL (SELECT to_timestamp((u.id >> 32) + 1577836800) - interval '1 day' AS at) since
     ORDER BY u.id;
END $$;

-- The routing's answers: account 0 is "nobody may", and the message has failed for the reason it was refused with; one that only
-- waited for a receipt stays as it is.
CREATE FUNCTION retry_routed(p_ids bigint[], p_accounts smallint[], p_slot smallint) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    g record;
    n integer := 0;
BEGIN
    UPDATE retry r SET account_id = x.account_id
      FROM unnest(p_ids, p_accounts) AS x(id, account_id) WHERE r.message_id = x.id AND x.account_id <> 0;
    FOR g IN DELETE FROM retry r USING unnest(p_ids, p_accounts) AS x(id, account_id), batch h
              WHERE r.message_id = x.id AND x.account_id = 0 AND h.id = x.id & ~255::bigint
              RETURNING r.message_id, r.reason, h.run_id LOOP
        IF g.reason <> 11 THEN
            n := n + messages_settle(ARRAY[g.message_id], ARRAY[5::smallint], ARRAY[g.reason], ARRAY[coalesce(g.run_id, 0)], p_slot);
        END IF;
    END LOOP;
    RETURN n;
END $$;

-- Messages of these classes whose batch ended between the two times and that no receipt has spoken of: for the routing to
-- decide whether they go again.  Only what may arrive twice, and is neither pinned nor on its way again already.
CREATE FUNCTION messages_silent(p_classes smallint[], p_from timestamptz, p_to timestamptz, p_limit integer)
RETURNS TABLE (message_id bigint, msisdn bigint, ported smallint, class smallint, category smallint, sender text)
LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    homes bigint[];
    lowest bigint;
    highest bigint;
BEGIN
    SELECT array_agg(i.id), array_agg(b.home), min(i.id), max(i.id) INTO ids, homes, lowest, highest
      FROM (SELECT k.id, k.message_count, k.message_ids, CASE WHEN k.message_ids IS NULL THEN 0 ELSE k.id END AS home FROM batch k
             WHERE k.state = 3 AND k.done_at > p_from AND k.done_at <= p_to AND k.class = ANY (p_classes) AND k.class <> 1
               AND k.attempt < 4 AND k.deadline > statement_timestamp()
             ORDER BY k.done_at LIMIT p_limit) b
     CROSS JOIN LATERAL (SELECT CASE WHEN b.message_ids IS NULL THEN b.id + g ELSE b.message_ids[g + 1] END AS id
                           FROM generate_series(0, b.message_count - 1) g) i;
    IF ids IS NULL THEN RETURN; END IF;
    RETURN QUERY
    SELECT x.id, m.msisdn, ported_to(m.msisdn), h.class, h.category, h.sender
      FROM unnest(ids, homes) AS x(id, home)
      JOIN message_state s ON s.id = x.id AND s.id BETWEEN lowest AND highest AND s.state IN (0, 2) AND coalesce(s.batch_id, 0) = x.home
           AND s.delivered_parts = 0
      JOIN message m ON m.id = x.id AND m.id BETWEEN lowest AND highest AND m.msisdn > 0
      JOIN batch h ON h.id = x.id & ~255::bigint AND NOT h.pinned
     WHERE NOT EXISTS (SELECT 1 FROM retry r WHERE r.message_id = x.id)
     ORDER BY x.id;
END $$;

-- The next batches of accounts that are off or down so long, of which nothing is in anybody's hands: locked, by id, from
-- p_after on.
CREATE FUNCTION batches_stranded(p_down_s integer, p_after bigint, p_limit integer)
RETURNS TABLE (id bigint, account_id smallint, class smallint, category smallint, sender text)
LANGUAGE sql AS $$
    WITH dead AS MATERIALIZED (
        SELECT a.id FROM account a LEFT JOIN account_lease l ON l.account_id = a.id
         WHERE NOT a.enabled OR least(l.until, coalesce(l.down_since, l.until)) < clock_timestamp() - p_down_s * interval '1 s'),
    stranded AS MATERIALIZED ( -- each state has an index of its own
        SELECT b.id FROM dead CROSS JOIN LATERAL (
            SELECT w.id FROM batch w WHERE w.account_id = dead.id AND w.state = 0 AND w.answered = w.claimed AND NOT w.pinned
               AND w.id > p_after) b
        UNION ALL
        SELECT b.id FROM dead CROSS JOIN LATERAL (
            SELECT p.id FROM batch p WHERE p.account_id = dead.id AND p.state = 1 AND p.answered = p.claimed AND NOT p.pinned
               AND p.id > p_after) b),
    first AS MATERIALIZED (SELECT s.id FROM stranded s ORDER BY s.id LIMIT p_limit)
    SELECT b.id, b.account_id, b.class, b.category, b.sender FROM batch b
     WHERE b.id = ANY (ARRAY(SELECT f.id FROM first f)) AND b.state IN (0, 1) AND b.answered = b.claimed AND b.deadline > statement_timestamp()
     ORDER BY b.id FOR UPDATE SKIP LOCKED
$$;

-- The messages of a batch that nobody has claimed yet, with what the routing asks about them.
CREATE FUNCTION batch_unsent(p_batch bigint)
RETURNS TABLE (id bigint, msisdn bigint, encoding smallint, parts smallint, text text, ported smallint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    b batch%ROWTYPE;
    lowest bigint;
    highest bigint;
BEGIN
    SELECT * INTO b FROM batch WHERE batch.id = p_batch;
    SELECT min(u), max(u) INTO lowest, highest
      FROM unnest(coalesce(b.message_ids[b.claimed + 1:], ARRAY[b.id + b.claimed, b.id + b.message_count - 1])) u;
    RETURN QUERY
    SELECT m.id, m.msisdn, m.encoding, m.parts, m.text, ported_to(m.msisdn)
      FROM message m
     CROSS JOIN LATERAL (SELECT c.state, c.batch_id FROM message_state c
                          WHERE c.id = m.id AND c.id BETWEEN lowest AND highest OFFSET 0) s
     WHERE m.id BETWEEN lowest AND highest AND s.state = 0
       AND CASE WHEN b.message_ids IS NULL THEN s.batch_id IS NULL
                ELSE s.batch_id = b.id AND m.id = ANY (b.message_ids[b.claimed + 1:]) END
     ORDER BY m.id;
END $$;

-- Give messages that nobody has claimed yet to other accounts.  Of a batch of which nothing has left, the most go with the
-- batch itself, when no message stays; the others get batches of their own.  Returns how many have another account now.
CREATE FUNCTION batch_reroute(p_batch bigint, p_ids bigint[], p_accounts smallint[]) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    b batch%ROWTYPE;
    g record;
    new_id bigint;
    stays integer;
    kept boolean;
    moved integer := 0;
BEGIN
    SELECT * INTO b FROM batch WHERE batch.id = p_batch AND batch.state IN (0, 1) AND batch.answered = batch.claimed AND NOT batch.pinned
       FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN 0; END IF;
    SELECT count(*) INTO stays FROM batch_unsent(p_batch) u WHERE u.id <> ALL (p_ids);
    kept := stays > 0 OR b.claimed > 0;
    FOR g IN SELECT x.account_id, array_agg(x.id ORDER BY x.id) AS ids, sum(m.parts)::integer AS parts, count(*)::integer AS n,
                    min(x.id) AS lowest, max(x.id) AS highest
               FROM unnest(p_ids, p_accounts) AS x(id, account_id)
               JOIN message m ON m.id = x.id AND m.id BETWEEN p_ids[1] AND p_ids[cardinality(p_ids)]
              GROUP BY x.account_id ORDER BY count(*) DESC, x.account_id LOOP
        moved := moved + g.n;
        IF NOT kept THEN
            UPDATE batch SET account_id = g.account_id, state = 0, publish_count = 0, published_at = NULL WHERE batch.id = b.id;
            kept := true;
            CONTINUE;
        END IF;
        new_id := (message_base_ids(1))[1];
        UPDATE message_state s SET batch_id = new_id
          FROM unnest(g.ids) AS u(id) WHERE s.id = u.id AND s.id BETWEEN g.lowest AND g.highest;
        INSERT INTO batch (id, run_id, account_id, lane, priority, class, category, attempt, message_count, parts, sender, deadline,
                           filtered_at, message_ids, zones, send_from, send_until)
        VALUES (new_id, b.run_id, g.account_id, b.lane, b.priority, b.class, b.category, b.attempt, g.n, g.parts, b.sender, b.deadline,
                b.filtered_at, g.ids, b.zones, b.send_from, b.send_until);
        UPDATE batch SET parts = greatest(parts - g.parts, 1) WHERE batch.id = b.id;
    END LOOP;
    IF b.claimed > 0 AND stays = 0 THEN -- what is left of it are places nobody stands at
        UPDATE batch SET claimed = message_count, answered = message_count, state = 3 WHERE batch.id = b.id;
    END IF;
    RETURN moved;
END $$;

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT ON account_route, operator_contract, route_rule, account_cap, account_cap_use, run_plan, account_health, account_quality, route_version
    TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;
GRANT SELECT ON operator TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;
GRANT SELECT ON numbering_version, numbering_range, numbering_operator_name, numbering_region_name, ported_number
    TO vestnik_schedulerd, vestnik_dispatcherd;
GRANT INSERT, UPDATE ON account_cap_use TO vestnik_dispatcherd, vestnik_schedulerd;
GRANT DELETE ON account_cap_use TO vestnik_schedulerd;
GRANT INSERT, UPDATE, DELETE ON account_route, route_rule, operator_contract, account_cap TO vestnik_apid;
GRANT INSERT, DELETE ON run_plan TO vestnik_schedulerd;
GRANT INSERT, UPDATE ON account_health, account_quality TO vestnik_schedulerd;
GRANT SELECT, UPDATE ON route_sampled TO vestnik_schedulerd;
GRANT SELECT ON receipt, refusal, doubt TO vestnik_schedulerd;
GRANT SELECT ON setting TO vestnik_schedulerd, vestnik_dispatcherd;
