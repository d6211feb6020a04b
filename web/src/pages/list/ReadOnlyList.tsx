/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A list that follows from conditions, for who may look and not change it. */
import { useTranslation } from "react-i18next";
import { Page, PanelSection } from "@/shared/ui/Page";
import { Conditions } from "./Conditions";
import type { ListProps } from "./DynamicList";
import { Insight } from "./Insight";
import { ListLead } from "./ListLead";
import { UsedBy } from "./UsedBy";
import type { Tree } from "./catalog";

export function ReadOnlyList({ list, criteria, catalog, lists }: ListProps & { criteria: Tree }) {
  const { t } = useTranslation("list");
  return (
    <Page title={list.name} lead={<ListLead list={list} />} back={{ to: "/lists", label: t("back") }}>
      <PanelSection title={t("conditions")}>
        <Conditions tree={criteria} catalog={catalog} lists={lists} />
      </PanelSection>
      <UsedBy list={list} />
      <Insight tree={criteria} catalog={catalog} lists={lists} />
    </Page>
  );
}
