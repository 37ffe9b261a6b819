// What is around every screen: rail, top bar, palette, help, and the keys that work everywhere.
import {
  ChevronDown,
  CircleHelp,
  Ellipsis,
  LogOut,
  Monitor,
  Moon,
  Search,
  Sun,
} from "lucide-react";
import { type ReactNode, useMemo, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components";
import { Link, useLocation } from "wouter";
import { can, signOut, useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { type Command, useCommands } from "../keys/registry.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { Menu } from "../ui/Menu.tsx";
import { useMedia } from "../ui/useMedia.ts";
import { useAppearance } from "./appearance.ts";
import { KeyHelp } from "./KeyHelp.tsx";
import { LiveMark } from "./LiveMark.tsx";
import { Caps, Palette } from "./Palette.tsx";
import { nextRegion } from "./regions.ts";
import { type Section, sectionOf, sections } from "./sections.ts";
import { useArrival } from "./useArrival.ts";
import { WorkspaceMenu } from "./WorkspaceMenu.tsx";

function RailLink({ section, current }: { section: Section; current: boolean }) {
  const t = useText();
  const Icon = section.icon;
  return (
    <Link
      href={section.path}
      className="rail-link"
      title={t(section.label)}
      aria-current={current ? "page" : undefined}
    >
      <Icon size={17} strokeWidth={1.9} aria-hidden="true" />
      <span>{t(section.label)}</span>
    </Link>
  );
}

/** On a phone: what one goes to all day, and a menu of the other places. */
function PhoneRail({ shown, now }: { shown: readonly Section[]; now: Section | undefined }) {
  const t = useText();
  const [, go] = useLocation();
  const others = shown.filter((section) => !section.often);
  return (
    <>
      {shown
        .filter((section) => section.often)
        .map((section) => (
          <RailLink key={section.path} section={section} current={section === now} />
        ))}
      <Menu
        label={t("nav.label")}
        acts={others.map(({ path, label, icon: Icon }) => ({
          id: path,
          label: t(label),
          icon: <Icon size={15} aria-hidden="true" />,
          onAct: () => go(path),
        }))}
      >
        <AriaButton className={cx("rail-link", now && others.includes(now) && "rail-within")}>
          <Ellipsis size={17} aria-hidden="true" />
          <span>{t("nav.more")}</span>
        </AriaButton>
      </Menu>
    </>
  );
}

function Rail() {
  const t = useText();
  const [path] = useLocation();
  const session = useSession();
  const now = sectionOf(path);
  const isPhone = useMedia("(max-width: 720px)");
  const shown = sections.filter((section) => !section.needs || can(session, section.needs));
  const links = (foot: boolean) =>
    shown
      .filter((section) => Boolean(section.foot) === foot)
      .map((section) => (
        <RailLink key={section.path} section={section} current={section === now} />
      ));
  return (
    <nav className="rail" aria-label={t("nav.label")} data-region="rail">
      {isPhone ? (
        <PhoneRail shown={shown} now={now} />
      ) : (
        <>
          <Link href="/" className="brand">
            <img src="/icon.svg" alt="" />
            <span>Weft</span>
          </Link>
          {links(false)}
          <span className="spacer" />
          {links(true)}
        </>
      )}
    </nav>
  );
}

const themes = { system: Monitor, light: Sun, dark: Moon };

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
          onAct: () => void signOut(),
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
        run: () => void signOut(),
      },
    ],
    [t, go, session, change, showPalette, showHelp],
  );
  useCommands(commands);
}

export function Frame({ children }: { children: ReactNode }) {
  const t = useText();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  const showPalette = useMemo(() => () => setPalette(true), []);
  const showHelp = useMemo(() => () => setHelp(true), []);
  useFrameCommands(showPalette, showHelp);
  useArrival(main);
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
      <Palette open={palette} onClose={() => setPalette(false)} />
      <KeyHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
