/* SPDX-License-Identifier: AGPL-3.0-or-later */
import UnorderedListOutlined from "@ant-design/icons/es/icons/UnorderedListOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/lists",
  menu: { order: 3.5, icon: UnorderedListOutlined },
  right: "clients.read",
  view: lazyPage(() => import("./ListsPage")),
};
