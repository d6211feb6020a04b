// SPDX-License-Identifier: AGPL-3.0-or-later
// axe - accessibility by the rules of axe-core, all of them.

import assert from 'node:assert/strict';

import AxeBuilder from '@axe-core/playwright';

/** Each violation with the elements it is about. */
export async function violations(page) {
  // Without frames the legacy mode does the same, and opens no second tab that takes the focus.
  const { violations: found } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id} (${help}): ${node.html.slice(0, 200)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`));
}

export async function mustBeAccessible(page, where) {
  assert.deepEqual(await violations(page), [], `axe at ${where}`);
}
