// SPDX-License-Identifier: AGPL-3.0-or-later
// hostile - what somebody might put into a name to have it run, break the page or turn the text around it.

/** Each would set `window.hit` or open a dialog if it ran. */
export const SCRIPTS = [
  '<img src=x onerror="window.hit=1;alert(1)">',
  '"><script>window.hit=1;alert(1)</script>',
];
/** Everything behind it would read from right to left. */
export const TURNED = 'Пётр \u202eвонавИ';
export const LONG = 'Неломающееся'.repeat(12);

export const ALL = [...SCRIPTS, TURNED, LONG];
