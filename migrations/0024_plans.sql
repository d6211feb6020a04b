-- What workers ask is planned once: their arrays change with every group, the only way to the rows does not (0001 leaves
-- them none but indexes).  Planning the clients of a chunk anew took 0.6 ms, as long as finding two of them.
DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY['vestnik_dispatcherd', 'vestnik_smppd', 'vestnik_dlrd'] LOOP
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET plan_cache_mode = force_generic_plan', r, current_database());
    END LOOP;
END $$;
