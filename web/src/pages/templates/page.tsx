/* SPDX-License-Identifier: AGPL-3.0-or-later */
import FileTextOutlined from "@ant-design/icons/es/icons/FileTextOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/templates",
  menu: { order: 3.7, icon: FileTextOutlined },
  right: "templates.read",
  view: lazyPage(() => import("./TemplatesPage")),
};
