// What went wrong, as the API says it (RFC 9457), and what a person can do about it.

export interface Fault {
  pointer?: string;
  message?: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly path: string | undefined;
  readonly trace: string | undefined;
  readonly faults: Fault[];
  /** All members as they came: a conflict brings the newest revision along. */
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    const text = (name: string) =>
      typeof body[name] === "string" ? (body[name] as string) : undefined;
    super(text("detail") ?? text("title") ?? `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.code = text("code") ?? (status === 0 ? "unreachable" : `http_${status}`);
    this.title = text("title") ?? "";
    this.path = text("path");
    this.trace = text("trace");
    this.faults = Array.isArray(body.faults) ? (body.faults as Fault[]) : [];
    this.body = body;
  }

  /** Its message is for who mends a program, not for who uses one. */
  get technical(): boolean {
    return this.status === 0 || this.code === "garbled";
  }

  /** Trying again may help without changing anything: not where a system refuses who asks. */
  get passing(): boolean {
    if (this.code === "auth") return false;
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The program did not answer at all. */
export function unreachable(cause: unknown): Problem {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Problem(0, { code: "unreachable", title: "Weft does not answer", detail });
}

/** What was to be done may have been done all the same; `once`: asked again it is not done twice. */
export function unanswered(once: boolean, cause?: unknown): Problem {
  const detail = cause instanceof Error ? cause.message : "no answer came";
  const code = once ? "unanswered" : "unanswered_act";
  return new Problem(0, { code, title: "Weft does not answer", detail });
}

/** It said that all is well, and then nothing that can be read. */
function garbled(cause: unknown): Problem {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Problem(0, { code: "garbled", detail });
}

/** What an answer must have: nothing found and nothing understood are two things. */
export function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw garbled(`there is no "${name}" in the answer`);
  return value;
}

export function neededList<T>(items: T): Extract<T, readonly unknown[]> {
  const list = Array.isArray(items) ? items : undefined;
  return needed(list, "items") as Extract<T, readonly unknown[]>;
}

/** The program refuses in problems alone: any other words are of what stands before it. */
export function problemOf(status: number, body: unknown): Problem {
  if (typeof body === "object" && body !== null)
    return new Problem(status, body as Record<string, unknown>);
  const words = typeof body === "string" ? `: ${body.slice(0, 400)}` : "";
  return new Problem(status, { code: "garbled", detail: `HTTP ${status}${words}` });
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : garbled(error);
}
