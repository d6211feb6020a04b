/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An attribute goes with the values of all clients, when nothing reads it; else it says what does. */
import Button from "antd/es/button";
import Modal from "antd/es/modal";
import { useTranslation } from "react-i18next";
import type { Answer } from "@/api/client";
import type { Attribute } from "@/api/types";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PageLink } from "@/shared/ui/PageLink";
import { Skeleton } from "@/shared/ui/Skeleton";
import { StatusTag } from "@/shared/ui/StatusTag";
import { useDeleteAttribute, useUse } from "./queries";
import styles from "./Attributes.module.css";

type Use = Answer<"/v1/attributes/{id}/use", "get">;

function Users({ use: { campaigns, lists } }: { use: Use }) {
  const { t } = useTranslation("attributes");
  return (
    <>
      <p>{t("delete.used")}</p>
      <ul className={styles.users}>
        {campaigns.map(({ id, name, status }) => (
          <li key={`campaign ${id}`}>
            <PageLink to={`/campaigns/${id}`}>{name}</PageLink> <StatusTag status={status} />
          </li>
        ))}
        {lists.map(({ id, name }) => (
          <li key={`list ${id}`}>
            <PageLink to={`/lists/${id}`}>{t("delete.list", { name })}</PageLink>
          </li>
        ))}
      </ul>
    </>
  );
}

export function DeleteAttribute({ attribute, onClose }: { attribute: Attribute; onClose: () => void }) {
  const { t } = useTranslation("attributes");
  const name = attribute.name.replaceAll("_", " ");
  const { data: use, error, refetch } = useUse(attribute.id);
  const removal = useDeleteAttribute(attribute.id, onClose);
  const isFree = use !== undefined && use.campaigns.length + use.lists.length === 0;
  if (isFree) {
    return (
      <ConfirmDanger open title={t("delete.title", { name })} confirm={t("delete.confirm")} busy={removal.isPending} onConfirm={() => removal.mutate()} onCancel={onClose}>
        <p>{t("delete.text")}</p>
        {removal.error !== null && <ErrorView error={removal.error} inline />}
      </ConfirmDanger>
    );
  }
  return (
    <Modal open title={t("delete.title_used", { name })} footer={<Button onClick={onClose}>{t("actions.close", { ns: "common" })}</Button>} onCancel={onClose} width={480}>
      {use !== undefined && <Users use={use} />}
      {use === undefined && (error === null ? <Skeleton rows={2} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />)}
    </Modal>
  );
}
