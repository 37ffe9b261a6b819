// The record types of ctAPI from its own WSDL: names, order and kinds of their fields, for records with every field.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { XMLParser } from "fast-xml-parser";
import { escape, get, isXml, type Xml } from "./xml.ts";

export const space = "http://www.catalinatechnology.com/services/ctDynamicsSL";
export const wsdlFolder = join(import.meta.dirname, "wsdl");
// What only templates call stands beside them.
const elsewhere: Record<string, string> = {
  journalTransactions: join(import.meta.dirname, "../../../flows/common/wsdl/sl_journal_transactions.wsdl"),
};

export interface Field {
  name: string;
  type: string; // "string", "double", "Batch", ...
  many: boolean;
}
type Node = Record<string, unknown>;

function nodes(value: unknown): Node[] {
  return value === undefined ? [] : Array.isArray(value) ? value as Node[] : [value as Node];
}

export function readTypes(service: string): Map<string, Field[]> {
  const parser = new XMLParser({ ignoreAttributes: false, removeNSPrefix: true, attributeNamePrefix: "@",
    maxNestedTags: 200 });
  const file = elsewhere[service] ?? join(wsdlFolder, `${service}.wsdl`);
  const root = parser.parse(readFileSync(file)) as { definitions: Node };
  const types = new Map<string, Field[]>();
  const schema = (root.definitions.types as Node).schema as Node;
  for (const type of nodes(schema.complexType)) {
    const sequence = type.sequence as Node | undefined;
    types.set(String(type["@name"]), nodes(sequence?.element).map((one) => ({
      name: String(one["@name"]), type: String(one["@type"]).split(":")[1] ?? "",
      many: String(one["@maxOccurs"]) === "unbounded",
    })));
  }
  return types;
}

const empty: Record<string, string> = {
  int: "0", short: "0", double: "0", dateTime: "1900-01-01T00:00:00", boolean: "false",
};

/** A record with every simple field; what `given` does not have is empty, as SL says it. */
export function writeRecord(types: Map<string, Field[]>, type: string, given: Xml | Record<string, string>): string {
  let out = "";
  for (const field of types.get(type) ?? []) {
    const own = isXml(given) ? given[field.name] ?? get(given, space, field.name) : undefined;
    if (types.has(field.type)) {
      if (own === undefined) continue;
      for (const one of Array.isArray(own) ? own : [own])
        out += `<${field.name}>${writeRecord(types, field.type, one)}</${field.name}>`;
      continue;
    }
    const value = typeof own === "string" && own !== "" ? own : empty[field.type] ?? "";
    out += `<${field.name}>${escape(value)}</${field.name}>`;
  }
  return out;
}

/** .NET's XmlSerializer passes over what stands out of its order; we refuse it, so that a test sees it. */
export function checkOrder(types: Map<string, Field[]>, type: string, given: Xml): void {
  const fields = types.get(type);
  if (fields === undefined || !isXml(given)) return;
  let last = -1;
  for (const [name, value] of Object.entries(given)) {
    const at = fields.findIndex((field) => `{${space}}${field.name}` === name);
    if (at < 0) throw new Error(`${type} has no element ${name}`);
    if (at < last) throw new Error(`${name} stands out of the order of ${type}`);
    last = at;
    const inner = fields[at]?.type ?? "";
    for (const one of Array.isArray(value) ? value : [value]) checkOrder(types, inner, one);
  }
}
