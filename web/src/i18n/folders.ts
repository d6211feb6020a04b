/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* {"../pages/start/ru.json": words} as {start: words}. */
export function byFolder<T>(files: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(files).map(([path, words]) => [path.split("/").at(-2) ?? path, words]));
}
