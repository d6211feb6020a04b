// SPDX-License-Identifier: AGPL-3.0-or-later
// browser - Debian's Chromium without a desktop, and windows of it that notice everything a person should never meet.
//
//   const chrome = await Chrome.open();
//   const session = await chrome.signIn(service, await service.person('anna'));
//   const window = await chrome.window(service, { session, size: 'phone' });
//   await window.open('/campaigns');
//   window.mustBeClean();

import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

import { waitFor } from '../../system/lib/wait.mjs';
import { observe } from './observe.mjs';
import { PASSWORD } from './service.mjs';
import { words } from './words.mjs';

const EXECUTABLE = process.env.VESTNIK_CHROMIUM ?? '/usr/bin/chromium-headless-shell';

export const SIZES = {
  phone: { width: 390, height: 844 },
  tablet: { width: 768, height: 1024 },
  desktop: { width: 1440, height: 900 },
};
export const LANGUAGES = ['ru', 'en'];
export const THEMES = ['light', 'dark'];

const LOCALES = { ru: 'ru-RU', en: 'en-US' };

/** Google's Web Vitals call less than 0.1 good; we hold ourselves to half. */
const SHIFT_MAX = 0.05;

export class Chrome {
  static async open() {
    const chrome = new Chrome();
    chrome.browser = await chromium.launch({
      executablePath: EXECUTABLE,
      // Chromium's own sandbox does not work for root.
      chromiumSandbox: process.getuid() !== 0,
      // Nothing a browser looks up by itself leaves the machine.
      args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
    });
    return chrome;
  }

  /** A window with nothing kept from earlier ones but the `session` of somebody who signed in. */
  async window(service, { session, language = session?.language ?? 'ru', size = 'desktop', theme = 'light', motion = 'reduce' } = {}) {
    const context = await this.browser.newContext({
      baseURL: service.base,
      viewport: SIZES[size],
      isMobile: size === 'phone',
      hasTouch: size === 'phone',
      locale: LOCALES[language],
      timezoneId: 'Europe/Moscow',
      colorScheme: theme,
      reducedMotion: motion,
      storageState: session?.state,
    });
    context.setDefaultTimeout(15_000);
    await context.addInitScript(observe, LANGUAGES.map((each) => words(each)('layout.loading')));
    const window = new Window(context, await context.newPage(), words(language));
    window.size = size;
    // Whether somebody is signed in is known to the server alone; the browser notes the refusal.
    if (!session) window.allow(401, '/v1/me');
    return window;
  }

  /** Sign a person in; what the browser then keeps opens windows for them. */
  async signIn(service, { login, language }) {
    const window = await this.window(service, { language });
    await window.open('/');
    await window.signIn(login, PASSWORD);
    await window.page.getByRole('navigation', { name: window.t('layout.navigation') }).waitFor();
    window.mustBeClean();
    const state = await window.context.storageState();
    await window.close();
    return { state, language };
  }

  close() {
    return this.browser.close();
  }
}

/** One page with the words of its language, and the list of what went wrong in it. */
export class Window {
  constructor(context, page, t) {
    this.context = context;
    this.page = page;
    this.t = t;
    this.problems = [];
    this.allowed = [];
    /** Every address that was asked for or shown. */
    this.addresses = new Set();
    this.titles = new Set();
    this.listen();
  }

  listen() {
    const { page } = this;
    const note = (text) => this.problems.push(`${text}   [at ${new URL(page.url()).pathname}]`);
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      if (this.allowed.some(({ status, path }) => message.location().url.endsWith(path) && message.text().includes(status))) return;
      note(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => note(`page error: ${error.message}`));
    page.on('dialog', (dialog) => {
      note(`a dialog: ${dialog.message()}`);
      dialog.dismiss().catch(() => {});
    });
    page.on('request', (request) => this.addresses.add(request.url()));
    page.on('framenavigated', (frame) => {
      this.addresses.add(frame.url());
      frame.title().then((title) => this.titles.add(title), () => {});
    });
    // A page that is left gives up what it asked for.
    page.on('requestfailed', (request) => {
      if (request.failure().errorText !== 'net::ERR_ABORTED') note(`${request.method()} ${request.url()}: ${request.failure().errorText}`);
    });
    page.on('response', (response) => {
      const path = new URL(response.url()).pathname;
      if (response.status() < 400 || this.allowed.some((one) => one.status === response.status() && path.endsWith(one.path))) return;
      note(`${response.request().method()} ${path}: ${response.status()}`);
    });
  }

  /** A refusal that belongs to the test, and what the browser says of it. */
  allow(status, path) {
    this.allowed.push({ status, path });
  }

  /** Go to an address and wait until its content stands. */
  async open(address) {
    await this.page.goto(address);
    await this.settled();
  }

  /** Wait until there is a heading and nothing says that it is loading. */
  async settled() {
    await waitFor(`${this.page.url()} to show its content`, () => this.page.evaluate(() => globalThis.seen.isUsable()));
  }

  async signIn(login, password) {
    const { page, t } = this;
    await page.getByLabel(t('sign_in.login')).fill(login);
    await page.getByLabel(t('sign_in.password'), { exact: true }).fill(password);
    await page.getByRole('button', { name: t('sign_in.submit') }).click();
  }

  heading() {
    return this.page.getByRole('heading', { level: 1 });
  }

  async theme(theme) {
    await this.page.emulateMedia({ colorScheme: theme });
    await this.page.waitForFunction((wanted) => document.documentElement.style.colorScheme === wanted, theme);
  }

  /** How much moved by itself since the address was opened (Cumulative Layout Shift), and what. */
  shift() {
    return this.page.evaluate(() => globalThis.seen.shift());
  }

  async mustStandStill() {
    const { score, moved } = await this.shift();
    assert.ok(score < SHIFT_MAX, `layout shift ${score.toFixed(3)} at ${this.page.url()}: ${moved.join('; ')}`);
  }

  /** Nothing is wider than the window. */
  async mustFit() {
    const { wide, width, what } = await this.page.evaluate(() => globalThis.seen.overflow());
    assert.ok(wide <= width, `${this.page.url()} is ${wide} px wide in a window of ${width} px: ${what.join('; ')}`);
  }

  /** Nothing went wrong since it was asked last. */
  mustBeClean() {
    assert.deepEqual(this.problems.splice(0), []);
  }

  close() {
    return this.context.close();
  }
}
