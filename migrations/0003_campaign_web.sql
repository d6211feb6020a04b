-- Drafts of the web: a campaign may be saved before its text and sender are written; a draft that is not wanted
-- goes without a trace.

ALTER TABLE campaign DROP CONSTRAINT campaign_text_check;
ALTER TABLE campaign DROP CONSTRAINT campaign_sender_check;
ALTER TABLE campaign ADD CONSTRAINT campaign_sender_check CHECK (length(sender) <= 20);
ALTER TABLE campaign ADD CONSTRAINT campaign_complete_check
    CHECK (status IN ('draft', 'cancelled') OR (text <> '' AND sender <> ''));
COMMENT ON COLUMN campaign.text IS 'empty in a draft whose text is not written yet';

GRANT DELETE ON campaign TO vestnik_apid;
