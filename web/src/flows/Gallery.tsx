// Templates to begin with: found by words and by system, walked with the arrows. The empty canvas
// stands before them, whatever is looked for.
import { useRef, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import type { Pages } from "../api/pages.ts";
import { useText } from "../i18n/text.tsx";
import { Chip } from "../ui/Badge.tsx";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { ErrorBox } from "../ui/ErrorBox.tsx";
import { SearchField, Select } from "../ui/Field.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import {
  BLANK,
  searched,
  systemsOf,
  systemsOfAll,
  type Template,
  type TitleOf,
} from "./templates.ts";

const ANY = "";

/** A template as it is offered, or the empty canvas. */
interface Offer {
  id: string;
  name: string;
  text: string;
  systems: readonly string[];
}

function offerOf(template: Template, titleOf: TitleOf): Offer {
  return {
    id: template.template,
    name: template.name,
    text: template.description ?? "",
    systems: systemsOf(template).map(titleOf),
  };
}

function OfferItem({ offer }: { offer: Offer }) {
  const foreign = offer.id !== BLANK && "foreign";
  return (
    <ListBoxItem id={offer.id} textValue={offer.name} className="pick">
      <span className={cx("pick-name", foreign)}>{offer.name}</span>
      <span className="pick-about">
        {offer.text !== "" && <span className={cx("pick-text", foreign)}>{offer.text}</span>}
        {offer.systems.length > 0 && (
          <span className="pick-systems">
            {offer.systems.map((system) => (
              <Chip key={system}>{system}</Chip>
            ))}
          </span>
        )}
      </span>
    </ListBoxItem>
  );
}

/** Where the templates are not there: on their way, refused, or none that fits. */
function Missing(props: { templates: Pages<Template>; none: boolean; onClear: () => void }) {
  const t = useText();
  const { templates, none } = props;
  if (templates.loading) return <Skeleton label={t("state.loading")} lines={6} />;
  if (templates.error !== undefined && templates.items.length === 0) {
    return (
      <div className="list-note">
        <ErrorBox error={templates.error} onAgain={templates.again} />
      </div>
    );
  }
  if (!none) return null;
  return (
    <div className="stack gallery-none">
      <p>{t("gallery.none")}</p>
      <Button onPress={props.onClear}>{t("list.clear")}</Button>
    </div>
  );
}

export function Gallery(props: {
  templates: Pages<Template>;
  titleOf: TitleOf;
  chosen: string;
  onChoose: (template: string) => void;
}) {
  const t = useText();
  const { templates, titleOf } = props;
  const [words, setWords] = useState("");
  const [system, setSystem] = useState(ANY);
  const list = useRef<HTMLDivElement>(null);
  const found = searched(templates.items, words, system, titleOf);
  const blank: Offer = { id: BLANK, name: t("flow.blank"), text: t("flow.blankHelp"), systems: [] };
  const there = templates.items.length > 0;
  const toFirst = () => {
    const first = found[0]?.template ?? BLANK;
    props.onChoose(first);
    list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(first)}"]`)?.focus();
  };
  return (
    <div className="gallery">
      {there && (
        <div className="gallery-filters">
          <SearchField
            label={t("gallery.search")}
            value={words}
            onChange={setWords}
            onKey={(event) => {
              if (event.key !== "ArrowDown" && event.key !== "Enter") return;
              event.preventDefault();
              toFirst();
            }}
          />
          <Select
            label={t("gallery.system")}
            hideLabel
            value={system}
            onChange={setSystem}
            choices={[
              { value: ANY, label: t("gallery.everySystem") },
              ...systemsOfAll(templates.items, titleOf).map((one) => ({
                value: one.name,
                label: one.title,
                help: t("gallery.count", { count: one.count }),
              })),
            ]}
          />
          <p className="muted" role="status">
            {t("gallery.count", { count: found.length })}
          </p>
        </div>
      )}
      <div className="gallery-list">
        <ListBox
          ref={list}
          aria-label={t("flow.begin")}
          className="picks"
          autoFocus
          selectionMode="single"
          selectionBehavior="replace"
          disallowEmptySelection
          selectedKeys={[props.chosen]}
          onSelectionChange={(keys) => {
            if (keys === "all") return;
            for (const key of keys) props.onChoose(String(key));
          }}
          items={[blank, ...found.map((one) => offerOf(one, titleOf))]}
        >
          {(offer) => <OfferItem offer={offer} />}
        </ListBox>
        <Missing
          templates={templates}
          none={there && found.length === 0}
          onClear={() => {
            setWords("");
            setSystem(ANY);
          }}
        />
      </div>
    </div>
  );
}
