/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* More codes: from a file, or pasted. All of them are taken, or none. */
import UploadOutlined from "@ant-design/icons/es/icons/UploadOutlined";
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import Input from "antd/es/input";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { PanelSection } from "@/shared/ui/Page";
import { countCodes } from "./codes";
import { useLoadCodes } from "./queries";
import styles from "./PromoPool.module.css";

const fileBytesMax = 64 * 1024 * 1024;
const pastedMax = 200_000;

export function LoadCodes({ id }: { id: string }) {
  const { t } = useTranslation("promo-pool");
  const [pasted, setPasted] = useState("");
  const [isTooLong, setTooLong] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const load = useLoadCodes(id);
  const count = countCodes(pasted);
  const choose = (file: File | undefined) => {
    setTooLong(file !== undefined && file.size > fileBytesMax);
    if (file !== undefined && file.size <= fileBytesMax) load.mutate(file);
    // The same file, once it is mended, can be chosen again.
    if (input.current !== null) input.current.value = "";
  };
  return (
    <PanelSection title={t("load.title")} className={styles.load}>
      <p className={styles.note}>{t("load.text")}</p>
      <div>
        <input ref={input} type="file" hidden accept=".txt,.csv,text/plain,text/csv" aria-label={t("load.file")} onChange={({ target }) => choose(target.files?.[0])} />
        <Button icon={<UploadOutlined aria-hidden />} loading={load.isPending} onClick={() => input.current?.click()}>
          {t("load.file")}
        </Button>
      </div>
      <Field label={t("load.paste")}>
        {(props) => <Input.TextArea {...props} className={styles.codes ?? ""} value={pasted} maxLength={pastedMax} autoSize={{ minRows: 3, maxRows: 10 }} placeholder={"SPRING-7KQ2\nSPRING-M3ZX"} spellCheck={false} onChange={({ target }) => setPasted(target.value)} />}
      </Field>
      <div>
        <Button disabled={count === 0} loading={load.isPending} onClick={() => load.mutate(new Blob([pasted]), { onSuccess: () => setPasted("") })}>
          {count === 0 ? t("load.add_none") : t("load.add", { count })}
        </Button>
      </div>
      {isTooLong && <Alert type="error" showIcon role="alert" title={t("load.too_long")} />}
      {load.error !== null && !isTooLong && (
        <>
          <ErrorView error={load.error} inline />
          <p className={styles.note}>{t("load.nothing_taken")}</p>
        </>
      )}
      {load.isSuccess && !isTooLong && <Alert type="success" showIcon role="status" title={t("load.done")} />}
    </PanelSection>
  );
}
