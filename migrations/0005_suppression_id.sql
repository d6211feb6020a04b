-- What a number was left out of is read page by page, the newest first: times can be equal, ids cannot.
ALTER TABLE suppression ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;
