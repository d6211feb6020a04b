-- What is known of a client, what clients did, and lists that follow from it.

-- Columns rather than attributes by slot: each is one criterion over millions of rows, read without a cast.
ALTER TABLE client
    ADD COLUMN sex smallint CHECK (sex IN (1, 2)),
    ADD COLUMN birthday date,
    ADD COLUMN language text,
    ADD COLUMN time_zone text,
    ADD COLUMN region text,
    ADD COLUMN city text,
    ADD COLUMN branch text,
    ADD COLUMN manager text,
    ADD COLUMN status text,
    ADD COLUMN segment text,
    ADD COLUMN loyalty_tier text,
    ADD COLUMN points numeric(18, 2),
    ADD COLUMN balance numeric(18, 2),
    ADD COLUMN debt numeric(18, 2),
    ADD COLUMN contract_number text,
    ADD COLUMN contract_from date,
    ADD COLUMN contract_to date,
    ADD COLUMN registered_on date,
    ADD COLUMN tags text[];
COMMENT ON COLUMN client.msisdn IS 'the number written to: the preferred one of client_phone where that has any';
COMMENT ON COLUMN client.sex IS '1 male, 2 female';
COMMENT ON COLUMN client.language IS 'two letters, as ISO 639-1 has them';
COMMENT ON COLUMN client.time_zone IS 'an IANA name; empty: that of the number';

ALTER TABLE client_attribute
    ADD COLUMN type text NOT NULL DEFAULT 'text'
        CHECK (type IN ('text', 'number', 'date', 'yes_no', 'one_of', 'many_of')),
    ADD COLUMN choices text[],
    ADD CONSTRAINT client_attribute_choices_check CHECK ((choices IS NULL) = (type NOT IN ('one_of', 'many_of')));
COMMENT ON COLUMN client_attribute.type IS
    'how values are written: number 1234.50, date 2026-11-28, yes_no yes or no, many_of with line feeds between; whoever writes a value holds to it';

-- What a client did.  Insert-only; the same event of the same source comes once.
CREATE TABLE action_kind (
    id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code <> '')
);
CREATE TABLE action_category (
    id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code <> '')
);
INSERT INTO action_kind (code) VALUES ('purchase'), ('payment'), ('visit'), ('login'), ('complaint');
CREATE TABLE action (
    client_id    bigint NOT NULL,
    at           timestamptz NOT NULL,
    amount_micro bigint,
    kind         smallint NOT NULL,
    category     smallint
);
-- A criterion reads one kind of all clients from the index alone, in the order it groups by.
CREATE INDEX action_client ON action (kind, client_id, at) INCLUDE (amount_micro, category);
COMMENT ON TABLE action IS 'purchases, payments, visits and whatever else clients did';
COMMENT ON COLUMN action.amount_micro IS 'in millionths of the unit, money mostly; null: the action has none';

-- A dynamic list is its criteria; list_member holds who fulfilled them when it was refreshed last.
ALTER TABLE list
    ADD COLUMN criteria jsonb,
    ADD COLUMN refreshed_at timestamptz;
COMMENT ON COLUMN list.criteria IS 'the tree of common/model/criteria.h; null: a fixed list';

-- Days until the next birthday, 0 on the day; one of 29 February is kept on the 28th in other years.
CREATE FUNCTION days_to_birthday(birthday date, today date) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN (birthday + make_interval(years => (extract(year FROM today) - extract(year FROM birthday))::integer))::date >= today
                THEN (birthday + make_interval(years => (extract(year FROM today) - extract(year FROM birthday))::integer))::date - today
                ELSE (birthday + make_interval(years => (extract(year FROM today) - extract(year FROM birthday))::integer + 1))::date - today
           END
$$;

-- What holds for the whole company.
CREATE TABLE setting (
    name  text PRIMARY KEY,
    value text NOT NULL
);
INSERT INTO setting VALUES ('time_zone', 'Europe/Moscow');
COMMENT ON TABLE setting IS 'time_zone: an IANA name; in it days begin and end';

GRANT SELECT ON setting TO vestnik_apid, vestnik_schedulerd;
GRANT SELECT, INSERT ON action, action_kind, action_category TO vestnik_apid;
GRANT DELETE ON list TO vestnik_apid;
GRANT SELECT ON action, action_kind, action_category, client_attribute, opt_out TO vestnik_schedulerd;
GRANT INSERT, DELETE ON list_member TO vestnik_schedulerd;
GRANT UPDATE (size, refreshed_at) ON list TO vestnik_schedulerd;
