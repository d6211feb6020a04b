// SPDX-License-Identifier: AGPL-3.0-or-later
// the register of complaints, and the proof of why a message was sent: one call makes it, anybody verifies it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { Api } from './lib/api.mjs';
import { Fleet } from './lib/fleet.mjs';
import { Http } from './lib/http.mjs';
import { BIN, run, waitFor } from './lib/stack.mjs';

const DAY_MS = 86_400_000;
const PASSWORD = 'correct horse battery';
const AGREED = 'Я согласен получать рекламу по СМС. <b>I agree</b> & sign.';
const PAPER = Buffer.from('%PDF-1.4 signed by hand');
const PERSON = { code: 'C-1', phone: '79161230077', last: 'Перетрухин', first: 'Аристарх' };

let fleet;
let api;
let people = {};
let client;
let consent;
let campaign;
let message;

before(async () => {
  fleet = await Fleet.open('complaints', { consent: true, sim: { 'receipt-delay-ms': '10-50' } });
  api = new Api(fleet.house, fleet.daemons.apid[0], (await fleet.house.vestnik('token', 'create', 'register')).trim());
  writeFileSync(path.join(fleet.house.dir, 'password'), PASSWORD, { mode: 0o600 });
  for (const role of ['manager', 'agent', 'analyst']) {
    await fleet.house.vestnik('user', 'add', role, '--name', role, '--role', role, '--password-file', path.join(fleet.house.dir, 'password'));
    people[role] = { id: String(await value('SELECT id FROM person WHERE login = $1', [role])), http: await Http.signIn(api.base, role, PASSWORD) };
  }
  const rows = `${PERSON.code};+${PERSON.phone};${PERSON.last};${PERSON.first}\nC-2;+79161230078;Иванова;Анна\n`;
  const { body: { list_id: list }, status, text: told } = await api.upload(`external_id;phone;last_name;first_name\n${rows}`, '?list=Autumn');
  assert.equal(status, 201, told);
  client = String(await value('SELECT id FROM client WHERE external_id = $1', [PERSON.code]));

  const text = await post('/v1/consent-texts', { purpose: 'marketing', text: AGREED }, 201);
  const proof = await post('/v1/consent-proofs', PAPER, 201, { headers: { 'content-type': 'application/pdf' } });
  for (const phone of [PERSON.phone, '79161230078'])
    consent = (await post('/v1/consents', {
      phone: `+${phone}`, ...(phone === PERSON.phone ? { client_id: client } : {}), purpose: 'marketing', text_id: text.id, form: 'https://shop.example/card',
      source: 'web', origin: '203.0.113.7', identity: 'signed in', proof_id: proof.id,
    }, 201)).id;
  campaign = (await post('/v1/campaigns', { name: 'Autumn', text: 'Скидки, {first_name}!', sender: 'SHOP', class: 'advertising', category: 'advertising', list_id: list }, 201)).id;
  await post(`/v1/campaigns/${campaign}/launch`);
  await fleet.finished(campaign, 30_000);
  await waitFor('the receipts', async () => await value('SELECT count(*) FROM message_state WHERE state = 9') === 2);
  message = await messageTo(PERSON.phone);
});
after(() => fleet?.close());

const value = (sql, params) => fleet.house.value(sql, params);
const messageTo = async (phone) => String(await value('SELECT id FROM message WHERE msisdn = $1', [phone]));

async function post(where, body, status = 200, options) {
  const answer = await api.post(where, body, options);
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}

const claim = (more = {}) => ({ source: 'fas', claim: 'Advertising without consent', phone: `+${PERSON.phone}`, message_ids: [message], ...more });
const register = (more) => post('/v1/complaints', claim(more), 201);
const get = async (id) => (await api.get(`/v1/complaints/${id}`)).body;

/** Make a pack and store it in a file; resolves to its path, and the digest it came with. */
async function pack(id, name = `pack-${id}.zip`) {
  const answer = await fetch(`${api.base}/v1/complaints/${id}/pack`, { method: 'POST', headers: { authorization: `Bearer ${api.token}` } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/zip'], bytes.toString());
  assert.equal(answer.headers.get('content-disposition'), `attachment; filename="complaint-${id}.zip"`);
  const file = path.join(fleet.house.dir, name);
  writeFileSync(file, bytes);
  return { file, digest: answer.headers.get('etag').replaceAll('"', '') };
}

/** The files of a pack as another program reads them. */
async function unpack(file) {
  const script = 'import base64,json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps({n:base64.b64encode(z.read(n)).decode() for n in z.namelist()}))';
  const { stdout, stderr } = await run(['python3', '-c', script, file], {});
  assert.equal(stderr, '');
  return Object.fromEntries(Object.entries(JSON.parse(stdout)).map(([name, base64]) => [name, Buffer.from(base64, 'base64')]));
}

/** The command as anybody runs it, with no database at hand. */
const verify = (file, ...more) => run([path.join(BIN, 'vestnik'), 'verify-pack', file, ...more], { env: { PATH: process.env.PATH } });

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

test('R-51 the proof of a message is one call: records, text version, log and receipt, verified offline by digest', async () => {
  const { id } = await register({ reference: '077/05/18-1234', received_at: new Date(Date.now() - DAY_MS).toISOString() });
  const before = await value('SELECT count(*) FROM reading');
  const { file, digest } = await pack(id);
  const { rows: readings } = await fleet.db.query('SELECT operation, client_id::text, people, masked, reason FROM reading ORDER BY id OFFSET $1', [before]);
  assert.deepEqual(readings, [{ operation: 'POST /v1/complaints/{id}/pack', client_id: client, people: 1, masked: false, reason: `complaint:${id}:fas` }]);

  const files = await unpack(file);
  const json = (name) => JSON.parse(files[name].toString());
  const proofId = json('consents.json')[0].proof_id;
  assert.deepEqual(Object.keys(files).sort(), ['campaigns.json', 'complaint.json', 'consents.json', 'index.html', 'manifest.json', 'messages.json',
    `proofs/proof-${proofId}.pdf`, 'rules.json', 'stops.json', 'why.json']);

  // The consent as it stands in the ledger, with the text word by word, the file, who entered it and when.
  const [given, ...noMore] = json('consents.json');
  assert.deepEqual([noMore.length, given.kind, given.purpose, given.consent_text, given.text_sha256, given.phone, given.client_id, given.form, given.origin, given.identity, given.entered_by, given.entered_by_name],
    [0, 'given', 'marketing', AGREED, sha256(AGREED), `+${PERSON.phone}`, client, 'https://shop.example/card', '203.0.113.7', 'signed in', given.entered_by, 'register']);
  assert.match(given.entered_by, /^token \d+$/);
  assert.ok(Date.parse(given.at) <= Date.parse(given.recorded_at));
  assert.deepEqual([files[`proofs/proof-${proofId}.pdf`].toString(), given.proof_sha256], [PAPER.toString(), sha256(PAPER)]);

  // The message as it was rendered, what happened to it, its campaign, and on which consent it left.
  const [sent] = json('messages.json');
  assert.deepEqual([sent.id, sent.to, sent.text, sent.sender, sent.state], [message, `+${PERSON.phone}`, `Скидки, ${PERSON.first}!`, 'SHOP', 'delivered']);
  assert.deepEqual(sent.history.map(({ event }) => event), ['created', 'claimed', 'accepted', 'receipt']);
  assert.ok(sent.history[2].provider_id);
  const [sale] = json('campaigns.json');
  assert.deepEqual([sale.id, sale.campaign_text, sale.list, sale.created_by, sale.audience], [campaign, 'Скидки, {first_name}!', 'Autumn', 'register', 2]);
  const [why] = json('why.json');
  assert.deepEqual([why.message_id, why.category, why.consent_required, why.consent_id, why.consent_was_valid, why.last_withdrawn_at, why.list],
    [message, 'advertising', true, given.id, true, null, 'Autumn']);
  assert.deepEqual(json('stops.json'), []);
  const rules = json('rules.json').map(({ rule, subject }) => `${rule} ${subject}`);
  for (const rule of ['hours advertising', 'limit advertising', 'purpose marketing', 'setting quiet_hours']) assert.ok(rules.includes(rule), rule);
  const told = json('complaint.json');
  assert.deepEqual([told.id, told.reference, told.phone, told.message_ids], [id, '077/05/18-1234', `+${PERSON.phone}`, [message]]);

  // A page for people, in both languages; what strangers wrote stays text.
  const page = files['index.html'].toString();
  for (const part of ['Доказательства по жалобе', 'Proof for a complaint', 'Почему сообщения были отправлены', 'Why the messages were sent',
    'Согласие действовало в момент отправки', '&lt;b&gt;I agree&lt;/b&gt; &amp; sign.', 'it was delivered', 'доставлено'])
    assert.ok(page.includes(part), part);
  assert.ok(!page.includes('<b>'));

  // The digest is that of the manifest, the manifest names every file, and the register knows it.
  assert.equal(sha256(files['manifest.json']), digest);
  const manifest = json('manifest.json');
  assert.deepEqual(manifest.files.map(({ name }) => name).sort(), Object.keys(files).filter((name) => name !== 'manifest.json').sort());
  for (const { name, bytes, sha256: sum } of manifest.files) assert.deepEqual([bytes, sum], [files[name].length, sha256(files[name])], name);
  const { packs } = await get(id);
  assert.deepEqual(packs.map((p) => [p.digest, p.files, p.made_by, Date.parse(p.made_at)]), [[digest, 10, 'register', Date.parse(manifest.made_at)]]);

  const good = await verify(file);
  assert.deepEqual([good.code, good.stderr], [0, '']);
  assert.match(good.stdout, new RegExp(`complaint: ${id},.*\\nfiles: 9, each as the manifest says, none extra, none missing\\nmanifest: SHA-256 ${digest}\\n$`));
  const asked = await run([path.join(BIN, 'vestnik'), 'verify-pack', '--register', file], { env: { PATH: process.env.PATH, VESTNIK_DATABASE: fleet.house.databaseUrl } });
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(asked.stdout, /register: pack \d+, made .* by register\n$/);
});

test('R-51 a pack that was changed, added to or made by somebody else does not pass', async () => {
  const { id } = await register();
  const { file } = await pack(id);
  const rewrite = async (how) => {
    const script = `import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nf={n:z.read(n) for n in z.namelist()}\n${how}\nw=zipfile.ZipFile(sys.argv[2],'w',zipfile.ZIP_DEFLATED)\nfor n,b in f.items(): w.writestr(n,b)\nw.close()`;
    const changed = path.join(fleet.house.dir, 'changed.zip');
    const { code, stderr } = await run(['python3', '-c', script, file, changed], {});
    assert.equal(code, 0, stderr);
    return verify(changed);
  };
  assert.equal((await rewrite('pass')).code, 0, 'packed anew by another program it is the same pack');
  const cases = [
    ["f['messages.json']=f['messages.json'].replace(b'delivered',b'undelivere')", /"messages.json" is not the file that the manifest names/],
    ["f['extra.txt']=b'x'", /"extra.txt" is in the ZIP and not in the manifest/],
    ["del f['why.json']", /"why.json" stands in the manifest and is missing/],
    ["del f['manifest.json']", /no manifest.json: it is no pack/],
    ["f['../evil']=b'x'", /whose name no file in a pack may have: "..\/evil"/],
  ];
  for (const [how, sentence] of cases) {
    const { code, stderr, stdout } = await rewrite(how);
    assert.deepEqual([code, stdout], [1, ''], how);
    assert.match(stderr, sentence);
  }
  const cut = path.join(fleet.house.dir, 'cut.zip');
  writeFileSync(cut, readFileSync(file).subarray(0, 2000));
  assert.match((await verify(cut)).stderr, /does not end as a pack does/);
  assert.equal((await verify(path.join(fleet.house.dir, 'none.zip'))).code, 1);
  assert.equal((await verify(file, 'two')).code, 2);

  // A manifest that fits its files, but was never handed out.
  const forged = await rewrite("import hashlib,json\nf['why.json']=b'[]'\nm=json.loads(f['manifest.json'])\nfor x in m['files']: x.update(bytes=len(f[x['name']]),sha256=hashlib.sha256(f[x['name']]).hexdigest())\nf['manifest.json']=json.dumps(m).encode()");
  assert.equal(forged.code, 0, 'it is whole in itself');
  const { code, stderr } = await run([path.join(BIN, 'vestnik'), 'verify-pack', path.join(fleet.house.dir, 'changed.zip'), '--register'],
    { env: { PATH: process.env.PATH, VESTNIK_DATABASE: fleet.house.databaseUrl } });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`the register has no such pack of complaint ${id}`));
});

test('a complaint is registered, searched, answered by its deadline and closed for good', async () => {
  await fleet.db.query("INSERT INTO calendar_day VALUES ('2027-03-08', 'off'), ('2027-03-06', 'working') ON CONFLICT DO NOTHING");
  const sane = await register({ received_at: '2026-03-02T22:30:00+03:00' });
  assert.equal(sane.deadline, '2026-03-16T20:59:59.000Z', 'ten working days after Monday, to the end of the day in Moscow');
  assert.deepEqual([sane.state, sane.client_id, sane.overdue, sane.created_by, sane.packs, sane.erased], ['open', client, true, 'register', [], false]);
  assert.equal(await value("SELECT complaint_deadline('2027-03-01T12:00:00Z', 10)::text"), '2027-03-15 20:59:59+00', 'a moved Saturday counts, a holiday does not');

  for (const [more, field] of [[{ source: 'nobody' }, 'source'], [{ claim: undefined }, 'claim'], [{ client_id: '999999' }, 'client_id'], [{ assignee_id: '999999' }, 'assignee_id'],
    [{ message_ids: ['1'] }, 'message_ids'], [{ message_ids: [await messageTo('79161230078')] }, 'message_ids'], [{ phone: '123' }, 'phone'],
    [{ received_at: '2026-03-02T22:30:00Z', deadline: '2026-03-01T00:00:00Z' }, 'deadline']]) {
    const answer = await api.post('/v1/complaints', claim(more));
    assert.deepEqual([answer.status, answer.body.errors[0].field], [422, field], answer.text);
  }

  const { id } = await register({ source: 'call', name: 'Аристарх П.', reference: 'call 7', message_ids: undefined });
  const patch = async (body, status = 200) => {
    const answer = await api.patch(`/v1/complaints/${id}`, body);
    assert.equal(answer.status, status, answer.text);
    return answer.body;
  };
  assert.deepEqual((await patch({ message_ids: [message], assignee_id: people.manager.id })).assignee, 'manager');
  assert.equal((await patch({ deadline: new Date(Date.now() + 30 * DAY_MS).toISOString() }, 422)).errors[0].field, 'deadline_reason');
  assert.equal((await patch({ deadline: new Date(Date.now() + 30 * DAY_MS).toISOString(), deadline_reason: 'we ask the operator' })).deadline_reason, 'we ask the operator');
  assert.equal((await patch({ phone: '+79161230078' }, 422)).errors[0].field, 'message_ids', 'what is linked is theirs');
  assert.deepEqual(await patch({ reference: null, name: null }).then((c) => [c.reference, c.name, c.message_ids, c.state]), [null, null, [message], 'open']);
  const answered = await patch({ answer: 'Here is your consent.' });
  assert.deepEqual([answered.state, answered.answer, Date.now() - Date.parse(answered.answered_at) < 10_000], ['answered', 'Here is your consent.', true]);

  const ids = async (body) => (await post('/v1/complaints/search', body)).complaints.map((c) => c.id);
  assert.deepEqual((await ids({ phone: PERSON.phone, source: 'call' })), [id]);
  assert.deepEqual(await ids({ client_id: client, state: 'answered' }), [id]);
  assert.deepEqual(await ids({ assignee_id: people.manager.id }), [id]);
  assert.ok((await ids({ message_id: message })).includes(id));
  assert.ok((await ids({ query: 'advertising WITHOUT' })).includes(id));
  assert.deepEqual(await ids({ query: 'nothing of the kind' }), []);
  assert.deepEqual(await ids({ overdue: true }), [sane.id]);
  assert.deepEqual((await api.get('/v1/complaints?overdue=true')).body.complaints.map((c) => c.id), [sane.id]);
  assert.deepEqual((await api.get(`/v1/complaints?source=call&assignee_id=${people.manager.id}`)).body.complaints.map((c) => c.id), [id]);
  const first = (await api.get('/v1/complaints?limit=1')).body;
  const second = (await api.get(`/v1/complaints?limit=1&cursor=${first.next_cursor}`)).body;
  assert.ok(Number(first.complaints[0].id) > Number(second.complaints[0].id));
  for (const query of ['state=x', 'source=x', 'assignee_id=x', 'overdue=x', 'phone=1']) assert.ok((await api.get(`/v1/complaints?${query}`)).status >= 400, query);

  const before = await value('SELECT count(*) FROM reading');
  await api.get(`/v1/complaints/${id}`);
  assert.equal(await value('SELECT count(*) FROM reading') - before, 1, 'each reading is logged');
  assert.equal((await api.post(`/v1/complaints/${id}/close`, { result: 'maybe' })).body.errors[0].field, 'result');
  const closed = await post(`/v1/complaints/${id}/close`, { result: 'unjustified' });
  assert.deepEqual([closed.state, closed.result, closed.answer], ['closed', 'unjustified', 'Here is your consent.']);
  assert.equal((await patch({ claim: 'x' }, 409)).type, 'urn:vestnik:problem:conflict');
  assert.equal((await api.post(`/v1/complaints/${id}/close`, { result: 'justified' })).status, 409);
  assert.equal((await api.get('/v1/complaints/999999')).status, 404);
  for (const sql of ['DELETE FROM complaint WHERE id = $1', "UPDATE complaint SET claim = 'x' WHERE id = $1"])
    await assert.rejects(fleet.db.query(sql, [id]), /three years/, sql);
  await assert.rejects(fleet.db.query('UPDATE complaint_pack SET bytes = 0'), /never changed/);
});

test('who has no right to complaints sees none, and hands out nothing', async () => {
  const { id } = await register();
  for (const role of ['analyst', 'agent'])
    for (const [method, where, body] of [['GET', '/v1/complaints'], ['POST', '/v1/complaints', claim()], ['POST', '/v1/complaints/search', {}], ['GET', `/v1/complaints/${id}`],
      ['PATCH', `/v1/complaints/${id}`, {}], ['POST', `/v1/complaints/${id}/close`, { result: 'withdrawn' }], ['POST', `/v1/complaints/${id}/pack`]])
      assert.equal((await people[role].http.raw(method, where, { body })).status, 403, `${role} ${method} ${where}`);
  assert.equal((await people.manager.http.raw('GET', `/v1/complaints/${id}`)).status, 200);
});

test('a stop and a reply that came after the message stand in the proof', async () => {
  await fleet.sim.command('mo', 'sim', '79161230078', '1234', 'STOP');
  await waitFor('the stop', () => value('SELECT count(*) FROM opt_out WHERE msisdn = 79161230078'));
  const { id } = await register({ source: 'provider', phone: '+79161230078', message_ids: [await messageTo('79161230078')] });
  const files = await unpack((await pack(id)).file);
  const json = (name) => JSON.parse(files[name].toString());
  assert.deepEqual(json('consents.json').map((e) => [e.kind, e.source, e.reply_text]), [['given', 'web', null], ['withdrawn', 'reply', 'STOP']]);
  assert.deepEqual(json('stops.json').map((s) => [s.kind, s.scope, s.text]).sort(), [['reply', 'advertising', 'STOP'], ['stop', 'advertising', null]]);
  const [why] = json('why.json');
  assert.equal(why.consent_was_valid, true, 'it was when the message left');
  assert.ok(Date.parse(why.last_withdrawn_at) > Date.parse(why.submitted_at));
});

function pgBin() {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => b - a);
  return `/usr/lib/postgresql/${versions[0]}/bin`;
}

test('R-21 R-23 a complaint outlives the blocking and the erasing of its person: open it keeps them, closed it is sealed', async () => {
  const { complaints } = await post('/v1/complaints/search', { client_id: client });
  const [open] = complaints.filter((c) => c.state === 'open');
  assert.ok(open, 'the tests above left one');
  const refused = await api.post(`/v1/clients/${client}/erase`, { reason: 'letter 7' });
  assert.equal(refused.status, 409, refused.text);
  assert.match(refused.body.detail, /complaint/);

  await post(`/v1/clients/${client}/block`, { reason: 'erasure asked for' });
  assert.equal((await get(open.id)).phone, `+${PERSON.phone}`, 'a blocked client is worked on');
  const files = await unpack((await pack(open.id)).file);
  assert.equal(JSON.parse(files['messages.json'].toString())[0].text, `Скидки, ${PERSON.first}!`);

  for (const c of complaints.filter(({ state }) => state !== 'closed'))
    await post(`/v1/complaints/${c.id}/close`, { result: 'withdrawn', answer: `Dear ${PERSON.last}, done.` });
  const { id: erasure } = await post(`/v1/clients/${client}/erase`, { reason: 'letter 7' }, 202);
  await waitFor('the act', async () => (await api.get(`/v1/erasures/${erasure}`)).body.status === 'done', { timeoutMs: 30_000 });
  const dump = await run([path.join(pgBin(), 'pg_dump'), fleet.house.databaseUrl], {});
  for (const needle of [PERSON.phone, PERSON.phone.slice(1), PERSON.last, PERSON.first])
    assert.deepEqual(dump.stdout.split('\n').filter((line) => line.includes(needle)), [], 'the dump');

  const sealed = await get(open.id);
  assert.deepEqual([sealed.phone, sealed.claim, sealed.answer, sealed.erased], [`+${PERSON.phone}`, 'Advertising without consent', `Dear ${PERSON.last}, done.`, true],
    'with the key it can be read');
  const listed = (await api.get('/v1/complaints?limit=200')).body.complaints.find((c) => c.id === open.id);
  assert.deepEqual([listed.phone, listed.name, listed.claim, listed.answer], [null, null, null, null]);

  // Kept three years after it was closed, with the digests of what was handed out, and no longer.
  const forget = (asOf) => value('SELECT complaints_forget(now() + $1::interval, 1096, 100)', [asOf]);
  assert.equal(Number(await forget('10 years')), 0, 'the law\'s time is that of the clock');
  await fleet.db.query(`BEGIN; ALTER TABLE complaint DISABLE TRIGGER complaint_guard;
    UPDATE complaint SET closed_at = now() - interval '3 years 2 days', created_at = now() - interval '4 years' WHERE id = ${open.id};
    ALTER TABLE complaint ENABLE TRIGGER complaint_guard; COMMIT`);
  assert.equal(Number(await forget('-3 days')), 0);
  assert.equal(Number(await forget('0')), 1);
  assert.equal((await api.get(`/v1/complaints/${open.id}`)).status, 404);
  assert.equal(await value('SELECT count(*) FROM complaint_pack WHERE complaint_id = $1', [open.id]), 0);
});
