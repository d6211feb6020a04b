/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A list goes when nobody uses it; else it says who does. */
import Button from "antd/es/button";
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { useDeleteList, type WholeList } from "./queries";
import styles from "./List.module.css";

const namesShown = 5;

function Users({ list }: { list: WholeList }) {
  const { t } = useTranslation("list");
  const names = [...list.campaigns, ...list.lists].map(({ id, name }) => ({ id, name }));
  return (
    <>
      <p>{t("delete.used")}</p>
      <ul className={styles.usersInDialog}>
        {names.slice(0, namesShown).map(({ id, name }) => (
          <li key={id}>{name}</li>
        ))}
      </ul>
      {names.length > namesShown && <p>{t("used_by.more", { count: names.length - namesShown })}</p>}
    </>
  );
}

export function DeleteList({ list }: { list: WholeList }) {
  const { t } = useTranslation("list");
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const removal = useDeleteList(list.id, () => void navigate("/lists", { replace: true }));
  const close = () => setAsks(false);
  const isUsed = list.campaigns.length + list.lists.length > 0;
  return (
    <>
      <Button onClick={() => setAsks(true)}>{t("delete.button")}</Button>
      {isUsed ? (
        <Modal open={asks} title={t("delete.title_used", { name: list.name })} footer={<Button onClick={close}>{t("actions.close", { ns: "common" })}</Button>} onCancel={close} width={480}>
          <Users list={list} />
        </Modal>
      ) : (
        <ConfirmDanger open={asks} title={t("delete.title", { name: list.name })} confirm={t("delete.button")} busy={removal.isPending} onConfirm={() => removal.mutate()} onCancel={close}>
          <p>{t("delete.text")}</p>
          {removal.error !== null && <ErrorView error={removal.error} inline />}
        </ConfirmDanger>
      )}
    </>
  );
}
