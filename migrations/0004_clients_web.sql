-- Imports in two steps, searching clients by name, sizes of lists.

ALTER TABLE import
    DROP CONSTRAINT import_status_check,
    ADD CONSTRAINT import_status_check
        CHECK (status IN ('waiting', 'running', 'done', 'refused', 'failed', 'cancelled')),
    ADD COLUMN list_name text,
    ADD COLUMN column_header text[],
    ADD COLUMN column_field text[],
    ADD COLUMN column_attribute text[];
COMMENT ON COLUMN import.list_name IS 'as it was asked for; the list itself is made when the file is stored';
COMMENT ON COLUMN import.column_header IS 'what a person said the columns mean: header, field and attribute side by side';
GRANT DELETE ON import TO vestnik_apid;

-- Whoever changes list_member changes it in the same transaction: counting 50 lists of two million takes seconds.
ALTER TABLE list ADD COLUMN size bigint NOT NULL DEFAULT 0;
UPDATE list l SET size = (SELECT count(*) FROM list_member m WHERE m.list_id = l.id);
COMMENT ON COLUMN list.size IS 'how many clients are on it';

-- What clients are found and sorted by: "иванов иван".  ICU, because a database whose locale is C would not know
-- the lower case of Cyrillic; ё is written as е as often as not.
CREATE FUNCTION client_name_key(last_name text, first_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(lower((coalesce(last_name || ' ', '') || coalesce(first_name, '')) COLLATE "und-x-icu"), 'ё', 'е')
$$;
CREATE INDEX client_name ON client (client_name_key(last_name, first_name) COLLATE "C", id);
