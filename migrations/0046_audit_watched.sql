-- The audit log watches what came beside it.  Tables that are not there yet are passed over: their own migrations,
-- when they come later, watch them.

DO $$
DECLARE
    w record;
BEGIN
    FOR w IN SELECT * FROM (VALUES
        ('second_factor', 'person_id', 'last_step', 'sealed', ''),
        ('amqp_user', 'id', '', '', ''),
        ('scenario_approval', 'id', '', '', ''),
        ('control_number', 'id', '', 'msisdn', ''),
        ('person_identity', 'way issuer subject', 'seen_at checked_at', '', ''),
        ('directory_group', 'way key role department_id', '', '', ''),
        ('budget', 'department_id month', '', '', ''),
        ('approval_rule', 'department_id', '', '', ''),
        ('approval', 'id', '', '', 'subject'),
        ('substitute', 'id', '', '', '')) AS x (name, keys, passed, hidden, digest) LOOP
        IF to_regclass(w.name) IS NOT NULL THEN
            PERFORM audit_watch(w.name::regclass, w.keys, w.passed, w.hidden, w.digest);
        END IF;
    END LOOP;
    IF to_regclass('recovery_code') IS NOT NULL THEN
        PERFORM audit_watch_rows('recovery_code', 'person_id');
    END IF;
    -- Every message a program sends is counted there: only a change of the limits fires the trigger.
    IF to_regclass('quota') IS NOT NULL THEN
        CREATE TRIGGER audit_row AFTER INSERT OR DELETE
            OR UPDATE OF parts_per_hour, parts_per_day, money_micro_per_hour, money_micro_per_day ON quota
            FOR EACH ROW EXECUTE FUNCTION audit_row('id', '', '', '');
    END IF;
END $$;
