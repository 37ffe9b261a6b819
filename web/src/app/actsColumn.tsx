// The last column of a list: a menu of what can be done with the row.
import { Ellipsis } from "lucide-react";
import type { Translate } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { type Act, Menu } from "../ui/Menu.tsx";

export function actsColumn<T>(
  t: Translate,
  nameOf: (one: T) => string,
  actsOf: (one: T) => Act[],
): Column<T> {
  return {
    id: "acts",
    header: <span className="visually-hidden">{t("list.acts")}</span>,
    width: "3.75rem",
    align: "end",
    cell: (one) => {
      const label = t("list.actsOf", { name: nameOf(one) });
      return (
        <Menu label={label} acts={actsOf(one)}>
          <Button size="s" look="quiet" icon={<Ellipsis size={15} />} label={label} />
        </Menu>
      );
    },
  };
}
