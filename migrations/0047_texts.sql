-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What texts may and must say (R-44, R-45): words of advertising in messages that are none, a lawyer's word about such texts,
-- and who advertises and how to refuse in advertising.

INSERT INTO setting VALUES ('text_rules', 'warn'), ('advertiser_names', ''), ('require_advertiser', 'off'), ('require_refusal', 'off');

-- Of a text, not of a campaign: the same words in another campaign of the category need no second look.  campaign_id only
-- tells whose it was, without a reference, so that a decision is no change of what an approval agreed to and outlives the campaign.
CREATE TABLE text_review (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest        bytea NOT NULL CHECK (length(digest) = 32),
    category      smallint NOT NULL CHECK (category BETWEEN 2 AND 6),
    text          text NOT NULL CHECK (text <> ''),
    campaign_id   bigint NOT NULL,
    department_id bigint NOT NULL DEFAULT 1 REFERENCES department,
    decision      text NOT NULL DEFAULT 'waiting' CHECK (decision IN ('waiting', 'approved', 'declined')),
    authors       bigint[] NOT NULL DEFAULT '{}',
    asked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    by            bigint REFERENCES person,
    at            timestamptz,
    note          text,
    CHECK ((decision = 'waiting') = (at IS NULL) AND (at IS NULL) = (by IS NULL)),
    CHECK (decision <> 'declined' OR note <> '')
);
CREATE INDEX text_review_digest ON text_review (digest, category, id DESC);
CREATE UNIQUE INDEX text_review_waiting ON text_review (digest, category) WHERE decision = 'waiting';
COMMENT ON TABLE text_review IS 'what a lawyer says about texts of no advertising category with words of advertising; the last one counts';
COMMENT ON COLUMN text_review.digest IS 'SHA-256 of text';
COMMENT ON COLUMN text_review.authors IS 'persons who wrote the text, changed it or asked: they decide nothing about it';

-- Every text that a campaign sends, with the member of the API that holds it; no: its place in them.
CREATE FUNCTION campaign_texts(c campaign) RETURNS TABLE (no integer, text text)
LANGUAGE sql IMMUTABLE AS $$
    SELECT 0, c.text WHERE c.text <> ''
     UNION ALL
    SELECT v.no::integer, v.item->>'text' FROM jsonb_array_elements(c.variants) WITH ORDINALITY AS v(item, no) WHERE v.item->>'text' <> ''
     UNION ALL
    SELECT 5, c.reminder->>'text' WHERE c.reminder->>'text' <> ''
$$;
COMMENT ON FUNCTION campaign_texts IS '0: the campaign''s own, 1 to 4: its variants, 5: its reminder';

CREATE FUNCTION text_digest(p_text text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT sha256(convert_to(p_text, 'UTF8')) $$;

-- The last word about a text: none, waiting, approved or declined.
CREATE FUNCTION text_decision(p_text text, p_category integer, OUT decision text, OUT note text)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(r.decision, 'none'), coalesce(r.note, '') FROM (SELECT) one LEFT JOIN LATERAL (
        SELECT * FROM text_review t WHERE t.digest = text_digest(p_text) AND t.category = p_category ORDER BY t.id DESC LIMIT 1) r ON true
$$;

SELECT audit_watch('text_review', 'id');
GRANT SELECT, INSERT, UPDATE (decision, authors, by, at, note) ON text_review TO vestnik_apid;
UPDATE role SET rights = rights || '{texts.review}' WHERE code = 'lawyer';
