/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The item `by` places on, round the ends; with none given, the first or the last. */
export function neighbour<T>(items: readonly T[], item: T | undefined, by: 1 | -1): T | undefined {
  const place = item === undefined ? -1 : items.indexOf(item);
  if (place < 0) return by === 1 ? items[0] : items.at(-1);
  return items[(place + by + items.length) % items.length];
}
