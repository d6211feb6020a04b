-- seed-large - a large company: :clients clients with 40 attributes and :actions actions.
--
-- For measuring; never on a database that holds real clients.  The same numbers make the same company.
\set ON_ERROR_STOP on
SET synchronous_commit = off;

INSERT INTO client_attribute (slot, name, type, choices)
SELECT s, 'attribute_' || s,
       (ARRAY['text', 'number', 'date', 'yes_no', 'one_of', 'many_of'])[s % 6 + 1],
       CASE WHEN s % 6 >= 4 THEN ARRAY['red', 'green', 'blue', 'white'] END
  FROM generate_series(1, 21) s;

INSERT INTO client (external_id, msisdn, last_name, first_name, middle_name, sex, birthday, language, time_zone, region, city, branch, manager,
                    status, segment, loyalty_tier, points, balance, debt, contract_number, contract_from, contract_to, registered_on, tags, attrs)
SELECT 'c' || i, 79000000000 + i, 'Фамилия' || r % 5000, 'Имя' || r % 300, 'Отчество' || r % 100,
       CASE WHEN r % 20 = 0 THEN NULL ELSE r % 2 + 1 END, CASE WHEN r % 15 = 0 THEN NULL ELSE date '1940-01-01' + (r % 24000)::integer END,
       CASE WHEN r % 50 = 0 THEN 'en' ELSE 'ru' END, 'Europe/Moscow', 'Регион ' || r % 89, 'Город ' || r % 1000, 'Филиал ' || r % 60, 'Менеджер ' || r % 700,
       CASE WHEN r % 12 = 0 THEN 'closed' ELSE 'active' END, 'segment ' || r % 7, (ARRAY['bronze', 'silver', 'gold'])[r % 3 + 1],
       r % 10000, r % 1000000 / 100.0, CASE WHEN r % 9 = 0 THEN r % 50000 ELSE 0 END,
       'D-' || i, date '2015-01-01' + (r % 3000)::integer, date '2025-01-01' + (r % 1500)::integer, date '2010-01-01' + (r % 5500)::integer,
       CASE WHEN r % 10 = 0 THEN ARRAY['vip', 'tag ' || r % 30] END,
       (SELECT array_agg(CASE WHEN (r + s) % 7 = 0 THEN NULL ELSE CASE s % 6
                           WHEN 0 THEN 'value ' || (r * s) % 40
                           WHEN 1 THEN ((r * s) % 100000)::text || '.50'
                           WHEN 2 THEN (date '2020-01-01' + ((r * s) % 2500)::integer)::text
                           WHEN 3 THEN CASE WHEN (r + s) % 3 = 0 THEN 'yes' ELSE 'no' END
                           WHEN 4 THEN (ARRAY['red', 'green', 'blue', 'white'])[(r + s) % 4 + 1]
                           ELSE 'red' || E'\n' || (ARRAY['green', 'blue', 'white'])[(r + s) % 3 + 1] END END ORDER BY s)
          FROM generate_series(1, 21) s)
  FROM (SELECT i, (i * 7919) % 1000003 AS r FROM generate_series(1, :clients::bigint) i) x;

-- Once over all of them in place of after each statement.
DROP INDEX action_client;
ALTER TABLE action DISABLE TRIGGER action_totals_add;
INSERT INTO action_category (code) SELECT 'category ' || n FROM generate_series(1, 12) n ON CONFLICT DO NOTHING;
INSERT INTO action (client_id, at, kind, category, amount_micro)
SELECT (i * 7919) % :clients::bigint + 1, date_trunc('day', now()) - ((i * 104729) % 1095) * interval '1 day' + (i % 1440) * interval '1 minute',
       CASE WHEN i % 10 < 4 THEN 1 WHEN i % 10 < 6 THEN 2 WHEN i % 10 < 9 THEN 3 ELSE 4 END, i % 12 + 1, (i * 31) % 10000000 * 1000
  FROM generate_series(1, :actions::bigint) i;
CREATE INDEX action_client ON action (kind, client_id, at) INCLUDE (amount_micro, category);
ALTER TABLE action ENABLE TRIGGER action_totals_add;
INSERT INTO action_total (kind, client_id, actions, amounts, sum_micro, first_at, last_at)
SELECT kind, client_id, count(*), count(amount_micro), coalesce(sum(amount_micro), 0), min(at), max(at)
  FROM action GROUP BY kind, client_id ORDER BY kind, client_id;
VACUUM (ANALYZE) client, action, action_total, client_attribute;
