// SPDX-License-Identifier: AGPL-3.0-or-later
// person - somebody at the page, whose every click and key is counted.
//
//   const anna = new Person(window);
//   await anna.click(window.page.getByRole('button', { name: t('actions.save') }));
//   await anna.type(window.page.getByLabel(t('sign_in.login')), 'anna');
//   anna.figures()    { clicks: 2, keys: 4, seconds: 6.1, ... }
//
// The estimate is the keystroke-level model of Card, Moran and Newell: a time for each motion of a trained
// person, one moment of thought before each click and each field, and the system's own time as it was.

import { performance } from 'node:perf_hooks';

/** Seconds. */
const KEY = 0.28;
const POINT = 1.1;
const HOME = 0.4;
const BUTTON = 0.1;
const THINK = 1.35;

export class Person {
  constructor(window) {
    this.window = window;
    this.clicks = 0;
    this.keys = 0;
    this.motions = 0;
    this.waited = 0;
    this.hand = 'mouse';
  }

  #move(to) {
    if (this.hand !== to) this.motions += HOME;
    this.hand = to;
  }

  #point() {
    this.#move('mouse');
    this.motions += THINK + POINT + 2 * BUTTON;
    this.clicks++;
  }

  async #waits(what) {
    const begin = performance.now();
    const result = await what();
    this.waited += (performance.now() - begin) / 1000;
    return result;
  }

  async click(locator) {
    this.#point();
    await this.#waits(() => locator.click());
  }

  /** Click into a field, when the cursor is not there yet, and type over what it holds, or (`onto`) behind it. */
  async type(locator, text, { onto = false } = {}) {
    await this.#waits(() => locator.waitFor());
    if (await locator.evaluate((element) => element === document.activeElement)) this.motions += THINK;
    else await this.click(locator);
    this.#move('keyboard');
    if (!onto && (await locator.inputValue()) !== '') await this.#press(locator, 'ControlOrMeta+A', 2);
    this.#count([...text].length);
    await locator.pressSequentially(text);
  }

  /** Go on to the next field by the Tab key, and type. */
  async tabTo(locator, text) {
    this.#move('keyboard');
    this.#count(1);
    await this.window.page.keyboard.press('Tab');
    if (!(await locator.evaluate((element) => element === document.activeElement))) {
      const there = await this.window.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
      throw new Error(`Tab leads to ${there}`);
    }
    await this.type(locator, text);
  }

  /** A key in the field where the cursor is. */
  async press(locator, key) {
    this.#move('keyboard');
    await this.#press(locator, key, 1);
  }

  async #press(locator, key, keys) {
    this.#count(keys);
    await locator.press(key);
  }

  #count(keys) {
    this.keys += keys;
    this.motions += keys * KEY;
  }

  /** Drag a file from the desktop onto a place of the page: the browser gets it as it would from the system. */
  async drop(locator, file) {
    this.#point();
    this.motions += POINT;
    await this.#waits(async () => {
      await locator.scrollIntoViewIfNeeded();
      const box = await locator.boundingBox();
      const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      const session = await this.window.context.newCDPSession(this.window.page);
      const data = { items: [], files: [file], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop']) await session.send('Input.dispatchDragEvent', { type, ...at, data });
      await session.detach();
    });
  }

  /** Click what opens the system's dialog of files, and choose one by a double click there. */
  async choose(locator, file) {
    const asked = this.window.page.waitForEvent('filechooser');
    await this.click(locator);
    this.#point();
    await (await asked).setFiles(file);
  }

  /** Look until something is there; what it takes is the system's time. */
  async sees(locator, options) {
    await this.#waits(() => locator.first().waitFor(options));
  }

  async saves(locator) {
    const coming = this.window.page.waitForEvent('download');
    await this.click(locator);
    return this.#waits(() => coming);
  }

  figures() {
    return { clicks: this.clicks, keys: this.keys, waited: this.waited, seconds: this.motions + this.waited };
  }
}
