// Errors as the two products say them. A handler throws one; the system answers it.
import type { Answer } from "../lib/stand_in.ts";

export class ODataError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

// Codes of Dataverse (api-limits, compose-http-requests-handle-errors and the platform's code list).
export const codes = {
  badArgument: "0x80040203",
  notFound: "0x80040217",
  duplicateKey: "0x80040237",
  keyNotFound: "0x80060891",
  concurrency: "0x80060882",
  badProperty: "0x80048d19",
  badQuery: "0x80060888",
  badState: "0x80048408",
  requests: "0x80072322",
  concurrent: "0x80072326",
  execution: "0x80072321",
} as const;

export function dataverseAnswer(error: ODataError): Answer {
  return { status: error.status, headers: error.headers,
    body: { error: { code: error.code, message: error.message } } };
}

export function financeAnswer(error: ODataError): Answer {
  return { status: error.status, headers: error.headers,
    body: { error: { code: "", message: "An error has occurred.", innererror: {
      message: error.message, type: "Microsoft.Dynamics.Platform.Integration.Services.OData.ODataException",
      stacktrace: "" } } } };
}

export function badProperty(message: string): ODataError {
  return new ODataError(400, codes.badProperty,
    `Error identified in Payload provided by the user. InnerException : ${message}`);
}
