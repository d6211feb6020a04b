-- What a program may: rights, templates, addresses, how long, and how much it may send and spend.

CREATE TABLE quota (
    id                    bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    parts_per_hour        bigint CHECK (parts_per_hour > 0),
    parts_per_day         bigint CHECK (parts_per_day > 0),
    money_micro_per_hour  bigint CHECK (money_micro_per_hour > 0),
    money_micro_per_day   bigint CHECK (money_micro_per_day > 0),
    hour                  timestamptz NOT NULL DEFAULT '-infinity',
    parts_this_hour       bigint NOT NULL DEFAULT 0,
    money_micro_this_hour bigint NOT NULL DEFAULT 0,
    day                   date NOT NULL DEFAULT '-infinity',
    parts_this_day        bigint NOT NULL DEFAULT 0,
    money_micro_this_day  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE quota IS 'how much one program may send, and has sent in the hour and day at hand';
COMMENT ON COLUMN quota.day IS 'in the company''s time zone';

-- Whoever asks holds the row until COMMIT, so that however many processes ask, what is accepted never goes beyond a
-- limit, and what is rolled back is not counted.  Answers with those that do not fit, each as a whole.
CREATE FUNCTION quota_take(p_quota bigint[], p_parts bigint[], p_money bigint[])
RETURNS TABLE (n integer, bar text, allowed bigint, used bigint, retry_s integer) LANGUAGE plpgsql AS $$
DECLARE
    zone text := (SELECT value FROM setting WHERE name = 'time_zone');
    q quota;
    at timestamptz;
BEGIN
    FOR q IN SELECT * FROM quota WHERE id = ANY (p_quota) ORDER BY id FOR NO KEY UPDATE LOOP
        at := clock_timestamp();
        IF date_trunc('hour', at) > q.hour THEN
            q.hour := date_trunc('hour', at);
            q.parts_this_hour := 0;
            q.money_micro_this_hour := 0;
        END IF;
        IF (at AT TIME ZONE zone)::date > q.day THEN
            q.day := (at AT TIME ZONE zone)::date;
            q.parts_this_day := 0;
            q.money_micro_this_day := 0;
        END IF;
        FOR i IN 1 .. cardinality(p_quota) LOOP
            CONTINUE WHEN p_quota[i] <> q.id;
            -- The one that lasts longest is named.
            bar := CASE WHEN q.parts_this_day + p_parts[i] > q.parts_per_day THEN 'parts_per_day'
                        WHEN q.money_micro_this_day + p_money[i] > q.money_micro_per_day THEN 'money_per_day'
                        WHEN q.parts_this_hour + p_parts[i] > q.parts_per_hour THEN 'parts_per_hour'
                        WHEN q.money_micro_this_hour + p_money[i] > q.money_micro_per_hour THEN 'money_per_hour' END;
            IF bar IS NULL THEN
                q.parts_this_hour := q.parts_this_hour + p_parts[i];
                q.parts_this_day := q.parts_this_day + p_parts[i];
                q.money_micro_this_hour := q.money_micro_this_hour + p_money[i];
                q.money_micro_this_day := q.money_micro_this_day + p_money[i];
                CONTINUE;
            END IF;
            n := i;
            allowed := CASE bar WHEN 'parts_per_day' THEN q.parts_per_day WHEN 'money_per_day' THEN q.money_micro_per_day
                                WHEN 'parts_per_hour' THEN q.parts_per_hour ELSE q.money_micro_per_hour END;
            used := CASE bar WHEN 'parts_per_day' THEN q.parts_this_day WHEN 'money_per_day' THEN q.money_micro_this_day
                             WHEN 'parts_per_hour' THEN q.parts_this_hour ELSE q.money_micro_this_hour END;
            retry_s := greatest(1, ceil(extract(epoch FROM CASE WHEN bar LIKE '%day'
                THEN (q.day + 1)::timestamp AT TIME ZONE zone ELSE q.hour + interval '1 hour' END - at)));
            RETURN NEXT;
        END LOOP;
        UPDATE quota u SET hour = q.hour, parts_this_hour = q.parts_this_hour, money_micro_this_hour = q.money_micro_this_hour,
               day = q.day, parts_this_day = q.parts_this_day, money_micro_this_day = q.money_micro_this_day
         WHERE u.id = q.id;
    END LOOP;
END $$;

ALTER TABLE token
    ADD COLUMN rights text[] NOT NULL DEFAULT '{*}' CHECK (cardinality(rights) > 0),
    ADD COLUMN templates bigint[] CHECK (cardinality(templates) BETWEEN 1 AND 64),
    ADD COLUMN addresses cidr[] CHECK (cardinality(addresses) BETWEEN 1 AND 16),
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN quota_id bigint UNIQUE REFERENCES quota,
    ADD COLUMN note text NOT NULL DEFAULT '',
    ADD COLUMN created_by bigint,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN previous_hash bytea UNIQUE CHECK (length(previous_hash) = 32),
    ADD COLUMN previous_until timestamptz,
    -- What else sends texts of one's own, or changes what the templates say.
    ADD CONSTRAINT token_templates CHECK (templates IS NULL OR NOT rights &&
        '{*,campaigns.edit,campaigns.launch,templates.edit,consents.edit}');
COMMENT ON COLUMN token.rights IS 'names of rights; {*}: all that a program may have';
COMMENT ON COLUMN token.templates IS 'which it may send, and no text of its own; null: any text';
COMMENT ON COLUMN token.addresses IS 'from where it counts; null: from anywhere';
COMMENT ON COLUMN token.created_by IS 'the person; null: vestnik token create';
COMMENT ON COLUMN token.last_used_at IS 'to a minute';
COMMENT ON COLUMN token.previous_hash IS 'of the secret before the last renewal, which counts until previous_until';

-- Programs that send events over RabbitMQ; the name is that of the broker's user, which the broker vouches for.
CREATE TABLE amqp_user (
    id            bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name          text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    department_id bigint NOT NULL DEFAULT 1 REFERENCES department,
    events        text[] NOT NULL CHECK (cardinality(events) > 0),
    templates     bigint[] CHECK (cardinality(templates) BETWEEN 1 AND 64),
    quota_id      bigint UNIQUE REFERENCES quota,
    expires_at    timestamptz,
    note          text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at   timestamptz
);
COMMENT ON TABLE amqp_user IS 'who may send events over RabbitMQ; while there is none, whoever may write to exchange crm.in';
COMMENT ON COLUMN amqp_user.events IS 'types of events it may send; {*}: all';
COMMENT ON COLUMN amqp_user.templates IS 'which its message.send may send; null: any text';

UPDATE role SET rights = rights || '{tokens.edit}' WHERE code = 'administrator';

GRANT INSERT, UPDATE ON token TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE ON quota TO vestnik_apid;
GRANT SELECT, UPDATE ON quota TO vestnik_crmd;
GRANT SELECT ON amqp_user, template, template_version TO vestnik_crmd;
-- What messages cost is asked of the routing.
GRANT SELECT ON provider, account_lease, account_meter, account_route, operator_contract, route_rule, account_cap, account_health, account_quality,
      route_version, operator, numbering_version, numbering_range, ported_number, vat_rate, currency_rate, tariff, tariff_row, sender,
      sender_registration, template_registration, sender_version TO vestnik_crmd;
