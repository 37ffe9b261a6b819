/* One icon for each system and kind of step: recognised before it is read. */
import {
  Activity,
  ArrowLeftRight,
  Bell,
  Blocks,
  Braces,
  Calculator,
  CalendarClock,
  CircleStop,
  Clock,
  CloudCog,
  Database,
  FileCode,
  FileInput,
  FileText,
  Filter,
  Globe,
  Hand,
  type LucideIcon,
  Mail,
  PhoneIncoming,
  Radio,
  RefreshCw,
  Repeat,
  Reply,
  Scale,
  ScanSearch,
  ScrollText,
  Server,
  ShieldCheck,
  ShoppingBag,
  Sigma,
  Split,
  Table,
  UserCheck,
  Wallet,
  Waypoints,
  Webhook,
} from "lucide-react";
import { kindOf, systemOf } from "../model/catalog.ts";

const TYPES: Record<string, LucideIcon> = {
  "trigger.webhook": Webhook,
  "trigger.schedule": CalendarClock,
  "trigger.poll": RefreshCw,
  "trigger.manual": Hand,
  "trigger.call": PhoneIncoming,
  "trigger.event": Radio,
  "trigger.file": FileInput,
  "transform.map": ArrowLeftRight,
  "transform.script": ScrollText,
  "transform.lookup": Table,
  "transform.validate": ShieldCheck,
  "transform.aggregate": Sigma,
  "transform.anomaly": Activity,
  "transform.reconcile": Scale,
  "transform.match": ScanSearch,
  "transform.csv": FileText,
  "transform.fixed": FileText,
  "transform.xml": FileCode,
  "transform.template": FileText,
  "branch.switch": Split,
  "branch.filter": Filter,
  "branch.foreach": Repeat,
  "branch.repeat": RefreshCw,
  "branch.wait": Clock,
  "branch.review": UserCheck,
  "branch.signal": Bell,
  "branch.stop": CircleStop,
  "branch.call": Waypoints,
  "connector.http": Globe,
  "connector.soap": Globe,
  "connector.respond": Reply,
  "connector.file": FileInput,
  "connector.state": Braces,
  "connector.email": Mail,
  "connector.sftp": Server,
  "connector.sql": Database,
};

const SYSTEMS: Record<string, LucideIcon> = {
  paytrace: Wallet,
  paytrace_v3: Wallet,
  cybersource: Wallet,
  dynamics365: Calculator,
  dynamics_sl: Calculator,
  sage500: Calculator,
  shopify: ShoppingBag,
  azure_ml: CloudCog,
  azure_ml_entra: CloudCog,
  openai: CloudCog,
  azure_openai: CloudCog,
};

const KINDS: Record<string, LucideIcon> = {
  trigger: Webhook,
  transform: ArrowLeftRight,
  branch: Split,
  connector: Blocks,
};

export function iconOf(type: string): LucideIcon {
  return TYPES[type] ?? SYSTEMS[systemOf(type)] ?? KINDS[kindOf(type)] ?? Blocks;
}

export function TypeIcon({ type, size = 18 }: { type: string; size?: number }) {
  const Icon = iconOf(type);
  return <Icon size={size} aria-hidden="true" />;
}
