-- Loading tariffs, the settled ledger (what messages really cost) and providers' invoices beside it.

-- ------------------------------------------------------------------------------------ loading tariffs

-- The tariff in force for an owner at a time: an account's own, else its provider's.  Null: none.
CREATE FUNCTION tariff_at(p_provider smallint, p_account smallint, p_at timestamptz) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT t.id FROM tariff t
     WHERE (t.account_id = p_account
            OR t.provider_id = coalesce(p_provider, (SELECT a.provider_id FROM account a WHERE a.id = p_account)))
       AND t.valid_from <= p_at AND (t.valid_to IS NULL OR p_at < t.valid_to)
     ORDER BY t.account_id IS NULL LIMIT 1
$$;

-- What a price list would change against the tariff p_before (null: nothing was in force).  Prices are with VAT: in the
-- currency of both, or in roubles of the day where they differ.  Of each change the first p_limit rows, each with how
-- many there are of its kind.
CREATE FUNCTION tariff_compare(p_before integer, p_country text, p_day date, p_currency text, p_vat_included boolean, p_vat_bp integer,
    p_operators smallint[], p_prefixes text[], p_categories smallint[], p_registered smallint[], p_sender_kinds smallint[],
    p_prices bigint[], p_limit integer)
RETURNS TABLE (change text, operator text, prefix text, category smallint, registered smallint, sender_kind smallint,
               old_micro bigint, new_micro bigint, total bigint)
LANGUAGE sql STABLE AS $$
    WITH before AS MATERIALIZED (
        SELECT t.vat_included, coalesce(t.vat_bp, vat_bp(p_country, p_day)) AS bp,
               CASE WHEN t.currency = p_currency THEN 1000000 ELSE currency_rate_micro(t.currency, p_day) END AS rate,
               CASE WHEN t.currency = p_currency THEN 1000000 ELSE currency_rate_micro(p_currency, p_day) END AS new_rate
          FROM tariff t WHERE t.id = p_before),
    old AS MATERIALIZED (
        SELECT coalesce(r.operator_id, 0) AS operator_id, coalesce(r.prefix, '') AS prefix, coalesce(r.category, 0) AS category,
               CASE WHEN r.registered IS NULL THEN -1 ELSE r.registered::int END AS registered,
               coalesce(r.sender_kind, 0) AS sender_kind,
               price_in_roubles(price_with_vat(r.price_micro, b.vat_included, b.bp), b.rate) AS price
          FROM tariff_row r CROSS JOIN before b WHERE r.tariff_id = p_before),
    new AS MATERIALIZED (
        SELECT u.operator_id, u.prefix COLLATE "C" AS prefix, u.category, u.registered::int AS registered, u.sender_kind,
               price_in_roubles(price_with_vat(u.price, p_vat_included, coalesce(p_vat_bp, vat_bp(p_country, p_day))),
                                coalesce((SELECT new_rate FROM before), 1000000)) AS price
          FROM unnest(p_operators, p_prefixes, p_categories, p_registered, p_sender_kinds, p_prices)
               AS u(operator_id, prefix, category, registered, sender_kind, price)),
    both_sides AS (
        SELECT CASE WHEN o.price IS NULL THEN 'new' WHEN n.price IS NULL THEN 'gone' ELSE 'changed' END AS change,
               coalesce(n.operator_id, o.operator_id) AS operator_id, coalesce(n.prefix, o.prefix) AS prefix,
               coalesce(n.category, o.category) AS category, coalesce(n.registered, o.registered) AS registered,
               coalesce(n.sender_kind, o.sender_kind) AS sender_kind, o.price AS old_micro, n.price AS new_micro
          FROM new n FULL JOIN old o ON o.operator_id = n.operator_id AND o.prefix = n.prefix AND o.category = n.category
               AND o.registered = n.registered AND o.sender_kind = n.sender_kind
         WHERE o.price IS DISTINCT FROM n.price),
    counted AS (
        SELECT b.*, count(*) OVER (PARTITION BY b.change) AS total,
               row_number() OVER (PARTITION BY b.change ORDER BY b.operator_id = 0, b.operator_id, b.prefix, b.category DESC,
                                  b.registered, b.sender_kind) AS place
          FROM both_sides b)
    SELECT c.change, o.code, nullif(c.prefix, ''), c.category::smallint, c.registered::smallint, c.sender_kind::smallint,
           c.old_micro, c.new_micro, c.total
      FROM counted c LEFT JOIN operator o ON o.id = c.operator_id
     WHERE c.place <= p_limit
     ORDER BY CASE c.change WHEN 'changed' THEN 1 WHEN 'new' THEN 2 ELSE 3 END, c.place
$$;

-- ------------------------------------------------------------------------------------ the settled ledger

-- Minutes by the time of acceptance.  A minute is reckoned a while after it is over, and again at growing ages, because
-- receipts come late; what it gave the ledger stands in ledger_share, so that a second reckoning replaces the first.
CREATE TABLE ledger_window (
    starts  timestamptz PRIMARY KEY,
    refs    bigint NOT NULL,
    late    boolean NOT NULL,
    looks   smallint NOT NULL DEFAULT 1,
    next_at timestamptz,
    anew    boolean NOT NULL DEFAULT false
);
CREATE INDEX ledger_window_due ON ledger_window (next_at) WHERE next_at IS NOT NULL;
COMMENT ON TABLE ledger_window IS 'minutes of accepted parts that are in the ledger';
COMMENT ON COLUMN ledger_window.late IS 'a tariff charges some of it on delivery, so receipts change what it cost';
COMMENT ON COLUMN ledger_window.next_at IS 'when it is looked at again; null: never';
COMMENT ON COLUMN ledger_window.anew IS 'reckon it again whatever it holds: a tariff for it was loaded since';

CREATE TABLE ledger_clock (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    reckoned_to timestamptz NOT NULL
);
COMMENT ON TABLE ledger_clock IS 'one row: up to which minute the ledger goes';
INSERT INTO ledger_clock (reckoned_to)
SELECT date_trunc('minute', coalesce((SELECT min(submitted_at) FROM receipt_ref), statement_timestamp()));

CREATE TABLE ledger (
    day          date NOT NULL,
    account_id   smallint NOT NULL,
    operator_id  smallint NOT NULL,
    category     smallint NOT NULL,
    sender_kind  smallint NOT NULL,
    registered   boolean NOT NULL,
    run_id       bigint NOT NULL,
    tariff_id    integer NOT NULL,
    messages     bigint NOT NULL,
    parts        bigint NOT NULL,
    charged      bigint NOT NULL,
    unpriced     bigint NOT NULL,
    cost_micro   bigint NOT NULL,
    rouble_micro bigint NOT NULL,
    own_parts    bigint NOT NULL,
    own_micro    bigint NOT NULL,
    PRIMARY KEY (day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id)
) WITH (fillfactor = 70);
CREATE INDEX ledger_run ON ledger (run_id, day);
COMMENT ON TABLE ledger IS 'what accepted messages cost, by the day of acceptance; sums are exact';
COMMENT ON COLUMN ledger.tariff_id IS 'by which they were priced; 0: the account''s flat price';
COMMENT ON COLUMN ledger.messages IS 'messages whose first part was accepted; one sent twice counts twice';
COMMENT ON COLUMN ledger.parts IS 'accepted parts';
COMMENT ON COLUMN ledger.charged IS 'parts, or messages where the tariff is by message, that are owed';
COMMENT ON COLUMN ledger.unpriced IS 'of these, such that the tariff has no price for';
COMMENT ON COLUMN ledger.cost_micro IS 'with VAT, in the tariff''s currency';
COMMENT ON COLUMN ledger.own_micro IS 'what the provider itself said they cost, in its currency';
COMMENT ON COLUMN ledger.own_parts IS 'accepted parts for which it said so';

CREATE TABLE ledger_share (starts timestamptz NOT NULL, LIKE ledger INCLUDING COMMENTS);
CREATE INDEX ledger_share_starts ON ledger_share (starts);
COMMENT ON TABLE ledger_share IS 'what each minute gave the ledger';

-- Finds accepted parts by time; as large as nothing, and nothing on the way of a message waits for it.
CREATE INDEX receipt_ref_submitted ON receipt_ref USING brin (submitted_at) WITH (pages_per_range = 32, autosummarize = on);

-- Ages at which a minute is looked at again.
CREATE FUNCTION ledger_next_look(p_starts timestamptz, p_looks integer) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT p_starts + (ARRAY['5 min', '20 min', '80 min', '5 h', '21 h', '85 h', '14 d']::interval[])[p_looks]
$$;

-- Reckon the minutes of [p_from, p_to), which lie within one of the company's days: one statement, so that all of it is
-- one moment.  Returns how many parts it held.
CREATE FUNCTION ledger_reckon(p_from timestamptz, p_to timestamptz) RETURNS bigint
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
        SELECT b.id, b.category, sender_kind(b.sender) AS sender_kind
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
               left(o.msisdn::text, o.digits) AS digits, sum(o.first_part) AS messages, sum(o.parts) AS parts,
               coalesce(sum(CASE WHEN o.by_message THEN o.first_part ELSE o.parts END) FILTER (WHERE o.is_owed), 0) AS charged,
               count(o.price_micro) AS own_parts, coalesce(sum(o.price_micro), 0) AS own_micro
          FROM owed o
          LEFT JOIN home h ON h.id = o.home_id
          LEFT JOIN number n ON n.msisdn = o.msisdn
          LEFT JOIN asked a ON a.id = o.message_id AND o.asks
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9),
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
               sum(k.own_parts)::bigint AS own_parts, sum(k.own_micro)::bigint AS own_micro
          FROM kind k
          JOIN priced p USING (account_id, operator_id, category, sender_kind, registered, digits)
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9),
    gone AS (DELETE FROM ledger_share l WHERE l.starts >= p_from AND l.starts < p_to RETURNING l.*),
    stored AS (INSERT INTO ledger_share SELECT * FROM share),
    seen AS (
        INSERT INTO ledger_window AS w (starts, refs, late, next_at)
        SELECT x.starts, x.refs, x.late, ledger_next_look(x.starts, 1)
          FROM (SELECT p.starts, count(*) AS refs, bool_or(t.on_delivery) AS late FROM part p JOIN term t USING (account_id) GROUP BY 1) x
            ON CONFLICT (starts) DO UPDATE SET refs = excluded.refs, late = excluded.late),
    change AS (
        SELECT day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, messages, parts, charged, unpriced,
               cost_micro, rouble_micro, own_parts, own_micro FROM share
         UNION ALL
        SELECT day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, -messages, -parts, -charged, -unpriced,
               -cost_micro, -rouble_micro, -own_parts, -own_micro FROM gone)
    INSERT INTO ledger AS l
    SELECT day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id, sum(messages), sum(parts), sum(charged),
           sum(unpriced), sum(cost_micro), sum(rouble_micro), sum(own_parts), sum(own_micro)
      FROM change GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    HAVING (sum(messages), sum(parts), sum(charged), sum(unpriced), sum(cost_micro), sum(rouble_micro), sum(own_parts), sum(own_micro))
           <> (0, 0, 0, 0, 0, 0, 0, 0)
        ON CONFLICT (day, account_id, operator_id, category, sender_kind, registered, run_id, tariff_id) DO UPDATE
       SET messages = l.messages + excluded.messages, parts = l.parts + excluded.parts, charged = l.charged + excluded.charged,
           unpriced = l.unpriced + excluded.unpriced, cost_micro = l.cost_micro + excluded.cost_micro,
           rouble_micro = l.rouble_micro + excluded.rouble_micro, own_parts = l.own_parts + excluded.own_parts,
           own_micro = l.own_micro + excluded.own_micro;
    -- What was priced by another tariff before, or of another operator.
    DELETE FROM ledger l WHERE l.day = v_day AND l.parts = 0 AND l.charged = 0;
    RETURN v_parts;
END $$;
COMMENT ON FUNCTION ledger_reckon IS 'put what was accepted in some minutes into the ledger, or correct it';

-- The next minutes, at most p_minutes and of one day; only what is over for p_lag_s.  The answers of a gateway are committed
-- within moments; one that comes later is found when the minute is looked at again.
CREATE FUNCTION ledger_advance(p_minutes integer, p_lag_s integer, OUT parts bigint, OUT more boolean)
LANGUAGE plpgsql AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
    v_over timestamptz := date_trunc('minute', statement_timestamp() - p_lag_s * interval '1 s');
BEGIN
    SELECT reckoned_to INTO v_from FROM ledger_clock FOR UPDATE SKIP LOCKED;
    parts := 0; more := false;
    IF v_from IS NULL OR v_from >= v_over THEN RETURN; END IF;
    v_to := least(v_over, v_from + p_minutes * interval '1 min', company_day_begins(company_day(v_from) + 1));
    parts := ledger_reckon(v_from, v_to);
    UPDATE ledger_clock SET reckoned_to = v_to;
    more := v_to < v_over;
END $$;

-- Look again at minutes that are due, one after another in time, of about p_parts.  A minute that can have changed by new
-- parts alone is only counted.  One of which a number was erased since keeps what it cost: its operator is not known any
-- more.  Minutes whose parts are not kept any more stay in the ledger for good.
CREATE FUNCTION ledger_again(p_parts bigint, OUT parts bigint, OUT more boolean)
LANGUAGE plpgsql
SET enable_bitmapscan = on
AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
    v_changed boolean;
    v_erased boolean;
BEGIN
    parts := 0; more := false;
    PERFORM 1 FROM ledger_clock FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT w.starts INTO v_from FROM ledger_window w
     WHERE w.next_at <= statement_timestamp() AND w.next_at IS NOT NULL ORDER BY w.next_at, w.starts LIMIT 1;
    IF NOT FOUND THEN RETURN; END IF;
    IF to_regclass('receipt_ref_' || to_char(v_from AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NULL THEN
        UPDATE ledger_window SET next_at = NULL, anew = false
         WHERE (starts AT TIME ZONE 'UTC')::date = (v_from AT TIME ZONE 'UTC')::date AND next_at IS NOT NULL;
        more := true;
        RETURN;
    END IF;
    SELECT max(x.starts) + interval '1 min' INTO v_to
      FROM (SELECT w.starts, sum(w.refs) OVER (ORDER BY w.starts) AS total,
                   bool_and(coalesce(w.next_at <= statement_timestamp(), false)) OVER (ORDER BY w.starts) AS due
              FROM ledger_window w
             WHERE w.starts >= v_from AND w.starts < v_from + interval '1 h'
               AND w.starts < company_day_begins(company_day(v_from) + 1)
               AND w.starts < (date_trunc('day', v_from AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC') x
     WHERE x.due AND (x.total <= p_parts OR x.starts = v_from);
    SELECT bool_or(w.late OR w.anew) OR sum(w.refs) <> (SELECT count(*) FROM receipt_ref r WHERE r.submitted_at >= v_from AND r.submitted_at < v_to)
      INTO v_changed FROM ledger_window w WHERE w.starts >= v_from AND w.starts < v_to;
    v_erased := v_changed AND EXISTS (
        SELECT FROM receipt_ref r WHERE r.submitted_at >= v_from AND r.submitted_at < v_to AND r.msisdn <= 0);
    IF v_changed AND NOT v_erased THEN
        parts := ledger_reckon(v_from, v_to);
    END IF;
    UPDATE ledger_window w SET looks = w.looks + 1, anew = false, next_at = ledger_next_look(w.starts, w.looks + 1)
     WHERE w.starts >= v_from AND w.starts < v_to;
    more := true;
END $$;

-- Shares and minutes are needed while the parts are kept.
CREATE FUNCTION ledger_forget(p_keep_days integer) RETURNS bigint
LANGUAGE sql AS $$
    WITH old AS (SELECT (date_trunc('day', statement_timestamp() AT TIME ZONE 'UTC') - (p_keep_days - 1) * interval '1 day') AT TIME ZONE 'UTC' AS at),
    shares AS (DELETE FROM ledger_share s USING old WHERE s.starts < old.at RETURNING 1),
    windows AS (DELETE FROM ledger_window w USING old WHERE w.starts < old.at RETURNING 1)
    SELECT (SELECT count(*) FROM shares) + (SELECT count(*) FROM windows)
$$;

-- ------------------------------------------------------------------------------------ a tariff comes into force

-- Store a price list from p_day on, as long as the one before it is still p_before (0: none), as whoever decided saw it.
-- Its validity ends where a later one's begins; the one in force ends where it begins.  Null: another one is in force now.
CREATE FUNCTION tariff_put(p_provider smallint, p_account smallint, p_before integer, p_currency text, p_vat_included boolean, p_vat_bp integer,
    p_unit text, p_charge_on text, p_day date, p_file_name text, p_file_sha256 bytea, p_by text, p_lines integer[],
    p_operators smallint[], p_networks text[], p_prefixes text[], p_categories smallint[], p_registered smallint[],
    p_sender_kinds smallint[], p_prices bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_from timestamptz := company_day_begins(p_day);
    v_to timestamptz;
    v_id integer;
BEGIN
    LOCK TABLE tariff IN SHARE ROW EXCLUSIVE MODE;
    IF coalesce(tariff_at(p_provider, p_account, v_from), 0) <> p_before THEN RETURN NULL; END IF;
    UPDATE tariff t SET valid_to = v_from
     WHERE (t.provider_id = p_provider OR t.account_id = p_account)
       AND t.valid_from <= v_from AND (t.valid_to IS NULL OR t.valid_to > v_from);
    SELECT min(t.valid_from) INTO v_to FROM tariff t
     WHERE (t.provider_id = p_provider OR t.account_id = p_account)
       AND t.valid_from > v_from AND (t.valid_to IS NULL OR t.valid_to > t.valid_from);
    INSERT INTO tariff (provider_id, account_id, currency, vat_included, vat_bp, unit, charge_on, valid_from, valid_to, prefix_max,
                        row_count, file_name, file_sha256, loaded_by)
    VALUES (p_provider, p_account, p_currency, p_vat_included, p_vat_bp, p_unit, p_charge_on, v_from, v_to,
            (SELECT max(length(u)) FROM unnest(p_prefixes) AS u), cardinality(p_lines), p_file_name, p_file_sha256, p_by)
    RETURNING id INTO v_id;
    INSERT INTO tariff_row (tariff_id, line, operator_id, network, prefix, category, registered, sender_kind, price_micro)
    SELECT v_id, u.line, nullif(u.operator_id, 0), nullif(u.network, ''), nullif(u.prefix, ''), nullif(u.category, 0),
           CASE WHEN u.registered >= 0 THEN u.registered = 1 END, nullif(u.sender_kind, 0), u.price
      FROM unnest(p_lines, p_operators, p_networks, p_prefixes, p_categories, p_registered, p_sender_kinds, p_prices)
           AS u(line, operator_id, network, prefix, category, registered, sender_kind, price);
    UPDATE ledger_window SET anew = true, next_at = statement_timestamp() WHERE starts >= v_from AND (v_to IS NULL OR starts < v_to);
    RETURN v_id;
END $$;

-- An account's own tariff ends; it goes by its provider's from then on.  Null: it has none at that time.
CREATE FUNCTION tariff_end(p_account smallint, p_day date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_from timestamptz := company_day_begins(p_day);
    v_id integer;
BEGIN
    LOCK TABLE tariff IN SHARE ROW EXCLUSIVE MODE;
    UPDATE tariff t SET valid_to = v_from
     WHERE t.account_id = p_account AND t.valid_from <= v_from AND (t.valid_to IS NULL OR t.valid_to > v_from)
    RETURNING t.id INTO v_id;
    IF v_id IS NOT NULL THEN
        UPDATE ledger_window SET anew = true, next_at = statement_timestamp() WHERE starts >= v_from;
    END IF;
    RETURN v_id;
END $$;

-- ------------------------------------------------------------------------------------ forecast and settled cost

-- What messages were expected to cost when they were made (message.price_micro, in roubles) beside what they cost, by the
-- cause of the difference, over the home batches from p_low to p_high, of one run (null: of any, and of the API).  A message has the first
-- cause that holds:
--   equal             no difference
--   not_accepted      no provider took any of it
--   part_not_accepted a provider took some of its parts
--   sent_twice        parts were accepted more than once
--   not_delivered     some of it is charged on delivery and was not delivered
--   tariff_changed    it went over an account at whose price it was made, and that has another tariff (VAT, rate) since
--   another_account   it was made at the price of another account
--   other             (its number's operator, or a flat price, was another)
-- Receipts that come later move messages out of not_delivered.
CREATE FUNCTION forecast_causes(p_run bigint, p_low bigint, p_high bigint)
RETURNS TABLE (cause text, messages bigint, forecast_micro bigint, settled_micro bigint)
LANGUAGE plpgsql STABLE
SET enable_seqscan = on SET enable_hashjoin = on SET enable_mergejoin = on SET enable_bitmapscan = on SET enable_material = on
SET plan_cache_mode = force_custom_plan SET jit = off SET work_mem = '64MB'
AS $$
DECLARE
    v_numbers bigint[];
    v_last bigint := p_high | 255;
    v_since timestamptz := to_timestamp((p_low >> 32) + 1577836800) - interval '1 day';
BEGIN
    SELECT array_agg(DISTINCT m.msisdn) INTO v_numbers
      FROM batch h JOIN message m ON m.id >= h.id AND m.id < h.id + h.message_count AND m.id BETWEEN p_low AND v_last
     WHERE h.id BETWEEN p_low AND p_high AND h.message_ids IS NULL AND (p_run IS NULL OR h.run_id = p_run);
    RETURN QUERY
    WITH number AS MATERIALIZED (SELECT DISTINCT n.msisdn, coalesce(n.operator_id, 0::smallint) AS operator_id FROM number_info(v_numbers) n),
    made AS MATERIALIZED (
        SELECT m.id, m.msisdn, m.parts, m.price_micro, m.registered, h.account_id, h.category, sender_kind(h.sender) AS sender_kind,
               n.operator_id, company_day(to_timestamp((m.id >> 32) + 1577836800)) AS day
          FROM batch h JOIN message m ON m.id >= h.id AND m.id < h.id + h.message_count AND m.id BETWEEN p_low AND v_last
          JOIN number n ON n.msisdn = m.msisdn
         WHERE h.id BETWEEN p_low AND p_high AND h.message_ids IS NULL AND (p_run IS NULL OR h.run_id = p_run)),
    ref AS MATERIALIZED (
        SELECT r.message_id, r.account_id, company_day(r.submitted_at) AS day, abs(r.part) AS part, r.parts AS of_parts,
               (abs(r.part) <= 1)::int AS first_part, CASE r.part WHEN 0 THEN r.parts ELSE 1 END AS parts
          FROM receipt_ref r WHERE r.message_id BETWEEN p_low AND v_last AND r.submitted_at >= v_since),
    day AS (SELECT x.day FROM made x UNION SELECT x.day FROM ref x),
    term AS MATERIALIZED (
        SELECT d.day, a.id AS account_id, a.price_micro AS flat_micro, t.id AS tariff_id, coalesce(t.prefix_max, 0) AS digits,
               coalesce(t.unit = 'message', false) AS by_message, coalesce(t.charge_on = 'delivery', false) AS on_delivery,
               t.vat_included, coalesce(t.vat_bp, vat_bp(p.country, d.day)) AS bp, currency_rate_micro(t.currency, d.day) AS rate
          FROM day d CROSS JOIN account a JOIN provider p ON p.id = a.provider_id
          LEFT JOIN LATERAL tariffs_in_force(company_day_begins(d.day)) f ON f.account_id = a.id
          LEFT JOIN tariff t ON t.id = f.tariff_id),
    -- Every price any of these messages has, over any account, on the days of making and of acceptance.
    sort AS MATERIALIZED (
        SELECT DISTINCT m.operator_id, m.category, m.sender_kind, m.registered, left(m.msisdn::text, x.digits) AS digits
          FROM made m CROSS JOIN (SELECT max(t.digits)::int AS digits FROM term t) x),
    kind AS MATERIALIZED (
        SELECT DISTINCT t.day, t.account_id, s.operator_id, s.category, s.sender_kind, s.registered, left(s.digits, t.digits) AS digits
          FROM sort s CROSS JOIN term t),
    price AS MATERIALIZED (
        SELECT k.*, t.by_message, t.on_delivery, CASE WHEN t.tariff_id IS NULL THEN t.flat_micro
               ELSE price_in_roubles(price_with_vat(r.price_micro, t.vat_included, t.bp), t.rate) END AS price
          FROM kind k JOIN term t USING (day, account_id)
          LEFT JOIN LATERAL (SELECT tariff_row_find(t.tariff_id, k.operator_id, k.digits, k.category, k.sender_kind, k.registered) AS id) x ON true
          LEFT JOIN tariff_row r ON r.id = x.id),
    taken AS MATERIALIZED (
        SELECT m.id, r.account_id, r.parts, CASE WHEN p.by_message THEN r.first_part ELSE r.parts END AS units, p.price,
               NOT p.on_delivery OR (CASE WHEN p.by_message OR r.part = 0 THEN s.state = 9
                                          ELSE s.delivered_parts >> (r.part - 1) & 1 = 1 END
                    AND (s.attempt = 1 OR EXISTS (SELECT FROM receipt x WHERE x.message_id = m.id AND x.account_id = r.account_id AND x.state = 9
                         AND x.received_at >= v_since AND (p.by_message OR r.part = 0 OR abs(x.part) IN (0, r.part))))) AS owed,
               CASE WHEN q.by_message THEN q.price ELSE q.price * m.parts END = m.price_micro AS made_at_its_price
          FROM ref r JOIN made m ON m.id = r.message_id
          JOIN message_state s ON s.id = m.id AND s.id BETWEEN p_low AND v_last
          JOIN term tp ON tp.day = r.day AND tp.account_id = r.account_id
          JOIN price p ON p.day = r.day AND p.account_id = r.account_id AND p.operator_id = m.operator_id AND p.category = m.category
               AND p.sender_kind = m.sender_kind AND p.registered = m.registered AND p.digits = left(m.msisdn::text, tp.digits)
          JOIN term tq ON tq.day = m.day AND tq.account_id = r.account_id
          JOIN price q ON q.day = m.day AND q.account_id = r.account_id AND q.operator_id = m.operator_id AND q.category = m.category
               AND q.sender_kind = m.sender_kind AND q.registered = m.registered AND q.digits = left(m.msisdn::text, tq.digits)),
    settled AS MATERIALIZED (
        SELECT t.id, sum(t.parts) AS parts, coalesce(sum(t.units * coalesce(t.price, 0)) FILTER (WHERE t.owed), 0) AS cost,
               bool_and(t.owed) AS all_owed, bool_and(coalesce(t.made_at_its_price, false)) AS same_price, min(t.account_id) AS account_id
          FROM taken t GROUP BY t.id),
    judged AS (
        SELECT m.price_micro, coalesce(s.cost, 0) AS cost,
               CASE WHEN m.price_micro = coalesce(s.cost, 0) THEN 'equal'
                    WHEN s.id IS NULL THEN 'not_accepted'
                    WHEN s.parts < m.parts THEN 'part_not_accepted'
                    WHEN s.parts > m.parts THEN 'sent_twice'
                    WHEN NOT s.all_owed THEN 'not_delivered'
                    WHEN s.same_price THEN 'tariff_changed'
                    WHEN s.account_id <> m.account_id THEN 'another_account'
                    WHEN EXISTS (SELECT FROM price p WHERE p.day = m.day AND p.account_id <> s.account_id AND p.operator_id = m.operator_id
                                    AND p.category = m.category AND p.sender_kind = m.sender_kind AND p.registered = m.registered
                                    AND left(m.msisdn::text, length(p.digits)) = p.digits
                                    AND CASE WHEN p.by_message THEN p.price ELSE p.price * m.parts END = m.price_micro) THEN 'another_account'
                    ELSE 'other' END AS cause
          FROM made m LEFT JOIN settled s ON s.id = m.id)
    SELECT j.cause, count(*), sum(j.price_micro)::bigint, sum(j.cost)::bigint FROM judged j GROUP BY j.cause ORDER BY j.cause <> 'equal', 2 DESC;
END $$;

-- ------------------------------------------------------------------------------------ invoices

CREATE TABLE invoice (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id  smallint REFERENCES provider,
    account_id   smallint REFERENCES account,
    month        date NOT NULL CHECK (extract(day FROM month) = 1),
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    vat_included boolean NOT NULL,
    vat_bp       integer NOT NULL CHECK (vat_bp BETWEEN 0 AND 10000),
    file_name    text NOT NULL CHECK (length(file_name) <= 255),
    file_sha256  bytea NOT NULL CHECK (length(file_sha256) = 32),
    loaded_by    text NOT NULL CHECK (loaded_by <> ''),
    loaded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    replaced_by  integer REFERENCES invoice,
    CHECK (num_nonnulls(provider_id, account_id) = 1)
);
CREATE UNIQUE INDEX invoice_one ON invoice (provider_id, account_id, month) NULLS NOT DISTINCT WHERE replaced_by IS NULL;
COMMENT ON TABLE invoice IS 'what providers ask for a month''s messages';
COMMENT ON COLUMN invoice.vat_bp IS 'hundredths of a per cent, that its sums are with or come without';
COMMENT ON COLUMN invoice.replaced_by IS 'the one that was loaded in its place';

CREATE TABLE invoice_line (
    invoice_id  integer NOT NULL REFERENCES invoice,
    line        integer NOT NULL,
    operator_id smallint REFERENCES operator,
    category    smallint CHECK (category BETWEEN 1 AND 6),
    registered  boolean,
    sender_kind smallint CHECK (sender_kind BETWEEN 1 AND 3),
    units       bigint NOT NULL CHECK (units >= 0),
    price_micro bigint CHECK (price_micro >= 0),
    sum_micro   bigint NOT NULL CHECK (sum_micro >= 0),
    PRIMARY KEY (invoice_id, line),
    UNIQUE NULLS NOT DISTINCT (invoice_id, operator_id, category, registered, sender_kind)
);
COMMENT ON TABLE invoice_line IS 'one line of an invoice; what is null stands for everything no other line names';
COMMENT ON COLUMN invoice_line.units IS 'parts, or messages where the tariff is by message';
COMMENT ON COLUMN invoice_line.price_micro IS 'of one; null: the invoice does not say';

-- An invoice beside the ledger: a row for each of its lines, and one for what stands in the ledger and in no line (line
-- null).  A row of the ledger belongs to the most specific line that holds for it, in the order of tariffs.
CREATE FUNCTION invoice_compare(p_invoice integer)
RETURNS TABLE (line integer, operator text, category smallint, registered smallint, sender_kind smallint,
               messages bigint, parts bigint, charged bigint, unpriced bigint, cost_micro bigint, own_parts bigint, own_micro bigint,
               units bigint, price_micro bigint, sum_micro bigint)
LANGUAGE sql STABLE AS $$
    WITH head AS MATERIALIZED (SELECT * FROM invoice WHERE id = p_invoice),
    ours AS MATERIALIZED (
        SELECT l.operator_id, l.category, l.registered, l.sender_kind, sum(l.messages) AS messages, sum(l.parts) AS parts, sum(l.charged) AS charged,
               sum(l.unpriced) AS unpriced, sum(l.cost_micro) AS cost_micro, sum(l.own_parts) AS own_parts, sum(l.own_micro) AS own_micro
          FROM ledger l, head h
         WHERE l.day >= h.month AND l.day < (h.month + interval '1 month')::date
           AND l.account_id IN (SELECT a.id FROM account a WHERE a.id = h.account_id OR a.provider_id = h.provider_id)
         GROUP BY 1, 2, 3, 4),
    placed AS MATERIALIZED (
        SELECT o.*, x.line
          FROM ours o
          LEFT JOIN LATERAL (
            SELECT v.line FROM invoice_line v
             WHERE v.invoice_id = p_invoice AND (v.operator_id IS NULL OR v.operator_id = o.operator_id)
               AND (v.category IS NULL OR v.category = o.category) AND (v.registered IS NULL OR v.registered = o.registered)
               AND (v.sender_kind IS NULL OR v.sender_kind = o.sender_kind)
             ORDER BY v.operator_id IS NULL, v.category IS NULL, v.registered IS NULL, v.sender_kind IS NULL LIMIT 1) x ON true)
    SELECT v.line, o.code, v.category, CASE WHEN v.registered IS NOT NULL THEN v.registered::int::smallint END, v.sender_kind,
           coalesce(sum(p.messages), 0)::bigint, coalesce(sum(p.parts), 0)::bigint, coalesce(sum(p.charged), 0)::bigint,
           coalesce(sum(p.unpriced), 0)::bigint, coalesce(sum(p.cost_micro), 0)::bigint, coalesce(sum(p.own_parts), 0)::bigint,
           coalesce(sum(p.own_micro), 0)::bigint, v.units,
           price_with_vat(v.price_micro, h.vat_included, h.vat_bp), price_with_vat(v.sum_micro, h.vat_included, h.vat_bp)
      FROM invoice_line v CROSS JOIN head h
      LEFT JOIN operator o ON o.id = v.operator_id
      LEFT JOIN placed p ON p.line = v.line
     WHERE v.invoice_id = p_invoice
     GROUP BY v.line, o.code, v.category, v.registered, v.sender_kind, v.units, v.price_micro, v.sum_micro, h.vat_included, h.vat_bp
     UNION ALL
    SELECT NULL, o.code, p.category, p.registered::int::smallint, p.sender_kind, p.messages::bigint, p.parts::bigint, p.charged::bigint,
           p.unpriced::bigint, p.cost_micro::bigint, p.own_parts::bigint, p.own_micro::bigint, NULL, NULL, NULL
      FROM placed p LEFT JOIN operator o ON o.id = p.operator_id
     WHERE p.line IS NULL
     ORDER BY 1 NULLS LAST, 2, 3, 4, 5
$$;

-- Store an invoice in the place of the one there is for the month.
CREATE FUNCTION invoice_put(p_provider smallint, p_account smallint, p_month date, p_currency text, p_vat_included boolean, p_vat_bp integer,
    p_file_name text, p_file_sha256 bytea, p_by text, p_lines integer[], p_operators smallint[], p_categories smallint[],
    p_registered smallint[], p_sender_kinds smallint[], p_units bigint[], p_prices bigint[], p_sums bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_old integer;
    v_id integer;
BEGIN
    LOCK TABLE invoice IN SHARE ROW EXCLUSIVE MODE;
    SELECT i.id INTO v_old FROM invoice i
     WHERE i.month = p_month AND (i.provider_id = p_provider OR i.account_id = p_account) AND i.replaced_by IS NULL;
    IF v_old IS NOT NULL THEN -- out of the way of the unique index until the new one has an id
        UPDATE invoice SET replaced_by = v_old WHERE id = v_old;
    END IF;
    INSERT INTO invoice (provider_id, account_id, month, currency, vat_included, vat_bp, file_name, file_sha256, loaded_by)
    VALUES (p_provider, p_account, p_month, p_currency, p_vat_included, p_vat_bp, p_file_name, p_file_sha256, p_by)
    RETURNING id INTO v_id;
    UPDATE invoice SET replaced_by = v_id WHERE id = v_old;
    INSERT INTO invoice_line (invoice_id, line, operator_id, category, registered, sender_kind, units, price_micro, sum_micro)
    SELECT v_id, u.line, nullif(u.operator_id, 0), nullif(u.category, 0), CASE WHEN u.registered >= 0 THEN u.registered = 1 END,
           nullif(u.sender_kind, 0), u.units, CASE WHEN u.price >= 0 THEN u.price END, u.sum
      FROM unnest(p_lines, p_operators, p_categories, p_registered, p_sender_kinds, p_units, p_prices, p_sums)
           AS u(line, operator_id, category, registered, sender_kind, units, price, sum);
    RETURN v_id;
END $$;

-- ------------------------------------------------------------------------------------ rights

REVOKE ALL ON FUNCTION tariff_put, tariff_end, invoice_put FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tariff_put, tariff_end, invoice_put TO vestnik_apid;
GRANT INSERT ON currency_rate TO vestnik_apid;
GRANT UPDATE (rate_micro, loaded_at) ON currency_rate TO vestnik_apid;
GRANT SELECT ON ledger, ledger_clock, invoice, invoice_line TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger, ledger_share, ledger_window TO vestnik_schedulerd;
GRANT SELECT, UPDATE ON ledger_clock TO vestnik_schedulerd;
GRANT SELECT ON receipt TO vestnik_schedulerd;
GRANT SELECT ON ledger_window TO vestnik_apid;
