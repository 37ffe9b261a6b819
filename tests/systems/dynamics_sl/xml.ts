// SOAP 1.1 as ctAPI's ASMX services speak it, read by fast-xml-parser and written by hand.
import { XMLParser } from "fast-xml-parser";

export type Xml = string | XmlObject | Xml[] | undefined;
export interface XmlObject {
  [name: string]: Xml;
}

const envelopeSpace = "http://schemas.xmlsoap.org/soap/envelope/";
const parser = new XMLParser({
  ignoreAttributes: false, removeNSPrefix: false, parseTagValue: false, parseAttributeValue: false,
  attributeNamePrefix: "@", trimValues: false, ignoreDeclaration: true,
});

export function isXml(value: Xml): value is XmlObject {
  return typeof value === "object" && !Array.isArray(value);
}

function split(name: string): [string, string] {
  const colon = name.indexOf(":");
  return colon < 0 ? ["", name] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** Resolves prefixes: names become "{URI}local", so that only what is in the right namespace is found. */
function resolve(value: Xml, spaces: Map<string, string>): Xml {
  if (Array.isArray(value)) return value.map((one) => resolve(one, spaces));
  if (!isXml(value)) return value;
  const made: XmlObject = {};
  for (const [name, child] of Object.entries(value)) {
    if (name.startsWith("@") || name === "#text") continue;
    const inner = Array.isArray(child) ? child : [child];
    const done = inner.map((one) => {
      const own = new Map(spaces);
      if (isXml(one))
        for (const [key, uri] of Object.entries(one)) {
          if (key === "@xmlns") own.set("", typeof uri === "string" ? uri : "");
          if (key.startsWith("@xmlns:")) own.set(key.slice(7), typeof uri === "string" ? uri : "");
        }
      const [prefix, local] = split(name);
      const uri = own.get(prefix);
      if (prefix !== "" && uri === undefined) throw new Error(`the prefix ${prefix} is not declared`);
      return [`{${uri ?? ""}}${local}`, textOf(one) ?? resolve(one, own)] as const;
    });
    for (const [key, one] of done) {
      const before = made[key];
      made[key] = before === undefined ? one : [...(Array.isArray(before) ? before : [before]), one];
    }
  }
  return made;
}

function textOf(value: Xml): string | undefined {
  if (typeof value === "string") return value;
  if (isXml(value) && Object.keys(value).every((key) => key.startsWith("@") || key === "#text"))
    return typeof value["#text"] === "string" ? value["#text"] : "";
  return undefined;
}

export interface Call {
  header: XmlObject;
  operation: string; // "{URI}local"
  message: XmlObject;
}

export function readCall(text: string): Call {
  const root = resolve(parser.parse(text) as XmlObject, new Map());
  const envelope = isXml(root) ? root[`{${envelopeSpace}}Envelope`] : undefined;
  const body = isXml(envelope) ? envelope[`{${envelopeSpace}}Body`] : undefined;
  const header = isXml(envelope) ? envelope[`{${envelopeSpace}}Header`] : undefined;
  const operation = isXml(body) ? Object.keys(body)[0] : undefined;
  if (!isXml(body) || operation === undefined) throw new Error("no SOAP envelope");
  const message = body[operation];
  return { header: isXml(header) ? header : {}, operation, message: isXml(message) ? message : {} };
}

/** A member of our namespace. */
export function get(object: Xml, space: string, name: string): Xml {
  return isXml(object) ? object[`{${space}}${name}`] : undefined;
}
export function text(object: Xml, space: string, name: string): string {
  const found = get(object, space, name);
  return typeof found === "string" ? found : "";
}

export function escape(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function writeEnvelope(content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${envelopeSpace}" `
    + 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    + `<soap:Body>${content}</soap:Body></soap:Envelope>`;
}
export function writeFault(code: string, message: string): string {
  return writeEnvelope(`<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${escape(message)}</faultstring>`
    + "<detail /></soap:Fault>");
}
