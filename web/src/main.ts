/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first script, small on purpose: it asks for everything the first page waits for at once, instead of one thing
 * after another, each in the code that the one before has brought. */
import "./app/base.css";
import { setRequestLanguage } from "./api/client";
import { fetchMe } from "./api/me";
import type { Me } from "./api/types";
import { browserLanguage, loadBundle } from "./i18n/language";

const language = browserLanguage(navigator.languages);
setRequestLanguage(language);

/* Undefined when nobody can tell; the shell asks again, and can say what is wrong. */
async function whoIsThere(): Promise<Me | null | undefined> {
  const me = await fetchMe().catch(() => undefined);
  // Asked for now, the door does not wait until the libraries have come and run.
  if (me === null) void import("./app/SignIn").catch(() => undefined);
  return me;
}

const [bundle, me, { start }] = await Promise.all([
  loadBundle(language),
  whoIsThere(),
  import("./app/start"),
]);
await start(language, bundle, me);
