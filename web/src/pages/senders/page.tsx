/* SPDX-License-Identifier: AGPL-3.0-or-later */
import IdcardOutlined from "@ant-design/icons/es/icons/IdcardOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/senders",
  menu: { order: 8.5, icon: IdcardOutlined },
  right: "senders.read",
  view: lazyPage(() => import("./SendersPage")),
};
