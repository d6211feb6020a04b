/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A file on its way to apid, with how much of it has left: fetch() does not tell that. */
import { requestHeaders } from "./client";
import { ApiProblem, problemOf } from "./problem";

function responseOf(request: XMLHttpRequest): Response {
  const retryAfter = request.getResponseHeader("Retry-After");
  return new Response(request.responseText, { status: request.status, headers: retryAfter === null ? {} : { "Retry-After": retryAfter } });
}

/* Resolves when apid has taken the file; a refusal, or no answer, is an ApiProblem. */
export function sendFile(path: string, file: Blob, { onSent, signal }: { onSent: (bytes: number) => void; signal: AbortSignal }): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const giveUp = () => request.abort();
    const fail = () => reject(new ApiProblem({ status: 0, kind: "offline" }));
    request.upload.addEventListener("progress", (event) => onSent(event.loaded));
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else problemOf(responseOf(request)).then(reject, fail);
    });
    request.addEventListener("error", fail);
    request.addEventListener("abort", fail);
    request.addEventListener("loadend", () => signal.removeEventListener("abort", giveUp));
    signal.addEventListener("abort", giveUp);

    request.open("PUT", path);
    for (const [name, value] of Object.entries(requestHeaders())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}
