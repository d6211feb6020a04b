// SPDX-License-Identifier: AGPL-3.0-or-later
// Delivery: a provider and a connection are added by filling in a form, what is wrong is told with its action, a change
// is seen before it is saved, and a password is written and never read.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { unsealed } from '../system/lib/vault.mjs';
import { waitFor } from '../system/lib/wait.mjs';
import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { Service } from './lib/service.mjs';

let service;
let chrome;
const sessions = {};

before(async () => {
  service = await Service.open('delivery');
  chrome = await Chrome.open();
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`ivan-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

const account = async (name) => (await service.api.call('GET', '/v1/accounts')).accounts.find((one) => one.name === name);
const password = async (id) => unsealed('account', id, 'password', await service.house.value('SELECT sealed FROM account_secret WHERE account_id = $1', [id]));

for (const [size, language, name] of [['phone', 'ru', 'thumb'], ['desktop', 'en', 'desk']]) {
  test(`a connection is added, seen at work, changed and switched off, on a ${size} in ${language}`, { timeout: 180_000 }, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const bodies = [];
    window.allow(422, '/v1/accounts');
    window.allow(422, '/v1/providers');
    page.on('response', async (response) => { if (/v1\/(accounts|providers|troubles)/.test(response.url())) bodies.push(await response.text().catch(() => '')); });
    const button = (word) => page.getByRole('button', { name: word, exact: true });
    const box = (word) => page.getByRole('textbox', { name: word, exact: true });
    const setting = (key) => t(`account-words:setting.${key}`);

    await window.open('/delivery');
    await page.getByText(t('delivery:now.well')).waitFor();
    await page.getByRole('link', { name: t('delivery:provider.new') }).click();
    await box(t('provider-edit:field.name')).fill('Bad Name');
    await button(t('provider-edit:create')).click();
    await page.getByRole('alert').waitFor();
    await box(t('provider-edit:field.name')).fill(name);
    await box(t('provider-edit:field.title')).fill(`Щегол ${name}`);
    await box(t('provider-edit:field.contact')).fill('+7 800 123-45-67');
    await button(t('provider-edit:create')).click();

    await page.getByRole('link', { name: t('delivery:new') }).click();
    await box(setting('name')).fill(name);
    await page.getByRole('combobox', { name: setting('provider'), exact: true }).click();
    await page.getByTitle(`Щегол ${name}`, { exact: true }).click();
    await box(setting('host')).fill('smsc.example');
    await box(setting('port')).fill(String(service.sim.port));
    await box(setting('system_id')).fill(name);
    await page.getByLabel(setting('password'), { exact: true }).fill('hush-hush');
    await button(t('account-edit:create')).click();
    // In clear to another host: said beside the field, and nothing is stored.
    await page.locator('main [aria-invalid="true"]').first().waitFor();
    await mustBeAccessible(window, 'a refused connection');
    await window.mustFit();
    assert.equal(await account(name), undefined);
    await box(setting('host')).fill('127.0.0.1');
    await button(t('account-edit:create')).click();
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    await page.getByText(t('account-words:condition.up'), { exact: true }).waitFor({ timeout: 30_000 });
    await window.mustFit();
    const { id } = await account(name);
    assert.equal(await password(id), 'hush-hush');

    // What changes is shown before it is saved; a new password is not shown even then.
    await page.getByRole('link', { name: t('account:change') }).click();
    assert.equal(await page.getByLabel(setting('password'), { exact: true }).inputValue(), '');
    assert.ok(await button(t('account-edit:save')).isDisabled());
    await box(setting('window_size')).fill('33');
    await page.getByLabel(setting('password'), { exact: true }).fill('new-secret');
    const changes = page.getByRole('listitem').filter({ hasText: setting('window_size') });
    assert.match(await changes.innerText(), /10 → 33/);
    await page.getByText(t('account-edit:changes.secret')).waitFor();
    await window.mustFit();
    await button(t('account-edit:save')).click();
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    assert.equal(await password(id), 'new-secret');
    assert.deepEqual([(await service.api.call('GET', `/v1/accounts/${id}`)).settings.window_size, (await account(name)).provider.name], [33, name]);

    // The provider goes away: told here and on the first page of delivery, with whom to call.
    await service.api.call('PATCH', `/v1/accounts/${id}`, { port: 1 });
    const trouble = page.getByRole('list', { name: t('account-words:troubles') }).getByRole('listitem').filter({ hasText: '+7 800 123-45-67' });
    await waitFor('the trouble to be told', async () => (await service.api.call('GET', '/v1/troubles')).troubles.length > 0, { timeoutMs: 60_000 });
    await trouble.waitFor({ timeout: 30_000 });
    await window.open('/delivery');
    await trouble.waitFor();
    await mustBeAccessible(window, 'what is wrong now');
    await window.mustFit();
    await trouble.getByRole('link', { name }).click();

    await button(t('account:off.button')).click();
    await page.getByRole('dialog').getByRole('button', { name: t('account:off.confirm'), exact: true }).click();
    await page.getByText(t('account-words:condition.off'), { exact: true }).waitFor();
    await trouble.waitFor({ state: 'hidden' });
    assert.ok(bodies.length > 0 && !bodies.some((body) => /hush-hush|new-secret/.test(body)), 'an answer shows a password');
    assert.ok(![...window.addresses].some((address) => /hush|secret/.test(address)));
    window.mustBeClean();
    await window.close();
  });
}

test('an HTTP provider is added by filling in what its profile asks for', { timeout: 90_000 }, async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open('/delivery/accounts/new');
  await page.getByText(t('account-edit:kind.http'), { exact: true }).click();
  assert.ok(await page.getByRole('button', { name: t('account-edit:create') }).isDisabled());
  await page.getByRole('combobox', { name: t('account-edit:kind.profile') }).click();
  await page.keyboard.type('SMSC');
  await page.getByTitle('SMSC.ru', { exact: true }).click();
  await page.getByRole('textbox', { name: t('account-words:setting.name'), exact: true }).fill('web');
  await page.getByRole('textbox', { name: t('account-words:profile_setting.login') }).fill('company');
  await page.getByLabel(t('account-words:profile_setting.password'), { exact: true }).fill('hush-hush');
  await mustBeAccessible(window, 'an HTTP provider');
  await window.mustFit();
  await page.getByRole('button', { name: t('account-edit:create') }).click();
  await page.getByRole('heading', { level: 1, name: 'web', exact: true }).waitFor();
  await page.getByText('••••••••').waitFor();
  const made = await account('web');
  const { settings } = await service.api.call('GET', `/v1/accounts/${made.id}`);
  assert.deepEqual([made.kind, made.profile, settings.settings], ['http', 'smsc', { login: 'company' }]);
  assert.equal(await password(made.id), 'hush-hush');
  window.mustBeClean();
  await window.close();
});
