/* Finding in a table: each Enter goes to the next cell that has the words. */
import { Search } from "lucide-react";
import { useRef, useState } from "react";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { SearchField } from "../ui/Field.tsx";
import * as edit from "./sheet.ts";
import type { Spot } from "./useGrid.ts";

export function SheetFind({
  sheet,
  onFound,
}: {
  sheet: edit.Sheet;
  onFound: (spot: Spot) => void;
}) {
  const t = useText();
  const [words, setWords] = useState("");
  const [missed, setMissed] = useState(false);
  const last = useRef<Spot>({ row: 0, column: -1 });
  const next = (): void => {
    const found = edit.findNext(sheet, words, last.current);
    setMissed(found === undefined && words !== "");
    if (found !== undefined) {
      last.current = found;
      onFound(found);
    }
  };
  return (
    <form
      className="sheet-find"
      onSubmit={(event) => {
        event.preventDefault();
        next();
      }}
    >
      <SearchField
        label={t("rules.sheet.find")}
        value={words}
        onChange={(value) => {
          setWords(value);
          setMissed(false);
          last.current = { row: 0, column: -1 };
        }}
      />
      <Button
        size="s"
        look="quiet"
        type="submit"
        icon={<Search size={14} />}
        label={t("rules.sheet.next")}
      />
      <span className="muted" role="status">
        {missed && t("rules.sheet.missed")}
      </span>
    </form>
  );
}
