/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A file that apid makes: asked for in the language of the page, which a plain link is not. */
import { requestHeaders } from "./client";
import { ApiProblem, problemOf } from "./problem";

export async function fetchFile(path: string, signal?: AbortSignal, method: "GET" | "POST" = "GET"): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { method, headers: requestHeaders(), credentials: "same-origin", signal: signal ?? null });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem({ status: 0, kind: "offline" });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}
