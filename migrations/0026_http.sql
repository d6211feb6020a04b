-- Accounts spoken to by HTTP: connections, what providers' calls to us are known by, balances, questions about receipts;
-- and stops that a provider tells of.

ALTER TABLE account
    ADD connections   smallint NOT NULL DEFAULT 8 CHECK (connections BETWEEN 1 AND 1000),
    ADD stop_statuses text NOT NULL DEFAULT '' CHECK (stop_statuses ~ '^([0-9]{1,10}( [0-9]{1,10}){0,15})?$'),
    ADD stop_errors   text NOT NULL DEFAULT '' CHECK (length(stop_errors) <= 200);
COMMENT ON COLUMN account.connections IS 'kind http: requests under way at a time';
COMMENT ON COLUMN account.stop_statuses IS 'kind smpp: command_status values, decimal, with spaces between, by which this operator says that the person has stopped us';
COMMENT ON COLUMN account.stop_errors IS 'kind smpp: errors in receipts that say the same, with spaces between';

-- Random, from the database: 122 bits in each uuid.
CREATE TABLE account_callback (
    account_id smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    token      text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
    ref_key    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
);
COMMENT ON TABLE account_callback IS 'kind http: what a provider''s calls to us are known by';
COMMENT ON COLUMN account_callback.token IS 'in the path of the address it calls';
COMMENT ON COLUMN account_callback.ref_key IS 'keys the references that stand for messages, so that nobody can guess one';

CREATE FUNCTION account_callback_make() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.kind = 'http' THEN
        INSERT INTO account_callback (account_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION account_callback_make FROM PUBLIC;
CREATE TRIGGER account_callback_make AFTER INSERT OR UPDATE OF kind ON account FOR EACH ROW EXECUTE FUNCTION account_callback_make();
INSERT INTO account_callback (account_id) SELECT id FROM account WHERE kind = 'http';

CREATE TABLE account_balance (
    account_id   smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    amount_micro bigint NOT NULL,
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE account_balance IS 'what a provider says is left of a prepaid account';
COMMENT ON COLUMN account_balance.amount_micro IS 'in millionths of the currency';
COMMENT ON COLUMN account_balance.at IS 'when it said so';

-- One row a message that was accepted and whose fate the provider must be asked for, until it has one.
CREATE TABLE status_query (
    account_id  smallint NOT NULL REFERENCES account ON DELETE CASCADE,
    provider_id text NOT NULL,
    due_at      timestamptz NOT NULL,
    asked       smallint NOT NULL DEFAULT 0,
    since       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, provider_id)
);
CREATE INDEX status_query_due ON status_query (account_id, due_at);
COMMENT ON TABLE status_query IS 'messages of providers that do not report by themselves, to be asked for';
COMMENT ON COLUMN status_query.provider_id IS 'the provider''s id, as it wrote it';
COMMENT ON COLUMN status_query.asked IS 'how often it was asked for';
COMMENT ON COLUMN status_query.since IS 'when it was accepted';

ALTER TABLE parked_receipt ADD stopped boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN parked_receipt.stopped IS 'it says that the person has stopped us';

ALTER TABLE refusal ADD code text;
COMMENT ON COLUMN refusal.status IS 'kind smpp: command_status; kind http: see REFUSED_BY_* in common/model/message.h';
COMMENT ON COLUMN refusal.code IS 'kind http: the provider''s own error, as it came';

-- Numbers of which a provider says that they have stopped us.  Advertising only: what a person needs may still reach them
-- by another way.  Returns how many are new.
CREATE FUNCTION opt_outs_by_provider(p_msisdns bigint[], p_account smallint) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH made AS (
        INSERT INTO opt_out (msisdn, scope, source, origin)
        SELECT DISTINCT u.msisdn, 'advertising', 'provider', (SELECT a.name FROM account a WHERE a.id = p_account)
          FROM unnest(p_msisdns) AS u(msisdn) WHERE u.msisdn <> 0 ORDER BY u.msisdn
        ON CONFLICT (msisdn) DO NOTHING RETURNING 1)
    SELECT count(*)::integer FROM made
$$;
REVOKE EXECUTE ON FUNCTION opt_outs_by_provider FROM PUBLIC;
GRANT EXECUTE ON FUNCTION opt_outs_by_provider TO vestnik_smppd, vestnik_httpgwd, vestnik_dlrd;

-- httpgwd claims and answers as smppd does.
GRANT SELECT ON account, account_secret, run, message, opt_out, purpose, consent TO vestnik_httpgwd;
GRANT SELECT ON setting, send_window, send_limit, send_cap, calendar_day TO vestnik_httpgwd;
GRANT SELECT, INSERT, UPDATE ON account_lease, account_meter, run_count, doubt, retry TO vestnik_httpgwd;
GRANT SELECT, UPDATE ON batch, message_state, send_count TO vestnik_httpgwd;
GRANT SELECT, INSERT ON receipt_ref, refusal TO vestnik_httpgwd;
GRANT SELECT (client_id) ON client_phone_change TO vestnik_httpgwd;
GRANT SELECT (id, msisdn) ON client TO vestnik_httpgwd;
GRANT SELECT ON account_callback TO vestnik_httpgwd;
GRANT SELECT (account_id, token) ON account_callback TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE ON account_balance TO vestnik_httpgwd;
GRANT SELECT ON account_balance TO vestnik_apid, vestnik_schedulerd;
GRANT SELECT, INSERT, UPDATE, DELETE ON status_query TO vestnik_httpgwd;
