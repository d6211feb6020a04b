/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What went wrong with a request, in a form a page can show: apid's RFC 9457 problem, or no answer at all. */
import type { components } from "./schema";

type Problem = components["schemas"]["Problem"];
export type ProblemError = NonNullable<Problem["errors"]>[number];

export class ApiProblem extends Error {
  /* 0: nothing answered. */
  readonly status: number;
  /* Last word of the problem's type, such as `conflict`; `offline` without an answer. */
  readonly kind: string;
  readonly title: string;
  /* What to do, in the language of the person. Empty when apid said nothing. */
  readonly detail: string;
  readonly errors: readonly ProblemError[];
  readonly retryAfterS: number | null;

  constructor(problem: { status: number; kind: string; title?: string; detail?: string; errors?: readonly ProblemError[]; retryAfterS?: number | null }) {
    super(problem.kind);
    this.name = "ApiProblem";
    this.status = problem.status;
    this.kind = problem.kind;
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.errors = problem.errors ?? [];
    this.retryAfterS = problem.retryAfterS ?? null;
  }

  /* What is wrong with one field of a form. */
  expected(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.expected;
  }
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "type" in body && typeof body.type === "string";
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const status = response.status;
  const body: unknown = await response.json().catch(() => null);
  if (!isProblem(body)) return new ApiProblem({ status, kind: "unexpected", retryAfterS: retryAfter(response) });
  return new ApiProblem({
    status,
    kind: body.type.split(":").at(-1) ?? "unexpected",
    title: body.title,
    detail: body.detail,
    errors: body.errors ?? [],
    retryAfterS: retryAfter(response),
  });
}

/* Any thrown value as a problem; what is no answer of apid's is a fault of ours. */
export function asProblem(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem({ status: 0, kind: "broken" });
}
