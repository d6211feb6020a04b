// SPDX-License-Identifier: AGPL-3.0-or-later
// Sources: set up, tried before they are switched on, read, a question answered, refused rows taken home, a secret
// that is written and never read.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { unsealed } from '../system/lib/vault.mjs';
import { waitFor } from '../system/lib/wait.mjs';
import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { Service } from './lib/service.mjs';
import { Sources } from './lib/sources.mjs';

let service;
let chrome;
let sources;
const sessions = {};

before(async () => {
  service = await Service.open('sources');
  chrome = await Chrome.open();
  sources = await Sources.open(service);
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`ivan-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

const HEADER = ['Код', 'Моб', 'Фамилия', 'Размер'];
/** Clients of a folder, told apart by its name. */
const rows = (folder, count) => [HEADER, ...Array.from({ length: count }, (_, i) => [`${folder}${i}`, `+7916${(folder === 'desk' ? 5 : 6) * 1_000_000 + i}`, 'Орлов', '42'])];
const known = async (folder) => Number(await service.house.value('SELECT count(*) FROM client WHERE external_id LIKE $1', [`${folder}%`]));
const gone = async (folder) => Number(await service.house.value('SELECT count(*) FROM client WHERE external_id LIKE $1 AND gone_at IS NOT NULL', [`${folder}%`]));

for (const [size, language, folder] of [['phone', 'ru', 'thumb'], ['desktop', 'en', 'desk']]) {
  test(`a source is set up, tried, switched on and asked about, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const report = (text) => page.getByRole('status').filter({ hasText: text }).waitFor();
    sources.drop(folder, '1.csv', rows(folder, 60));

    await window.open('/sources');
    await page.getByRole('link', { name: t('sources:new') }).first().click();
    await button(t('source-edit:save_and_try')).click();
    await page.getByText(t('source-edit:wrong.name')).waitFor();
    await page.getByText(t('source-edit:wrong.setting')).waitFor();
    await page.getByRole('textbox', { name: t('source-edit:name') }).fill(`Клиенты ${folder}`);
    await page.getByRole('textbox', { name: t('source-words:setting.folder') }).fill(folder);
    await page.getByText(t('source-words:mode.full')).click();
    await page.getByText(t('source-edit:schedule.never')).click();
    await button(t('source-edit:columns.add')).click();
    await page.getByRole('textbox', { name: t('source-edit:columns.header') }).fill('Моб');
    await window.mustFit();
    await button(t('source-edit:save_and_try')).click();

    // The trial tells what would come, and nothing has.
    await page.getByRole('heading', { level: 1, name: `Клиенты ${folder}` }).waitFor();
    await report(t('source:report.dry'));
    await page.getByText(t('source:next.tried')).waitFor();
    await page.getByText(t('source:change.new')).waitFor();
    assert.equal(await known(folder), 0);
    await window.mustFit();
    const id = page.url().split('/').at(-1);
    const stored = await service.api.call('GET', `/v1/sources/${id}`);
    assert.deepEqual([stored.enabled, stored.mode, stored.every_min, stored.daily_at, stored.settings, stored.columns],
      [false, 'full', null, null, { folder }, [{ header: 'Моб', field: 'phone', attribute: null }]]);

    await button(t('source:next.on')).click();
    await page.getByRole('dialog').getByRole('button', { name: t('source:next.on_confirm') }).click();
    await page.getByText(t('source-words:state.on'), { exact: true }).waitFor();
    await button(t('source:deed.read')).click();
    await page.getByRole('heading', { level: 2, name: t('source:report.title') }).waitFor();
    await waitFor('the clients to be there', async () => (await known(folder)) === 60);

    // A third of them is missing, and one row cannot be taken: nobody goes before a person has said so.
    sources.drop(folder, '2.csv', [...rows(folder, 40), ['', '12', 'Котов', '43']]);
    await button(t('source:deed.read')).click();
    const question = page.getByRole('alert').filter({ hasText: t('source:held.if_gone') });
    await question.waitFor();
    await page.getByText('Котов').first().waitFor();
    await mustBeAccessible(window, 'a held source');
    await window.mustFit();
    assert.equal(await gone(folder), 0);
    const coming = page.waitForEvent('download');
    await button(t('source:refused.download')).click();
    assert.match(readFileSync(await (await coming).path(), 'utf8'), /Котов/);

    if (size === 'phone') {
      await button(t('source:held.keep')).click();
      await report(t('source:report.dropped'));
      assert.equal(await gone(folder), 0);
    } else {
      await button(t('source:held.gone')).click();
      const dialog = page.getByRole('dialog');
      assert.ok(await dialog.getByRole('button', { name: t('source:held.confirm'), exact: true }).isDisabled(), 'the number is typed first');
      await dialog.getByRole('textbox').fill('20');
      await dialog.getByRole('button', { name: t('source:held.confirm'), exact: true }).click();
      await dialog.waitFor({ state: 'hidden' });
      await question.waitFor({ state: 'hidden' });
      assert.equal(await gone(folder), 20);
    }

    // A change is tried like the first setting up: before and after stand beside each other.
    sources.drop(folder, '3.csv', rows(folder, 40).map((row, i) => (i === 0 ? row : [row[0], row[1], 'Соколов', row[3]])));
    await button(t('source:deed.try')).click();
    await report(t('source:report.dry'));
    await page.getByText(t('source:change.becomes')).first().waitFor();
    assert.equal(Number(await service.house.value("SELECT count(*) FROM client WHERE last_name = 'Соколов' AND external_id LIKE $1", [`${folder}%`])), 0);

    await button(t('source:delete.button')).click();
    await page.getByRole('dialog').getByRole('button', { name: t('source:delete.confirm') }).click();
    await page.getByRole('heading', { level: 1, name: t('sources:title') }).waitFor();
    await assert.rejects(service.api.call('GET', `/v1/sources/${id}`), { status: 404 });
    assert.equal(await known(folder), 60, 'its clients stay');
    window.mustBeClean();
    await window.close();
  });
}

test('a secret is written and never read; what was left out of the form stays', async () => {
  const settings = { host: 'crm.example', database: 'crm', user: 'vestnik', table: 'clients' };
  const { id } = await service.api.call('POST', '/v1/sources', { name: 'База', kind: 'postgresql', mode: 'incremental', cursor_column: 'updated_at', settings, secret: 'hush-hush', enabled: true });
  const secret = async () => unsealed('source', id, 'secret', await service.house.value('SELECT sealed FROM source_secret WHERE source_id = $1', [id]));
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  const bodies = [];
  page.on('response', async (response) => { if (response.url().includes('/v1/sources')) bodies.push(await response.text().catch(() => '')); });
  await window.open(`/sources/${id}/edit`);
  const field = page.getByLabel(t('source-edit:secret.label'), { exact: true });
  assert.equal(await field.inputValue(), '');
  await page.getByText(t('source-edit:secret.kept')).waitFor();
  await page.getByRole('textbox', { name: t('source-edit:name') }).fill('База CRM');
  await page.getByRole('button', { name: t('source-edit:save'), exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'База CRM', exact: true }).waitFor();
  assert.equal(await secret(), 'hush-hush');
  const now = await service.api.call('GET', `/v1/sources/${id}`);
  assert.deepEqual([now.enabled, now.cursor_column, now.settings], [true, 'updated_at', settings]);

  await page.getByRole('link', { name: t('source:deed.change') }).click();
  await field.fill('new-secret');
  await page.getByRole('button', { name: t('source-edit:save'), exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'База CRM', exact: true }).waitFor();
  assert.equal(await secret(), 'new-secret');
  assert.ok(bodies.length > 0 && !bodies.some((body) => /hush|new-secret/.test(body)));
  assert.ok(![...window.addresses].some((address) => /hush|new-secret/.test(address)));
  window.mustBeClean();
  await window.close();
});

test('what apid does not take is said at its field, and what was typed is not left without a question', async () => {
  const window = await chrome.window(service, { session: sessions.en });
  const { page, t } = window;
  window.allow(422, '/v1/sources');
  await window.open('/sources/new');
  await page.getByRole('textbox', { name: t('source-edit:name') }).fill('Wrong');
  await page.getByRole('textbox', { name: t('source-words:setting.folder') }).fill('../etc');
  await page.getByRole('button', { name: t('source-edit:save_and_try'), exact: true }).click();
  await page.getByText(/the name of one folder/).first().waitFor();
  await page.getByRole('link', { name: t('source-edit:back') }).last().click();
  await page.getByRole('dialog').getByText(t('source-edit:leave.text')).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: t('source-edit:leave.go') }).click();
  await page.getByRole('heading', { level: 1, name: t('sources:title') }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('who may not set up sources finds no page and no word of it in the menu', async () => {
  await service.person('otto');
  await service.house.db.query("UPDATE person_role SET role = 'agent' WHERE person_id = (SELECT id FROM person WHERE login = 'otto')");
  const window = await chrome.window(service, { session: await chrome.signIn(service, { login: 'otto', language: 'ru' }) });
  const { page, t } = window;
  await window.open('/');
  assert.equal(await page.getByRole('navigation').getByRole('link', { name: t('sources:menu'), exact: true }).count(), 0);
  await page.goto('/sources');
  await page.getByText(t('error.forbidden_title')).waitFor();
  window.mustBeClean();
  await window.close();
});
