/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import "./app/base.css";
import { browserLanguage, startI18n } from "./i18n/i18n";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

await startI18n(browserLanguage(navigator.languages));
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
