// A list as every screen has one: its filters above, then rows, or why there are none.
import { SearchX } from "lucide-react";
import type { ReactNode } from "react";
import type { Pages } from "../api/pages.ts";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { DataGrid, type DataGridProps } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

export interface ListViewProps<T>
  extends Omit<DataGridProps<T>, "items" | "total" | "onMore" | "tail"> {
  pages: Pages<T>;
  /** What is shown when there is nothing at all. */
  empty: ReactNode;
  /** A filter is set: nothing found is another thing than nothing there. */
  filtered: boolean;
  onClear?: () => void;
}

export function ListView<T>({ pages, empty, filtered, onClear, ...grid }: ListViewProps<T>) {
  const t = useText();
  if (pages.loading) return <Skeleton label={t("state.loading")} lines={10} />;
  if (pages.error !== undefined && pages.items.length === 0) {
    return (
      <div className="list-note">
        <ErrorBox error={pages.error} onAgain={pages.again} />
      </div>
    );
  }
  if (pages.items.length === 0) {
    if (!filtered) return <>{empty}</>;
    return (
      <Empty
        icon={<SearchX size={22} />}
        title={t("list.noneFound")}
        acts={onClear && <Button onPress={onClear}>{t("list.clear")}</Button>}
      >
        {t("list.noneFoundText")}
      </Empty>
    );
  }
  const all = pages.more === undefined;
  return (
    <DataGrid
      {...grid}
      items={pages.items}
      total={pages.total}
      onMore={pages.more}
      tail={
        pages.loadingMore
          ? t("state.loading")
          : all && pages.items.length > 20
            ? t("list.all", { count: count(pages.items.length) })
            : undefined
      }
    />
  );
}
