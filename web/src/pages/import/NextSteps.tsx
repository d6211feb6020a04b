/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What follows an import that is over. */
import { useTranslation } from "react-i18next";
import type { Import } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { ButtonLink } from "@/shared/ui/ButtonLink";

export function NextSteps({ item }: { item: Import }) {
  const { t } = useTranslation("import");
  const mayWrite = useRight("campaigns.edit");
  const mayImport = useRight("clients.import");
  const isDone = item.status === "done";
  return (
    <>
      {mayWrite && isDone && (
        <ButtonLink to={item.list_id === null ? "/campaigns/new" : `/campaigns/new?list=${item.list_id}`} type="primary">
          {item.list_id === null ? t("next.write") : t("next.write_list")}
        </ButtonLink>
      )}
      {mayImport && <ButtonLink to="/imports">{isDone ? t("next.another") : t("next.choose")}</ButtonLink>}
    </>
  );
}
