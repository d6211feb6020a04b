/* SPDX-License-Identifier: AGPL-3.0-or-later */
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { ButtonLink } from "@/shared/ui/ButtonLink";

export function NewCampaign() {
  const { t } = useTranslation("campaigns");
  if (!useRight("campaigns.edit")) return null;
  return (
    <ButtonLink to="/campaigns/new" type="primary" icon={<PlusOutlined aria-hidden />}>
      {t("new")}
    </ButtonLink>
  );
}
