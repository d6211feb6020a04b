/* SPDX-License-Identifier: AGPL-3.0-or-later */
import SafetyCertificateOutlined from "@ant-design/icons/es/icons/SafetyCertificateOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/purposes",
  menu: { order: 7, icon: SafetyCertificateOutlined },
  right: "consents.read",
  view: lazyPage(() => import("./PurposesPage")),
};
