/* SPDX-License-Identifier: AGPL-3.0-or-later */
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import { useTranslation } from "react-i18next";
import { useRight } from "@/shared/hooks/useMe";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page, Section } from "@/shared/ui/Page";
import { Drafts, Planned, Recent } from "./Lists";
import { FirstSteps } from "./FirstSteps";
import { PhoneSearch } from "./PhoneSearch";
import { Running } from "./Running";
import { StartSkeleton } from "./StartSkeleton";
import { useActive, useClientCount, useDrafts, useRecent } from "./queries";
import styles from "./Start.module.css";

function Content() {
  const { t } = useTranslation("start");
  const [active, recent, drafts, count] = [useActive(), useRecent(), useDrafts(), useClientCount()];
  const error = active.error ?? recent.error ?? drafts.error ?? count.error;
  // All at once, so that nothing moves what already stands.
  if (active.data === undefined || recent.data === undefined || drafts.data === undefined || count.data === undefined) {
    if (error === null) return <StartSkeleton />;
    const again = () => [active, recent, drafts, count].forEach((query) => void query.refetch());
    return <ErrorView error={error} onAgain={again} inline />;
  }

  const running = active.data.campaigns.filter(({ status }) => status !== "planned");
  const planned = active.data.campaigns.filter(({ status }) => status === "planned");
  const isNewcomer = active.data.campaigns.length === 0 && recent.data.length === 0;
  return (
    <>
      {isNewcomer && <FirstSteps hasClients={count.data.clients > 0} draft={drafts.data[0]} />}
      <div className={styles.columns}>
        <div className={styles.column}>
          {!isNewcomer && (
            <Section title={t("running.title")}>
              <Running campaigns={running} samples={active.data.samples} />
            </Section>
          )}
          {recent.data.length > 0 && (
            <Section title={t("recent.title")}>
              <Recent campaigns={recent.data} />
            </Section>
          )}
        </div>
        <div className={styles.column}>
          {count.data.clients > 0 && <PhoneSearch />}
          {planned.length > 0 && (
            <Section title={t("planned.title")}>
              <Planned campaigns={planned} />
            </Section>
          )}
          {!isNewcomer && drafts.data.length > 0 && (
            <Section title={t("drafts.title")}>
              <Drafts campaigns={drafts.data} />
            </Section>
          )}
        </div>
      </div>
    </>
  );
}

export { prepare } from "./queries";

export default function StartPage() {
  const { t } = useTranslation("start");
  const mayWrite = useRight("campaigns.edit");
  const write = mayWrite && (
    <ButtonLink to="/campaigns/new" type="primary" icon={<PlusOutlined aria-hidden />}>
      {t("new_campaign")}
    </ButtonLink>
  );
  return (
    <Page title={t("title")} actions={write}>
      <Content />
    </Page>
  );
}
