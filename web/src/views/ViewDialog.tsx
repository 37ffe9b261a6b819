// A view gets its name: a new one, another name, or the list as it is now in the place of what it was.
import { useQueryClient } from "@tanstack/react-query";
import { client, got, onceKey } from "../api/client.ts";
import { SaveDialog } from "../app/SaveDialog.tsx";
import { tell } from "../app/toasts.tsx";
import { useKept } from "../app/useKept.ts";
import { useText } from "../i18n/text.tsx";
import { Checkbox, TextField } from "../ui/Field.tsx";
import type { Query } from "./lists.ts";
import type { List } from "./useList.ts";
import type { View, ViewState } from "./useViews.ts";
import { queryWords } from "./words.ts";

const NAME_MOST = 100;
const formOf = (view: View | undefined) => ({
  name: view?.name ?? "",
  shared: view?.shared ?? false,
});

function Contents({ list, query }: { list: List; query: Query }) {
  const t = useText();
  const { known, unknown } = queryWords(t, list.list, query);
  return (
    <div>
      <span className="field-label">{t("view.shows")}</span>
      <ul className="view-shows">
        {known.map(({ name, label, words }) => (
          <li key={name}>
            {label}
            {words && ": "}
            <span className="foreign">{words}</span>
          </li>
        ))}
        {unknown.map((one) => (
          <li key={one}>
            <code className="foreign">{one}</code> {t("view.notKnown")}
          </li>
        ))}
      </ul>
    </div>
  );
}

export function ViewDialog(props: {
  list: List;
  state: ViewState;
  /** NULL: a new one. */
  view: View | undefined;
  /** What it shows from now on. */
  query: Query;
  onClose: () => void;
}) {
  const t = useText();
  const queries = useQueryClient();
  const { list, state, query, onClose } = props;
  const {
    kept: view,
    form,
    setForm,
    anew,
  } = useKept(props.view, formOf, (one) =>
    got(client.GET("/views/{view}", { params: { path: { view: one.view } } })),
  );
  const name = form.name.trim();
  const isTaken = state.views.some(
    (one) => one.name === name && one.shared === form.shared && one.view !== view?.view,
  );
  const save = async () => {
    const body = { name, query, shared: form.shared };
    const made = view
      ? await got(
          client.PUT("/views/{view}", {
            params: { path: { view: view.view }, header: { "If-Match": `"${view.revision}"` } },
            body,
          }),
        )
      : await got(
          client.POST("/views", {
            params: { header: onceKey() },
            body: { list: list.list, ...body },
          }),
        );
    await queries.invalidateQueries();
    tell(t("view.kept", { name: made.name }));
    onClose();
    // As it is kept: a card number in it is masked.
    if (!view || query === list.query) list.show(made.query, made.view, { replace: true });
  };
  const title = view ? t("view.change") : t("view.keep");
  return (
    <SaveDialog
      title={title}
      size="s"
      ready={name !== "" && !isTaken}
      onSave={save}
      onAnew={anew}
      onClose={onClose}
    >
      <TextField
        label={t("view.name")}
        required
        autoFocus
        maxLength={NAME_MOST}
        value={form.name}
        error={isTaken ? t("view.taken") : undefined}
        onChange={(next) => setForm((mine) => ({ ...mine, name: next }))}
      />
      <Contents list={list} query={query} />
      <div>
        <Checkbox
          checked={form.shared}
          disabled={!state.mayShare && !form.shared}
          onChange={(shared) => setForm((mine) => ({ ...mine, shared }))}
        >
          {t("view.share")}
        </Checkbox>
        <p className="field-help">{t(state.mayShare ? "view.shareHelp" : "view.shareNot")}</p>
      </div>
    </SaveDialog>
  );
}
