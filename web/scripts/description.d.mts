/* SPDX-License-Identifier: AGPL-3.0-or-later */
export interface Media {
  schema?: object;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
export interface Description {
  paths: Record<string, Record<string, unknown>>;
  components: Record<string, Record<string, unknown>>;
}
export interface Operation {
  summary: string;
  "x-right": string;
  "x-scope": string;
}
export function readDescription(): Description;
export function followed(description: Description, node: unknown): unknown;
export function operationsOf(description: Description): { path: string; method: string; operation: Operation; parameters: unknown[] }[];
export function exampleOf(description: Description, media: Media): unknown;
export function contentsOf(description: Description, operation: Operation): { place: string; type: string; media: Media }[];
export function isJson(type: string): boolean;
