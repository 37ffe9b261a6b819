// "?": the keys that do something on this screen.
import { useMemo } from "react";
import { useText } from "../i18n/text.tsx";
import {
  type Command,
  type KeySettings,
  keysOf,
  useKeySettings,
  useRegistry,
} from "../keys/registry.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Caps } from "./Caps.tsx";

/** By group and by what they do: walking has four keys, and is one line. */
function groupsOf(commands: readonly Command[], settings: KeySettings) {
  const groups = new Map<string, Map<string, string[]>>();
  for (const command of commands) {
    const keys = keysOf(command, settings);
    if (keys.length === 0) continue;
    const titles = groups.get(command.group) ?? new Map<string, string[]>();
    titles.set(command.title, [...(titles.get(command.title) ?? []), ...keys]);
    groups.set(command.group, titles);
  }
  return [...groups].map(([group, titles]) => ({ group, titles: [...titles] }));
}

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const t = useText();
  const commands = useRegistry((state) => state.commands);
  const settings = useKeySettings();
  const groups = useMemo(() => groupsOf([...commands.values()], settings), [commands, settings]);
  return (
    <Dialog title={t("keys.title")} open onClose={onClose} size="l" closeLabel={t("act.close")}>
      <div className="help">
        {groups.map(({ group, titles }) => (
          <section key={group}>
            <h3>{group}</h3>
            <ul>
              {titles.map(([title, list]) => (
                <li key={title}>
                  <span>{title}</span>
                  <span className="row">
                    {list.map((keys) => (
                      <Caps key={keys} keys={keys} />
                    ))}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
