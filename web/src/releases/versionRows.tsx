// A version as a row.
import type { Translate } from "../i18n/text.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Moment } from "../ui/Moment.tsx";
import { DRAFT, type Version, versionName } from "./versions.ts";

/** The draft stands above what was published, as if it were the newest version. */
export function rowsOf(draft: { changed_at: string; by: string } | undefined, versions: Version[]) {
  const rows: Version[] = versions;
  if (!draft) return rows;
  return [{ version: DRAFT, by: draft.by, at: draft.changed_at }, ...rows];
}

export function columnsOf(t: Translate): Column<Version>[] {
  return [
    {
      id: "version",
      header: t("version.version"),
      width: "4.5rem",
      cell: (one) => (
        <strong className={one.version === DRAFT ? undefined : "mono"}>
          {one.version === DRAFT ? t("flow.draft") : versionName(one)}
        </strong>
      ),
    },
    {
      id: "message",
      header: t("version.message"),
      width: "minmax(6rem, 2fr)",
      cell: (one) => (
        <span className="foreign" title={one.message}>
          {one.message}
        </span>
      ),
    },
    {
      id: "where",
      header: t("flow.where"),
      width: "minmax(6.5rem, 1fr)",
      cell: (one) => (
        <span className="flow-where">
          {one.environments?.map((name) => (
            <span
              key={name}
              className={name === "production" ? "env env-production foreign" : "env foreign"}
            >
              {name}
            </span>
          ))}
        </span>
      ),
    },
    {
      id: "at",
      header: t("version.at"),
      width: "6rem",
      from: 420,
      cell: (one) => <Moment relative at={one.at} />,
    },
    {
      id: "by",
      header: t("version.by"),
      width: "5rem",
      from: 450,
      cell: (one) => <span className="foreign">{one.by}</span>,
    },
  ];
}
