// The iterations of a loop: those that failed, and the way to any of them by its number.
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { count } from "../i18n/format.ts";
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { TextField } from "../ui/Field.tsx";
import { type RunStep, readStep } from "./runs.ts";
import { useTitles } from "./titles.tsx";

const FAILED_MOST = 20;

async function firstIn(run: string, path: string): Promise<RunStep | undefined> {
  const page = await got(
    client.GET("/runs/{run}/steps", { params: { path: { run }, query: { path, limit: 1 } } }),
  );
  const [first] = page.items;
  return first && readStep(first);
}

function useFailed(run: string, step: RunStep) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "runs", run, "failed", step.step],
    enabled: (step.iterations?.failed ?? 0) > 0 || step.status === "failed",
    queryFn: async ({ signal }) => {
      const page = await got(
        client.GET("/runs/{run}/steps", {
          params: {
            path: { run },
            query: { path: step.step, status: "failed", limit: FAILED_MOST },
          },
          signal,
        }),
      );
      return page.items.map(readStep).filter((one) => one.step !== step.step);
    },
  });
}

export function Iterations(props: {
  run: string;
  step: RunStep;
  onChoose: (path: string) => void;
}) {
  const t = useText();
  const titles = useTitles();
  const { run, step, onChoose } = props;
  const failed = useFailed(run, step);
  const [number, setNumber] = useState("");
  const [absent, setAbsent] = useState(false);
  const { iterations } = step;
  const go = async (event: FormEvent) => {
    event.preventDefault();
    if (!/^[0-9]+$/.test(number.trim())) return;
    const found = await firstIn(run, `${step.step}[${number.trim()}]`).catch(() => undefined);
    setAbsent(found === undefined);
    if (found) onChoose(found.step);
  };
  return (
    <section>
      <h3>{t("step.iterationsTitle")}</h3>
      <div className="stack">
        {iterations && (
          <p className="num">
            {t("step.iterationsTold", {
              begun: count(iterations.begun),
              done: count(iterations.done),
              failed: count(iterations.failed),
            })}
          </p>
        )}
        {(failed.data ?? []).length > 0 && (
          <ul className="plain-list">
            {failed.data?.map((one) => (
              <li key={one.step}>
                <button
                  type="button"
                  className="link foreign"
                  title={one.step}
                  onClick={() => onChoose(one.step)}
                >
                  {titles(one.step)}
                </button>
              </li>
            ))}
          </ul>
        )}
        <form className="row row-end" onSubmit={(event) => void go(event)}>
          <TextField
            label={t("step.iterationNumber")}
            inputMode="numeric"
            value={number}
            error={absent ? t("step.iterationAbsent") : undefined}
            onChange={(next) => {
              setNumber(next);
              setAbsent(false);
            }}
          />
          <Button type="submit" disabled={!/^[0-9]+$/.test(number.trim())}>
            {t("step.iterationGo")}
          </Button>
        </form>
      </div>
    </section>
  );
}
