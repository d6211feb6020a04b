/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The first picture. What it shows is fetched before it is drawn, as far as that is known. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { keys } from "@/api/keys";
import type { Me } from "@/api/types";
import { changeLanguage, startI18n } from "@/i18n/i18n";
import type { Bundle, Language } from "@/i18n/language";
import { App } from "./App";
import { mayOpen, pageFor } from "./pages";
import { queryClient } from "./query-client";
import { signIn } from "./sign-in";

/* How long the first picture waits for its data. What comes within that time needs no skeleton, and drawing one takes
 * longer than this. */
const patienceMs = 150;

function atMost(ms: number, promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))]);
}

async function prepare(me: Me | null): Promise<void> {
  queryClient.setQueryData(keys.me, me);
  if (me === null) return signIn.preload();
  const page = pageFor(location.pathname);
  if (page === undefined || !mayOpen(page, me)) return;
  await page.view.preload();
  await atMost(patienceMs, page.view.prepare(queryClient));
}

async function speak(language: Language, bundle: Bundle, me: Me | null | undefined): Promise<void> {
  await startI18n(language, bundle);
  if (me) await changeLanguage(me.language);
}

/* `me` is undefined when nobody knows yet who is there. */
export async function start(language: Language, bundle: Bundle, me: Me | null | undefined): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no #root");
  await Promise.all([me === undefined ? undefined : prepare(me), speak(language, bundle, me)]);
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
