/* SPDX-License-Identifier: AGPL-3.0-or-later */
import TeamOutlined from "@ant-design/icons/es/icons/TeamOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/clients",
  menu: { order: 3, icon: TeamOutlined },
  right: "clients.read",
  view: lazyPage(() => import("./ClientsPage")),
};
