/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A template goes when no campaign uses it; else it says which do. */
import Button from "antd/es/button";
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { useDeleteTemplate, type Template } from "./queries";
import styles from "./Template.module.css";

const namesShown = 5;

function Users({ campaigns }: Pick<Template, "campaigns">) {
  const { t } = useTranslation("template");
  return (
    <>
      <p>{t("delete.used")}</p>
      <ul className={styles.usersInDialog}>
        {campaigns.slice(0, namesShown).map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {campaigns.length > namesShown && <p>{t("used_by.more", { count: campaigns.length - namesShown })}</p>}
    </>
  );
}

export function DeleteTemplate({ template }: { template: Template }) {
  const { t } = useTranslation("template");
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const removal = useDeleteTemplate(template.id, () => void navigate("/templates", { replace: true }));
  const close = () => setAsks(false);
  return (
    <>
      <Button onClick={() => setAsks(true)}>{t("delete.button")}</Button>
      {template.campaigns.length > 0 ? (
        <Modal open={asks} title={t("delete.title_used", { name: template.name })} footer={<Button onClick={close}>{t("actions.close", { ns: "common" })}</Button>} onCancel={close} width={480}>
          <Users campaigns={template.campaigns} />
        </Modal>
      ) : (
        <ConfirmDanger open={asks} title={t("delete.title", { name: template.name })} confirm={t("delete.button")} busy={removal.isPending} onConfirm={() => removal.mutate()} onCancel={close}>
          <p>{t("delete.text")}</p>
          {removal.error !== null && <ErrorView error={removal.error} inline />}
        </ConfirmDanger>
      )}
    </>
  );
}
