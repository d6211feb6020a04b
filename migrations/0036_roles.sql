-- Roles: named sets of fine rights.  What each right allows stands in apid/rights.h and, by operation, in the
-- description of the API (x-right).

CREATE TABLE role (
    code    text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{0,31}$'),
    rights  text[] NOT NULL,
    builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE role IS 'what people may do, as sets of rights; the built-in ones come with migrations';
COMMENT ON COLUMN role.rights IS 'names of rights; {*}: all of them; a name that apid does not know gives nothing';

-- Everybody who works with people looks at the same things, numbers and names masked.
INSERT INTO role (code, rights, builtin)
SELECT code, ARRAY['profile'] || rights, true FROM (VALUES
    ('author', '{campaigns.read,campaigns.edit,campaigns.launch,campaigns.control,clients.read,lists.edit,templates.read,'
               'templates.edit,messages.read,opt_outs.read,consents.read,rules.read,accounts.read,senders.read}'::text[]),
    ('approver', '{campaigns.read,campaigns.launch,campaigns.control,clients.read,templates.read,messages.read,opt_outs.read,'
                 'consents.read,rules.read,accounts.read,senders.read,tariffs.read}'),
    ('lawyer', '{campaigns.read,clients.read,templates.read,templates.edit,messages.read,opt_outs.read,consents.read,consents.edit,'
               'rules.read,rules.edit,complaints.read,complaints.edit,senders.read}'),
    ('analyst', '{campaigns.read,clients.read,messages.read,opt_outs.read,accounts.read,senders.read}'),
    ('finance', '{campaigns.read,accounts.read,senders.read,tariffs.read,tariffs.edit}'),
    ('head', '{campaigns.read,campaigns.control,clients.read,templates.read,messages.read,opt_outs.read,consents.read,rules.read,'
             'accounts.read,senders.read,tariffs.read,complaints.read}'),
    ('agent', '{campaigns.read,clients.read,messages.read,opt_outs.read,accounts.read,senders.read,personal.reveal}'),
    ('operator', '{campaigns.read,campaigns.control,messages.read,accounts.read,accounts.edit,routes.edit,rules.read,senders.read,'
                 'senders.edit,tariffs.read}'),
    ('administrator', '{campaigns.read,campaigns.control,attributes.edit,clients.read,accounts.read,accounts.edit,routes.edit,'
                      'rules.read,rules.edit,senders.read,senders.edit,sources.edit,templates.read,audit.read}'),
    ('privacy_officer', '{campaigns.read,clients.read,messages.read,opt_outs.read,opt_outs.edit,opt_outs.remove,consents.read,'
                        'consents.edit,rules.read,personal.read,personal.reveal,personal.export,clients.block,clients.erase,'
                        'complaints.read,complaints.edit,complaints.pack,audit.read}'),
    ('auditor', '{audit.read}'),
    ('integration', '{campaigns.read,clients.read,clients.import,messages.read,messages.send,opt_outs.read,opt_outs.edit,'
                    'consents.read,consents.edit,promo.redeem,senders.read}')
) AS b (code, rights);
INSERT INTO role VALUES ('manager', '{*}', true);

-- Until now `operator` was who answers people on the phone.
UPDATE person SET role = 'agent' WHERE role = 'operator';
-- A role nobody knew gave no rights, and still does.
INSERT INTO role (code, rights)
SELECT DISTINCT role, '{}'::text[] FROM person WHERE role NOT IN (SELECT code FROM role);
ALTER TABLE person ADD FOREIGN KEY (role) REFERENCES role;

GRANT SELECT ON role TO vestnik_apid;
