/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Why a client is among those meant, or is not: each condition with its verdict. */
import Button from "antd/es/button";
import Modal from "antd/es/modal";
import { useTranslation } from "react-i18next";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Skeleton } from "@/shared/ui/Skeleton";
import type { Catalog, Tree } from "./catalog";
import { Conditions } from "./Conditions";
import { useWhy, type ListRow } from "./queries";
import styles from "./List.module.css";

export interface Reason {
  tree: Tree;
  catalog: Catalog;
  lists: readonly ListRow[];
}

function Verdict({ reason: { tree, catalog, lists }, clientId }: { reason: Reason; clientId: string }) {
  const { t } = useTranslation("list");
  const { data, error, refetch } = useWhy(tree, clientId);
  if (data === undefined) return error === null ? <Skeleton rows={4} /> : <ErrorView error={error} onAgain={() => void refetch()} inline />;
  const verdicts = new Map(data.map(({ path, fulfilled }) => [path, fulfilled]));
  return (
    <>
      <p className={styles.verdict}>{verdicts.get("criteria") === true ? t("why.is_on") : t("why.is_not_on")}</p>
      <Conditions tree={tree} catalog={catalog} lists={lists} verdicts={verdicts} />
    </>
  );
}

export function WhyDialog({ reason, client, onClose }: { reason: Reason; client: { id: string; name: string }; onClose: () => void }) {
  const { t } = useTranslation("list");
  return (
    <Modal
      open
      title={client.name.trim() === "" ? t("preview.unnamed") : client.name}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{t("actions.close", { ns: "common" })}</Button>}
      width={600}
    >
      <Verdict reason={reason} clientId={client.id} />
    </Modal>
  );
}
