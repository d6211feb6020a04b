-- Statements whose planning cost more than their work: at a few hundred transactions a second it was a fifth of what
-- PostgreSQL did.

-- Only the index way exists for these (0001 leaves the workers no other), whatever the arrays hold, so one plan serves
-- every call.
ALTER FUNCTION batch_slice(bigint) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION batch_answer(bigint[], integer[], integer) SET plan_cache_mode = force_generic_plan;

CREATE OR REPLACE FUNCTION send_day(at timestamptz) RETURNS smallint
LANGUAGE plpgsql STABLE AS $$ -- not sql: PostgreSQL would plan it anew at each call
BEGIN
    RETURN ((at AT TIME ZONE (SELECT value FROM setting WHERE name = 'time_zone'))::date - date '2020-01-01')::smallint;
END $$;
