/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How many are on a list, and since when that is known. */
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { useProblemText } from "@/shared/ui/ErrorView";
import { useRight } from "@/shared/hooks/useMe";
import { Time } from "@/shared/ui/values";
import { useRefreshList, type WholeList } from "./queries";
import styles from "./List.module.css";

function Refreshed({ list }: { list: WholeList }) {
  const { t } = useTranslation("list");
  const refresh = useRefreshList(list.id);
  const problem = useProblemText();
  const mayEdit = useRight("lists.edit");
  return (
    <>
      {list.refreshed_at !== null && (
        <>
          {" · "}
          {t("lead.refreshed")} <Time value={list.refreshed_at} />
        </>
      )}
      {mayEdit && (
        <Button type="link" size="small" className={styles.inlineButton ?? ""} loading={refresh.isPending} onClick={() => refresh.mutate()}>
          {t("lead.refresh")}
        </Button>
      )}
      {refresh.error !== null && <span role="alert"> {problem(refresh.error).detail}</span>}
    </>
  );
}

export function ListLead({ list }: { list: WholeList }) {
  const { t } = useTranslation("list");
  return (
    <>
      {t("clients", { count: list.size, ns: "common" })}
      {list.kind === "dynamic" ? (
        <Refreshed list={list} />
      ) : (
        <>
          {" · "}
          {t("lead.fixed")}
        </>
      )}
    </>
  );
}
