/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Requests to apid, typed by apid/openapi.yaml:
 *
 *   const campaign = await api.get("/v1/campaigns/{id}", { path: { id }, signal });
 *   await api.post("/v1/campaigns/{id}/launch", { path: { id }, body: { recipients } });
 *
 * Every refusal is thrown as an ApiProblem. The session is a cookie that scripts cannot read; the header
 * X-Vestnik-Web tells apid that the request comes from this page and not from a form on another. */
import { ApiProblem, problemOf } from "./problem";
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

type Content<T> = T extends { content: infer C } ? C[keyof C] : undefined;
type Success<R> = R extends object ? Content<R[Extract<keyof R, 200 | 201 | 202 | 204>]> : never;
export type Answer<P extends keyof paths, M extends Method> = Operation<P, M> extends { responses: infer R } ? Success<R> : never;

type PathPart<P extends keyof paths> = P extends `${string}{run}${string}`
  ? { path: { id: string; run: string } }
  : P extends `${string}{registration}${string}`
    ? { path: { id: string; registration: string } }
    : P extends `${string}{code}${string}`
      ? { path: { code: string } }
      : P extends `${string}{${string}`
        ? { path: { id: string } }
        : { path?: never };
type QueryPart<O> = O extends { parameters: { query?: infer Q } } ? { query?: Q } : { query?: never };
type BodyPart<O> = O extends { requestBody: { content: infer C } }
  ? { body: C[keyof C] | Blob }
  : O extends { requestBody?: infer B }
    ? [NonNullable<B>] extends [never]
      ? { body?: never }
      : { body?: Content<NonNullable<B>> }
    : { body?: never };
export type RequestOptions<P extends keyof paths, M extends Method> = PathPart<P> & QueryPart<Operation<P, M>> & BodyPart<Operation<P, M>> & { signal?: AbortSignal };
export type RequestBody<P extends keyof paths, M extends Method> = BodyPart<Operation<P, M>>["body"];

/* Without a member that must be there, the options may be left out. */
type Arguments<O> = Partial<O> extends O ? [options?: O] : [options: O];

interface AnyOptions {
  path?: Readonly<Record<string, string>> | undefined;
  query?: object | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

let language = "ru";

/* In which language apid words its problems. */
export function setRequestLanguage(code: string): void {
  language = code;
}

export function requestHeaders(): Record<string, string> {
  return { "Accept-Language": language, "X-Vestnik-Web": "1" };
}

export function urlOf(path: string, options: AnyOptions = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (whole, name: string) => encodeURIComponent(options.path?.[name] ?? whole));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {}) as [string, unknown][]) {
    if (typeof value === "string" || typeof value === "number") query.set(name, String(value));
  }
  return query.size === 0 ? filled : `${filled}?${query.toString()}`;
}

async function send(method: Method, path: string, options: AnyOptions = {}): Promise<unknown> {
  const headers = requestHeaders();
  let body: BodyInit | null = null;
  if (options.body instanceof Blob) {
    headers["Content-Type"] = "application/octet-stream";
    body = options.body;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(urlOf(path, options), { method: method.toUpperCase(), headers, body, signal: options.signal ?? null, credentials: "same-origin" });
  } catch (error) {
    // Given up by the page itself: TanStack Query knows it by its name.
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem({ status: 0, kind: "offline" });
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined;
  return response.json();
}

function caller<M extends Method>(method: M) {
  return <P extends PathsWith<M>>(path: P, ...[options]: Arguments<RequestOptions<P, M>>): Promise<Answer<P, M>> =>
    send(method, path, options) as Promise<Answer<P, M>>;
}

export const api = { get: caller("get"), post: caller("post"), put: caller("put"), patch: caller("patch"), delete: caller("delete") };
