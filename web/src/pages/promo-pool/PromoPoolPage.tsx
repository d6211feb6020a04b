/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One pool of promo codes: what is left of it, who takes from it, and where more is loaded. */
import Alert from "antd/es/alert";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { CodesLeft } from "@/features/promo/CodesLeft";
import { leftOf } from "@/features/promo/left";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Figures } from "@/shared/ui/Figures";
import { Page, Panel } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Num, Percent } from "@/shared/ui/values";
import { DeletePool } from "./DeletePool";
import { LoadCodes } from "./LoadCodes";
import { TakenBy } from "./TakenBy";
import { usePool, type Pool } from "./queries";

function Warning({ pool }: { pool: Pool }) {
  const { t } = useTranslation("promo-pool");
  const left = leftOf(pool);
  if (left !== "few" && left !== "none") return null;
  return <Alert type={left === "none" ? "error" : "warning"} showIcon title={t(`warning.${left}`, { count: pool.free })} description={t("warning.text")} />;
}

function Content({ pool, mayEdit }: { pool: Pool; mayEdit: boolean }) {
  const { t } = useTranslation("promo-pool");
  const { size, free, held, given, redeemed } = pool;
  return (
    <>
      <Warning pool={pool} />
      <Panel>
        <Figures
          figures={[
            { label: t("figures.free"), value: <Num value={free} />, note: t("figures.of", { count: size }) },
            { label: t("figures.held"), value: <Num value={held} />, note: t("figures.held_note") },
            { label: t("figures.given"), value: <Num value={given} /> },
            { label: t("figures.redeemed"), value: <Num value={redeemed} />, note: given > 0 ? <Percent value={redeemed / given} /> : undefined },
          ]}
        />
      </Panel>
      {mayEdit && <LoadCodes id={pool.id} />}
      <TakenBy campaigns={pool.campaigns} />
    </>
  );
}

export default function PromoPoolPage() {
  const { t } = useTranslation("promo-pool");
  const { id = "" } = useParams();
  const mayEdit = useRight("templates.edit");
  const { data: pool, error, refetch } = usePool(id);
  if (pool === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  return (
    <Page title={pool.name} tag={<CodesLeft pool={pool} />} lead={t("lead")} back={{ to: "/templates/promo", label: t("back") }} actions={mayEdit && <DeletePool pool={pool} />}>
      <Content key={id} pool={pool} mayEdit={mayEdit} />
    </Page>
  );
}
