/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Of the page /api: its words in both languages, the search, links to one operation. */
"use strict";

const words = {
  en: {
    title: "Vestnik API", search: "Search by path, words or right", operations: "Operations", types: "Types", right: "right", scope: "scope",
    parameters: "Parameters", body: "Body", answers: "Answers", example: "Example", required: "required", language: "Language",
    count: (shown, all) => `Shown: ${shown} of ${all}`, none: "Nothing matches. Search for less",
  },
  ru: {
    title: "API Вестника", search: "Поиск по пути, словам или праву", operations: "Операции", types: "Типы", right: "право", scope: "область",
    parameters: "Параметры", body: "Тело", answers: "Ответы", example: "Пример", required: "обязательно", language: "Язык",
    count: (shown, all) => `Показано: ${shown} из ${all}`, none: "Ничего не подходит. Сократите запрос",
  },
};

const box = document.getElementById("search");
const count = document.getElementById("count");
const operations = [...document.querySelectorAll(".operation")];
const tags = [...document.querySelectorAll(".tag")];
let language = "en";

/* Every word must be there, in any order. */
function filter() {
  const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const operation of operations) {
    operation.hidden = !wanted.every((one) => operation.dataset.search.includes(one));
    if (!operation.hidden) shown++;
  }
  for (const tag of tags) tag.hidden = tag.querySelector(".operation:not([hidden])") === null;
  count.textContent = shown === 0 ? words[language].none : words[language].count(shown, operations.length);
}

function speak(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  document.title = words[wanted].title;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = words[wanted][element.dataset.word];
    element.lang = wanted;
  }
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", words[wanted][element.dataset.label]);
  for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === wanted));
  filter();
}

/* The address keeps what is searched and in which language, so that it can be sent to somebody. */
function remember() {
  const query = new URLSearchParams();
  if (box.value !== "") query.set("q", box.value);
  query.set("lang", language);
  history.replaceState(null, "", `?${query.toString()}${location.hash}`);
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(named instanceof HTMLDetailsElement)) return;
  if (named.hidden) {
    box.value = "";
    filter();
  }
  named.open = true;
  named.scrollIntoView();
}

box.addEventListener("input", () => {
  filter();
  remember();
});
for (const button of document.querySelectorAll("[data-language]"))
  button.addEventListener("click", () => {
    speak(button.dataset.language);
    remember();
  });
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target === box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
window.addEventListener("hashchange", openNamed);

/* As the system has it, said on the root as the interface says it. */
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const paint = () => {
  document.documentElement.style.colorScheme = dark.matches ? "dark" : "light";
};
dark.addEventListener("change", paint);
paint();

const asked = new URLSearchParams(location.search);
box.value = asked.get("q") ?? "";
speak(asked.get("lang") in words ? asked.get("lang") : navigator.language.startsWith("ru") ? "ru" : "en");
openNamed();
