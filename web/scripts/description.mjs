/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The API's description, apid/openapi.yaml, read for those who show or check it. */
import { readFileSync } from "node:fs";
import yaml from "js-yaml";

const methods = ["get", "post", "put", "patch", "delete"];

export function readDescription() {
  return yaml.load(readFileSync(new URL("../../apid/openapi.yaml", import.meta.url), "utf8"), { schema: yaml.CORE_SCHEMA });
}

/* What a reference leads to. */
export function followed(description, node) {
  let found = node;
  while (found?.$ref !== undefined)
    found = found.$ref
      .slice(2)
      .split("/")
      .reduce((at, key) => at?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], description);
  return found;
}

export function operationsOf(description) {
  return Object.entries(description.paths).flatMap(([path, item]) =>
    methods
      .filter((method) => item[method] !== undefined)
      .map((method) => ({ path, method, operation: item[method], parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map((one) => followed(description, one)) })),
  );
}

/* Of a body or an answer: its own, or that of its schema; undefined: none. */
export function exampleOf(description, media) {
  if (media.example !== undefined) return media.example;
  if (media.examples !== undefined) return Object.values(media.examples)[0].value;
  const schema = followed(description, media.schema);
  return schema?.example ?? schema?.examples?.[0];
}

/* Everything an operation takes or gives, by its place: "body", "200", "default". */
export function contentsOf(description, operation) {
  const places = [["body", operation.requestBody], ...Object.entries(operation.responses)];
  return places.flatMap(([place, node]) => Object.entries(followed(description, node)?.content ?? {}).map(([type, media]) => ({ place, type, media, node: followed(description, node) })));
}

export const isJson = (type) => /[/+]json$/.test(type);
