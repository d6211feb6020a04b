/* SPDX-License-Identifier: AGPL-3.0-or-later */
import ApiOutlined from "@ant-design/icons/es/icons/ApiOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/sources",
  menu: { order: 9, icon: ApiOutlined },
  right: "sources.edit",
  view: lazyPage(() => import("./SourcesPage")),
};
