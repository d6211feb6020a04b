-- What crmd needs of what was made beside it: the ledger of consents read by time, and erasures.

CREATE INDEX consent_event_recorded ON consent_event (recorded_at, id);

GRANT EXECUTE ON FUNCTION consent_record, consent_withdraw TO vestnik_crmd;
GRANT SELECT ON purpose, consent_text, consent_event TO vestnik_crmd;
GRANT EXECUTE ON FUNCTION stops_restore(bigint[], bytea), erasure_subject(bigint), client_numbers(bigint),
      erasure_begin(bigint, bytea, bytea, bigint[], bytea, text, text, bigint, bigint) TO vestnik_crmd;
GRANT SELECT ON stop_hash TO vestnik_crmd;
