-- Templates with versions, short links of each message, promo codes of which each is given once.

-- ------------------------------------------------------------------------------------ templates

CREATE TABLE template (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    category   smallint NOT NULL CHECK (category > 0),
    sender     text NOT NULL DEFAULT '' CHECK (length(sender) <= 20),
    version    integer NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN template.version IS 'the newest of template_version';
COMMENT ON COLUMN template.sender IS 'what a campaign begins with; empty: nothing';

CREATE TABLE template_version (
    template_id bigint NOT NULL REFERENCES template ON DELETE CASCADE,
    no          integer NOT NULL CHECK (no > 0),
    text        text NOT NULL CHECK (text <> ''),
    token_id    bigint,
    person_id   bigint REFERENCES person,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (template_id, no)
);
COMMENT ON TABLE template_version IS 'texts of templates; never changed';
COMMENT ON COLUMN template_version.person_id IS 'who wrote it; null: the program with token_id';

ALTER TABLE campaign
    ADD COLUMN template_id bigint REFERENCES template,
    ADD COLUMN template_version integer,
    ADD CONSTRAINT campaign_template_check CHECK ((template_id IS NULL) = (template_version IS NULL));
CREATE INDEX campaign_template ON campaign (template_id) WHERE template_id IS NOT NULL;
COMMENT ON COLUMN campaign.template_id IS 'whose version the text is; null: written for this campaign';

-- ------------------------------------------------------------------------------------ short links

-- The code of a link is the day of the message's id and this number (common/sms/short_link.h), so one index a day
-- finds it.  Null costs nothing.
ALTER TABLE message ADD COLUMN link_key bigint;
CREATE INDEX message_link ON message (link_key, id) WHERE link_key IS NOT NULL;
COMMENT ON COLUMN message.link_key IS 'the unguessable part of the codes of its short links; null: it has none';

-- Where links lead is told by the campaign's text; nothing else is ever redirected to.
CREATE TABLE click (
    message_id bigint NOT NULL,
    client_id  bigint,
    run_id     bigint,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    link       smallint NOT NULL,
    agent      smallint NOT NULL,
    robot      smallint NOT NULL,
    first      boolean NOT NULL
);
CREATE INDEX click_message ON click (message_id);
CREATE UNIQUE INDEX click_first ON click (message_id) WHERE first;
CREATE INDEX click_run ON click (run_id);
CREATE INDEX click_at ON click USING brin (at);
COMMENT ON TABLE click IS 'who followed a short link; no address and no name of a browser is kept';
COMMENT ON COLUMN click.link IS 'the link of the text, from 0';
COMMENT ON COLUMN click.agent IS '0 unknown, 1 Android, 2 iOS, 3 a desktop';
COMMENT ON COLUMN click.robot IS '0 a person; why it is none: 1 HEAD, 2 a known robot, 3 fetched ahead, 4 too soon after the message left, 5 says nothing of itself';
COMMENT ON COLUMN click.first IS 'the first click of a person on a link of this message';

ALTER TABLE run_count
    ADD COLUMN clicked bigint NOT NULL DEFAULT 0,
    ADD COLUMN redeemed bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN run_count.clicked IS 'messages of which a person followed a link';
COMMENT ON COLUMN run_count.redeemed IS 'promo codes that came back';

-- Log a click; of one message a hundred at most.  Whether it was a person's first.
CREATE FUNCTION click_add(p_message bigint, p_client bigint, p_run bigint, p_link smallint, p_agent smallint, p_robot smallint,
    p_slot smallint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF p_robot = 0 THEN
        INSERT INTO click (message_id, client_id, run_id, link, agent, robot, first)
        VALUES (p_message, p_client, p_run, p_link, p_agent, 0, true)
        ON CONFLICT (message_id) WHERE first DO NOTHING;
        IF FOUND THEN
            INSERT INTO run_count AS c (run_id, slot, clicked) VALUES (coalesce(p_run, 0), p_slot, 1)
            ON CONFLICT (run_id, slot) DO UPDATE SET clicked = c.clicked + 1;
            RETURN true;
        END IF;
    END IF;
    INSERT INTO click (message_id, client_id, run_id, link, agent, robot, first)
    SELECT p_message, p_client, p_run, p_link, p_agent, p_robot, false
     WHERE (SELECT count(*) FROM (SELECT 1 FROM click WHERE message_id = p_message LIMIT 100) x) < 100;
    RETURN false;
END $$;

INSERT INTO setting VALUES ('link_days', '90');
COMMENT ON TABLE setting IS 'time_zone: an IANA name, in it days begin and end; link_base: what stands before the code of a short link; link_days: how long links lead somewhere';

-- ------------------------------------------------------------------------------------ promo codes

CREATE TABLE promo_pool (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name <> ''),
    longest    smallint NOT NULL DEFAULT 0,
    size       bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE promo_pool IS 'promo codes of one kind; {promo name} gives each client one';
COMMENT ON COLUMN promo_pool.longest IS 'characters of the longest code ever uploaded: previews count with it';
COMMENT ON COLUMN promo_pool.size IS 'codes uploaded';

CREATE TABLE promo_code (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pool_id     bigint NOT NULL REFERENCES promo_pool ON DELETE CASCADE,
    code        text NOT NULL UNIQUE CHECK (code <> ''),
    message_id  bigint,
    client_id   bigint,
    run_id      bigint,
    redeemed_at timestamptz
);
CREATE INDEX promo_code_free ON promo_code (pool_id, id) WHERE message_id IS NULL;
CREATE INDEX promo_code_run ON promo_code (run_id) WHERE run_id IS NOT NULL;
COMMENT ON COLUMN promo_code.message_id IS 'the message it was given with; null: free';
COMMENT ON COLUMN promo_code.redeemed_at IS 'when the client came with it';

-- What a launched campaign may still take from a pool: two cannot count on the same codes.
CREATE TABLE promo_use (
    campaign_id bigint PRIMARY KEY REFERENCES campaign,
    pool_id     bigint NOT NULL REFERENCES promo_pool,
    wanted      bigint NOT NULL,
    ended_at    timestamptz
);
CREATE INDEX promo_use_pool ON promo_use (pool_id);
CREATE INDEX promo_use_open ON promo_use (campaign_id) WHERE ended_at IS NULL;
COMMENT ON TABLE promo_use IS 'which campaign takes codes from which pool';
COMMENT ON COLUMN promo_use.wanted IS 'recipients when it was launched';
COMMENT ON COLUMN promo_use.ended_at IS 'its run is over: it takes no more, and codes that never left are free again';

-- Codes of a pool that a campaign may count on; the caller holds the pool's row.
CREATE FUNCTION promo_free(p_pool bigint, p_campaign bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT greatest(0, (SELECT count(*) FROM promo_code WHERE pool_id = p_pool AND message_id IS NULL)
         - (SELECT coalesce(sum(greatest(u.wanted - (SELECT count(*) FROM promo_code c JOIN run r ON r.id = c.run_id
                                                      WHERE r.campaign_id = u.campaign_id), 0)), 0)
              FROM promo_use u WHERE u.pool_id = p_pool AND u.ended_at IS NULL AND u.campaign_id <> p_campaign))::bigint
$$;

-- For schedulerd: campaigns that are over take no more codes, and a code is free again whose message was stopped
-- before any byte of it left: no answer, no refusal, no doubt.  Returns codes freed.
CREATE FUNCTION promo_return(p_limit integer) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    u record;
    freed bigint := 0;
    n bigint;
BEGIN
    FOR u IN SELECT p.campaign_id FROM promo_use p
              WHERE p.ended_at IS NULL
                AND EXISTS (SELECT 1 FROM campaign c WHERE c.id = p.campaign_id AND c.status IN ('finished', 'cancelled', 'failed'))
                AND NOT EXISTS (SELECT 1 FROM run r WHERE r.campaign_id = p.campaign_id
                                   AND NOT (r.status IN ('finished', 'failed') OR r.status = 'cancelled' AND r.swept_at IS NOT NULL))
              ORDER BY p.campaign_id LIMIT p_limit FOR UPDATE OF p SKIP LOCKED LOOP
        UPDATE promo_code SET message_id = NULL, client_id = NULL, run_id = NULL
         WHERE id IN (SELECT c.id FROM run r JOIN promo_code c ON c.run_id = r.id
                       CROSS JOIN LATERAL (SELECT s.state FROM message_state s WHERE s.id = c.message_id LIMIT 1) s
                       WHERE r.campaign_id = u.campaign_id AND s.state IN (4, 5) AND c.redeemed_at IS NULL
                         AND NOT EXISTS (SELECT 1 FROM receipt_ref f WHERE f.message_id = c.message_id)
                         AND NOT EXISTS (SELECT 1 FROM refusal f WHERE f.message_id = c.message_id)
                         AND NOT EXISTS (SELECT 1 FROM doubt d WHERE d.message_id = c.message_id));
        GET DIAGNOSTICS n = ROW_COUNT;
        freed := freed + n;
        UPDATE promo_use SET ended_at = clock_timestamp() WHERE campaign_id = u.campaign_id;
    END LOOP;
    RETURN freed;
END $$;

INSERT INTO action_kind (code) VALUES ('promo_redeemed') ON CONFLICT DO NOTHING;

-- A client came with a code: noted once, as an action of the client, counted for the campaign.
-- outcome: 'redeemed'; 'again' (it was before: at says when); 'not_given' (nobody has it); 'unknown'.
CREATE FUNCTION promo_redeem(p_code text, p_at timestamptz, p_amount_micro bigint, p_slot smallint,
    OUT outcome text, OUT pool text, OUT client_id bigint, OUT message_id bigint, OUT at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    c promo_code%ROWTYPE;
BEGIN
    SELECT * INTO c FROM promo_code WHERE code = p_code FOR UPDATE;
    IF NOT FOUND THEN outcome := 'unknown'; RETURN; END IF;
    SELECT p.name INTO pool FROM promo_pool p WHERE p.id = c.pool_id;
    IF c.message_id IS NULL THEN outcome := 'not_given'; RETURN; END IF;
    client_id := c.client_id; message_id := c.message_id; at := c.redeemed_at;
    IF c.redeemed_at IS NOT NULL THEN outcome := 'again'; RETURN; END IF;
    outcome := 'redeemed'; at := coalesce(p_at, clock_timestamp());
    UPDATE promo_code SET redeemed_at = promo_redeem.at WHERE id = c.id;
    INSERT INTO run_count AS k (run_id, slot, redeemed) VALUES (c.run_id, p_slot, 1)
    ON CONFLICT (run_id, slot) DO UPDATE SET redeemed = k.redeemed + 1;
    IF c.client_id IS NOT NULL THEN
        INSERT INTO action (client_id, at, amount_micro, kind)
        SELECT c.client_id, promo_redeem.at, p_amount_micro, k.id FROM action_kind k WHERE k.code = 'promo_redeemed';
    END IF;
END $$;

-- ------------------------------------------------------------------------------------ rights

GRANT SELECT, INSERT, UPDATE (name, category, sender, version), DELETE ON template TO vestnik_apid;
GRANT SELECT, INSERT, DELETE ON template_version TO vestnik_apid;
GRANT SELECT, INSERT ON click TO vestnik_apid;
GRANT INSERT (run_id, slot, clicked, redeemed), UPDATE (clicked, redeemed) ON run_count TO vestnik_apid;
GRANT INSERT, UPDATE ON setting TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE (longest, size), DELETE ON promo_pool TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE (redeemed_at), DELETE ON promo_code TO vestnik_apid;
GRANT SELECT, INSERT, UPDATE (wanted, ended_at) ON promo_use TO vestnik_apid;

GRANT SELECT ON setting, promo_pool TO vestnik_dispatcherd;
GRANT SELECT, UPDATE (message_id, client_id, run_id) ON promo_code TO vestnik_dispatcherd;

GRANT SELECT, UPDATE (message_id, client_id, run_id) ON promo_code TO vestnik_schedulerd;
GRANT SELECT, UPDATE (ended_at) ON promo_use TO vestnik_schedulerd;
GRANT SELECT, DELETE ON click TO vestnik_schedulerd;
GRANT SELECT ON promo_pool TO vestnik_schedulerd;
