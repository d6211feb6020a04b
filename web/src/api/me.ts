/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { api } from "./client";
import { ApiProblem } from "./problem";
import type { Me } from "./types";

/* Null: nobody is signed in. */
export async function fetchMe(signal?: AbortSignal): Promise<Me | null> {
  try {
    return await api.get("/v1/me", { signal });
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }
}
