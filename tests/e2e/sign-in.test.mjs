// SPDX-License-Identifier: AGPL-3.0-or-later
// The door and the profile: coming in, being refused, changing one's own things, leaving.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

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
