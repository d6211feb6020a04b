/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A pool goes with its codes, unless campaigns took some. */
import Button from "antd/es/button";
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { useDeletePool, type Pool } from "./queries";
import styles from "./PromoPool.module.css";

const namesShown = 5;

export function DeletePool({ pool }: { pool: Pool }) {
  const { t } = useTranslation("promo-pool");
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const removal = useDeletePool(pool.id, () => void navigate("/templates/promo", { replace: true }));
  const close = () => setAsks(false);
  return (
    <>
      <Button onClick={() => setAsks(true)}>{t("delete.button")}</Button>
      {pool.campaigns.length > 0 ? (
        <Modal open={asks} title={t("delete.title_used", { name: pool.name })} footer={<Button onClick={close}>{t("actions.close", { ns: "common" })}</Button>} onCancel={close} width={480}>
          <p>{t("delete.used")}</p>
          <ul className={styles.usersInDialog}>
            {pool.campaigns.slice(0, namesShown).map(({ id, name }) => (
              <li key={id}>{name}</li>
            ))}
          </ul>
        </Modal>
      ) : (
        <ConfirmDanger open={asks} title={t("delete.title", { name: pool.name })} confirm={t("delete.button")} busy={removal.isPending} onConfirm={() => removal.mutate()} onCancel={close}>
          <p>{t("delete.text", { count: pool.size })}</p>
          {removal.error !== null && <ErrorView error={removal.error} inline />}
        </ConfirmDanger>
      )}
    </>
  );
}
