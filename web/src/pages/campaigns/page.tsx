/* SPDX-License-Identifier: AGPL-3.0-or-later */
import NotificationOutlined from "@ant-design/icons/es/icons/NotificationOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/campaigns",
  menu: { order: 2, icon: NotificationOutlined },
  right: "campaigns.read",
  view: lazyPage(() => import("./CampaignsPage")),
};
