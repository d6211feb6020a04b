-- Tariffs: what delivery costs.  A tariff is a whole price list of an account or of a provider (then of all its accounts
-- that have none of their own).  It is never changed: a new one closes the validity of the one before it.
--
-- Prices are integers, in millionths of the tariff's currency.  The rules that make one price of what a tariff says stand
-- here once, as functions, and everything asks them: the routing, the settled ledger, the invoices.

-- ------------------------------------------------------------------------------------ VAT and currencies

CREATE TABLE vat_rate (
    country    text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    valid_from date NOT NULL,
    rate_bp    integer NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    PRIMARY KEY (country, valid_from)
);
COMMENT ON TABLE vat_rate IS 'value added tax by the provider''s country and date; a country without rows charges none';
COMMENT ON COLUMN vat_rate.rate_bp IS 'hundredths of a per cent';
INSERT INTO vat_rate VALUES ('RU', '2004-01-01', 1800), ('RU', '2019-01-01', 2000), ('RU', '2026-01-01', 2200);

-- The company reckons in roubles; other currencies have rates.
CREATE TABLE currency_rate (
    currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$' AND currency <> 'RUB'),
    day        date NOT NULL,
    rate_micro bigint NOT NULL CHECK (rate_micro BETWEEN 1 AND 1000000000000),
    loaded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (currency, day)
);
COMMENT ON TABLE currency_rate IS 'roubles for other currencies; the rate of a day holds until the next one';
COMMENT ON COLUMN currency_rate.rate_micro IS 'millionths of a rouble for one unit';

-- The company's day at a time, and when a day begins.
CREATE FUNCTION company_day(at timestamptz) RETURNS date
LANGUAGE sql STABLE AS $$ SELECT (at AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone'))::date $$;
CREATE FUNCTION company_day_begins(day date) RETURNS timestamptz
LANGUAGE sql STABLE AS $$ SELECT day::timestamp AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone') $$;

CREATE FUNCTION vat_bp(p_country text, p_day date) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT v.rate_bp FROM vat_rate v WHERE v.country = p_country AND v.valid_from <= p_day
                      ORDER BY v.valid_from DESC LIMIT 1), 0)
$$;
COMMENT ON FUNCTION vat_bp IS 'the VAT of a country on a day, in hundredths of a per cent';

CREATE FUNCTION currency_rate_micro(p_currency text, p_day date) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE p_currency WHEN 'RUB' THEN 1000000
           ELSE (SELECT c.rate_micro FROM currency_rate c WHERE c.currency = p_currency AND c.day <= p_day
                  ORDER BY c.day DESC LIMIT 1) END
$$;
COMMENT ON FUNCTION currency_rate_micro IS 'millionths of a rouble for one unit of a currency on a day; null: no rate is known';

-- The price of one part (or message) with VAT: rounded to the millionth, half away from zero; nothing is rounded later,
-- until a sum is shown in kopecks.
CREATE FUNCTION price_with_vat(price_micro bigint, vat_included boolean, vat_bp integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN vat_included THEN price_micro ELSE (price_micro * (10000 + vat_bp) + 5000) / 10000 END
$$;
CREATE FUNCTION price_in_roubles(price_micro bigint, rate_micro bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE rate_micro WHEN 1000000 THEN price_micro ELSE round(price_micro::numeric * rate_micro / 1000000)::bigint END
$$;

-- ------------------------------------------------------------------------------------ tariffs

CREATE TABLE tariff (
    id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id  smallint REFERENCES provider,
    account_id   smallint REFERENCES account,
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    vat_included boolean NOT NULL,
    vat_bp       integer CHECK (vat_bp BETWEEN 0 AND 10000),
    unit         text NOT NULL CHECK (unit IN ('part', 'message')),
    charge_on    text NOT NULL CHECK (charge_on IN ('acceptance', 'delivery')),
    valid_from   timestamptz NOT NULL,
    valid_to     timestamptz CHECK (valid_to >= valid_from),
    prefix_max   smallint NOT NULL DEFAULT 0 CHECK (prefix_max BETWEEN 0 AND 15),
    row_count    integer NOT NULL CHECK (row_count > 0),
    file_name    text NOT NULL CHECK (length(file_name) <= 255),
    file_sha256  bytea NOT NULL CHECK (length(file_sha256) = 32),
    loaded_by    text NOT NULL CHECK (loaded_by <> ''),
    loaded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (num_nonnulls(provider_id, account_id) = 1)
);
CREATE INDEX tariff_account ON tariff (account_id, valid_from) WHERE account_id IS NOT NULL;
CREATE INDEX tariff_provider ON tariff (provider_id, valid_from) WHERE provider_id IS NOT NULL;
COMMENT ON TABLE tariff IS 'price lists of providers, or of one of their accounts';
COMMENT ON COLUMN tariff.vat_bp IS 'VAT in hundredths of a per cent where it is not that of the provider''s country (0: exempt); null: vat_rate';
COMMENT ON COLUMN tariff.valid_to IS 'null: in force until another one is loaded; equal to valid_from: replaced before it held';
COMMENT ON COLUMN tariff.prefix_max IS 'digits of its longest number prefix';

CREATE TABLE tariff_row (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tariff_id   integer NOT NULL REFERENCES tariff,
    line        integer NOT NULL,
    operator_id smallint REFERENCES operator,
    network     text CHECK (network ~ '^[0-9]{5,6}$'),
    prefix      text COLLATE "C" CHECK (prefix ~ '^[1-9][0-9]{0,14}$'),
    category    smallint CHECK (category BETWEEN 1 AND 6),
    sender_kind smallint CHECK (sender_kind BETWEEN 1 AND 3),
    registered  boolean,
    price_micro bigint NOT NULL CHECK (price_micro BETWEEN 0 AND 1000000000000),
    CHECK (num_nonnulls(operator_id, prefix) <= 1),
    CHECK (network IS NULL OR operator_id IS NOT NULL),
    UNIQUE NULLS NOT DISTINCT (tariff_id, operator_id, prefix, category, sender_kind, registered)
);
COMMENT ON TABLE tariff_row IS 'one price of a tariff; what is null holds for any';
COMMENT ON COLUMN tariff_row.operator_id IS 'the number''s operator, also where the file named it by its network code';
COMMENT ON COLUMN tariff_row.network IS 'the network code (MCC and MNC) the file named the operator by';

-- Which tariff each account goes by at a time: its own, else its provider's.  No row: it has none.
CREATE FUNCTION tariffs_in_force(at timestamptz) RETURNS TABLE (account_id smallint, tariff_id integer)
LANGUAGE sql STABLE AS $$
    SELECT a.id, t.id
      FROM account a
     CROSS JOIN LATERAL (
        SELECT f.id FROM tariff f
         WHERE (f.account_id = a.id OR f.provider_id = a.provider_id)
           AND f.valid_from <= at AND (f.valid_to IS NULL OR at < f.valid_to)
         ORDER BY f.account_id IS NULL LIMIT 1) t
$$;

-- What of a sender's name prices depend on: 1 letters, 2 a number of ten digits or more, 3 a short code.
-- The same is sender_kind_of() in C.
CREATE FUNCTION sender_kind(sender text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN sender !~ '^[+]?[0-9]+$' THEN 1 WHEN length(ltrim(sender, '+')) >= 10 THEN 2 ELSE 3 END::smallint
$$;

-- The row of a tariff that prices a message, null when none does.  The most specific row wins, compared in this order:
-- the operator is named; longer prefix; category named; registration named; kind of sender named.  The operator stands
-- before any prefix because a ported number is billed as its operator's, whoever its range belongs to.
-- The same is tariff_price() in C (common/route/tariff.h), where the order is argued.
CREATE FUNCTION tariff_row_find(p_tariff integer, p_operator smallint, p_digits text, p_category smallint, p_sender_kind smallint,
                                p_registered boolean) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT r.id
      FROM (SELECT o.* FROM tariff_row o WHERE o.tariff_id = p_tariff AND o.operator_id = p_operator
            UNION ALL
            SELECT x.* FROM tariff_row x WHERE x.tariff_id = p_tariff AND x.operator_id IS NULL
               AND x.prefix = ANY (ARRAY(SELECT left(p_digits, n) FROM generate_series(1, length(p_digits)) AS n))
            UNION ALL
            SELECT d.* FROM tariff_row d WHERE d.tariff_id = p_tariff AND d.operator_id IS NULL AND d.prefix IS NULL) r
     WHERE (r.category IS NULL OR r.category = p_category)
       AND (r.registered IS NULL OR r.registered = p_registered)
       AND (r.sender_kind IS NULL OR r.sender_kind = p_sender_kind)
     ORDER BY r.operator_id IS NULL, length(coalesce(r.prefix, '')) DESC, r.category IS NULL, r.registered IS NULL, r.sender_kind IS NULL
     LIMIT 1
$$;

-- What prices also depend on, known when a message is made and not to be learnt later.
ALTER TABLE message ADD registered boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN message.registered IS 'sender and text were registered with the number''s operator, for the account it was first routed to';

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT ON vat_rate, currency_rate, tariff, tariff_row TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;
