/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A template for who may look and not change it. */
import { useTranslation } from "react-i18next";
import { Facts } from "@/shared/ui/Facts";
import { Page, PanelSection } from "@/shared/ui/Page";
import { Missing } from "@/shared/ui/values";
import { Lead, WriteCampaign } from "./EditableTemplate";
import { UsedBy } from "./UsedBy";
import { Versions } from "./Versions";
import type { Template } from "./queries";
import styles from "./Template.module.css";

export function ReadOnlyTemplate({ template }: { template: Template }) {
  const { t } = useTranslation("template");
  return (
    <Page title={template.name} lead={<Lead template={template} />} back={{ to: "/templates", label: t("back") }} actions={<WriteCampaign template={template} />}>
      <PanelSection title={t("text")} className={styles.readOnly}>
        <p className={styles.text}>{template.text}</p>
        <Facts
          facts={[
            { label: t("spelling.label", { ns: "message-text" }), value: t(`spelling.${template.spelling}`, { ns: "message-text" }) },
            { label: t("sender.label"), value: template.sender === "" ? <Missing /> : template.sender },
            { label: t("category.label"), value: t(`message_category.${template.category}`, { ns: "common" }) },
          ]}
        />
      </PanelSection>
      <UsedBy template={template} />
      <Versions template={template} restore={null} />
    </Page>
  );
}
