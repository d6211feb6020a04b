/* SPDX-License-Identifier: AGPL-3.0-or-later */
import CloudUploadOutlined from "@ant-design/icons/es/icons/CloudUploadOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/imports",
  menu: { order: 5, icon: CloudUploadOutlined },
  right: "clients.import",
  view: lazyPage(() => import("./ImportsPage")),
};
