// What is around every screen: top bar, palette, help, and the keys that work everywhere.
import { ChevronDown, CircleHelp, LogOut, Monitor, Moon, Search, Sun } from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { useLocation } from "wouter";
import { can, signOut, useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { findInData } from "../ui/findInData.ts";
import { Menu } from "../ui/Menu.tsx";
import { useAppearance } from "./appearance.ts";
import { Caps } from "./Caps.tsx";
import { LiveMark } from "./LiveMark.tsx";
import { Rail } from "./Rail.tsx";
import { nextRegion } from "./regions.ts";
import { sections } from "./sections.ts";
import { tellProblem } from "./toasts.tsx";
import { useArrival } from "./useArrival.ts";
import { WorkspaceMenu } from "./WorkspaceMenu.tsx";

const loadPalette = () => import("./Palette.tsx");
const KeyHelp = lazy(async () => ({ default: (await import("./KeyHelp.tsx")).KeyHelp }));
const themes = { system: Monitor, light: Sun, dark: Moon };

const leave = () => void signOut().catch(tellProblem);

function Account() {
  const t = useText();
  const name = useSession((session) => session.name);
  const { theme, change } = useAppearance();
  const acts = (Object.keys(themes) as (keyof typeof themes)[]).map((one) => {
    const Icon = themes[one];
    return {
      id: one,
      label: t(`theme.${one}`),
      icon: <Icon size={15} aria-hidden="true" />,
      ...(theme === one ? { keys: "✓" } : {}),
      onAct: () => change({ theme: one }),
    };
  });
  return (
    <Menu
      label={t("account.label", { name })}
      acts={[
        ...acts,
        {
          id: "out",
          label: t("account.signOut"),
          icon: <LogOut size={15} aria-hidden="true" />,
          onAct: leave,
        },
      ]}
    >
      <AriaButton className="account">
        <span className="visually-hidden">{t("account.group")}</span>
        <span className="avatar" aria-hidden="true">
          {name.slice(0, 2).toUpperCase()}
        </span>
        <span className="account-name truncate foreign">{name}</span>
        <ChevronDown size={13} aria-hidden="true" />
      </AriaButton>
    </Menu>
  );
}

function useFrameCommands(showPalette: () => void, showHelp: () => void): void {
  const t = useText();
  const [, go] = useLocation();
  const session = useSession();
  const change = useAppearance((state) => state.change);
  const commands = useMemo<Command[]>(
    () => [
      {
        id: "palette",
        title: t("palette.label"),
        group: t("keys.everywhere"),
        keys: ["mod+k", "mod+shift+p"],
        keysOnly: true,
        run: showPalette,
      },
      {
        id: "help",
        title: t("keys.title"),
        group: t("keys.everywhere"),
        keys: ["?"],
        run: showHelp,
      },
      {
        id: "region.next",
        title: t("keys.region"),
        group: t("keys.everywhere"),
        keys: ["f6"],
        keysOnly: true,
        run: () => nextRegion(false),
      },
      {
        id: "region.back",
        title: t("keys.regionBack"),
        group: t("keys.everywhere"),
        keys: ["shift+f6"],
        keysOnly: true,
        run: () => nextRegion(true),
      },
      {
        id: "search",
        title: t("keys.search"),
        group: t("keys.everywhere"),
        keys: ["/"],
        keysOnly: true,
        run: () => document.querySelector<HTMLInputElement>("main input[type=search]")?.focus(),
      },
      {
        id: "data.find",
        title: t("keys.findData"),
        group: t("keys.everywhere"),
        keys: ["mod+f"],
        within: () => document.activeElement?.closest(".data-pane") ?? null,
        keysOnly: true,
        run: () => findInData(document.activeElement?.closest(".data-pane")),
      },
      ...sections
        .filter((section) => !section.needs || can(session, section.needs))
        .map((section) => ({
          id: `go.${section.path}`,
          title: t("nav.go", { place: t(section.label) }),
          group: t("nav.label"),
          keys: [section.keys],
          run: () => go(section.path),
        })),
      ...(["light", "dark", "system"] as const).map((theme) => ({
        id: `theme.${theme}`,
        title: t(`theme.${theme}`),
        group: t("settings.appearance"),
        run: () => change({ theme }),
      })),
      {
        id: "signOut",
        title: t("account.signOut"),
        group: t("account.group"),
        run: leave,
      },
    ],
    [t, go, session, change, showPalette, showHelp],
  );
  useCommands(commands);
}

export function Frame({ children }: { children: ReactNode }) {
  const t = useText();
  const [palette, setPalette] = useState(false);
  const [Palette, hold] = useState<typeof import("./Palette.tsx").Palette>();
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  const showPalette = useMemo(() => () => setPalette(true), []);
  const showHelp = useMemo(() => () => setHelp(true), []);
  useFrameCommands(showPalette, showHelp);
  useArrival(main);
  // No part of what is seen first, and there before somebody calls it: what is typed right behind
  // its key is for it. When it did not come, it is asked for again by the call.
  useEffect(() => {
    if (Palette) return;
    loadPalette().then(
      (loaded) => hold(() => loaded.Palette),
      () => palette && setPalette(false),
    );
  }, [Palette, palette]);
  return (
    <div className="frame">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {t("nav.skip")}
      </button>
      <Rail />
      <header className="top" data-region="top">
        <WorkspaceMenu />
        <button type="button" className="top-search" onClick={showPalette}>
          <Search size={14} aria-hidden="true" />
          <span>{t("palette.open")}</span>
          <Caps keys="mod+k" />
        </button>
        <span className="spacer" />
        <LiveMark />
        <Button
          look="quiet"
          icon={<CircleHelp size={17} />}
          label={t("keys.title")}
          onPress={showHelp}
        />
        <Account />
      </header>
      <main className="main" id="main" ref={main} tabIndex={-1} data-region="main">
        {children}
      </main>
      {palette && Palette && <Palette onClose={() => setPalette(false)} />}
      {help && (
        <Suspense fallback={null}>
          <KeyHelp onClose={() => setHelp(false)} />
        </Suspense>
      )}
    </div>
  );
}
