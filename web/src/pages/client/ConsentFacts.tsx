/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What proves one row of the ledger: where it came from, which text, how it was made sure who it was, the file. */
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { urlOf } from "@/api/client";
import { fetchFile } from "@/api/fetch-file";
import { useRight } from "@/shared/hooks/useMe";
import { saveFile } from "@/shared/lib/save-file";
import { ErrorView } from "@/shared/ui/ErrorView";
import type words from "./ru.json";
import type { ConsentEvent } from "./useConsents";
import styles from "./Client.module.css";

type SourceWord = keyof typeof words.consents.source;
const sourceWords: ReadonlySet<string> = new Set<SourceWord>(["api", "web", "call_centre", "letter", "crm", "import", "sms_code", "reply", "link"]);

function isSourceWord(source: string): source is SourceWord {
  return sourceWords.has(source);
}

/* The name apid gives the file, which has its ending. */
function nameOf(response: Response, id: string): string {
  return /filename="([\w.-]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? `proof-${id}`;
}

/* Nothing in a proof can be masked, so it is for who sees people in full. */
function Proof({ id }: { id: string }) {
  const { t } = useTranslation("client");
  const mayRead = useRight("personal.read");
  const download = useMutation({
    mutationFn: async () => {
      const response = await fetchFile(urlOf("/v1/consent-proofs/{id}", { path: { id } }));
      saveFile(await response.blob(), nameOf(response, id));
    },
  });
  return (
    <>
      <Button size="small" icon={<DownloadOutlined aria-hidden />} loading={download.isPending} onClick={() => download.mutate()} disabled={!mayRead}>
        {t("consents.proof_download")}
      </Button>
      {download.error !== null && <ErrorView error={download.error} inline />}
    </>
  );
}

export function ConsentFacts({ event }: { event: ConsentEvent }) {
  const { t } = useTranslation("client");
  const said = [
    isSourceWord(event.source) ? t(`consents.source.${event.source}`) : event.source,
    ...(event.text_version === null ? [] : [t("consents.text_version", { version: event.text_version })]),
  ];
  const facts: [string, string | null][] = [
    [t("consents.form"), event.form],
    [t("consents.origin_short"), event.origin],
    [t("consents.identity"), event.identity],
    [t("consents.basis"), event.basis],
  ];
  return (
    <>
      <p className={styles.quiet}>{said.join(" · ")}</p>
      {facts.map(
        ([label, value]) =>
          value !== null && (
            <p key={label} className={`${styles.quiet ?? ""} ${styles.value ?? ""}`}>
              {label}: {value}
            </p>
          ),
      )}
      {event.proof_id !== null && (
        <div>
          <Proof id={event.proof_id} />
        </div>
      )}
    </>
  );
}
