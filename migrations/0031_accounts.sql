-- Secrets of accounts and sources are sealed under a key that is not in the database (common/store/vault.h), links in
-- clear need a ground, and the API writes providers and accounts.

-- What was stored in clear stays until `vestnik secrets seal` has sealed it, because SQL has no key.  The checks are not
-- valid: they hold for every row written from now on and leave those that are there alone.
ALTER TABLE account_secret
    ADD name       text NOT NULL DEFAULT 'password' CHECK (name ~ '^[a-z][a-z0-9_]{0,63}$'),
    ADD sealed     bytea,
    ADD changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ALTER password DROP NOT NULL,
    DROP CONSTRAINT account_secret_pkey,
    ADD PRIMARY KEY (account_id, name);
ALTER TABLE account_secret ADD CONSTRAINT account_secret_sealed CHECK (sealed IS NOT NULL AND password IS NULL) NOT VALID;
COMMENT ON TABLE account_secret IS 'sealed passwords and keys, apart from account: apid writes and never reads them, gateways read';
COMMENT ON COLUMN account_secret.name IS 'kind smpp: password; kind http: the profile''s setting';
COMMENT ON COLUMN account_secret.sealed IS 'AES-256-GCM, see common/store/vault.h';
COMMENT ON COLUMN account_secret.password IS 'in clear, from before secrets were sealed; vestnik secrets seal empties it';
COMMENT ON COLUMN account_secret.changed_at IS 'when a person set it; sealing it anew changes nothing';

ALTER TABLE source_secret
    ADD sealed bytea,
    ALTER secret DROP NOT NULL;
ALTER TABLE source_secret ADD CONSTRAINT source_secret_sealed CHECK (sealed IS NOT NULL AND secret IS NULL) NOT VALID;
COMMENT ON COLUMN source_secret.sealed IS 'AES-256-GCM, see common/store/vault.h';
COMMENT ON COLUMN source_secret.secret IS 'in clear, from before secrets were sealed; vestnik secrets seal empties it';

-- A link that is not encrypted, or to a peer whose certificate is not checked, needs a ground, unless it stays on this
-- host.  Those in use go on, and `vestnik check` names them.
ALTER TABLE account ADD clear_link_ground text CHECK (clear_link_ground <> '' AND length(clear_link_ground) <= 500);
COMMENT ON COLUMN account.clear_link_ground IS 'why tls may be off or insecure although the peer is on another host (a VPN, a leased line); null: it may not';
UPDATE account SET clear_link_ground = 'in use before a ground was asked for'
 WHERE kind = 'smpp' AND tls <> 'on' AND host <> 'localhost' AND host <> '::1' AND host !~ '^127\.[0-9.]+$';

GRANT INSERT, UPDATE ON provider, account TO vestnik_apid;
GRANT INSERT (account_id, name, sealed), UPDATE (sealed, password, changed_at), DELETE, SELECT (account_id, name, changed_at)
    ON account_secret TO vestnik_apid;
REVOKE INSERT, UPDATE (secret) ON source_secret FROM vestnik_apid;
GRANT INSERT (source_id, sealed) ON source_secret TO vestnik_apid;
