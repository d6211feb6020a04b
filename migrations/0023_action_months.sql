-- Actions by month: a period reads its own months, each in the order of clients, and merges them.  Sorting two million
-- purchases of half a year by client took two seconds; merging seven months of them takes a fifth of one.

ALTER TABLE action RENAME TO action_all;
DROP TRIGGER action_totals_add ON action_all;
DROP TRIGGER action_totals_again ON action_all;
DROP INDEX action_client, action_at;

CREATE TABLE action (LIKE action_all INCLUDING COMMENTS) PARTITION BY RANGE (at);
COMMENT ON TABLE action IS 'purchases, payments, visits and whatever else clients did; a partition for each month of late, for each year before';

-- What no other takes: dates before 2000 or far ahead, which are mistakes mostly.
CREATE TABLE action_other PARTITION OF action DEFAULT;

-- The partition of one period, with what lay in action_other of it.
CREATE FUNCTION action_partition_ensure(p_name text, p_from timestamptz, p_until timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_regclass(p_name) IS NOT NULL THEN RETURN 0; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE action INCLUDING ALL)', p_name);
    EXECUTE format('WITH gone AS (DELETE FROM action_other WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM gone',
                   p_from, p_until, p_name);
    EXECUTE format('ALTER TABLE action ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_name, p_from, p_until);
    RETURN 1;
END $$;

CREATE FUNCTION action_months_ensure(p_from date, p_months_ahead integer) RETURNS integer
LANGUAGE sql SET search_path = public, pg_temp AS $$
    SELECT coalesce(sum(action_partition_ensure('action_' || to_char(m, 'YYYYMM'), m AT TIME ZONE 'UTC', (m + interval '1 month') AT TIME ZONE 'UTC')), 0)::integer
      FROM generate_series(date_trunc('month', p_from::timestamp), (now() AT TIME ZONE 'UTC') + make_interval(months => p_months_ahead), '1 month') AS m
$$;

-- Three years and more by month, what is older by year.
DO $$
DECLARE
    first_month timestamp := date_trunc('year', (now() AT TIME ZONE 'UTC') - interval '3 years');
BEGIN
    PERFORM action_partition_ensure('action_' || to_char(y, 'YYYY'), y AT TIME ZONE 'UTC', (y + interval '1 year') AT TIME ZONE 'UTC')
       FROM generate_series(timestamp '2000-01-01', first_month - interval '1 year', '1 year') AS y;
    PERFORM action_months_ensure(first_month::date, 2);
END $$;

INSERT INTO action SELECT * FROM action_all;
DROP TABLE action_all;
CREATE INDEX action_client ON action (kind, client_id, at) INCLUDE (amount_micro, category);

CREATE TRIGGER action_totals_add AFTER INSERT ON action REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION action_totals_add();
CREATE TRIGGER action_totals_again AFTER DELETE ON action REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION action_totals_again();

GRANT SELECT, INSERT ON action TO vestnik_apid;
GRANT SELECT, INSERT ON action TO vestnik_crmd;
GRANT SELECT ON action TO vestnik_schedulerd;

-- Days of messages as in 0001, and months of actions.
ALTER FUNCTION partitions_ensure(integer) RENAME TO days_ensure;
REVOKE ALL ON FUNCTION days_ensure(integer) FROM vestnik_schedulerd;
CREATE FUNCTION partitions_ensure(days integer DEFAULT 2) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN days_ensure(days) + action_months_ensure((now() AT TIME ZONE 'UTC')::date, 2);
END $$;
GRANT EXECUTE ON FUNCTION partitions_ensure(integer) TO vestnik_schedulerd;
REVOKE ALL ON FUNCTION action_partition_ensure(text, timestamptz, timestamptz), action_months_ensure(date, integer),
    partitions_ensure(integer) FROM PUBLIC;
