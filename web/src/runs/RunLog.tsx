// What happened in a run, line by line; of one step, or without what went well.
import { ScrollText } from "lucide-react";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { usePages } from "../api/pages.ts";
import { useCan } from "../api/session.ts";
import { ListView } from "../app/ListView.tsx";
import { span } from "../i18n/format.ts";
import { isTextKey, type Translate, useText } from "../i18n/text.tsx";
import { Badge, type Tone } from "../ui/Badge.tsx";
import type { Column } from "../ui/DataGrid.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Checkbox, Select } from "../ui/Field.tsx";
import { useTitles } from "./titles.tsx";

interface Line {
  position: number;
  at_ms: number;
  level: string;
  what: string;
  text: string;
  step?: string;
  attempt?: number;
}

const LEVELS = ["info", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];
const tones: Record<string, Tone> = { info: "info", warn: "warn", error: "err" };

function columnsOf(t: Translate, titles: (path: string) => string): Column<Line>[] {
  return [
    {
      id: "at",
      header: t("log.at"),
      width: "5.5rem",
      align: "end",
      cell: (line) => span(line.at_ms),
    },
    {
      id: "what",
      header: t("exception.what"),
      width: "7.5rem",
      cell: (line) => {
        const key = `log.what.${line.what}`;
        return (
          <Badge plain tone={tones[line.level] ?? "neutral"}>
            {isTextKey(key) ? t(key) : line.what}
          </Badge>
        );
      },
    },
    {
      id: "step",
      header: t("step.step"),
      width: "minmax(6rem, 1fr)",
      cell: (line) => (
        <span className="foreign" title={line.step}>
          {line.step && titles(line.step)}
        </span>
      ),
    },
    {
      id: "text",
      header: t("log.text"),
      width: "minmax(8rem, 3fr)",
      from: 420,
      cell: (line) => (
        <span className="foreign" title={line.text}>
          {line.text}
        </span>
      ),
    },
  ];
}

export function RunLog(props: {
  run: string;
  /** The step that is looked at; "" is none. */
  step: string;
  onChoose: (path: string) => void;
}) {
  const t = useText();
  const titles = useTitles();
  const { run, step, onChoose } = props;
  const may = useCan("payloads.read");
  const [level, setLevel] = useState<Level>("info");
  const [own, setOwn] = useState(false);
  const path = own && step !== "" ? step : undefined;
  const pages = usePages<Line>(
    ["runs", run, "log", level, path ?? ""],
    async (cursor, signal) => {
      const query = {
        level,
        limit: 200,
        ...(path ? { path } : {}),
        ...(cursor ? { cursor } : {}),
      };
      const page = await got(
        client.GET("/runs/{run}/log", { params: { path: { run }, query }, signal }),
      );
      return { ...page, items: page.items as unknown as Line[] };
    },
    { enabled: may },
  );
  if (!may) return <p className="muted">{t("may.not", { permission: "payloads.read" })}</p>;
  return (
    <div className="run-log">
      <div className="filters">
        <Select
          inline
          hideLabel
          label={t("log.level")}
          value={level}
          onChange={(next) => setLevel(next as Level)}
          choices={LEVELS.map((one) => ({ value: one, label: t(`log.level.${one}`) }))}
        />
        {step !== "" && (
          <Checkbox checked={own} onChange={setOwn}>
            {t("log.own")}
          </Checkbox>
        )}
      </div>
      <div className="framed run-log-lines">
        <ListView
          label={t("log.log")}
          pages={pages}
          columns={columnsOf(t, titles)}
          keyOf={(line) => String(line.position)}
          onOpen={(line) => line.step && onChoose(line.step)}
          filtered={level !== "info" || path !== undefined}
          onClear={() => {
            setLevel("info");
            setOwn(false);
          }}
          empty={<Empty icon={<ScrollText size={22} />} title={t("log.none")} />}
        />
      </div>
    </div>
  );
}
