/* SPDX-License-Identifier: AGPL-3.0-or-later */
import MessageOutlined from "@ant-design/icons/es/icons/MessageOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/messages",
  menu: { order: 4, icon: MessageOutlined },
  right: "messages.read",
  view: lazyPage(() => import("./MessagesPage")),
};
