/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every English word, Ant Design's own among them, as one file of the build; dayjs speaks English by itself. */
import common from "./en.json";
import { byFolder } from "./folders";

export { default as antd } from "antd/es/locale/en_US";

const folders = import.meta.glob<Record<string, unknown>>("../{pages,features}/*/en.json", { eager: true, import: "default" });

export const words = { common, ...byFolder(folders) };
