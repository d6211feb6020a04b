/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { Resources } from "./resources";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    fallbackNS: "common";
    resources: Resources;
  }
}
