/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The API's description is complete: every body and answer in JSON has an example, and every example fits its schema. */
import Ajv from "ajv";
import { expect, test } from "vitest";
import { contentsOf, exampleOf, isJson, operationsOf, readDescription, type Description, type Media } from "../../scripts/description.mjs";

const description = readDescription();

/* A schema with the whole description around it, so that its references lead somewhere. */
function faultsOf(schema: object, example: unknown): string | null {
  const ajv = new Ajv({ unknownFormats: "ignore", schemaId: "auto", logger: false });
  const check = ajv.compile({ ...schema, components: description.components });
  return check(example) === true ? null : ajv.errorsText(check.errors);
}

const contents = operationsOf(description).flatMap(({ path, method, operation }) =>
  contentsOf(description, operation)
    .filter(({ type }) => isJson(type))
    .map(({ place, media }) => ({ where: `${method.toUpperCase()} ${path} ${place}`, media })),
);

const wrongOf = (found: readonly { where: string; media: Media }[], whole: Description) => found.filter(({ media }) => exampleOf(whole, media) === undefined).map(({ where }) => where);

test("every body and answer in JSON has an example", () => {
  expect(contents.length).toBeGreaterThan(400);
  expect(wrongOf(contents, description)).toEqual([]);
});

test("a body without an example is found", () => {
  expect(wrongOf([{ where: "POST /x body", media: { schema: { type: "object" } } }], description)).toEqual(["POST /x body"]);
});

test("every example fits its schema", () => {
  const seen = new Set<Media>();
  const faults = contents.flatMap(({ where, media }) => {
    if (media.schema === undefined || seen.has(media)) return [];
    seen.add(media);
    const examples = media.examples === undefined ? [exampleOf(description, media)] : Object.values(media.examples).map(({ value }) => value);
    return examples.flatMap((example) => {
      const fault = faultsOf(media.schema ?? {}, example);
      return fault === null ? [] : [`${where}: ${fault}`];
    });
  });
  expect(faults).toEqual([]);
}, 120_000);

test("an example that does not fit is found", () => {
  expect(faultsOf({ type: "object", required: ["id"], properties: { id: { $ref: "#/components/schemas/Id" } } }, { id: 7 })).toMatch(/id/);
});
