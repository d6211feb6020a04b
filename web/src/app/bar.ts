/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A thumb finds six things beside each other. */
const barMax = 6;

/* Those that stand in the bar of a phone; when not all do, the sixth leads to the rest. */
export function inBar<T>(menu: readonly T[]): readonly T[] {
  return menu.length <= barMax ? menu : menu.slice(0, barMax - 1);
}
