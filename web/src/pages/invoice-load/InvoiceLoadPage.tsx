/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An invoice on its way to be compared: whose, of which month, the file. */
import Button from "antd/es/button";
import Input from "antd/es/input";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { urlOf, type Answer } from "@/api/client";
import { keys } from "@/api/keys";
import { postFile } from "@/api/post-file";
import { asProblem } from "@/api/problem";
import { FileField } from "@/features/delivery-words/FileField";
import { isMonth, monthBefore } from "@/features/delivery-words/month";
import { OwnerField } from "@/features/delivery-words/OwnerField";
import { mediaTypeOf, rateOf, sheetBytesMax, type VatDraft } from "@/features/delivery-words/sheet";
import { SheetProblem } from "@/features/delivery-words/SheetProblem";
import { ownerQuery } from "@/features/delivery-words/standing";
import { VatFields } from "@/features/delivery-words/VatFields";
import { Field } from "@/shared/ui/Field";
import { Page, Panel } from "@/shared/ui/Page";
import styles from "./InvoiceLoad.module.css";

type Comparison = Answer<"/v1/invoices", "post">;

interface Draft extends VatDraft {
  owner: string | null;
  month: string;
  file: File | null;
}

interface Ready extends Draft {
  owner: string;
  file: File;
}

function isReady(draft: Draft): draft is Ready {
  return draft.owner !== null && draft.file !== null && draft.file.size <= sheetBytesMax && isMonth(draft.month) && rateOf(draft.rate) !== null;
}

function useLoad() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ owner, month, vat, rate, file }: Ready) => {
      const percent = rateOf(rate);
      const query = { ...ownerQuery(owner), month, vat, ...(typeof percent === "string" ? { vat_rate: percent } : {}), file_name: file.name };
      return postFile<Comparison>(urlOf("/v1/invoices", { query }), file, mediaTypeOf(file.name));
    },
    onSuccess: (invoice) => {
      void queryClient.invalidateQueries({ queryKey: keys.invoices });
      queryClient.setQueryData(keys.invoice(invoice.id), invoice);
      // "Back" leads to the table, not to a form that has been sent.
      void navigate(`/delivery/invoices/${invoice.id}`, { replace: true });
    },
  });
}

export default function InvoiceLoadPage() {
  const { t } = useTranslation("invoice-load");
  const [draft, setDraft] = useState<Draft>(() => ({ owner: null, month: monthBefore(dayjs().format("YYYY-MM-DD")), vat: "included", rate: "", file: null }));
  const load = useLoad();
  const problem = load.error === null ? null : asProblem(load.error);
  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    load.reset();
  };
  return (
    <Page title={t("title")} lead={t("lead")} back={{ to: "/delivery/invoices", label: t("back") }}>
      <Panel className={styles.form ?? ""}>
        <div className={styles.pair}>
          <OwnerField value={draft.owner} onChange={(owner) => change({ owner })} wrong={problem?.expected("account") ?? problem?.expected("provider")} />
          <Field label={t("month")} note={t("month_note")} wrong={problem?.expected("month")}>
            {(props) => <Input {...props} className={styles.month ?? ""} type="month" value={draft.month} onChange={({ target }) => change({ month: target.value })} />}
          </Field>
          <VatFields draft={draft} onChange={change} wrong={problem?.expected("vat_rate")} />
        </div>
        <FileField file={draft.file} onChoose={(file) => change({ file })} note={t("file_note")} />
        <div>
          <Button
            type="primary"
            disabled={!isReady(draft)}
            loading={load.isPending}
            onClick={() => {
              if (isReady(draft)) load.mutate(draft);
            }}
          >
            {t("go")}
          </Button>
        </div>
      </Panel>
      {load.error !== null && <SheetProblem error={load.error} />}
    </Page>
  );
}
