// Tabs whose chosen one is the caller's, as a rule in the URL. One Tab stop; arrows, Home and End choose.
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef } from "react";

export interface TabOf {
  id: string;
  label: ReactNode;
  content: ReactNode;
}

const STOPS = "a[href], button:enabled, input:enabled, textarea, select, [tabindex='0']";

function nextOf(key: string, at: number, count: number): number | undefined {
  if (key === "ArrowRight") return (at + 1) % count;
  if (key === "ArrowLeft") return (at + count - 1) % count;
  if (key === "Home") return 0;
  return key === "End" ? count - 1 : undefined;
}

export function Tabs(props: {
  label: string;
  tabs: TabOf[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  const { tabs, onChoose } = props;
  const own = useId();
  const list = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const chosen = tabs.find((tab) => tab.id === props.chosen) ?? tabs[0];
  useLayoutEffect(() => {
    // Who comes with the keyboard gets to a panel in which there is nothing to stop at.
    const element = panel.current;
    if (element?.querySelector(STOPS)) element.removeAttribute("tabindex");
    else element?.setAttribute("tabindex", "0");
  });
  const onKeyDown = (event: KeyboardEvent, at: number) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const next = nextOf(event.key, at, tabs.length);
    const tab = next === undefined ? undefined : tabs[next];
    if (!tab || next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    (list.current?.children[next] as HTMLElement | undefined)?.focus();
    onChoose(tab.id);
  };
  return (
    <div className="tabs">
      <div className="tab-list" role="tablist" aria-label={props.label} ref={list}>
        {tabs.map((tab, at) => (
          <div
            key={tab.id}
            id={`${own}-tab-${tab.id}`}
            className="tab"
            role="tab"
            tabIndex={tab === chosen ? 0 : -1}
            aria-selected={tab === chosen}
            aria-controls={tab === chosen ? `${own}-panel` : undefined}
            onClick={() => onChoose(tab.id)}
            onKeyDown={(event) => onKeyDown(event, at)}
          >
            {tab.label}
          </div>
        ))}
      </div>
      {chosen && (
        <div
          key={chosen.id}
          id={`${own}-panel`}
          className="tab-panel"
          role="tabpanel"
          aria-labelledby={`${own}-tab-${chosen.id}`}
          ref={panel}
        >
          {chosen.content}
        </div>
      )}
    </div>
  );
}
