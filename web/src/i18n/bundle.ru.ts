/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every Russian word, as one file of the build. */
import common from "./ru.json";
import { byFolder } from "./folders";

const folders = import.meta.glob<Record<string, unknown>>("../{pages,features}/*/ru.json", { eager: true, import: "default" });

export const bundle = { common, ...byFolder(folders) };
