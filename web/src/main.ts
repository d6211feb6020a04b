/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first script, small on purpose: it asks for everything the first page waits for at once, instead of one thing
 * after another, each in the code that the one before has brought. */
import "./app/base.css";
import { setRequestLanguage } from "./api/client";
import { fetchMe } from "./api/me";
import { browserLanguage, loadBundle } from "./i18n/language";

const language = browserLanguage(navigator.languages);
setRequestLanguage(language);
const [bundle, me, { start }] = await Promise.all([
  loadBundle(language),
  // Asked again by the shell, which can say what is wrong.
  fetchMe().catch(() => undefined),
  import("./app/start"),
]);
await start(language, bundle, me);
