/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Writes ../build/web/api.html, which apid serves at /api: the API's description as a page to read and search.  Its style
 * and its script are public/reference.css and public/reference.js; its own words stand there, in both languages. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { exampleOf, followed, isJson, operationsOf, readDescription } from "./description.mjs";

const description = readDescription();

const escape = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
/* A word of the page's own; English until the script says otherwise. */
const word = (key, english) => `<span data-word="${key}">${english}</span>`;

const inline = (text) => escape(text).replace(/`([^`]+)`/g, "<code>$1</code>").replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");

/* Paragraphs and lists, the little of Markdown that the description uses. */
function prose(text) {
  if (text === undefined) return "";
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block) => {
      if (!/^\s*- /.test(block)) return `<p>${inline(block)}</p>`;
      const items = block.split(/\n(?=\s*- )/).map((item) => `<li>${inline(item.replace(/^\s*- /, ""))}</li>`);
      return `<ul>${items.join("")}</ul>`;
    })
    .join("");
}

const nameOf = (node) => node?.$ref?.match(/^#\/components\/schemas\/(.+)$/)?.[1];
const typeLink = (name) => `<a href="#type-${name}">${name}</a>`;

const choices = (schema) => (schema.oneOf ?? schema.anyOf ?? schema.allOf)?.map(kind);

/* The type of a value in a few words. */
function kind(schema) {
  if (schema === undefined || schema === true) return "any";
  const name = nameOf(schema);
  if (name !== undefined) return typeLink(name);
  if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `<code>${escape(value === null ? "null" : value)}</code>`).join(" | ");
  const several = choices(schema);
  if (several !== undefined) return several.join(schema.allOf === undefined ? " | " : " &amp; ");
  const types = [schema.type ?? (schema.properties === undefined ? "any" : "object")].flat();
  return types.map((type) => (type === "array" ? `array of ${kind(schema.items)}` : type)).join(" | ");
}

const limits = (schema) =>
  ["format", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "default"]
    .filter((key) => schema[key] !== undefined)
    .map((key) => `<code>${key} ${escape(JSON.stringify(schema[key]))}</code>`)
    .join(" ");

/* What is inside a value and has no name of its own. */
function inside(schema) {
  if (schema === undefined || schema === true || nameOf(schema) !== undefined) return "";
  const parts = [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])].map(inside).join("");
  const items = typeof schema.items === "object" ? inside(schema.items) : "";
  const extra = typeof schema.additionalProperties === "object" ? `<dl class="members"><dt><code>*</code> ${kind(schema.additionalProperties)}</dt><dd>${inside(schema.additionalProperties)}</dd></dl>` : "";
  return members(schema) + extra + items + parts;
}

function members(schema) {
  const all = Object.entries(schema.properties ?? {});
  if (all.length === 0) return "";
  const rows = all.map(([name, member]) => {
    const need = schema.required?.includes(name) ? ` ${word("required", "required")}` : "";
    return `<dt><code>${escape(name)}</code> ${kind(member)}${need} ${nameOf(member) === undefined ? limits(member) : ""}</dt><dd>${prose(member.description)}${inside(member)}</dd>`;
  });
  return `<dl class="members">${rows.join("")}</dl>`;
}

const shape = (schema) => `<p class="kind">${kind(schema)}</p>${inside(schema)}`;

function example(media) {
  const value = exampleOf(description, media);
  if (value === undefined) return "";
  return `<p class="label">${word("example", "Example")}</p><pre tabindex="0"><code>${escape(typeof value === "string" ? value : JSON.stringify(value, null, 2))}</code></pre>`;
}

function content(node) {
  return Object.entries(node.content ?? {})
    .map(([type, media]) => `<p><code>${escape(type)}</code></p>${isJson(type) && media.schema !== undefined ? shape(media.schema) : ""}${example(media)}`)
    .join("");
}

function parameterList(parameters) {
  if (parameters.length === 0) return "";
  const rows = parameters.map((one) => `<dt><code>${escape(one.name)}</code> ${escape(one.in)}: ${kind(one.schema)}${one.required ? ` ${word("required", "required")}` : ""} ${nameOf(one.schema) === undefined ? limits(one.schema) : ""}</dt><dd>${prose(one.description)}</dd>`);
  return `<h4>${word("parameters", "Parameters")}</h4><dl class="members">${rows.join("")}</dl>`;
}

function answers(operation) {
  return Object.entries(operation.responses)
    .map(([status, node]) => {
      const answer = followed(description, node);
      const problem = node.$ref === "#/components/responses/Problem";
      return `<section class="answer"><h5><code>${escape(status)}</code> ${inline(answer.description ?? "")}</h5>${problem ? `<p>${typeLink("Problem")}</p>` : content(answer)}</section>`;
    })
    .join("");
}

function article({ path, method, operation, parameters }) {
  const body = followed(description, operation.requestBody);
  const id = operation.operationId;
  const search = [method, path, operation.summary, operation.description, id, operation["x-right"], operation["x-scope"], ...(operation.tags ?? [])].join(" ").toLowerCase();
  return `<details class="operation" id="${escape(id)}" data-search="${escape(search.replaceAll(/\s+/g, " "))}">
<summary><span class="method ${method}">${method.toUpperCase()}</span> <code class="path">${escape(path).replaceAll("/", "/<wbr>")}</code> <span class="words">${inline(operation.summary)}</span></summary>
<div class="inside">
<p><a href="#${escape(id)}">#${escape(id)}</a> · ${word("right", "right")} <code>${escape(operation["x-right"])}</code> · ${word("scope", "scope")} <code>${escape(operation["x-scope"])}</code></p>
${prose(operation.description)}${parameterList(parameters)}${body === undefined ? "" : `<h4>${word("body", "Body")}</h4>${prose(body.description)}${content(body)}`}
<h4>${word("answers", "Answers")}</h4>${answers(operation)}
</div></details>`;
}

function tagged() {
  const operations = operationsOf(description);
  const names = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "other"))];
  const about = new Map((description.tags ?? []).map((tag) => [tag.name, tag.description]));
  return names
    .map((name) => {
      const own = operations.filter(({ operation }) => (operation.tags?.[0] ?? "other") === name);
      return `<section class="tag"><h3 id="tag-${escape(name)}">${escape(name)}</h3>${prose(about.get(name))}${own.map(article).join("\n")}</section>`;
    })
    .join("\n");
}

const types = Object.entries(description.components.schemas)
  .map(([name, schema]) => `<details class="type" id="type-${name}"><summary><code>${name}</code></summary><div class="inside">${prose(schema.description)}${shape(schema)} ${limits(schema)}${example({ schema })}</div></details>`)
  .join("\n");

/* Named with what is in it, so that a browser never joins an old one to a new page. */
const version = (name) => createHash("sha256").update(readFileSync(new URL(`../public/${name}`, import.meta.url))).digest("hex").slice(0, 12);

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="stylesheet" href="/reference.css?${version("reference.css")}">
<script src="/reference.js?${version("reference.js")}" defer></script>
<link rel="icon" href="data:,">
<title>Vestnik API</title>
</head>
<body>
<header>
<h1>${word("title", "Vestnik API")}</h1>
<nav aria-label="Language" data-label="language"><button type="button" lang="ru" data-language="ru">Русский</button> <button type="button" lang="en" data-language="en">English</button> <a href="/openapi.yaml">openapi.yaml</a></nav>
<search><label for="search">${word("search", "Search")} <kbd>/</kbd></label>
<input id="search" type="search" autocomplete="off" spellcheck="false" aria-describedby="count">
<p id="count" role="status"></p></search>
</header>
<main>
<div lang="en" class="about">${prose(description.info.description)}</div>
<h2>${word("operations", "Operations")}</h2>
<div lang="en" id="operations">${tagged()}</div>
<h2 id="types">${word("types", "Types")}</h2>
<div lang="en">${types}</div>
</main>
</body>
</html>
`;

writeFileSync(new URL("../../build/web/api.html", import.meta.url), page);
