/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The uploads of this window. */
import { api, urlOf } from "@/api/client";
import { sendFile } from "@/api/send-file";
import { Uploads } from "./uploads";

/* The browser asks in its own words before the window is closed. */
function askBeforeUnload(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export const uploads = new Uploads({
  send: (id, file, how) => sendFile(urlOf("/v1/imports/{id}/file", { path: { id } }), file, how),
  statusOf: async (id) => (await api.get("/v1/imports/{id}", { path: { id } })).status,
  wait,
  now: () => Date.now(),
  onUnsent: (unsent) => {
    if (unsent) addEventListener("beforeunload", askBeforeUnload);
    else removeEventListener("beforeunload", askBeforeUnload);
  },
});
