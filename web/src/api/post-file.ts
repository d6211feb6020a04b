/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A file that apid keeps as it is, under the type it is sent with. */
import { requestHeaders } from "./client";
import { ApiProblem, problemOf } from "./problem";

export async function postFile<T>(path: string, file: Blob, mediaType: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", headers: { ...requestHeaders(), "Content-Type": mediaType }, body: file, credentials: "same-origin" });
  } catch {
    throw new ApiProblem({ status: 0, kind: "offline" });
  }
  if (!response.ok) throw await problemOf(response);
  return response.json() as Promise<T>;
}
