/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { NavigationType, useLocation, useNavigationType, useSearchParams } from "react-router";
import { useDebounced } from "@/shared/hooks/useDebounced";
import { DataTable } from "@/shared/ui/DataTable";
import { Page } from "@/shared/ui/Page";
import { useColumns } from "./columns";
import { isPhone, readFilter, writeFilter, type Filter } from "./filter";
import { Filters } from "./Filters";
import { NewCampaign } from "./NewCampaign";
import { NothingFits, NothingYet, PhoneTyped } from "./Nothing";
import { useCampaigns } from "./queries";

const typingMs = 300;

/* The filter as it is being set, and as it is asked for: a name once the typing rests. */
function useFilter() {
  const [address, setAddress] = useSearchParams();
  const [filter, setFilter] = useState<Filter>(() => readFilter(address));
  const query = useDebounced(filter.query.trim(), typingMs);
  const asked: Filter = { status: filter.status, query };

  const wanted = writeFilter(asked).toString();
  useEffect(() => {
    if (wanted !== address.toString()) setAddress(wanted, { replace: true, preventScrollReset: true });
  }, [wanted, address, setAddress]);
  return { filter, setFilter, asked };
}

function Table({ asked, onReset }: { asked: Filter; onReset: () => void }) {
  const { t } = useTranslation("campaigns");
  const columns = useColumns();
  const wrong = isPhone(asked.query);
  const { rows, error, again, more, loadingMore } = useCampaigns(asked, !wrong);
  if (wrong) return <PhoneTyped phone={asked.query} />;
  const isFiltered = asked.query !== "" || asked.status !== null;
  return (
    <DataTable
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      label={t("title")}
      error={error}
      onAgain={again}
      onMore={more}
      loadingMore={loadingMore}
      empty={isFiltered ? <NothingFits onReset={onReset} /> : <NothingYet />}
    />
  );
}

/* Changes when one comes to the page anew, such as by the menu; not when the page itself changes its address. */
function useVisit(): string {
  const { key } = useLocation();
  const type = useNavigationType();
  const [visit, setVisit] = useState(key);
  if (type !== NavigationType.Replace && key !== visit) setVisit(key);
  return visit;
}

function Content() {
  const { filter, setFilter, asked } = useFilter();
  return (
    <>
      <Filters filter={filter} onChange={setFilter} />
      <Table asked={asked} onReset={() => setFilter({ status: null, query: "" })} />
    </>
  );
}

export default function CampaignsPage() {
  const { t } = useTranslation("campaigns");
  return (
    <Page title={t("title")} actions={<NewCampaign />}>
      <Content key={useVisit()} />
    </Page>
  );
}
