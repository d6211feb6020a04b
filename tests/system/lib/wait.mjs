// SPDX-License-Identifier: AGPL-3.0-or-later
// wait - waiting for conditions, with a deadline and a sentence that says what was waited for.

import { setTimeout as pause } from 'node:timers/promises';

/** Poll `condition` (may be async) until it returns something true; that is the result. */
export async function waitFor(what, condition, { timeoutMs = 20_000, everyMs = 25 } = {}) {
  const deadline = performance.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      if (error.fatal) throw error;
      last = error;
    }
    if (performance.now() >= deadline)
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}${last ? ` (${last.message})` : ''}`);
    await pause(everyMs);
  }
}

/** An error that ends waitFor() at once. */
export function fatal(message) {
  return Object.assign(new Error(message), { fatal: true });
}
