// SPDX-License-Identifier: AGPL-3.0-or-later
// The card of a client: its numbers, what it agreed to with proof, blocked data, masked data shown for a reason;
// and where purposes, texts and attributes are kept.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { Service } from './lib/service.mjs';

let service;
let chrome;
const sessions = {};

before(async () => {
  service = await Service.open('client_card');
  chrome = await Chrome.open();
  await service.import([['Код', 'Телефон', 'Фамилия', 'Имя', 'Метки', 'Размер'], ...['ru', 'en', 'masked'].map((code, i) => [code, `+7916111000${i}`, 'Орлова', 'Анна', 'vip,дача', '1200'])], { list: 'Обувь' });
  await service.api.call('POST', '/v1/consent-texts', { purpose: 'marketing', text: 'Я согласна получать рекламу.' });
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`vera-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

const clientOf = async (code) => (await service.api.call('POST', '/v1/clients/search', { external_id: code })).clients[0];
const cardOf = async (code) => service.api.call('GET', `/v1/clients/${(await clientOf(code)).id}`);
const spaced = (phone) => phone.replace(/^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/, '+7\u00a0$1\u00a0$2-$3-$4');

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`another number is written to, and the one before is over, on a ${size} in ${language}`, async () => {
    const { id, phone } = await clientOf(language);
    const second = phone.replace(/^\+7916/, '+7917');
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const dialog = page.getByRole('dialog');
    await window.open(`/clients/${id}`);
    await page.getByText('vip', { exact: true }).waitFor();
    await page.getByText('дача', { exact: true }).waitFor();

    await page.getByRole('button', { name: t('client:phones.add'), exact: true }).click();
    await dialog.getByRole('textbox', { name: t('client:phones.number') }).fill('12');
    await dialog.getByRole('button', { name: t('client:phones.add_confirm'), exact: true }).click();
    await dialog.getByText(t('client:phones.wrong')).waitFor();
    await dialog.getByRole('textbox', { name: t('client:phones.number') }).fill(`8 ${second.slice(2)}`);
    await mustBeAccessible(window, 'one more number');
    await dialog.getByRole('button', { name: t('client:phones.add_confirm'), exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: t('client:phones.prefer_this', { phone: spaced(second) }) }).click();
    await dialog.getByRole('button', { name: t('client:phones.prefer'), exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: t('client:phones.end_this', { phone: spaced(phone) }) }).click();
    await dialog.getByRole('button', { name: t('client:phones.end'), exact: true }).click();
    await page.getByText(t('client:phones.over')).waitFor();
    const { phones, phone_changes: [change] } = await cardOf(language);
    assert.deepEqual(phones.map((one) => [one.phone, one.preferred, one.valid_to !== null]), [[second, true, false], [phone, false, true]]);
    assert.deepEqual([change.from, change.to, change.reason], [phone, second, 'chosen']);
    await page.getByText(t('client:phones.changes')).click();
    await page.getByText(t('client:phones.reason.chosen')).waitFor();
    await window.mustFit();
    window.mustBeClean();
    await window.close();
  });

  test(`a consent is entered with its proof and withdrawn, on a ${size} in ${language}`, async () => {
    const { id, phone } = await clientOf(language);
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const dialog = page.getByRole('dialog');
    const consents = async () => service.api.call('GET', `/v1/clients/${id}/consents`);
    await window.open(`/clients/${id}`);
    await page.getByText(t('client:consents.none')).waitFor();

    await page.getByRole('button', { name: t('client:give.button'), exact: true }).click();
    await dialog.getByText('Я согласна получать рекламу.').waitFor();
    await dialog.getByRole('button', { name: t('client:give.confirm'), exact: true }).click();
    assert.equal(await dialog.getByText(t('client:give.wrong.missing')).count(), 3);
    await dialog.getByRole('textbox', { name: t('client:consents.form') }).fill('Анкета <b>17</b>');
    await dialog.getByRole('textbox', { name: t('client:consents.origin') }).fill('скан 114');
    await dialog.getByRole('textbox', { name: t('client:consents.identity') }).fill('паспорт');
    await dialog.getByLabel(t('client:give.proof')).setInputFiles({ name: 'скан.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('x') });
    await dialog.getByText(t('client:give.wrong.kind')).waitFor();
    await dialog.getByLabel(t('client:give.proof')).setInputFiles({ name: 'скан.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 signed') });
    await mustBeAccessible(window, 'a consent');
    await window.mustFit();
    await dialog.getByRole('button', { name: t('client:give.confirm'), exact: true }).click();
    await page.getByText(t('client:consents.state.given'), { exact: true }).waitFor();
    const { current: [given], events: [event] } = await consents();
    assert.deepEqual([given.purpose, given.state, given.phone, event.form, event.source, event.text_version], ['marketing', 'given', phone, 'Анкета <b>17</b>', 'call_centre', '1']);
    await page.getByText('Анкета <b>17</b>').first().waitFor();
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: t('client:consents.proof_download') }).first().click();
    const file = await coming;
    assert.match(file.suggestedFilename(), /^proof-\d+\.pdf$/);
    assert.equal(readFileSync(await file.path(), 'utf8'), '%PDF-1.7 signed');

    await page.getByRole('button', { name: t('client:withdraw.button'), exact: false }).first().click();
    await dialog.getByRole('button', { name: t('client:withdraw.confirm') }).click();
    await page.getByText(t('client:consents.state.withdrawn'), { exact: true }).waitFor();
    // A withdrawal of advertising is a stop of advertising, and the page says so at once.
    await page.getByText(t('opt-outs:state.advertising')).waitFor();
    await page.getByText(t('client:consents.ledger')).click();
    await page.getByText(t('client:consents.event.withdrawn'), { exact: true }).waitFor();
    assert.deepEqual((await consents()).events.map(({ kind }) => kind), ['withdrawn', 'given']);
    assert.ok(![...window.addresses].some((address) => address.includes(phone.slice(1))), 'no number in an address');
    window.mustBeClean();
    await window.close();
  });

  test(`data are blocked for a reason and opened again, on a ${size} in ${language}`, async () => {
    const { id } = await clientOf(language);
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const dialog = page.getByRole('dialog');
    await window.open(`/clients/${id}`);
    await page.getByRole('button', { name: t('client:block.button') }).click();
    assert.ok(await dialog.getByRole('button', { name: t('client:block.confirm'), exact: true }).isDisabled(), 'a reason is asked for');
    await dialog.getByRole('textbox', { name: t('client:block.reason') }).fill('Заявление 17');
    await dialog.getByRole('button', { name: t('client:block.confirm'), exact: true }).click();
    await page.getByRole('heading', { level: 1, name: t('client:blocked.title') }).waitFor();
    await page.getByText('Заявление 17').waitFor();
    assert.equal(await page.getByText('Орлова').count(), 0);
    assert.equal((await service.api.call('GET', `/v1/clients/${id}`)).phone, null);
    await page.getByRole('button', { name: t('client:unblock.button') }).click();
    await dialog.getByRole('textbox', { name: t('client:unblock.reason') }).fill('Исправлено');
    await dialog.getByRole('button', { name: t('client:unblock.confirm'), exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /Орлова/ }).waitFor();
    window.mustBeClean();
    await window.close();
  });
}

test('who may not see numbers sees them masked, and whole for a reason that is written down', async () => {
  await service.person('otto');
  await service.house.db.query("UPDATE person_role SET role = 'agent' WHERE person_id = (SELECT id FROM person WHERE login = 'otto')");
  const { id } = await clientOf('masked');
  const window = await chrome.window(service, { session: await chrome.signIn(service, { login: 'otto', language: 'ru' }), size: 'phone' });
  const { page, t } = window;
  await window.open(`/clients/${id}`);
  await page.getByRole('heading', { level: 1, name: /^О\*\*\*/ }).waitFor();
  assert.equal(await page.getByText('Орлова').count(), 0);
  await page.getByText('+7\u00a0916\u00a0***-**-02').waitFor();
  assert.equal(await page.getByRole('button', { name: t('client:phones.add') }).count(), 0);
  await mustBeAccessible(window, 'a masked card');
  await window.mustFit();
  await page.getByRole('button', { name: t('client:reveal.button') }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: t('client:reveal.reason') }).fill('Клиент звонит');
  await page.getByRole('dialog').getByRole('button', { name: t('client:reveal.confirm'), exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /Орлова/ }).waitFor();
  await page.getByText(spaced('+79161110002')).waitFor();
  const { readings: [reading] } = await service.api.call('POST', '/v1/readings/search', { client_id: id, limit: 1 });
  assert.deepEqual([reading.reason, reading.masked, reading.operation], ['Клиент звонит', false, 'POST /v1/clients/{id}/reveal']);
  window.mustBeClean();
  await window.close();
});

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`an attribute gets a type, stays while it is read, and goes, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const dialog = page.getByRole('dialog');
    const name = `Карта ${language}`;
    const code = `карта_${language}`;
    const attribute = async () => (await service.api.call('GET', '/v1/attributes')).attributes.find((one) => one.name === code);
    await window.open('/attributes');
    await page.getByRole('button', { name: t('attributes:new') }).first().click();
    await dialog.getByRole('textbox', { name: t('attributes:dialog.name') }).fill(name);
    await dialog.getByRole('combobox', { name: t('attributes:dialog.type') }).click();
    await page.getByTitle(t('import-file:type.one_of'), { exact: true }).click();
    await dialog.getByRole('textbox', { name: t('attributes:dialog.choices') }).fill('золотая\nсеребряная');
    await dialog.getByRole('button', { name: t('attributes:dialog.create') }).click();
    await page.getByText('золотая, серебряная').first().waitFor();
    assert.deepEqual([(await attribute()).type, (await attribute()).choices], ['one_of', ['золотая', 'серебряная']]);

    const campaign = await service.api.call('POST', '/v1/campaigns', { name: `Читает ${language}`, text: `{${code}|}`, sender: 'V' });
    await page.getByRole('button', { name: t('attributes:delete_this', { name: code }) }).click();
    await dialog.getByText(`Читает ${language}`).waitFor();
    await dialog.getByRole('button', { name: t('actions.close') }).last().click();
    await service.api.call('DELETE', `/v1/campaigns/${campaign.id}`);
    await window.open('/attributes');
    await page.getByRole('button', { name: t('attributes:delete_this', { name: code }) }).click();
    await dialog.getByRole('button', { name: t('attributes:delete.confirm') }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await attribute(), undefined);
    window.mustBeClean();
    await window.close();
  });

  test(`a purpose gets its text, and another version, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const code = `survey_${language}`;
    const dialog = page.getByRole('dialog');
    const field = (name) => page.getByRole('textbox', { name });
    await window.open('/purposes');
    await page.getByRole('link', { name: t('purposes:new') }).first().click();
    await field(t('purpose:name')).fill('Опросы');
    await field(t('purpose:code')).fill(code);
    await field(t('purpose:categories')).fill('номер телефона\nимя');
    await field(t('purpose:retention')).fill('год');
    await field(t('purpose:recipients')).fill('операторы');
    await page.getByRole('button', { name: t('purpose:create') }).click();
    await page.getByRole('button', { name: t('purpose:texts.first') }).click();
    await dialog.getByRole('textbox', { name: t('purpose:texts.label') }).fill('Я согласен отвечать на вопросы.');
    await dialog.getByRole('button', { name: t('purpose:texts.publish') }).click();
    await dialog.waitFor({ state: 'hidden' }); // it names the version to come
    await page.getByText(t('purpose:texts.version', { version: 1 })).waitFor();
    await page.getByRole('button', { name: t('purpose:texts.next') }).click();
    assert.ok(await dialog.getByRole('button', { name: t('purpose:texts.publish') }).isDisabled(), 'the same words are no new version');
    await dialog.getByRole('textbox', { name: t('purpose:texts.label') }).fill('Я согласен отвечать на вопросы по SMS.');
    await dialog.getByRole('button', { name: t('purpose:texts.publish') }).click();
    await dialog.waitFor({ state: 'hidden' }); // it names the version to come
    await page.getByText(t('purpose:texts.version', { version: 2 })).waitFor();
    await window.mustFit();
    const { consent_texts: texts } = await service.api.call('GET', `/v1/consent-texts?purpose=${code}`);
    assert.deepEqual(texts.map(({ version, text }) => [version, text]), [[2, 'Я согласен отвечать на вопросы по SMS.'], [1, 'Я согласен отвечать на вопросы.']]);
    window.mustBeClean();
    await window.close();
  });
}
