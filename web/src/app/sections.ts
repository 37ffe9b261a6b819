// The places of the designer, in the order of an operator's need.
import {
  ActivitySquare,
  Bell,
  Cable,
  House,
  Inbox,
  Layers,
  type LucideIcon,
  Scale,
  ScrollText,
  Settings,
  SlidersHorizontal,
  Users,
  Workflow,
} from "lucide-react";
import type { TextKey } from "../i18n/text.tsx";

export interface Section {
  path: string;
  label: TextKey;
  icon: LucideIcon;
  keys: string;
  /** Only for who has this permission. */
  needs?: string;
  foot?: boolean;
  /** An operator goes there all day: on a phone it has a place of its own. */
  often?: boolean;
}

export const sections: Section[] = [
  { path: "/", label: "nav.home", icon: House, keys: "g d", often: true },
  { path: "/flows", label: "nav.flows", icon: Workflow, keys: "g f", needs: "flows.read" },
  {
    path: "/runs",
    label: "nav.runs",
    icon: ActivitySquare,
    keys: "g r",
    needs: "runs.read",
    often: true,
  },
  {
    path: "/exceptions",
    label: "nav.exceptions",
    icon: Inbox,
    keys: "g e",
    needs: "exceptions.read",
    often: true,
  },
  {
    path: "/settlements",
    label: "nav.settlements",
    icon: Scale,
    keys: "g m",
    needs: "payloads.read",
  },
  {
    path: "/alerts",
    label: "nav.alerts",
    icon: Bell,
    keys: "g a",
    needs: "alerts.read",
    often: true,
  },
  {
    path: "/connections",
    label: "nav.connections",
    icon: Cable,
    keys: "g c",
    needs: "connections.read",
  },
  {
    path: "/environments",
    label: "nav.environments",
    icon: Layers,
    keys: "g n",
    needs: "flows.read",
  },
  {
    path: "/users",
    label: "nav.users",
    icon: Users,
    keys: "g u",
    needs: "users.manage",
    foot: true,
  },
  {
    path: "/audit",
    label: "nav.audit",
    icon: ScrollText,
    keys: "g t",
    needs: "audit.read",
    foot: true,
  },
  {
    path: "/administration",
    label: "nav.administration",
    icon: SlidersHorizontal,
    keys: "g p",
    needs: "runs.read",
    foot: true,
  },
  { path: "/settings", label: "nav.settings", icon: Settings, keys: "g s", foot: true },
];

export function sectionOf(path: string): Section | undefined {
  return sections.find(
    (one) => path === one.path || (one.path !== "/" && path.startsWith(`${one.path}/`)),
  );
}
