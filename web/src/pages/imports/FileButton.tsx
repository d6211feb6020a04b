/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button, { type ButtonProps } from "antd/es/button";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

/* Workbooks can be chosen too: who has one is told how to make a table of it. */
const accepted = ".csv,.tsv,.txt,.xlsx,.xls,text/csv,text/tab-separated-values,text/plain";

/* A button that opens the system's choice of a file. */
export function FileButton({ onFiles, ...rest }: { onFiles: (files: readonly File[]) => void } & Omit<ButtonProps, "onClick">) {
  const { t } = useTranslation("imports");
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        className="visually-hidden"
        accept={accepted}
        tabIndex={-1}
        aria-label={t("drop.input")}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          // The same file again, corrected, is a choice as well.
          event.target.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
      <Button {...rest} onClick={() => input.current?.click()} />
    </>
  );
}
