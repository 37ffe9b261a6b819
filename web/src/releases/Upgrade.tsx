// The template that a flow was made from has changed: what comes into the draft, what stays, and what
// both have changed, place by place.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { client, exactly, got, gotExact, onceKey } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import { useSession } from "../api/session.ts";
import { useAsking } from "../app/SignIn.tsx";
import { tell } from "../app/toasts.tsx";
import { type Translate, useText } from "../i18n/text.tsx";
import { type Json, objectOf } from "../model/json.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { shortOf } from "../ui/DiffTable.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Select } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Changes, whatOf } from "./Difference.tsx";
import type { Change } from "./drawing.ts";

type Merge = components["schemas"]["TemplateMerge"];
type Conflict = components["schemas"]["MergeConflict"];
type Choices = Readonly<Record<string, "mine" | "theirs">>;

function useMerge(flow: string) {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "flows", flow, "upgrade"],
    staleTime: 0,
    queryFn: async ({ signal }): Promise<Merge> => {
      const asked = client.POST("/flows/{flow}/template-merge", {
        params: { path: { flow } },
        body: { dry_run: true },
        ...exactly,
        signal,
      });
      return objectOf(await gotExact(asked)) as unknown as Merge;
    },
  });
}

const nothing = (value: unknown, t: Translate) =>
  value === undefined ? (
    <span className="muted">{t("upgrade.nothing")}</span>
  ) : (
    shortOf(value as Json | undefined)
  );

function Conflicts(props: {
  conflicts: readonly Conflict[];
  choices: Choices;
  onChoose: (choices: Choices) => void;
}) {
  const t = useText();
  const { conflicts, choices, onChoose } = props;
  const all = (choice: "mine" | "theirs") =>
    onChoose(Object.fromEntries(conflicts.map(({ place }) => [place, choice])));
  return (
    <section className="stack">
      <div className="row">
        <h3>{t("upgrade.both", { count: conflicts.length })}</h3>
        <Button size="s" onPress={() => all("mine")}>
          {t("upgrade.allMine")}
        </Button>
        <Button size="s" onPress={() => all("theirs")}>
          {t("upgrade.allTheirs")}
        </Button>
      </div>
      <div className="changes">
        <table className="diff">
          <thead>
            <tr>
              <th scope="col">{t("version.change")}</th>
              <th scope="col">{t("upgrade.base")}</th>
              <th scope="col">{t("upgrade.mine")}</th>
              <th scope="col">{t("upgrade.theirs")}</th>
              <th scope="col">{t("upgrade.choice")}</th>
            </tr>
          </thead>
          <tbody>
            {conflicts.map((one) => (
              <tr key={one.place}>
                <th scope="row">
                  <span className="foreign">
                    {whatOf(one as Pick<Change, "what" | "id" | "node">, t)}
                  </span>
                  <br />
                  <span className="mono muted foreign">{one.place}</span>
                </th>
                <td className="mono foreign">{nothing(one.base, t)}</td>
                <td className="mono foreign">{nothing(one.mine, t)}</td>
                <td className="mono foreign">{nothing(one.theirs, t)}</td>
                <td>
                  <Select
                    hideLabel
                    label={t("upgrade.choiceOf", { place: one.place })}
                    value={choices[one.place]}
                    placeholder={t("upgrade.open")}
                    onChange={(choice) =>
                      onChoose({ ...choices, [one.place]: choice === "theirs" ? "theirs" : "mine" })
                    }
                    choices={[
                      { value: "mine", label: t("upgrade.keepMine") },
                      { value: "theirs", label: t("upgrade.takeTheirs") },
                    ]}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The revision of the draft; one begins from what is live where there is none. */
async function draftRevision(flow: string, known: number | undefined): Promise<number> {
  if (known !== undefined) return known;
  const made = await got(
    client.POST("/flows/{flow}/draft", { params: { path: { flow }, header: onceKey() }, body: {} }),
  );
  return made.revision;
}

function Body(props: {
  flow: string;
  merge: Merge;
  revision: number | undefined;
  onClose: () => void;
}) {
  const t = useText();
  const { flow, merge, onClose } = props;
  const [choices, setChoices] = useState<Choices>({});
  const [asking, error, ask] = useAsking();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const open = merge.conflicts.filter(({ place }) => choices[place] === undefined).length;
  const take = async () => {
    const revision = await draftRevision(flow, props.revision);
    await got(
      client.POST("/flows/{flow}/template-merge", {
        params: { path: { flow }, header: { "If-Match": `"${revision}"`, ...onceKey() } },
        body: { choices },
      }),
    );
    onClose();
    tell(t("upgrade.done"));
    await queries.invalidateQueries();
    go(`/flows/${flow}`);
  };
  return (
    <div className="stack">
      <p>{t("upgrade.lead", { template: merge.template })}</p>
      {merge.conflicts.length > 0 && (
        <Conflicts conflicts={merge.conflicts} choices={choices} onChoose={setChoices} />
      )}
      <h3>{t("upgrade.comes", { count: merge.changes.length })}</h3>
      {merge.changes.length > 0 ? (
        <Changes changes={merge.changes as Change[]} />
      ) : (
        <p className="muted">{t("upgrade.comesNothing")}</p>
      )}
      {error !== undefined && <ErrorBox small error={error} />}
      <div className="row dialog-acts">
        <Button onPress={onClose}>{t("act.cancel")}</Button>
        <Button
          look="primary"
          pending={asking}
          reason={open > 0 ? t("upgrade.undecided", { count: open }) : undefined}
          onPress={() => ask(take)}
        >
          {t("upgrade.take")}
        </Button>
      </div>
    </div>
  );
}

export default function Upgrade(props: {
  flow: string;
  /** Of the draft, where there is one. */
  revision: number | undefined;
  onClose: () => void;
}) {
  const t = useText();
  const merge = useMerge(props.flow);
  return (
    <Dialog
      open
      title={t("upgrade.title")}
      onClose={props.onClose}
      closeLabel={t("act.close")}
      size="l"
    >
      {merge.error && <ErrorBox error={merge.error} onAgain={() => void merge.refetch()} />}
      {merge.isPending && <Skeleton label={t("state.loading")} lines={8} />}
      {merge.data && <Body {...props} merge={merge.data} />}
    </Dialog>
  );
}
