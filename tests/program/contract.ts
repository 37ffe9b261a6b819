// The contract as tests use it: its operations, requests made from its examples and schemas, and the check of every
// answer against what it promises.
import { request as httpRequest } from "node:http";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Fields = Record<string, Value>;

export interface Param {
  name: string;
  in: "query" | "path" | "header";
  required: boolean;
  schema: Fields;
  example?: Value;
}
export interface Operation {
  id: string;
  method: string;
  path: string;
  pointer: string; // of the operation in the document
  permission: string;
  local: boolean;
  params: Param[];
  bodies: { type: string; schema?: Fields; examples: Value[]; required: boolean }[];
  json: Fields;
}
export interface Asked {
  method: string;
  path: string; // with its query, behind the base
  headers?: Record<string, string>;
  body?: string | Buffer;
}
export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json?: Value;
}
export type Target = { socketPath: string } | { host: string; port: number };

const base = "/api/v1";

/** One request, its whole answer. */
export function ask(target: Target, asked: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { host: "weft", ...asked.headers };
    if (asked.body !== undefined) headers["content-length"] = String(Buffer.byteLength(asked.body));
    const options = { ...target, method: asked.method, path: base + asked.path, headers, agent: false };
    const call = httpRequest(options, (answer) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        const isJson = /^application\/([a-z+.-]*\+)?json/.test(answer.headers["content-type"] ?? "");
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text,
          ...isJson && text !== "" ? { json: JSON.parse(text) as Value } : {} });
      });
    });
    call.on("error", reject);
    call.end(asked.body);
  });
}

/** A value in a path, a query, a message. */
export function text(value: Value | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
function isObject(value: Value | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function object(value: Value | undefined): Fields {
  return isObject(value) ? value : {};
}
function escaped(piece: string): string {
  return piece.replaceAll("~", "~0").replaceAll("/", "~1");
}

export class Contract {
  readonly document: Fields;
  readonly operations: Operation[];
  readonly #ajv: Ajv2020;
  readonly #checks = new Map<string, ValidateFunction>();

  constructor(document: Fields) {
    this.document = document;
    this.#ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
    this.#ajv.addSchema({ $id: "weft:contract", ...document });
    this.operations = this.#read();
  }

  /** What stands at a reference, or the value itself. */
  follow(value: Value | undefined): Fields {
    let found = object(value);
    while (typeof found.$ref === "string") {
      let at: Value | undefined = this.document;
      for (const piece of found.$ref.slice(2).split("/"))
        at = object(at)[piece.replaceAll("~1", "/").replaceAll("~0", "~")];
      found = object(at);
    }
    return found;
  }

  #read(): Operation[] {
    const all: Operation[] = [];
    for (const [path, item] of Object.entries(object(this.document.paths)))
      for (const method of ["get", "post", "put", "patch", "delete"]) {
        const json = object(item)[method];
        if (!isObject(json)) continue;
        const params = [...(object(item).parameters ?? []) as Value[], ...(json.parameters ?? []) as Value[]];
        all.push({
          id: text(json.operationId), method: method.toUpperCase(), path, json,
          pointer: `#/paths/${escaped(path)}/${method}`, permission: text(json["x-permission"]),
          local: json["x-local"] === true, params: params.map((param) => this.#param(param)),
          bodies: this.#bodies(json),
        });
      }
    return all;
  }

  #param(value: Value): Param {
    const param = this.follow(value);
    const examples = Object.values(object(param.examples)).map((one) => this.follow(one).value);
    const example = param.example ?? examples[0];
    return { name: text(param.name), in: param.in as Param["in"], required: param.required === true,
      schema: this.follow(param.schema), ...example === undefined ? {} : { example } };
  }

  #bodies(json: Fields): Operation["bodies"] {
    const body = this.follow(json.requestBody);
    return Object.entries(object(body.content)).map(([type, value]) => {
      const media = object(value);
      const named = Object.values(object(media.examples)).map((one) => this.follow(one).value ?? null);
      return { type, examples: media.example === undefined ? named : [media.example, ...named],
        required: body.required === true, ...isObject(media.schema) ? { schema: this.follow(media.schema) } : {} };
    });
  }

  /** undefined: the answer is one that the operation promises; else what is wrong with it. */
  wrong(operation: Operation, answer: Answer): string | undefined {
    const responses = object(operation.json.responses);
    const name = Object.keys(responses).find((key) => key === String(answer.status)) ??
      Object.keys(responses).find((key) => key === `${String(answer.status)[0] ?? ""}XX`) ?? "default";
    const response = this.follow(responses[name]);
    const content = object(response.content);
    const given = String(answer.headers["content-type"] ?? "").split(";")[0] ?? "";
    if (name === "default" && answer.status < 400) return `the status ${answer.status} is not in the contract`;
    if (Object.keys(content).length === 0)
      return answer.text === "" ? undefined : `a body with status ${answer.status}`;
    if (answer.text === "" && "application/x-ndjson" in content) return undefined; // no lines: no type
    const type = Object.keys(content).find((key) => key === given || key === "*/*");
    if (type === undefined) return `status ${answer.status} with the content type "${given}"`;
    if (!/[/+]json$/.test(type) || object(content[type]).schema === undefined) return undefined;
    const own = object(responses[name]);
    const root = typeof own.$ref === "string" ? own.$ref : `${operation.pointer}/responses/${name}`;
    return this.#fault(`${root}/content/${escaped(type)}/schema`, answer.json);
  }

  #fault(pointer: string, value: Value | undefined): string | undefined {
    let check = this.#checks.get(pointer);
    if (check === undefined) {
      check = this.#ajv.compile({ $ref: `weft:contract${encodeURI(pointer)}` });
      this.#checks.set(pointer, check);
    }
    if (check(value)) return undefined;
    return this.#ajv.errorsText(check.errors) + ": " + text(value).slice(0, 300);
  }

  /** A value that fits a simple schema. */
  sample(value: Value | undefined): Value {
    const schema = this.follow(value);
    if (schema.example !== undefined) return schema.example;
    if (Array.isArray(schema.examples) && schema.examples[0] !== undefined) return schema.examples[0];
    if (schema.const !== undefined) return schema.const;
    if (Array.isArray(schema.enum) && schema.enum[0] !== undefined) return schema.enum[0];
    if (schema.default !== undefined) return schema.default;
    if (schema.format === "date-time") return "2026-11-21T18:50:00.123Z";
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    if (type === "integer" || type === "number") return schema.minimum ?? 1;
    if (type === "boolean") return false;
    if (type === "array") return [this.sample(schema.items)];
    return "x";
  }
}

/** "a=1&a=2" of the values that are given. */
export function query(values: Record<string, Value>): string {
  const parts = Object.entries(values).flatMap(([name, value]) => (Array.isArray(value) ? value : [value])
    .map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(text(one))}`));
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** The path with what stands for its parameters; their slashes are those of the path. */
export function fill(path: string, values: Record<string, Value | undefined>): string {
  return path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) =>
    text(values[name] ?? "none").split("/").map(encodeURIComponent).join("/"));
}

/** Values of another kind than the schema's. */
export function unfit(schema: Fields): Value | undefined {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const kinds: [string, Value][] = [
    ["object", { no_such_member: 1 }], ["array", [[]]], ["boolean", true], ["number", 1.5], ["string", "x"],
  ];
  return schema.type === undefined ? undefined : kinds.find(([type]) => !types.includes(type))?.[1];
}
