/* How a system calls a webhook: its address, and the line for a shell that does the same, signed as
 * the step wants it. Secrets stand in it by the name of a variable, never themselves. */
import { type Json, type JsonObject, objectOf, textOf, writeJson } from "../model/json.ts";

/** A larger event is read from a file. */
const MOST = 4000;

export function hookAddress(
  origin: string,
  workspace: string,
  environment: string,
  path: string,
): string {
  const parts = [workspace, environment, ...path.split("/").filter((part) => part !== "")];
  return `${origin}/hooks/${parts.map(encodeURIComponent).join("/")}`;
}

/** As one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What a shell puts in between double quotes: only our own names are variables there. */
const inDouble = (text: string): string => text.replace(/["$`\\]/g, "\\$&");

/** The header of a signature over $BODY, and what has to be set before. */
function signed(verify: JsonObject): { before: string[]; headers: string[] } {
  const is = (name: string): string => textOf(verify[name]) ?? "";
  const stamp = is("timestamp_header");
  const [timePart, part] = [is("timestamp_part"), is("signature_part")];
  const timed = stamp !== "" || timePart !== "";
  const hash = is("algorithm") || "sha256";
  const key =
    is("key_encoding") === "base64"
      ? `-mac HMAC -macopt hexkey:"$(printf %s "$SECRET" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')"`
      : `-hmac "$SECRET"`;
  const out = is("encoding") === "base64" ? "openssl base64 -A" : "od -An -v -tx1 | tr -d ' \\n'";
  const text = timed ? '"$TIME.$BODY"' : '"$BODY"';
  const value = `${inDouble(is("prefix"))}$SIGNATURE`;
  const parts = part === "" ? value : `${inDouble(part)}=${value}`;
  const said = timePart === "" ? parts : `${inDouble(timePart)}=$TIME;${parts}`;
  return {
    before: [
      ...(timed ? ["TIME=$(date +%s)"] : []),
      `SIGNATURE=$(printf %s ${text} | openssl dgst -${hash} ${key} -binary | ${out})`,
    ],
    headers: [
      ...(stamp === "" ? [] : [`"${inDouble(stamp)}: $TIME"`]),
      `"${inDouble(is("header"))}: ${said}"`,
    ],
  };
}

/** Headers and options that prove who calls. */
function proof(verify: JsonObject): { before: string[]; headers: string[]; options: string[] } {
  const nothing = { before: [], headers: [], options: [] };
  switch (verify.type) {
    case "hmac":
      return { ...nothing, ...signed(verify) };
    case "basic":
      return { ...nothing, options: [`--user "${inDouble(textOf(verify.user) ?? "")}:$SECRET"`] };
    case "bearer": {
      const header = textOf(verify.header);
      const prefix = textOf(verify.prefix) ?? "";
      const said =
        header === undefined
          ? "Authorization: Bearer $SECRET"
          : `${inDouble(header)}: ${inDouble(prefix)}$SECRET`;
      return { ...nothing, headers: [`"${said}"`] };
    }
    default:
      return nothing;
  }
}

/** Lines to paste into a shell; $SECRET has to be set there where the sender is verified. */
export function curlOf(address: string, config: JsonObject, event: Json): string {
  const method = textOf(config.method) ?? "POST";
  const isText = config.accept === "text";
  const text = isText && typeof event === "string" ? event : writeJson(event);
  const has = method !== "GET";
  const body = text.length > MOST ? '"$(cat event.json)"' : shellWord(text);
  const { before, headers, options } = proof(objectOf(config.verify));
  const call = [
    `curl --request ${method}`,
    ...(has ? [`--header 'Content-Type: ${isText ? "text/plain" : "application/json"}'`] : []),
    ...headers.map((one) => `--header ${one}`),
    ...options,
    ...(has ? ['--data-binary "$BODY"'] : []),
    shellWord(address),
  ];
  return [`BODY=${has ? body : "''"}`, ...before, call.join(" \\\n  ")]
    .filter((line) => has || before.length > 0 || !line.startsWith("BODY="))
    .join("\n");
}
