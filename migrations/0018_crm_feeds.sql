-- What crmd needs of what was made beside it: the ledger of consents and lost numbers read by time, and erasures.

CREATE INDEX consent_event_recorded ON consent_event (recorded_at, id);
CREATE INDEX client_phone_change_lost ON client_phone_change (at, id) WHERE reason = 'unreachable';

GRANT EXECUTE ON FUNCTION consent_record, consent_withdraw TO vestnik_crmd;
GRANT SELECT ON purpose, consent_text, consent_event TO vestnik_crmd;
GRANT EXECUTE ON FUNCTION stops_restore(bigint[], bytea), erasure_subject(bigint), client_numbers(bigint),
      erasure_begin(bigint, bytea, bytea, bigint[], bytea, text, text, bigint, bigint) TO vestnik_crmd;
GRANT SELECT ON stop_hash TO vestnik_crmd;
GRANT SELECT, INSERT, UPDATE ON client_phone TO vestnik_crmd;
GRANT SELECT, INSERT ON client_phone_change TO vestnik_crmd;
