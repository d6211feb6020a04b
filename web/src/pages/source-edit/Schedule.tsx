/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How often it is read. */
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useTranslation } from "react-i18next";
import { useSchedule } from "@/features/source-words/useSchedule";
import { Choice, Choices } from "@/shared/ui/Choice";
import { Field } from "@/shared/ui/Field";
import type { SourceForm, Timing } from "./form";
import type { Change } from "./SourceForm";
import styles from "./SourceEdit.module.css";

const usual = [5, 15, 30, 60, 120, 240, 480, 720];

function EveryField({ form, onChange }: { form: SourceForm; onChange: Change }) {
  const { t } = useTranslation("source-edit");
  const schedule = useSchedule();
  const all = [...new Set([...usual, form.everyMin])].toSorted((a, b) => a - b);
  return (
    <Field label={t("schedule.how_often")}>
      {(props) => (
        <Select<number> {...props} className={styles.short ?? ""} value={form.everyMin} options={all.map((minutes) => ({ value: minutes, label: schedule({ every_min: minutes, daily_at: null }) }))} onChange={(everyMin) => onChange({ everyMin })} />
      )}
    </Field>
  );
}

export function Schedule({ form, wrong, onChange }: { form: SourceForm; wrong: string | undefined; onChange: Change }) {
  const { t } = useTranslation("source-edit");
  const is = (timing: Timing) => ({ group: "timing", label: t(`schedule.${timing}`), isChosen: form.timing === timing, onChoose: () => onChange({ timing }) });
  return (
    <Choices title={t("section.when")}>
      <Choice {...is("every")}>{form.timing === "every" && <EveryField form={form} onChange={onChange} />}</Choice>
      <Choice {...is("daily")}>
        {form.timing === "daily" && (
          <Field label={t("schedule.at")} note={t("schedule.zone")} wrong={wrong}>
            {(props) => <Input {...props} className={styles.short ?? ""} type="time" value={form.dailyAt} onChange={({ target }) => onChange({ dailyAt: target.value })} />}
          </Field>
        )}
      </Choice>
      <Choice {...is("never")} />
    </Choices>
  );
}
