-- Providers: whom delivery is bought from.  A provider has accounts (SMPP sessions, HTTP settings), which share its
-- contract, its country, its currency and its invoice.

CREATE TABLE provider (
    id                  smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name                text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,31}$'),
    title               text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    country             text NOT NULL DEFAULT 'RU' CHECK (country ~ '^[A-Z]{2}$'),
    cross_border_ground text CHECK (cross_border_ground <> ''),
    currency            text NOT NULL DEFAULT 'RUB' CHECK (currency ~ '^[A-Z]{3}$'),
    contract            text NOT NULL DEFAULT '' CHECK (length(contract) <= 200),
    contact             text NOT NULL DEFAULT '' CHECK (length(contact) <= 1000),
    changed_at          timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE provider IS 'operators and aggregators delivery is bought from';
COMMENT ON COLUMN provider.country IS 'where it processes what it is given, ISO 3166-1';
COMMENT ON COLUMN provider.cross_border_ground IS 'the ground on which data of people in Russia may go to a provider elsewhere; null: none is recorded, and nothing of theirs is sent';
COMMENT ON COLUMN provider.currency IS 'what its tariffs, prices and invoices are in, ISO 4217';
COMMENT ON COLUMN provider.contract IS 'number and date of the contract with it';
COMMENT ON COLUMN provider.contact IS 'whom to call when it is down';

ALTER TABLE account
    ADD provider_id smallint REFERENCES provider,
    ADD kind        text NOT NULL DEFAULT 'smpp' CHECK (kind IN ('smpp', 'http')),
    ADD profile     text CHECK (profile ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    ADD settings    jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(settings) = 'object'),
    ALTER host DROP NOT NULL,
    ALTER port DROP NOT NULL,
    ALTER system_id DROP NOT NULL,
    ADD CONSTRAINT account_kind CHECK (
        CASE kind WHEN 'smpp' THEN num_nulls(host, port, system_id) = 0 AND profile IS NULL
                  ELSE num_nonnulls(host, port, system_id) = 0 AND profile IS NOT NULL END);
COMMENT ON TABLE account IS 'an account at an operator or aggregator, by SMPP or by HTTP, and everything peculiar about it';
COMMENT ON COLUMN account.profile IS 'kind http: the profile (providers/*.yaml) that says how it is spoken to';
COMMENT ON COLUMN account.settings IS 'kind http: the profile''s settings that are no secrets, by name';

-- An account that names no provider is its own provider.
INSERT INTO provider (name) SELECT name FROM account;
UPDATE account a SET provider_id = p.id FROM provider p WHERE p.name = a.name;
ALTER TABLE account ALTER provider_id SET NOT NULL;
CREATE FUNCTION account_own_provider() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.provider_id IS NULL THEN
        INSERT INTO provider (name) VALUES (NEW.name) ON CONFLICT (name) DO NOTHING;
        SELECT id INTO NEW.provider_id FROM provider WHERE name = NEW.name;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_own_provider BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION account_own_provider();

-- What a gateway measured of an account since it took it over, written with each renewal of its lease: sums that only
-- grow within an epoch.
CREATE TABLE account_meter (
    account_id    smallint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    epoch         integer NOT NULL,
    answered      bigint NOT NULL,
    refused       bigint NOT NULL,
    slowed        bigint NOT NULL,
    timeouts      bigint NOT NULL,
    answer_ms_sum bigint NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
COMMENT ON TABLE account_meter IS 'what gateways measure of accounts: sums of the current epoch';
COMMENT ON COLUMN account_meter.answered IS 'parts the provider answered, whatever it said';
COMMENT ON COLUMN account_meter.refused IS 'of these, refused for a reason that is the provider''s or the account''s (not the number''s, and not for rate)';
COMMENT ON COLUMN account_meter.slowed IS 'of these, refused for being too fast';
COMMENT ON COLUMN account_meter.timeouts IS 'parts not answered in time, or lost with their connection';

-- What a provider says of itself as it accepts a part: its price, where it tells one.
ALTER TABLE receipt_ref ADD price_micro bigint;
COMMENT ON COLUMN receipt_ref.price_micro IS 'the provider''s own price for what it accepted with this part, in millionths of its currency; null: it says none';

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'vestnik_httpgwd') THEN
        CREATE ROLE vestnik_httpgwd LOGIN;
    END IF;
END $$;
GRANT SELECT, INSERT, UPDATE ON account_meter TO vestnik_smppd;
GRANT SELECT ON account_meter TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;
GRANT SELECT ON provider TO vestnik_apid, vestnik_schedulerd, vestnik_dispatcherd;
