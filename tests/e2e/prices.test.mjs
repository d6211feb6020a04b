// SPDX-License-Identifier: AGPL-3.0-or-later
// Money and routing: a price list is compared before it comes into force, wrong lines are named, a price is found; an
// invoice is held against what was counted; rules are made, put in order and removed; contracts and limits are kept.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { waitFor } from '../system/lib/wait.mjs';
import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { rows, TEXT } from './lib/company.mjs';
import { day, DEARER, loadTariff, PRICES } from './lib/prices.mjs';
import { Service } from './lib/service.mjs';

let service;
let chrome;
const sessions = {};

before(async () => {
  service = await Service.open('prices');
  chrome = await Chrome.open();
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`ivan-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

function fileOf(name, text) {
  const file = path.join(service.house.dir, name);
  writeFileSync(file, text);
  return file;
}

async function choose(window, label, option) {
  const { page } = window;
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.locator('.ant-select-item-option').filter({ hasText: option, visible: true }).last().click();
}

async function give(window, file) {
  const coming = window.page.waitForEvent('filechooser');
  await window.page.getByRole('button', { name: new RegExp(`^(${window.t('delivery-words:file.choose')}|${window.t('delivery-words:file.another')})$`) }).click();
  await (await coming).setFiles(file);
}

const tariffs = async () => (await service.api.call('GET', '/v1/tariffs')).tariffs;

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`a price list is compared, mended, put into force and searched, on a ${size} in ${language}`, async () => {
    await service.house.db.query('TRUNCATE tariff CASCADE');
    await loadTariff(service.api, day(-30), PRICES);
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const button = (name) => page.getByRole('button', { name, exact: true });
    await window.open('/delivery/tariffs');
    await page.getByText(t('delivery-words:standing.now'), { exact: true }).waitFor();
    await page.getByRole('link', { name: t('tariffs:load') }).click();
    await page.getByRole('heading', { level: 1, name: t('tariff-load:title') }).waitFor();
    assert.ok(await button(t('tariff-load:compare')).isDisabled());
    await choose(window, t('delivery-words:owner.label'), /^sim$/);
    await page.getByLabel(t('tariff-load:from')).fill(day(3));

    // A wrong line refuses the whole file, and says which.
    window.allow(422, '/v1/tariffs/preview');
    await give(window, fileOf('wrong.csv', 'operator;price\nmts;3,50\nmegafon;dear\nbeeline;cheap\n'));
    await button(t('tariff-load:compare')).click();
    await page.getByText('dear').first().waitFor();
    await page.getByText('cheap').first().waitFor();
    await window.mustFit();
    // What the browser notes of the refusal: the address has a query.
    window.problems.splice(0);
    assert.equal((await tariffs()).length, 1);

    await give(window, fileOf('new.csv', DEARER));
    await button(t('tariff-load:compare')).click();
    await page.getByRole('heading', { level: 2, name: t('tariff-load:changes') }).waitFor();
    // 3.50 to 4.00 and 2.10 to 1.95; Megafon is new, Beeline gone.
    await page.getByText(language === 'ru' ? /\+14,3\s?%/ : '+14.3%').waitFor();
    await page.getByText(language === 'ru' ? /−7,1\s?%/ : '−7.1%').waitFor();
    await page.getByText(t('tariff-load:kind.new'), { exact: true }).waitFor();
    await page.getByText(t('tariff-load:kind.gone'), { exact: true }).first().waitFor();
    await mustBeAccessible(window, 'the difference');
    await window.mustFit();
    assert.equal((await tariffs()).length, 1, 'nothing is stored yet');

    await page.getByRole('button', { name: new RegExp(`^${t('tariff-load:apply.button', { day: '' }).trim()}`) }).click();
    await page.getByRole('dialog').getByRole('button', { name: t('tariff-load:apply.confirm'), exact: true }).click();
    await page.getByText(t('delivery-words:standing.coming'), { exact: true }).waitFor();
    const [coming, now] = await tariffs();
    assert.deepEqual([coming.from, coming.until, now.until, coming.rows, coming.file_name], [day(3), null, day(3), 6, 'new.csv']);

    // Its prices are found by the name of an operator and by digits.
    const search = page.getByRole('searchbox', { name: t('tariff:search') });
    await search.fill('мегаф');
    await waitFor('one price of Megafon', async () => (await page.getByText('МегаФон').count()) === 1 && (await page.getByText('МТС').count()) === 0);
    await search.fill('77012');
    await page.getByText(t('delivery-words:prefix', { prefix: '77' }), { exact: true }).waitFor();
    await search.fill('zzz');
    await page.getByText(t('tariff:none')).waitFor();
    window.mustBeClean();
    await window.close();
  });
}

test('a list that came into force meanwhile is not run over', async () => {
  await service.house.db.query('TRUNCATE tariff CASCADE');
  await loadTariff(service.api, day(-30), PRICES);
  const window = await chrome.window(service, { session: sessions.en });
  const { page, t } = window;
  await window.open('/delivery/tariffs/load');
  await choose(window, t('delivery-words:owner.label'), /^sim$/);
  await page.getByLabel(t('tariff-load:from')).fill(day(3));
  await give(window, fileOf('late.csv', DEARER));
  await page.getByRole('button', { name: t('tariff-load:compare'), exact: true }).click();
  await page.getByRole('heading', { level: 2, name: t('tariff-load:changes') }).waitFor();
  await loadTariff(service.api, day(2), 'price\n9\n');
  await page.getByRole('button', { name: new RegExp(`^${t('tariff-load:apply.button', { day: '' }).trim()}`) }).click();
  await page.getByRole('dialog').getByRole('button', { name: t('tariff-load:apply.confirm'), exact: true }).click();
  await page.getByText(t('tariff-load:stale')).waitFor();
  assert.equal((await tariffs()).length, 2);
  await page.getByRole('button', { name: t('tariff-load:compare_again') }).click();
  await page.getByText(t('tariff-load:stale')).waitFor({ state: 'hidden' });
  await window.close();
});

test('an invoice is put beside what was counted, and taken home as a table', async () => {
  await service.house.db.query('TRUNCATE tariff CASCADE');
  await loadTariff(service.api, day(-40), PRICES);
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open('/delivery/invoices');
  await page.getByText(t('invoices:empty.title')).waitFor();
  await page.getByRole('link', { name: t('invoices:load') }).first().click();
  await choose(window, t('delivery-words:owner.label'), /^sim$/);
  await page.getByLabel(t('invoice-load:month')).fill(day().slice(0, 7));
  await give(window, fileOf('счёт.csv', 'operator;category;count;sum\nmts;advertising;1000;3500,00\n;;200;800,50\n'));
  await page.getByRole('button', { name: t('invoice-load:go'), exact: true }).click();
  await page.getByText(t('invoice:result.more')).waitFor();
  await page.getByText(t('invoice:cause.not_ours')).first().waitFor();
  await mustBeAccessible(window, 'a comparison');
  await window.mustFit();
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: t('invoice:export') }).click();
  const table = readFileSync(await (await coming).path(), 'utf8').split('\r\n');
  assert.match(table[1], /^2;МТС;Реклама;0;0,00\d*;0;0,00\d*;1000;3500,00\d*;3500,00/);
  assert.match(table.at(-2), new RegExp(`^;${t('invoice:csv.total')};.*;4300,50`));
  window.mustBeClean();
  await window.close();
});

test('what a campaign was expected to cost stands beside what it did', async () => {
  const { list_id: list } = await service.import(rows(5), { file: 'a.csv', list: 'Пять' });
  const id = await service.launch({ name: 'Сколько стоит', text: TEXT, list_id: list });
  await service.reaches(id, 'finished');
  const { expected } = await service.api.call('GET', `/v1/campaigns/${id}/costs`);
  assert.ok(Number(expected) > 0);
  const window = await chrome.window(service, { session: sessions.en });
  const { page, t } = window;
  await window.open('/delivery/invoices');
  await choose(window, t('invoices:forecast.campaign'), 'Сколько стоит');
  await page.getByText(t('invoices:forecast.settled')).first().waitFor();
  await mustBeAccessible(window, 'expected and settled');
  window.mustBeClean();
  await window.close();
});

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`rules are made, moved, changed and removed, on a ${size} in ${language}`, async () => {
    await service.house.db.query('DELETE FROM route_rule');
    await service.api.call('POST', '/v1/route-rules', { name: 'Старое' });
    const rules = async () => (await service.api.call('GET', '/v1/route-rules')).rules;
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const save = () => dialog.getByRole('button', { name: t('actions.save'), exact: true }).click();
    await window.open('/delivery/rules');
    await button(t('rules:add')).click();
    await save();
    await dialog.getByText(t('rules:wrong.name')).waitFor();
    await dialog.getByLabel(t('rules:form.name')).fill('Коды');
    await choose(window, t('rules:form.category'), t('message_category.authorisation'));
    await choose(window, t('rules:form.operator'), 'МТС');
    await choose(window, t('rules:form.accounts'), /^sim$/);
    await page.keyboard.press('Escape');
    await dialog.getByText(t('rules:form.only')).click();
    await dialog.getByLabel(t('rules:form.price')).fill('2,35');
    await mustBeAccessible(window, 'a rule');
    await save();
    await dialog.waitFor({ state: 'hidden' });
    const made = (await rules()).find(({ name }) => name === 'Коды');
    assert.deepEqual([made.category, made.operator, made.accounts, made.only_these, Number(made.price_max)], ['authorisation', 'mts', [{ account: 'sim', weight: null }], true, 2.35]);
    await page.getByText(t('rules:says.only', { accounts: 'sim' })).waitFor();

    await button(t('rules:up', { name: 'Коды' })).click();
    await waitFor('it to be asked first', async () => (await rules())[0].name === 'Коды');
    await waitFor('the page to show it first', () => button(t('rules:up', { name: 'Коды' })).isDisabled());
    await window.mustFit();

    await button(t('rules:remove_named', { name: 'Старое' })).click();
    await dialog.getByText(t('rules:remove.text')).waitFor();
    await dialog.getByRole('button', { name: t('actions.delete'), exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.deepEqual((await rules()).map(({ name }) => name), ['Коды']);
    window.mustBeClean();
    await window.close();
  });
}

test('a cap and a contract are kept, and who may only look cannot change them', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  const dialog = page.getByRole('dialog');
  const save = () => dialog.getByRole('button', { name: t('actions.save'), exact: true }).click();
  await window.open('/delivery/rules');
  await page.getByRole('button', { name: t('rules:change_named', { name: 'sim' }), exact: true }).click();
  await dialog.getByLabel(t('rules:limits.day')).fill('5000');
  await dialog.getByLabel(t('rules:limits.prefixes')).fill('7, 375');
  await save();
  await dialog.waitFor({ state: 'hidden' });
  const [sim] = (await service.api.call('GET', '/v1/account-routes')).accounts;
  assert.deepEqual([sim.cap_day.parts, sim.prefixes, sim.by_contracts], [5000, ['7', '375'], false]);

  await page.getByRole('button', { name: t('rules:contract.add'), exact: true }).click();
  await choose(window, t('rules:contract.account'), /^sim$/);
  await choose(window, t('rules:contract.operator'), 'Билайн');
  await dialog.getByLabel(t('rules:contract.number')).fill('Д-114');
  await dialog.getByLabel(t('rules:contract.from')).fill('2026-01-15');
  await save();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('Д-114').waitFor();
  assert.equal((await service.api.call('GET', '/v1/operator-contracts')).contracts[0].operator, 'beeline');
  window.mustBeClean();
  await window.close();

  await service.person('otto');
  await service.house.db.query("UPDATE person_role SET role = 'agent' WHERE person_id = (SELECT id FROM person WHERE login = 'otto')");
  const looker = await chrome.window(service, { session: await chrome.signIn(service, { login: 'otto', language: 'ru' }) });
  await looker.open('/delivery/rules');
  await looker.page.getByText('Д-114').waitFor();
  assert.equal(await looker.page.getByRole('button', { name: t('rules:add'), exact: true }).count(), 0);
  looker.mustBeClean();
  await looker.close();
});

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`why a message goes this way is told account by account, on a ${size} in ${language}`, async () => {
    await service.house.db.query('DELETE FROM route_rule');
    await service.house.db.query('DELETE FROM account_route');
    await service.house.db.query("INSERT INTO account (name, host, port, system_id, price_micro, enabled) VALUES ('dear', '127.0.0.1', 1, 'x', 90000000, true), ('law', '127.0.0.1', 1, 'x', 1000000, true), ('off', '127.0.0.1', 1, 'x', 1000000, false) ON CONFLICT DO NOTHING");
    await service.house.db.query("INSERT INTO account_route (account_id, contracts) SELECT id, 'contracts' FROM account WHERE name = 'law'");
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const row = (account) => page.getByRole(size === 'phone' ? 'listitem' : 'row').filter({ hasText: account });
    await window.open('/delivery/routing');
    await page.getByRole('button', { name: t('routing:ask'), exact: true }).click();
    await page.getByText(t('routing:phone_wrong')).waitFor();
    await page.getByLabel(t('routing:phone')).fill('8 916 123-45-67');
    await page.getByRole('button', { name: t('routing:ask'), exact: true }).click();
    await page.getByText(t('routing:goes_by', { account: 'sim' })).waitFor();
    await row('sim').getByText(t('routing:chosen'), { exact: true }).waitFor();
    await row('dear').getByText(t('routing:could'), { exact: true }).waitFor();
    await row('law').getByText(t('routing:bar.contract')).waitFor();
    await row('off').getByText(t('routing:bar.disabled')).waitFor();
    await mustBeAccessible(window, 'why this way');
    await window.mustFit();
    assert.ok(![...window.addresses].some((address) => address.includes('9161234567')), 'a number stands in no address');
    window.mustBeClean();
    await window.close();
  });
}
