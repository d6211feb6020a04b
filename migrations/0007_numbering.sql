-- Numbers: whose they are, where, and what time it is there.
--
-- The registry of the Russian numbering plan says which ranges belong to whom; it is loaded by `vestnik numbering
-- load` as whole versions, and old versions stay.  A number that was ported keeps its region (portability ends at
-- the border of a subject of the Federation) and not its operator.

-- ------------------------------------------------------------------------------------ operators and regions

CREATE TABLE operator (
    id   smallint PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
    name text NOT NULL
);
COMMENT ON TABLE operator IS 'mobile operators by our own number: what prices and routes are keyed by';

CREATE TABLE region (
    id    smallint PRIMARY KEY,
    name  text NOT NULL UNIQUE,
    zone  text NOT NULL,
    zones text[] NOT NULL CHECK (zone = ANY (zones))
);
COMMENT ON TABLE region IS 'subjects of the Russian Federation';
COMMENT ON COLUMN region.id IS 'the subject''s code in the state register of addresses';
COMMENT ON COLUMN region.zone IS 'IANA zone of its capital';
COMMENT ON COLUMN region.zones IS 'every zone somebody there may live in; of a number only the subject is known';

-- What people, registries and providers call them.  Names are compared by numbering_key().
CREATE TABLE operator_alias (
    key         text PRIMARY KEY,
    operator_id smallint NOT NULL REFERENCES operator
);
COMMENT ON TABLE operator_alias IS 'legal names, brands, tax numbers and MCC-MNC codes of operators';
CREATE TABLE region_alias (
    key       text PRIMARY KEY,
    region_id smallint REFERENCES region
);
COMMENT ON TABLE region_alias IS 'spellings of subjects';
COMMENT ON COLUMN region_alias.region_id IS 'null: no subject but the whole country';

-- "ООО «Т2 Мобайл»" and `ооо "Т2 МОБАЙЛ` are one name.  ICU for the reason of client_name_key().
CREATE FUNCTION numbering_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(translate(upper(name COLLATE "und-x-icu"), 'Ё', 'Е'), '[^0-9A-ZА-Я]+', ' ', 'g'))
$$;

-- The subjects a spelling of the registry names, null when a word of it is not known.  Levels are divided by a bar
-- ("г. Улан-Удэ|Республика Бурятия"), of which those that are a subject count; subjects by "и" and commas ("г. Москва
-- и Московская область"), which all must be known.
CREATE FUNCTION numbering_region_ids(spelling text) RETURNS smallint[]
LANGUAGE sql STABLE AS $$
    WITH whole AS (SELECT region_id FROM region_alias WHERE key = numbering_key(spelling)),
    level AS (
        SELECT array_agg(a.region_id) AS ids, bool_and(a.key IS NOT NULL) AS known
          FROM string_to_table(spelling, '|') WITH ORDINALITY AS l(text, no),
               regexp_split_to_table(l.text, '\s+и\s+|\s*[,;]\s*') AS subject
          LEFT JOIN region_alias a ON a.key = numbering_key(subject)
         GROUP BY l.no)
    SELECT CASE WHEN EXISTS (SELECT FROM whole) THEN (SELECT array_remove(ARRAY[region_id], NULL) FROM whole)
                ELSE (SELECT array_agg(DISTINCT id ORDER BY id) FROM level, unnest(ids) AS id WHERE known) END
$$;

-- ------------------------------------------------------------------------------------ the registry

CREATE TABLE numbering_version (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    files      text[] NOT NULL,
    ranges     integer NOT NULL,
    numbers    bigint NOT NULL,
    loaded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    valid_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    valid_to   timestamptz CHECK (valid_to >= valid_from)
);
CREATE UNIQUE INDEX numbering_version_current ON numbering_version ((true)) WHERE valid_to IS NULL;
COMMENT ON TABLE numbering_version IS 'loads of the registry; the one without valid_to is in force';

-- Names as the registry writes them.  Ranges point here, so that a name that is learnt later speaks for the
-- versions that are there.
CREATE TABLE numbering_operator_name (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    inn         text NOT NULL DEFAULT '',
    operator_id smallint REFERENCES operator,
    UNIQUE (name, inn)
);
COMMENT ON COLUMN numbering_operator_name.operator_id IS 'null: not one of table operator, by name or tax number';
CREATE TABLE numbering_region_name (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    region_ids smallint[],
    region_id  smallint REFERENCES region,
    zone       text,
    zones      text[]
);
COMMENT ON COLUMN numbering_region_name.region_ids IS 'subjects it names; null: not understood; empty: the whole country';
COMMENT ON COLUMN numbering_region_name.region_id IS 'the subject, when it is one';
COMMENT ON COLUMN numbering_region_name.zone IS 'the time zone, when all its subjects have the same one';
COMMENT ON COLUMN numbering_region_name.zones IS 'every zone of its subjects';

CREATE TABLE numbering_range (
    version_id       integer NOT NULL REFERENCES numbering_version ON DELETE CASCADE,
    lo               bigint NOT NULL CHECK (lo BETWEEN 70000000000 AND 79999999999),
    hi               bigint NOT NULL CHECK (hi BETWEEN lo AND 79999999999),
    operator_name_id integer NOT NULL,
    region_name_id   integer NOT NULL,
    PRIMARY KEY (version_id, lo) INCLUDE (hi, operator_name_id, region_name_id),
    -- The version in front of the number: so ranges of two versions never meet, and no extension is needed.
    CONSTRAINT numbering_range_overlap EXCLUDE USING gist
        (int8range(version_id * 1000000000000 + lo, version_id * 1000000000000 + hi, '[]') WITH &&)
);
COMMENT ON TABLE numbering_range IS 'the registry: numbers lo to hi, both included, belong to an operator in a region';
COMMENT ON COLUMN numbering_range.operator_name_id IS 'numbering_operator_name, which also has the tax number (INN)';

CREATE TABLE ported_number (
    msisdn      bigint PRIMARY KEY,
    operator_id smallint REFERENCES operator,
    source      text NOT NULL CHECK (source <> ''),
    seen_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE ported_number IS 'numbers that are with another operator than their range says';
COMMENT ON COLUMN ported_number.operator_id IS 'null: ported, and its operator is none of table operator';
COMMENT ON COLUMN ported_number.source IS 'who said so: mnp is the file of the database of ported numbers';

-- Understand names anew, after aliases were added or a version was loaded.  Only what was not understood is tried,
-- unless `all_names`.  Returns how many became known.
CREATE FUNCTION numbering_names_map(all_names boolean DEFAULT false) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    operators integer;
    regions integer;
BEGIN
    UPDATE numbering_operator_name n SET operator_id = k.id
      FROM (SELECT o.id AS name_id, coalesce(a.operator_id, i.operator_id) AS id
              FROM numbering_operator_name o
              LEFT JOIN operator_alias a ON a.key = numbering_key(o.name)
              LEFT JOIN operator_alias i ON i.key = o.inn
             WHERE all_names OR o.operator_id IS NULL) k
     WHERE n.id = k.name_id AND n.operator_id IS DISTINCT FROM k.id;
    GET DIAGNOSTICS operators = ROW_COUNT;
    UPDATE numbering_region_name n
       SET region_ids = k.ids, zones = z.zones,
           region_id = CASE WHEN cardinality(k.ids) = 1 THEN k.ids[1] END,
           zone = CASE WHEN cardinality(z.zones) = 1 THEN z.zones[1] END
      FROM (SELECT id, numbering_region_ids(name) AS ids FROM numbering_region_name
             WHERE all_names OR region_ids IS NULL) k
      CROSS JOIN LATERAL (SELECT array_agg(DISTINCT u.zone ORDER BY u.zone) AS zones
                            FROM region r, unnest(r.zones) AS u(zone) WHERE r.id = ANY (k.ids)) z
     WHERE n.id = k.id AND n.region_ids IS DISTINCT FROM k.ids;
    GET DIAGNOSTICS regions = ROW_COUNT;
    RETURN operators + regions;
END $$;

-- The range each number lies in: a row for each number, with nulls where there is none.  Few numbers are each found by
-- the index (3 us); for many the ranges are laid out as sorted arrays once (some 20 ms) and searched there (0.3 us).
CREATE FUNCTION numbering_find(msisdns bigint[], as_of timestamptz)
RETURNS TABLE (msisdn bigint, operator_name_id integer, region_name_id integer)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    WITH version AS MATERIALIZED (
        SELECT v.id FROM numbering_version v
         WHERE v.valid_from <= as_of AND (v.valid_to IS NULL OR as_of < v.valid_to)
         ORDER BY v.id DESC LIMIT 1),
    sorted AS MATERIALIZED (
        SELECT array_agg(s.lo) AS lo, array_agg(s.hi) AS hi, array_agg(s.operator_name_id) AS operator,
               array_agg(s.region_name_id) AS region
          FROM (SELECT r.lo, r.hi, r.operator_name_id, r.region_name_id
                  FROM numbering_range r, (SELECT min(m) AS least, max(m) AS most FROM unnest(msisdns) AS m) AS b
                 WHERE r.version_id = (SELECT id FROM version) AND r.lo <= b.most AND r.hi >= b.least
                 ORDER BY r.lo) s)
    SELECT n.msisdn, r.operator_name_id, r.region_name_id
      FROM unnest(msisdns) AS n(msisdn)
      LEFT JOIN LATERAL (SELECT nr.hi, nr.operator_name_id, nr.region_name_id FROM numbering_range nr
                          WHERE nr.version_id = (SELECT id FROM version) AND nr.lo <= n.msisdn
                          ORDER BY nr.lo DESC LIMIT 1) r ON r.hi >= n.msisdn
     WHERE cardinality(msisdns) <= 5000
    UNION ALL
    SELECT f.msisdn, (SELECT operator FROM sorted)[f.at], (SELECT region FROM sorted)[f.at]
      FROM (SELECT p.msisdn, CASE WHEN (SELECT hi FROM sorted)[p.at] >= p.msisdn THEN p.at END AS at
              FROM (SELECT n.msisdn, width_bucket(n.msisdn, (SELECT lo FROM sorted)) AS at
                      FROM unnest(msisdns) AS n(msisdn) OFFSET 0) p OFFSET 0) f -- OFFSET: search once, not for each use
     WHERE cardinality(msisdns) > 5000
$$;

-- What is known of many numbers at once: a row for each, in no order.  A number outside every range of the registry
-- (any foreign one) has nulls and is not assigned.  `as_of` asks the version that was in force then; ported numbers
-- are those of today.  Inlined, and so twice as fast, when the array is a parameter and no subquery.
CREATE FUNCTION number_info(msisdns bigint[], as_of timestamptz DEFAULT statement_timestamp())
RETURNS TABLE (msisdn bigint, operator_id smallint, region_id smallint, zone text, zones text[], ported boolean, assigned boolean)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1000 AS $$
    SELECT f.msisdn, CASE WHEN p.msisdn IS NULL THEN o.operator_id ELSE p.operator_id END,
           g.region_id, g.zone, g.zones, p.msisdn IS NOT NULL, f.operator_name_id IS NOT NULL
      FROM numbering_find(msisdns, as_of) f
      LEFT JOIN numbering_operator_name o ON o.id = f.operator_name_id
      LEFT JOIN numbering_region_name g ON g.id = f.region_name_id
      LEFT JOIN ported_number p ON p.msisdn = f.msisdn
$$;
COMMENT ON FUNCTION number_info IS 'operator, region and time zones of numbers, by registry and portability';

-- ------------------------------------------------------------------------------------ who and where

INSERT INTO operator (id, code, name) VALUES
    (1, 'mts', 'МТС'),
    (2, 'megafon', 'МегаФон'),
    (3, 'beeline', 'Билайн'),
    (4, 't2', 'Т2'),
    (5, 'yota', 'Yota'),
    (6, 'rostelecom', 'Ростелеком'),
    (7, 'motiv', 'Мотив'),
    (8, 'letai', 'Летай'),
    (9, 'tmobile', 'Т-Мобайл'),
    (10, 'sber', 'СберМобайл'),
    (11, 'win', 'Win mobile'),
    (12, 'sevmobile', 'Севмобайл'),
    (13, 'volna', 'Волна мобайл'),
    (14, 'vainakh', 'Вайнах Телеком'),
    (15, 'miatel', 'Миател');

INSERT INTO operator_alias (key, operator_id) SELECT code, id FROM (SELECT upper(code) AS code, id FROM operator) o;
INSERT INTO operator_alias (key, operator_id)
SELECT DISTINCT numbering_key(form || ' ' || n.name), o.id
  FROM (VALUES
    ('mts', 'МТС'), ('mts', 'Мобильные ТелеСистемы'),
    ('megafon', 'МегаФон'),
    ('beeline', 'Билайн'), ('beeline', 'ВымпелКом'), ('beeline', 'Вымпел-Коммуникации'),
    ('t2', 'Т2'), ('t2', 'Теле2'), ('t2', 'Tele2'), ('t2', 'Т2 Мобайл'), ('t2', 'Т2 РТК Холдинг'),
    ('yota', 'Йота'), ('yota', 'Скартел'),
    ('rostelecom', 'Ростелеком'),
    ('motiv', 'Мотив'), ('motiv', 'Екатеринбург-2000'),
    ('letai', 'Летай'), ('letai', 'Таттелеком'),
    ('tmobile', 'Т-Мобайл'), ('tmobile', 'Тинькофф Мобайл'),
    ('sber', 'СберМобайл'), ('sber', 'Сбербанк-Телеком'),
    ('win', 'Win mobile'), ('win', 'К-телеком'),
    ('sevmobile', 'Севмобайл'), ('sevmobile', 'Севастополь Телеком'),
    ('volna', 'Волна мобайл'), ('volna', 'КТК ТЕЛЕКОМ'),
    ('vainakh', 'Вайнах Телеком'),
    ('miatel', 'Миател')) AS n(code, name)
  JOIN operator o USING (code),
       unnest(ARRAY['', 'ООО', 'АО', 'ПАО', 'ОАО', 'ЗАО', 'Общество с ограниченной ответственностью', 'Акционерное общество',
                    'Публичное акционерное общество', 'Открытое акционерное общество', 'Закрытое акционерное общество']) AS form
ON CONFLICT DO NOTHING;
-- Tax numbers and network codes are not spelt in two ways.
INSERT INTO operator_alias (key, operator_id)
SELECT key, o.id
  FROM (VALUES
    ('mts', '7740000076'), ('megafon', '7812014560'), ('beeline', '7713076301'), ('t2', '7743895280'),
    ('rostelecom', '7707049388'),
    ('mts', '25001'), ('megafon', '25002'), ('yota', '25011'), ('t2', '25020'), ('beeline', '25099'), ('motiv', '25035'),
    ('letai', '25027'), ('tmobile', '25062'), ('sber', '25050'), ('win', '25032'), ('sevmobile', '25033'), ('volna', '25060'),
    ('vainakh', '25008'), ('miatel', '25054')) AS n(code, key)
  JOIN operator o USING (code);

INSERT INTO region (id, name, zone, zones) VALUES
    (1, 'Республика Адыгея', 'Europe/Moscow', '{Europe/Moscow}'),
    (2, 'Республика Башкортостан', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (3, 'Республика Бурятия', 'Asia/Irkutsk', '{Asia/Irkutsk}'),
    (4, 'Республика Алтай', 'Asia/Barnaul', '{Asia/Barnaul}'),
    (5, 'Республика Дагестан', 'Europe/Moscow', '{Europe/Moscow}'),
    (6, 'Республика Ингушетия', 'Europe/Moscow', '{Europe/Moscow}'),
    (7, 'Кабардино-Балкарская Республика', 'Europe/Moscow', '{Europe/Moscow}'),
    (8, 'Республика Калмыкия', 'Europe/Moscow', '{Europe/Moscow}'),
    (9, 'Карачаево-Черкесская Республика', 'Europe/Moscow', '{Europe/Moscow}'),
    (10, 'Республика Карелия', 'Europe/Moscow', '{Europe/Moscow}'),
    (11, 'Республика Коми', 'Europe/Moscow', '{Europe/Moscow}'),
    (12, 'Республика Марий Эл', 'Europe/Moscow', '{Europe/Moscow}'),
    (13, 'Республика Мордовия', 'Europe/Moscow', '{Europe/Moscow}'),
    (14, 'Республика Саха (Якутия)', 'Asia/Yakutsk', '{Asia/Yakutsk,Asia/Vladivostok,Asia/Srednekolymsk}'),
    (15, 'Республика Северная Осетия - Алания', 'Europe/Moscow', '{Europe/Moscow}'),
    (16, 'Республика Татарстан', 'Europe/Moscow', '{Europe/Moscow}'),
    (17, 'Республика Тыва', 'Asia/Krasnoyarsk', '{Asia/Krasnoyarsk}'),
    (18, 'Удмуртская Республика', 'Europe/Samara', '{Europe/Samara}'),
    (19, 'Республика Хакасия', 'Asia/Krasnoyarsk', '{Asia/Krasnoyarsk}'),
    (20, 'Чеченская Республика', 'Europe/Moscow', '{Europe/Moscow}'),
    (21, 'Чувашская Республика', 'Europe/Moscow', '{Europe/Moscow}'),
    (22, 'Алтайский край', 'Asia/Barnaul', '{Asia/Barnaul}'),
    (23, 'Краснодарский край', 'Europe/Moscow', '{Europe/Moscow}'),
    (24, 'Красноярский край', 'Asia/Krasnoyarsk', '{Asia/Krasnoyarsk}'),
    (25, 'Приморский край', 'Asia/Vladivostok', '{Asia/Vladivostok}'),
    (26, 'Ставропольский край', 'Europe/Moscow', '{Europe/Moscow}'),
    (27, 'Хабаровский край', 'Asia/Vladivostok', '{Asia/Vladivostok}'),
    (28, 'Амурская область', 'Asia/Yakutsk', '{Asia/Yakutsk}'),
    (29, 'Архангельская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (30, 'Астраханская область', 'Europe/Astrakhan', '{Europe/Astrakhan}'),
    (31, 'Белгородская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (32, 'Брянская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (33, 'Владимирская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (34, 'Волгоградская область', 'Europe/Volgograd', '{Europe/Volgograd}'),
    (35, 'Вологодская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (36, 'Воронежская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (37, 'Ивановская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (38, 'Иркутская область', 'Asia/Irkutsk', '{Asia/Irkutsk}'),
    (39, 'Калининградская область', 'Europe/Kaliningrad', '{Europe/Kaliningrad}'),
    (40, 'Калужская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (41, 'Камчатский край', 'Asia/Kamchatka', '{Asia/Kamchatka}'),
    (42, 'Кемеровская область - Кузбасс', 'Asia/Novokuznetsk', '{Asia/Novokuznetsk}'),
    (43, 'Кировская область', 'Europe/Kirov', '{Europe/Kirov}'),
    (44, 'Костромская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (45, 'Курганская область', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (46, 'Курская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (47, 'Ленинградская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (48, 'Липецкая область', 'Europe/Moscow', '{Europe/Moscow}'),
    (49, 'Магаданская область', 'Asia/Magadan', '{Asia/Magadan}'),
    (50, 'Московская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (51, 'Мурманская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (52, 'Нижегородская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (53, 'Новгородская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (54, 'Новосибирская область', 'Asia/Novosibirsk', '{Asia/Novosibirsk}'),
    (55, 'Омская область', 'Asia/Omsk', '{Asia/Omsk}'),
    (56, 'Оренбургская область', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (57, 'Орловская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (58, 'Пензенская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (59, 'Пермский край', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (60, 'Псковская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (61, 'Ростовская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (62, 'Рязанская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (63, 'Самарская область', 'Europe/Samara', '{Europe/Samara}'),
    (64, 'Саратовская область', 'Europe/Saratov', '{Europe/Saratov}'),
    (65, 'Сахалинская область', 'Asia/Sakhalin', '{Asia/Sakhalin}'),
    (66, 'Свердловская область', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (67, 'Смоленская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (68, 'Тамбовская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (69, 'Тверская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (70, 'Томская область', 'Asia/Tomsk', '{Asia/Tomsk}'),
    (71, 'Тульская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (72, 'Тюменская область', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (73, 'Ульяновская область', 'Europe/Ulyanovsk', '{Europe/Ulyanovsk}'),
    (74, 'Челябинская область', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (75, 'Забайкальский край', 'Asia/Chita', '{Asia/Chita}'),
    (76, 'Ярославская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (77, 'г. Москва', 'Europe/Moscow', '{Europe/Moscow}'),
    (78, 'г. Санкт-Петербург', 'Europe/Moscow', '{Europe/Moscow}'),
    (79, 'Еврейская автономная область', 'Asia/Vladivostok', '{Asia/Vladivostok}'),
    (83, 'Ненецкий автономный округ', 'Europe/Moscow', '{Europe/Moscow}'),
    (86, 'Ханты-Мансийский автономный округ - Югра', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (87, 'Чукотский автономный округ', 'Asia/Anadyr', '{Asia/Anadyr}'),
    (89, 'Ямало-Ненецкий автономный округ', 'Asia/Yekaterinburg', '{Asia/Yekaterinburg}'),
    (90, 'Запорожская область', 'Europe/Moscow', '{Europe/Moscow}'),
    (91, 'Республика Крым', 'Europe/Simferopol', '{Europe/Simferopol}'),
    (92, 'г. Севастополь', 'Europe/Simferopol', '{Europe/Simferopol}'),
    (93, 'Донецкая Народная Республика', 'Europe/Moscow', '{Europe/Moscow}'),
    (94, 'Луганская Народная Республика', 'Europe/Moscow', '{Europe/Moscow}'),
    (95, 'Херсонская область', 'Europe/Moscow', '{Europe/Moscow}');

-- The registry writes the same subject in many ways.
INSERT INTO region_alias (key, region_id)
SELECT numbering_key(spelling), id
  FROM region, unnest(ARRAY[
       name,
       replace(name, 'область', 'обл.'),
       replace(name, 'Республика', 'Респ.'),
       regexp_replace(name, '^Республика (.*)$', '\1 Республика'),
       regexp_replace(name, '^Республика (.*)$', '\1 Респ.'),
       regexp_replace(name, '^Республика (.*)$', '\1'),
       regexp_replace(name, '^(.*) Республика$', 'Республика \1'),
       regexp_replace(name, 'автономный округ', 'АО'),
       regexp_replace(name, '^(.*) автономный округ( - Югра)?$', '\1\2 АО'),
       regexp_replace(name, 'автономная область', 'АО'),
       regexp_replace(name, 'автономная область', 'Аобл'),
       regexp_replace(name, '^г\. ', 'город '),
       regexp_replace(name, '^г\. ', '')]) AS spelling
 WHERE numbering_key(spelling) <> 'АЛТАЙ'
ON CONFLICT DO NOTHING;
INSERT INTO region_alias (key, region_id)
SELECT numbering_key(spelling), id
  FROM (VALUES
    (1, 'Республика Адыгея (Адыгея)'),
    (12, 'Марий Эл'),
    (14, 'Республика Саха'), (14, 'Якутия'),
    (15, 'Республика Северная Осетия'), (15, 'Северная Осетия'),
    (16, 'Республика Татарстан (Татарстан)'),
    (17, 'Республика Тува'), (17, 'Тува'),
    (21, 'Чувашская Республика - Чувашия'), (21, 'Чувашия'), (21, 'Республика Чувашия'),
    (42, 'Кемеровская область'), (42, 'Кемеровская обл.'), (42, 'Кузбасс'), (42, 'Кемеровская область - Кузбасс область'),
    (59, 'Пермская область'),
    (86, 'Ханты-Мансийский автономный округ'), (86, 'Ханты-Мансийский АО'), (86, 'Ханты-Мансийский автономный округ Югра АО'), (86, 'ХМАО'), (86, 'ХМАО - Югра'), (86, 'Югра'),
    (89, 'ЯНАО'),
    (90, 'Запорожская обл.'),
    (93, 'ДНР'), (94, 'ЛНР')) AS n(id, spelling)
ON CONFLICT DO NOTHING;
INSERT INTO region_alias (key, region_id) VALUES (numbering_key('Российская Федерация'), NULL), (numbering_key('Россия'), NULL);

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT ON operator, operator_alias, region, region_alias, numbering_version, numbering_operator_name,
      numbering_region_name, numbering_range, ported_number TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;
REVOKE ALL ON FUNCTION numbering_names_map(boolean) FROM PUBLIC;
