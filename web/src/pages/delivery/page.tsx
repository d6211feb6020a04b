/* SPDX-License-Identifier: AGPL-3.0-or-later */
import RocketOutlined from "@ant-design/icons/es/icons/RocketOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/delivery",
  menu: { order: 10, icon: RocketOutlined },
  right: "accounts.read",
  view: lazyPage(() => import("./DeliveryPage")),
};
