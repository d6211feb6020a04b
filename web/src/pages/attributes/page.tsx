/* SPDX-License-Identifier: AGPL-3.0-or-later */
import TagsOutlined from "@ant-design/icons/es/icons/TagsOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/attributes",
  menu: { order: 8, icon: TagsOutlined },
  right: "attributes.edit",
  view: lazyPage(() => import("./AttributesPage")),
};
