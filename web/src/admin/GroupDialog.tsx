// Who is in a group: people of the workspace are ticked.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, got } from "../api/client.ts";
import { useSession } from "../api/session.ts";
import { NAME } from "../app/names.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { tell } from "../app/toasts.tsx";
import { useKept } from "../app/useKept.ts";
import { useText } from "../i18n/text.tsx";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { Checkbox, SearchField, TextField } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import {
  bodyOf,
  formOf,
  type Group,
  type GroupForm,
  goneOf,
  isFound,
  type Mate,
  matesOf,
  ticked,
  type User,
} from "./groups.ts";

/** So many are seen without being looked for. */
const AT_A_GLANCE = 12;

/** Whoever has a role in this workspace, all of them. */
function useMates() {
  const workspace = useSession((session) => session.workspace);
  return useQuery({
    queryKey: [workspace, "users", "mates"],
    queryFn: async ({ signal }) => {
      const users: User[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: 200, ...(cursor ? { cursor } : {}) };
        const page = await got(client.GET("/users", { params: { query }, signal }));
        users.push(...page.items);
        cursor = page.next;
      } while (cursor);
      return matesOf(users, workspace);
    },
  });
}

function Members(props: {
  mates: readonly Mate[];
  form: GroupForm;
  onChange: (form: GroupForm) => void;
}) {
  const t = useText();
  const { mates, form } = props;
  const [words, setWords] = useState("");
  const gone = goneOf(form, mates);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a column
    <div role="group" aria-label={t("group.members")} className="stack">
      <span className="field-label">{t("group.members")}</span>
      {mates.length > AT_A_GLANCE && (
        <SearchField label={t("group.find")} value={words} onChange={setWords} />
      )}
      <div className="group-mates">
        {mates
          .filter((one) => isFound(one, words))
          .map((one) => (
            <Checkbox
              key={one.name}
              checked={Object.hasOwn(form.members, one.name)}
              onChange={(isIn) => props.onChange(ticked(form, one.name, isIn))}
            >
              <span className="foreign">{one.title || one.name}</span>
              <span className="muted foreign">
                {" "}
                {one.title && `${one.name} · `}
                {t(`role.${one.role}`)}
                {one.isDisabled && ` · ${t("user.disabled")}`}
              </span>
            </Checkbox>
          ))}
      </div>
      <span className="field-help">{t("group.membersHelp")}</span>
      {gone.length > 0 && <p>{t("group.gone", { names: gone.join(", ") })}</p>}
    </div>
  );
}

export function GroupDialog(props: {
  group: Group | undefined;
  /** Of a new one: as a review names it. */
  wanted: string;
  taken: ReadonlySet<string>;
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const mates = useMates();
  const [name, setName] = useState(props.wanted);
  const {
    kept: group,
    form,
    setForm,
    anew,
  } = useKept(props.group, formOf, (one) =>
    got(client.GET("/groups/{group}", { params: { path: { group: one.group } } })),
  );
  const id = group?.group ?? name.trim();
  const isTaken = !group && props.taken.has(id);
  let wrong: string | undefined;
  if (isTaken) wrong = t("group.taken");
  else if (id !== "" && !NAME.test(id)) wrong = t("flow.idWrong");
  const save = async () => {
    const header = group ? { "If-Match": `"${group.revision}"` } : {};
    const body = bodyOf(form, mates.data ?? []);
    await got(client.PUT("/groups/{group}", { params: { path: { group: id }, header }, body }));
    await queries.invalidateQueries();
    tell(t("group.kept"));
    props.onClose();
  };
  return (
    <SaveDialog
      title={group ? t("group.change", { name: group.title ?? group.group }) : t("group.new")}
      ready={mates.data !== undefined && NAME.test(id) && !isTaken}
      onSave={save}
      onAnew={anew}
      onClose={props.onClose}
    >
      {!group && (
        <TextField
          label={t("group.name")}
          help={t("group.nameHelp")}
          required
          autoFocus
          mono
          maxLength={64}
          error={wrong}
          value={name}
          onChange={setName}
        />
      )}
      <TextField
        label={t("group.title")}
        maxLength={200}
        value={form.title}
        onChange={(title) => setForm({ ...form, title })}
      />
      {mates.isPending && <Skeleton label={t("state.loading")} lines={4} />}
      {mates.error && <ErrorBox small error={mates.error} onAgain={() => void mates.refetch()} />}
      {mates.data && <Members mates={mates.data} form={form} onChange={setForm} />}
    </SaveDialog>
  );
}
