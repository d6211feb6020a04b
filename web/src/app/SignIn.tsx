/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The door. */
export function SignIn() {
  return <main />;
}
