/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A promo code of a pool, with how many are still free. */
import Modal from "antd/es/modal";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { PageLink } from "@/shared/ui/PageLink";
import { Skeleton } from "@/shared/ui/Skeleton";
import { usePools, type Pool } from "./queries";
import styles from "./TextEditor.module.css";

function Pools({ pools, chosen, onChoose }: { pools: readonly Pool[]; chosen: string | null; onChoose: (name: string) => void }) {
  const { t } = useTranslation("message-text");
  return (
    <fieldset className={styles.pools}>
      <legend className="visually-hidden">{t("promo.pool")}</legend>
      {pools.map(({ id, name, free }) => (
        <label key={id} className={styles.pool}>
          <input type="radio" name="pool" checked={chosen === name} onChange={() => onChoose(name)} />
          <span className={styles.poolName}>{name}</span>
          <span className={free === 0 ? styles.lackingNote : styles.fallbackNote}>{t("promo.free", { count: free })}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function PromoDialog({ onInsert, onClose }: { onInsert: (text: string) => void; onClose: () => void }) {
  const { t } = useTranslation("message-text");
  const mayEdit = useRight("templates.edit");
  const pools = usePools(true);
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Modal
      open
      title={t("promo.title")}
      okText={t("insert.button")}
      cancelText={t("actions.cancel", { ns: "common" })}
      okButtonProps={{ disabled: chosen === null }}
      onOk={() => onInsert(`{promo "${chosen ?? ""}"}`)}
      onCancel={onClose}
      width={520}
    >
      <div className={styles.dialog}>
        <p className={styles.note}>{t("promo.lead")}</p>
        {pools.error !== null && <ErrorView error={pools.error} onAgain={() => void pools.refetch()} inline />}
        {pools.isPending && <Skeleton rows={3} />}
        {pools.data?.length === 0 && <EmptyState title={t("promo.none")}>{mayEdit ? <PageLink to="/templates/promo">{t("promo.make")}</PageLink> : t("promo.none_text")}</EmptyState>}
        {pools.data !== undefined && pools.data.length > 0 && <Pools pools={pools.data} chosen={chosen} onChoose={setChosen} />}
      </div>
    </Modal>
  );
}
