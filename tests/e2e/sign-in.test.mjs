// SPDX-License-Identifier: AGPL-3.0-or-later
// The door and the profile: coming in, being refused, changing one's own things, leaving.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { code } from '../system/lib/totp.mjs';
import { Visitor } from '../system/lib/visitor.mjs';
import { Chrome, LANGUAGES } from './lib/browser.mjs';
import { PASSWORD, Service } from './lib/service.mjs';
import { words } from './lib/words.mjs';

const NEW_PASSWORD = 'staple a new password';

let service;
let chrome;

before(async () => {
  service = await Service.open('sign_in');
  chrome = await Chrome.open();
  for (const language of LANGUAGES) await service.person(`boss-${language}`, { language, name: 'Boss' });
});
after(async () => {
  await chrome.close();
  await service.close();
});

const start = ({ page, t }) => page.getByRole('heading', { level: 1, name: t('start:title') });
const door = ({ page, t }) => page.getByRole('heading', { level: 1, name: t('sign_in.title') });

for (const language of LANGUAGES) {
  test(`a person signs in, and out again, in ${language}`, async () => {
    const window = await chrome.window(service, { language });
    const { page, t } = window;
      await window.open('/');
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    await window.signIn(`boss-${language}`, PASSWORD);
    await start(window).waitFor();
    await page.getByRole('link', { name: t('layout.account', { name: 'Boss' }) }).click();
    await page.getByRole('button', { name: t('layout.sign_out') }).click();
    await door(window).waitFor();
    await page.goBack();
    await door(window).waitFor();
    assert.equal(await page.getByText('Boss').count(), 0, 'nothing of the person is left');
    window.mustBeClean();
    await window.close();
  });
}

test('a wrong password is said, and the login stays typed', async () => {
  const window = await chrome.window(service, { language: 'ru' });
  const { page, t } = window;
  window.allow(401, '/v1/session');
  await window.open('/');
  await window.signIn('boss-ru', 'not the password');
  await page.getByRole('alert').filter({ hasText: /парол/i }).waitFor();
  assert.equal(await page.getByLabel(t('sign_in.login')).inputValue(), 'boss-ru');
  await page.getByLabel(t('sign_in.password'), { exact: true }).fill('');
  await page.getByText(t('sign_in.password_missing')).waitFor();
  window.mustBeClean();
  await window.close();
});

test('the language of the door can be chosen', async () => {
  const window = await chrome.window(service, { language: 'ru' });
  await window.open('/');
  await window.page.getByText('English', { exact: true }).click();
  await window.page.getByRole('heading', { level: 1, name: words('en')('sign_in.title') }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('a person changes their name, number, language and theme', async () => {
  const session = await chrome.signIn(service, await service.person('anna', { name: 'Анна' }));
  const window = await chrome.window(service, { session });
  const { page, t } = window;
  const en = words('en');
  await window.open('/profile');
  assert.equal(await page.getByLabel(t('profile:login')).inputValue(), 'anna');
  await page.getByLabel(t('profile:name')).fill('Анна Петровна');
  await page.getByLabel(t('profile:phone')).fill('8 900 123-45-67');
  await page.getByRole('button', { name: t('actions.save') }).click();
  await page.getByRole('link', { name: t('layout.account', { name: 'Анна Петровна' }) }).waitFor();

  await page.getByText(t('profile:theme_dark'), { exact: true }).click();
  await page.waitForFunction(() => document.documentElement.style.colorScheme === 'dark');
  await page.getByText('English', { exact: true }).click();
  await page.getByRole('heading', { level: 1, name: en('profile:title') }).waitFor();

  await page.reload();
  await page.getByRole('heading', { level: 1, name: en('profile:title') }).waitFor();
  assert.equal((await page.getByLabel(en('profile:phone')).inputValue()).replaceAll('\u00a0', ' '), '+7 900 123-45-67');
  await page.waitForFunction(() => document.documentElement.style.colorScheme === 'dark');
  window.mustBeClean();
  await window.close();
});

test('a new password ends the other sessions, whose pages become the door', async () => {
  const anna = await service.person('anna-2');
  const here = await chrome.window(service, { session: await chrome.signIn(service, anna) });
  const there = await chrome.window(service, { session: await chrome.signIn(service, anna) });
  await there.open('/');

  const { page, t } = here;
  await here.open('/profile');
  await page.getByLabel(t('profile:password_current')).fill(PASSWORD);
  await page.getByLabel(t('profile:password_new')).fill('short');
  await page.getByRole('button', { name: t('profile:password_submit') }).click();
  await page.getByText(t('profile:password_short', { shortest: 12 })).waitFor();
  await page.getByLabel(t('profile:password_new')).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: t('profile:password_submit') }).click();
  await page.getByText(t('profile:password_changed')).waitFor();
  here.mustBeClean();

  for (const path of ['/v1/me', '/v1/campaigns', '/v1/clients/count']) there.allow(401, path);
  await there.page.reload();
  await door(there).waitFor();
  await there.signIn('anna-2', NEW_PASSWORD);
  await start(there).waitFor();
  there.mustBeClean();
  await here.close();
  await there.close();
});

for (const language of LANGUAGES) {
  test(`who has a second factor shows a code after the password, in ${language}`, async () => {
    const login = `coded-${language}`;
    await service.person(login, { language });
    const coded = await new Visitor(service.base).signIn(login, PASSWORD);
    const { secret } = (await coded.ask('POST', '/v1/me/second-factor')).body;
    const { recovery_codes: [recovery] } = (await coded.ask('POST', '/v1/me/second-factor/confirm', { code: code(secret) })).body;
    const window = await chrome.window(service, { language });
    const { page, t } = window;
    window.allow(401, '/v1/session/second-factor');
    await window.open('/');
    await window.signIn(login, PASSWORD);
    await page.getByLabel(t('sign_in.code')).fill('000000');
    await page.getByRole('button', { name: t('sign_in.submit') }).click();
    await page.getByRole('alert').filter({ hasText: language === 'ru' ? 'Код неверен' : 'The code is not right' }).waitFor();
    // Somebody else may begin, and what was begun can be begun again.
    await page.getByRole('button', { name: t('sign_in.start_over') }).click();
    await window.signIn(login, PASSWORD);
    await page.getByLabel(t('sign_in.code')).fill(recovery);
    await page.getByRole('button', { name: t('sign_in.submit') }).click();
    await start(window).waitFor();
    window.mustBeClean();
    await window.close();
  });
}

test('a password to begin with is changed before anything else', async () => {
  await service.person('new-one');
  await service.house.db.query("UPDATE person SET must_change_password = true WHERE login = 'new-one'");
  const window = await chrome.window(service, { language: 'ru' });
  const { page, t } = window;
  window.allow(422, '/v1/me/password');
  await window.open('/lists');
  await window.signIn('new-one', PASSWORD);
  await page.getByRole('heading', { level: 1, name: t('must.password_title') }).waitFor();
  assert.equal(await page.getByRole('navigation').count(), 0);
  await page.getByLabel(t('must.password_current')).fill(PASSWORD);
  await page.getByLabel(t('must.password_new')).fill('Пароль123456');
  await page.getByRole('button', { name: t('must.password_submit') }).click();
  await page.getByRole('alert').filter({ hasText: 'никто не попробует' }).waitFor();
  await page.getByLabel(t('must.password_new')).fill(NEW_PASSWORD);
  await page.getByRole('button', { name: t('must.password_submit') }).click();
  await page.getByRole('heading', { level: 1, name: t('lists:title') }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('whose role needs a second factor sets it up before anything else', async () => {
  await service.person('boss-of-all');
  await service.house.vestnik('user', 'role', 'boss-of-all', '--role', 'approver');
  await service.house.vestnik('user', 'second-factor', '--role', 'approver', '--on');
  const window = await chrome.window(service, { language: 'ru' });
  const { page, t } = window;
  await window.open('/');
  await window.signIn('boss-of-all', PASSWORD);
  await page.getByRole('heading', { level: 1, name: t('must.enrol_title') }).waitFor();
  await page.getByRole('img', { name: t('must.enrol_picture') }).waitFor();
  const secret = (await page.getByText(/^[A-Z2-7]{32}$/).textContent()).trim();
  await page.getByLabel(t('sign_in.code')).fill(code(secret));
  await page.getByRole('button', { name: t('must.enrol_submit') }).click();
  await page.getByText(t('must.recovery_title')).waitFor();
  assert.equal(await page.getByText(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/).count(), 10);
  await page.getByRole('button', { name: t('must.recovery_done') }).click();
  await start(window).waitFor();
  window.mustBeClean();
  await window.close();
});
