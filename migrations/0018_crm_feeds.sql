-- What crmd tells other systems of it reads by the time it came to be.
CREATE INDEX consent_event_recorded ON consent_event (recorded_at, id);
