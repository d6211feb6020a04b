/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the choice of the way goes by, beside price and delivery rate: rules, limits of accounts, contracts. */
import { useTranslation } from "react-i18next";
import { Sections } from "@/features/delivery-sections/Sections";
import { Page } from "@/shared/ui/Page";
import { Contracts } from "./Contracts";
import { Limits } from "./Limits";
import { RuleList } from "./RuleList";

export default function RulesPage() {
  const { t } = useTranslation("rules");
  return (
    <Page title={t("title")} lead={t("lead")}>
      <Sections />
      <RuleList />
      <Limits />
      <Contracts />
    </Page>
  );
}
