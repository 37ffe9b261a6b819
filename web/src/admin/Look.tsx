// How Weft looks and which keys it hears, for this person on this machine.
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { type Appearance, useAppearance } from "../app/appearance.ts";
import { Caps } from "../app/Caps.tsx";
import { useText } from "../i18n/text.tsx";
import { chordOf } from "../keys/chord.ts";
import { type Command, keysOf, useKeySettings, useRegistry } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { type Choice, Select, Switch } from "../ui/Field.tsx";
import { Panel } from "../ui/Panel.tsx";

export function Look() {
  const t = useText();
  const look = useAppearance();
  const choice = <K extends keyof Appearance>(name: K, label: string, choices: Choice[]) => (
    <Select
      label={label}
      choices={choices}
      value={look[name]}
      onChange={(value) => look.change({ [name]: value } as Partial<Appearance>)}
    />
  );
  return (
    <Panel title={t("settings.appearance")}>
      <div className="settings-fields">
        {choice("theme", t("settings.theme"), [
          { value: "system", label: t("theme.system") },
          { value: "light", label: t("theme.light") },
          { value: "dark", label: t("theme.dark") },
        ])}
        {choice("contrast", t("settings.contrast"), [
          { value: "normal", label: t("settings.contrastNormal") },
          { value: "high", label: t("settings.contrastHigh") },
        ])}
        {choice("density", t("settings.density"), [
          { value: "compact", label: t("settings.compact") },
          { value: "comfortable", label: t("settings.comfortable") },
        ])}
        {choice("language", t("settings.language"), [
          { value: "en", label: "English" },
          { value: "en-XA", label: t("settings.pseudo") },
        ])}
      </div>
    </Panel>
  );
}

/** The keys of one command; a click listens for the next press. */
function KeysOf({ command }: { command: Command }) {
  const t = useText();
  const settings = useKeySettings();
  const [listening, setListening] = useState(false);
  const keys = keysOf(command, settings);
  const changed = settings.own[command.id] !== undefined;
  const set = (next: string[] | undefined) => {
    const own = { ...settings.own };
    if (next) own[command.id] = next;
    else delete own[command.id];
    settings.change({ own });
  };
  return (
    <li className="settings-key">
      <span>{command.title}</span>
      <span className="row">
        {changed && (
          <Button
            size="s"
            look="quiet"
            icon={<RotateCcw size={13} />}
            label={t("settings.keyReset", { name: command.title })}
            onPress={() => set(undefined)}
          />
        )}
        <button
          type="button"
          className="settings-caps"
          onClick={() => setListening(true)}
          onBlur={() => setListening(false)}
          onKeyDown={(event) => {
            if (!listening || event.key === "Tab") return;
            event.preventDefault();
            event.stopPropagation();
            const chord = chordOf(event);
            if (chord === undefined) return;
            setListening(false);
            if (chord === "escape") return;
            set(chord === "backspace" || chord === "delete" ? [] : [chord]);
          }}
        >
          <span className="visually-hidden">
            {t("settings.keyChange", { name: command.title })}
          </span>
          {listening ? (
            <span className="muted">{t("settings.press")}</span>
          ) : keys.length === 0 ? (
            <span className="muted">{t("settings.noKey")}</span>
          ) : (
            keys.map((one) => <Caps key={one} keys={one} />)
          )}
        </button>
      </span>
    </li>
  );
}

export function Keys() {
  const t = useText();
  const commands = useRegistry((state) => state.commands);
  const { letters, change } = useKeySettings();
  const list = [...commands.values()].filter((command) => (command.keys ?? []).length > 0);
  return (
    <Panel title={t("settings.keys")}>
      <div className="stack">
        <Switch checked={letters} onChange={(on) => change({ letters: on })}>
          {t("settings.letters")}
        </Switch>
        <ul className="settings-keys">
          {list.map((command) => (
            <KeysOf key={command.id} command={command} />
          ))}
        </ul>
        <p className="muted">{t("settings.keysHelp")}</p>
      </div>
    </Panel>
  );
}
