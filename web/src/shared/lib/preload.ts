/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Lets shared links fetch the code of a page without knowing the pages: the shell says how. */
let preloader: (path: string) => void = () => undefined;

export function onPreload(preload: (path: string) => void): void {
  preloader = preload;
}

export function preload(path: string): void {
  preloader(path);
}
