/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every Russian word, Ant Design's and dayjs' own among them, as one file of the build. */
import "dayjs/locale/ru";
import common from "./ru.json";
import { byFolder } from "./folders";

export { default as antd } from "antd/es/locale/ru_RU";

const folders = import.meta.glob<Record<string, unknown>>("../{pages,features}/*/ru.json", { eager: true, import: "default" });

export const words = { common, ...byFolder(folders) };
