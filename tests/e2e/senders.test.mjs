// SPDX-License-Identifier: AGPL-3.0-or-later
// Senders: one is added, registered with operators and given texts; a campaign begins with the default, is told which
// operators know it, and chooses from the list alone where others may not write.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { rows } from './lib/company.mjs';
import { Service } from './lib/service.mjs';

let service;
let chrome;
const sessions = {};

before(async () => {
  service = await Service.open('senders');
  chrome = await Chrome.open();
  await service.import(rows(20));
  await service.house.db.query("INSERT INTO ported_number (msisdn, operator_id, source) SELECT msisdn, CASE WHEN id % 2 = 0 THEN 1 ELSE 3 END, 'mnp' FROM client");
  await service.api.call('POST', '/v1/templates', { name: 'Готов заказ', category: 'service', text: '{first_name|Клиент}, заказ готов.' });
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`lena-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

/** What the API says of a sender. */
const told = async (name) => {
  const { senders } = await service.api.call('GET', '/v1/senders');
  return service.api.call('GET', `/v1/senders/${senders.find((one) => one.name === name).id}`);
};

/** Choose in a list that opens. */
async function choose(page, field, option) {
  await field.click();
  await page.locator('.ant-select-dropdown:visible').getByText(option, { exact: true }).last().click();
}

for (const [size, language, name] of [['phone', 'ru', 'THUMB'], ['desktop', 'en', 'DESK']]) {
  test(`a sender and its text are registered, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const button = (text) => page.getByRole('button', { name: text, exact: true });
    const dialog = () => page.getByRole('dialog').last();
    const cell = (operator, state) => page.getByRole('button', { name: `${t('sender:ask', { operator, account: 'sim' })} ${state}` });

    await window.open('/senders');
    await button(t('senders:new.button')).first().click();
    const field = dialog().getByRole('textbox', { name: t('senders:new.name') });
    await field.fill('ВЕСТНИК');
    await dialog().getByText(t('senders:new.wrong')).waitFor();
    assert.ok(await dialog().getByRole('button', { name: t('senders:new.make') }).isDisabled());
    await field.fill(name);
    await dialog().getByRole('button', { name: t('senders:new.make') }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await mustBeAccessible(window, 'a new sender');

    // All operators of the provider know it.
    await button(t('sender:register.button')).click();
    await choose(page, dialog().getByRole('combobox', { name: t('sender:field.state') }), t('sender-words:standing.active'));
    await dialog().getByRole('textbox', { name: t('sender:field.fee') }).fill('1 020,5');
    await mustBeAccessible(window, 'the dialog of a registration');
    await window.mustFit();
    await dialog().getByRole('button', { name: t('sender:register.make') }).click();
    await cell('МТС', t('sender-words:standing.active')).waitFor();
    await dialog().waitFor({ state: 'hidden' });

    // Beeline alone has refused.
    await cell('Билайн', t('sender-words:standing.active')).click();
    await dialog().getByRole('button', { name: t('sender:change.apart') }).click();
    await choose(page, dialog().getByRole('combobox', { name: t('sender:field.state') }), t('sender-words:standing.refused'));
    await dialog().getByRole('textbox', { name: t('sender:field.note') }).fill('Нет доверенности');
    await dialog().getByRole('button', { name: t('sender:register.make') }).click();
    await cell('Билайн', t('sender-words:standing.refused')).waitFor();
    const { registrations } = await told(name);
    assert.deepEqual(registrations.map(({ provider, account, operator, state, monthly_fee, note }) => [provider, account, operator, state, monthly_fee, note]),
      [['sim', null, null, 'active', '1020.50', ''], [null, 'sim', 'beeline', 'refused', null, 'Нет доверенности']]);

    // A text, taken from a template.
    await button(t('sender:text.add')).click();
    await choose(page, dialog().getByRole('combobox', { name: t('sender:text.template') }), 'Готов заказ');
    const pattern = dialog().getByRole('textbox', { name: t('sender:text.pattern') });
    assert.equal(await pattern.inputValue(), '%w{1,5}, заказ готов.');
    await pattern.fill('%w{2,5}, заказ готов.');
    await dialog().getByRole('button', { name: t('sender:register.make') }).click();
    window.allow(422, '/v1/template-registrations');
    await dialog().getByText('%w{2,5}', { exact: false }).first().waitFor();
    await dialog().locator('[aria-invalid="true"]').waitFor();
    window.problems.splice(0);
    await pattern.fill('%w{1,2}, заказ готов.');
    await choose(page, dialog().getByRole('combobox', { name: t('sender:field.state') }), t('sender-words:standing.active'));
    await mustBeAccessible(window, 'the dialog of a text');
    await window.mustFit();
    await dialog().getByRole('button', { name: t('sender:register.make') }).click();
    await dialog().waitFor({ state: 'hidden' });
    await page.getByText(', заказ готов.').first().waitFor();
    const { registrations: texts } = await service.api.call('GET', `/v1/template-registrations?sender_id=${(await told(name)).id}`);
    assert.deepEqual(texts.map(({ pattern: said, state, template, category }) => [said, state, template, category]), [['%w{1,2}, заказ готов.', 'active', 'Готов заказ', 'service']]);
    await button(t('sender:text.deed')).first().click();
    await choose(page, dialog().getByRole('combobox', { name: t('sender:field.state') }), t('sender-words:standing.ended'));
    await dialog().getByRole('button', { name: t('actions.save') }).click();
    await dialog().waitFor({ state: 'hidden' });
    await page.getByText(t('sender-words:standing.ended'), { exact: true }).first().waitFor();
    await window.mustFit();
    await mustBeAccessible(window, 'a sender with all it may have');
    window.mustBeClean();
    await window.close();
  });
}

test('a campaign begins with the default of its kind and is told who knows it', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open('/senders');
  const form = page.getByRole('form', { name: t('senders:rules.title') });
  await choose(page, form.getByRole('combobox', { name: t('sender-words:class.service') }), 'DESK');
  await choose(page, form.getByRole('combobox', { name: t('sender-words:class.advertising') }), 'THUMB');
  await form.getByRole('button', { name: t('actions.save') }).click();
  await page.getByText(t('senders:rules.saved')).waitFor();

  await window.open('/campaigns/new?step=what');
  const from = page.getByRole('combobox', { name: t('campaign-edit:what.sender') });
  await page.waitForFunction(() => globalThis.document.querySelector('input[list]')?.value === 'THUMB');
  await choose(page, page.getByRole('combobox', { name: t('campaign-edit:what.kind') }), t('campaign-edit:kind.service'));
  await page.waitForFunction(() => globalThis.document.querySelector('input[list]')?.value === 'DESK');
  await from.fill('STRANGER');
  await page.getByText(t('campaign-edit:what.sender_strange')).waitFor();
  await from.fill('DESK');
  await page.getByLabel(t('message-text:label')).fill('Заказ готов');
  await page.waitForURL(/\/campaigns\/\d+\/edit/);
  await page.getByText(t('campaign-edit:save.saved')).first().waitFor();
  await window.open(page.url().replace(/step=\w+/, 'step=check'));
  await page.getByRole('heading', { name: t('campaign-edit:check.known') }).waitFor();
  await page.getByText('Билайн').waitFor();
  await page.getByText(/оператор может отклонить сообщения/).waitFor();
  await mustBeAccessible(window, 'the check of a campaign');
  await window.mustFit();
  window.mustBeClean();
  await window.close();
});

test('where unknown names may not write, a campaign chooses from the list', async () => {
  const window = await chrome.window(service, { session: sessions.en, size: 'phone' });
  const { page, t } = window;
  await window.open('/senders');
  await page.getByText(t('senders:rules.strict'), { exact: true }).click();
  await page.getByRole('form', { name: t('senders:rules.title') }).getByRole('button', { name: t('actions.save') }).click();
  await page.getByText(t('senders:rules.saved')).waitFor();
  await window.open('/campaigns/new?step=what');
  await page.getByText('THUMB', { exact: true }).first().waitFor();
  assert.equal(await page.locator('input[list]').count(), 0, 'nothing can be typed');
  await choose(page, page.getByRole('combobox', { name: t('campaign-edit:what.sender') }), 'DESK');
  await mustBeAccessible(window, 'a choice of senders');
  await window.mustFit();
  window.mustBeClean();
  await window.close();
  await service.api.call('PUT', '/v1/sender-rules', { unregistered: 'open', defaults: [] });
});
