// SPDX-License-Identifier: AGPL-3.0-or-later
// axe - accessibility by the rules of axe-core, all of them.

import assert from 'node:assert/strict';

import AxeBuilder from '@axe-core/playwright';

/** Each violation with the elements it is about; `rules` are all unless named. */
async function violations(page, rules) {
  // Without frames the legacy mode does the same, and opens no second tab that takes the focus.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const { violations: found } = await (rules ? axe.withRules(rules) : axe).analyze();
  return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id} (${help}): ${node.html.slice(0, 200)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`));
}

/** The page as it stands, in both themes: they differ in nothing but colours. */
export async function mustBeAccessible(window, where) {
  await window.theme('dark');
  assert.deepEqual(await violations(window.page, ['color-contrast', 'link-in-text-block']), [], `axe at ${where}, dark`);
  await window.theme('light');
  assert.deepEqual(await violations(window.page), [], `axe at ${where}, light`);
}
