-- Counts of clients by criteria within a second, over millions of them.

-- ------------------------------------------------------------------------------------ what each client did, in sum

-- Twelve million purchases are read in seconds; what two million clients bought in all, in a fraction of one.  Kept by
-- triggers, so that it is right whoever writes actions.
CREATE TABLE action_total (
    kind      smallint NOT NULL,
    client_id bigint NOT NULL,
    actions   bigint NOT NULL,
    amounts   bigint NOT NULL,
    sum_micro numeric NOT NULL,
    first_at  timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (kind, client_id) INCLUDE (actions, amounts, sum_micro, first_at, last_at)
);
COMMENT ON TABLE action_total IS 'actions by client and kind, of all time and every category';
COMMENT ON COLUMN action_total.amounts IS 'how many of them have an amount';
COMMENT ON COLUMN action_total.sum_micro IS 'of those amounts';

-- In the order of the key, so that two writers cannot wait for each other.
CREATE FUNCTION action_totals_add() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO action_total AS t (kind, client_id, actions, amounts, sum_micro, first_at, last_at)
    SELECT kind, client_id, count(*), count(amount_micro), coalesce(sum(amount_micro), 0), min(at), max(at)
      FROM came GROUP BY kind, client_id ORDER BY kind, client_id
        ON CONFLICT (kind, client_id) DO UPDATE SET
           actions = t.actions + excluded.actions, amounts = t.amounts + excluded.amounts, sum_micro = t.sum_micro + excluded.sum_micro,
           first_at = least(t.first_at, excluded.first_at), last_at = greatest(t.last_at, excluded.last_at);
    RETURN NULL;
END $$;

-- A first or last day cannot be taken back: of whom actions went, the rest is read again.  A writer who adds meanwhile
-- waits for the row, or is waited for and then seen.
CREATE FUNCTION action_totals_again() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM action_total t
      WHERE EXISTS (SELECT 1 FROM gone g WHERE g.kind = t.kind AND g.client_id = t.client_id) ORDER BY t.kind, t.client_id FOR UPDATE;
    DELETE FROM action_total t WHERE EXISTS (SELECT 1 FROM gone g WHERE g.kind = t.kind AND g.client_id = t.client_id);
    INSERT INTO action_total (kind, client_id, actions, amounts, sum_micro, first_at, last_at)
    SELECT a.kind, a.client_id, count(*), count(a.amount_micro), coalesce(sum(a.amount_micro), 0), min(a.at), max(a.at)
      FROM (SELECT DISTINCT kind, client_id FROM gone) g JOIN action a ON a.kind = g.kind AND a.client_id = g.client_id
     GROUP BY a.kind, a.client_id ORDER BY a.kind, a.client_id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION action_totals_add(), action_totals_again() FROM PUBLIC;

CREATE TRIGGER action_totals_add AFTER INSERT ON action REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION action_totals_add();
CREATE TRIGGER action_totals_again AFTER DELETE ON action REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION action_totals_again();

INSERT INTO action_total (kind, client_id, actions, amounts, sum_micro, first_at, last_at)
SELECT kind, client_id, count(*), count(amount_micro), coalesce(sum(amount_micro), 0), min(at), max(at)
  FROM action GROUP BY kind, client_id ORDER BY kind, client_id;

GRANT SELECT ON action_total TO vestnik_apid, vestnik_schedulerd;

-- What was done in a period is found by its days; action_client remains for one client's history and for categories.
CREATE INDEX action_at ON action (kind, at) INCLUDE (client_id, amount_micro, category);

-- ------------------------------------------------------------------------------------ whom a count reads

-- What reads another table needs of the client only whether he may be written to, and his number.  Both orders are kept,
-- because merging what is in order is ten times as fast as a hash of millions; a snapshot goes by numbers, too.
CREATE INDEX client_audience ON client (id) INCLUDE (msisdn) WHERE gone_at IS NULL AND blocked_at IS NULL;
CREATE INDEX client_by_msisdn ON client (msisdn, id) INCLUDE (gone_at, blocked_at);
DROP INDEX client_msisdn;
ALTER INDEX client_by_msisdn RENAME TO client_msisdn;
CREATE INDEX list_member_client ON list_member (client_id);
