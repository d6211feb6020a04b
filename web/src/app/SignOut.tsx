/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button from "antd/es/button";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useChangePerson } from "@/shared/hooks/useMe";
import styles from "./Door.module.css";

export function SignOut() {
  const { t } = useTranslation();
  const changePerson = useChangePerson();
  const signOut = useMutation({ mutationFn: () => api.delete("/v1/session"), onSuccess: () => changePerson(null) });
  return (
    <Button className={styles.other ?? ""} type="text" block loading={signOut.isPending} onClick={() => signOut.mutate()}>
      {t("layout.sign_out")}
    </Button>
  );
}
