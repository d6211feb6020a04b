/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which page stood here before: a link back to it goes back in the browser's history, so that the page comes
 * up as it was left, with its search and its place. */
let previous: string | null = null;
let current: string | null = null;

/* The shell tells of every change of the address. */
export function arrived(path: string, isReplaced: boolean): void {
  if (!isReplaced) previous = current;
  current = path;
}

export function cameFrom(path: string): boolean {
  return previous === path;
}
