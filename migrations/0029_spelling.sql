-- How a text is written out for the alphabet it is sent in (common/sms/spelling.h).

-- It changes what clients read, so it belongs to the version: another spelling is another version.
ALTER TABLE template_version
    ADD COLUMN spelling text NOT NULL DEFAULT 'as_is' CHECK (spelling IN ('as_is', 'plain', 'latin'));
COMMENT ON COLUMN template_version.spelling IS 'as_is, plain (signs that the 7-bit alphabet has) or latin (Cyrillic in Latin letters too)';

ALTER TABLE campaign
    ADD COLUMN spelling text NOT NULL DEFAULT 'as_is' CHECK (spelling IN ('as_is', 'plain', 'latin'));
COMMENT ON COLUMN campaign.spelling IS 'as template_version.spelling; messages hold their texts as they are sent';
