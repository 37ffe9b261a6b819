// "?": the keys that do something on this screen.
import { useMemo } from "react";
import { useText } from "../i18n/text.tsx";
import { type Command, keysOf, useKeySettings, useRegistry } from "../keys/registry.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { Caps } from "./Palette.tsx";

export function KeyHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useText();
  const commands = useRegistry((state) => state.commands);
  const settings = useKeySettings();
  const groups = useMemo(() => {
    const byGroup = new Map<string, Command[]>();
    for (const command of commands.values()) {
      if (keysOf(command, settings).length === 0) continue;
      byGroup.set(command.group, [...(byGroup.get(command.group) ?? []), command]);
    }
    return [...byGroup];
  }, [commands, settings]);
  return (
    <Dialog
      title={t("keys.title")}
      open={open}
      onClose={onClose}
      size="l"
      closeLabel={t("act.close")}
    >
      <div className="help">
        {groups.map(([group, list]) => (
          <section key={group}>
            <h3>{group}</h3>
            <ul>
              {list.map((command) => (
                <li key={command.id}>
                  <span>{command.title}</span>
                  <span className="row">
                    {keysOf(command, settings).map((keys) => (
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
