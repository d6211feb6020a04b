/* SPDX-License-Identifier: AGPL-3.0-or-later */
import HomeOutlined from "@ant-design/icons/es/icons/HomeOutlined";
import { lazyPage, type PageSpec } from "@/app/page-spec";

export const page: PageSpec = {
  path: "/",
  menu: { order: 1, icon: HomeOutlined },
  view: lazyPage(() => import("./StartPage")),
};
