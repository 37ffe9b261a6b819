// The places: a rail beside the screen; on a phone a bar below it.
import { Ellipsis } from "lucide-react";
import { Button as AriaButton } from "react-aria-components";
import { Link, useLocation } from "wouter";
import { can, useSession } from "../api/session.ts";
import { useText } from "../i18n/text.tsx";
import { cx } from "../ui/cx.ts";
import { Menu } from "../ui/Menu.tsx";
import { useMedia } from "../ui/useMedia.ts";
import { type Section, sectionOf, sections } from "./sections.ts";

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

export function Rail() {
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
