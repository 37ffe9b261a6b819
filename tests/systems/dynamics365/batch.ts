// $batch of the Dataverse Web API: multipart/mixed with change sets that are done all or not at all. Read strictly, as
// the service reads it: CRLF at the end of each line, application/http parts, no batch in a batch, no GET in a set.
import type { Answer, Ask } from "../lib/stand_in.ts";
import { writeJson } from "../lib/json.ts";
import { codes, ODataError } from "./errors.ts";

const operationsMax = 1000;
export type Run = (ask: Ask) => Answer;

export interface Part {
  headers: Record<string, string>;
  text: string;
}

function bad(text: string): ODataError {
  return new ODataError(400, codes.badArgument, `The batch request could not be read: ${text}`);
}

export function boundaryOf(type: string): string {
  const found = /^multipart\/mixed\s*;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*$/i.exec(type);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw bad(`'${type}' names no boundary.`);
  return boundary;
}

/** The parts between the boundaries, with their headers. */
export function readParts(text: string, boundary: string): Part[] {
  const [, ...pieces] = `\r\n${text}`.split(`\r\n--${boundary}`); // what stands before the first says nothing
  if (pieces.length === 0) throw bad("it has no boundary.");
  const last = pieces.pop() ?? "";
  if (!/^--(\r\n)?$/.test(last)) throw bad("it does not end with its last boundary.");
  return pieces.map((piece) => {
    if (!piece.startsWith("\r\n")) throw bad("a boundary is not at the end of its line.");
    return readHeaders(piece.slice(2));
  });
}

function readHeaders(text: string): Part {
  const end = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n");
  if (end < 0) throw bad("a part has no empty line behind its headers.");
  const headers: Record<string, string> = {};
  for (const line of end === 0 ? [] : text.slice(0, end).split("\r\n")) {
    const found = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line);
    if (found === null) throw bad(`'${line}' is no header.`);
    headers[(found[1] ?? "").toLowerCase()] = found[2] ?? "";
  }
  return { headers, text: text.slice(end === 0 ? 2 : end + 4) };
}

/** The request in an application/http part; headers that it leaves out are those of the batch. */
function readAsk(part: Part, outer: Ask): Ask {
  if (!/^application\/http\b/i.test(part.headers["content-type"] ?? "")
    || (part.headers["content-transfer-encoding"] ?? "").toLowerCase() !== "binary")
    throw bad("a part is not application/http in binary.");
  const end = part.text.indexOf("\r\n");
  const line = end < 0 ? part.text : part.text.slice(0, end);
  const found = /^(GET|POST|PATCH|PUT|DELETE) (?:https?:\/\/([^/\s]+))?(\/\S+) HTTP\/1\.1$/.exec(line);
  if (found === null) throw bad("a part has no request line.");
  if (found[2] !== undefined && found[2] !== outer.headers.host) throw bad("a part is for another host.");
  const inner = readHeaders(part.text.slice(end + 2));
  const target = found[3] ?? "";
  const [path = "", query = ""] = target.split("?");
  const headers = { accept: "application/json", "odata-version": "4.0", "odata-maxversion": "4.0", ...inner.headers,
    host: outer.headers.host ?? "" };
  return { method: found[1] ?? "", target, path, query: new URLSearchParams(query), headers, body: inner.text };
}

function partText(answer: Answer, id?: string): string {
  const body = answer.body === undefined ? "" : writeJson(answer.body);
  const headers = { ...answer.headers, ...(body === "" ? {} : { "Content-Type": "application/json" }) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    + (id === undefined ? "" : `Content-ID: ${id}\r\n`)
    + `\r\nHTTP/1.1 ${answer.status} Said\r\n${lines}OData-Version: 4.0\r\n\r\n${body}`;
}

function partsText(parts: string[], boundary: string): string {
  return parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("") + `--${boundary}--\r\n`;
}

/** `together` runs what it is given and takes it all back when that throws. */
export function answerBatch(ask: Ask, guid: string, run: Run, together: (set: () => string[]) => string[]): Answer {
  const parts = readParts(ask.body, boundaryOf(ask.headers["content-type"] ?? ""));
  const answers: string[] = [];
  let operations = 0;
  for (const part of parts) {
    if (/^multipart\/mixed/i.test(part.headers["content-type"] ?? "")) {
      const inner = readParts(part.text, boundaryOf(part.headers["content-type"] ?? ""));
      if ((operations += inner.length) > operationsMax) throw tooMany();
      const set = changeSet(inner, ask, guid, run, together);
      answers.push(set.text);
      if (set.failed) break; // what stands behind is not run
    } else {
      if ((operations += 1) > operationsMax) throw tooMany();
      const answer = run(readAsk(part, ask));
      answers.push(partText(answer));
      if (answer.status >= 400) break;
    }
  }
  const boundary = `batchresponse_${guid}`;
  return { status: 200, headers: { "content-type": `multipart/mixed; boundary=${boundary}`, "odata-version": "4.0" },
    text: partsText(answers, boundary) };
}

function tooMany(): ODataError {
  return new ODataError(400, codes.badArgument,
    `Number of requests in a batch exceeded the limit of ${operationsMax}.`);
}

class Refused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super("refused");
    this.answer = answer;
  }
}

function changeSet(parts: Part[], ask: Ask, guid: string, run: Run, together: (set: () => string[]) => string[]):
  { text: string; failed: boolean } {
  const asks = parts.map((part) => {
    const inner = readAsk(part, ask);
    if (inner.method === "GET") throw bad("a change set has a GET.");
    if (part.headers["content-id"] === undefined) throw bad("a part of a change set has no Content-ID.");
    return { inner, id: part.headers["content-id"] };
  });
  try {
    const answers = together(() => asks.map(({ inner, id }) => {
      const answer = run(inner);
      if (answer.status >= 400) throw new Refused(answer);
      return partText(answer, id);
    }));
    const boundary = `changesetresponse_${guid}`;
    return { failed: false,
      text: `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${partsText(answers, boundary)}` };
  } catch (reason) {
    if (reason instanceof Refused) return { failed: true, text: partText(reason.answer) };
    throw reason;
  }
}
