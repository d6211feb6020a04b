-- httpgwd asks what smppd asks, of the same tables that were empty a second ago: it sees only the index way, planned once
-- (0001 and 0024 say why).
DO $$
DECLARE
    setting text;
BEGIN
    FOREACH setting IN ARRAY ARRAY['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material', 'enable_bitmapscan'] LOOP
        EXECUTE format('ALTER ROLE vestnik_httpgwd IN DATABASE %I SET %I = off', current_database(), setting);
    END LOOP;
    EXECUTE format('ALTER ROLE vestnik_httpgwd IN DATABASE %I SET plan_cache_mode = force_generic_plan', current_database());
END $$;
