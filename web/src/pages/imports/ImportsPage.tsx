/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Files of clients: choose one, check how it is understood, send it; and those sent before. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Page, Section } from "@/shared/ui/Page";
import { CheckPage } from "./CheckPage";
import { DropZone } from "./DropZone";
import { ImportsTable } from "./ImportsTable";
import { useFileDrop } from "./useFileDrop";
import { useLook } from "./useLook";

/* The step stands in the address, so that "back" leads from the check to the choice; the file does not. */
function useChecking(): [boolean, () => void] {
  const [search, setSearch] = useSearchParams();
  const isChecking = search.get("step") === "check";
  // What had the focus is gone with the step before.
  useEffect(() => {
    if (isChecking) document.getElementById("content")?.focus({ preventScroll: true });
  }, [isChecking]);
  return [isChecking, () => setSearch({ step: "check" }, { replace: isChecking })];
}

export default function ImportsPage() {
  const { t } = useTranslation("imports");
  const [isChecking, goChecking] = useChecking();
  const [areSeveral, setSeveral] = useState(false);
  const look = useLook();
  const choose = (files: readonly File[]) => {
    const [file] = files;
    setSeveral(files.length > 1);
    if (file === undefined || files.length > 1) return;
    look.mutate(file);
    goChecking();
  };
  const isOver = useFileDrop(choose);

  if (isChecking && !look.isIdle) return <CheckPage look={look} onFiles={choose} />;
  return (
    <Page title={t("title")} lead={t("lead")}>
      <DropZone isOver={isOver} areSeveral={areSeveral} onFiles={choose} />
      <Section title={t("table.title")}>
        <ImportsTable />
      </Section>
    </Page>
  );
}
