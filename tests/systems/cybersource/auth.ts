// The two signatures of Cybersource: HTTP Signature (HMAC-SHA256 over chosen headers) and the JSON Web Token of version
// 2 (HS256). Both are made with the same key.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isObject, type JsonObject, readJson, scalar } from "../lib/json.ts";
import type { Ask } from "../lib/stand_in.ts";

export interface Account {
  merchant: string;
  keyId: string;
  secret: string; // base64 of the key
  skew: number; // seconds that a Date may be off
  now: () => number; // wall clock, in milliseconds
}

const withBody = new Set(["POST", "PUT", "PATCH"]);

/** What is wrong with a request's signature; undefined: nothing. */
export function refused(ask: Ask, account: Account): string | undefined {
  const token = /^Bearer (\S+)$/i.exec(ask.headers.authorization ?? "")?.[1];
  return token === undefined ? refusedSignature(ask, account) : refusedToken(ask, token, account);
}

export function digestOf(body: string): string {
  return createHash("sha256").update(body).digest("base64");
}

function hmac(account: Account, text: string, encoding: "base64" | "base64url"): string {
  return createHmac("sha256", Buffer.from(account.secret, "base64")).update(text).digest(encoding);
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function refusedSignature(ask: Ask, account: Account): string | undefined {
  const header = ask.headers.signature;
  if (header === undefined) return "there is no signature";
  const parts = new Map([...header.matchAll(/([a-z]+)="([^"]*)"/gi)].map((found) => [found[1], found[2] ?? ""]));
  if (parts.get("keyid") !== account.keyId || ask.headers["v-c-merchant-id"] !== account.merchant)
    return "the key or the merchant is unknown";
  if (parts.get("algorithm") !== "HmacSHA256") return "the algorithm is unknown";
  const names = (parts.get("headers") ?? "").split(" ");
  const wanted = ["host", "date", "request-target", "v-c-merchant-id", ...withBody.has(ask.method) ? ["digest"] : []];
  const plain = names.map((name) => name.replace(/^\((.*)\)$/, "$1")); // as older clients write it
  if (wanted.some((name) => !plain.includes(name))) return "a header is not signed";
  if (withBody.has(ask.method) && ask.headers.digest !== `SHA-256=${digestOf(ask.body)}`) return "the digest is wrong";
  const at = Date.parse(ask.headers.date ?? "");
  if (Number.isNaN(at) || Math.abs(at - account.now()) > account.skew * 1000) return "the date is too far off";
  const text = names.map((name, index) => `${name}: ${signedValue(ask, plain[index] ?? "")}`).join("\n");
  return same(parts.get("signature") ?? "", hmac(account, text, "base64")) ? undefined : "the signature is wrong";
}

function signedValue(ask: Ask, name: string): string {
  if (name === "request-target") return `${ask.method.toLowerCase()} ${ask.target}`;
  return ask.headers[name] ?? "";
}

function refusedToken(ask: Ask, token: string, account: Account): string | undefined {
  const [head = "", body = "", signature = ""] = token.split(".");
  const [header, claims] = [decoded(head), decoded(body)];
  if (header === undefined || claims === undefined) return "the token can't be read";
  if (header.alg !== "HS256" || header.kid !== account.keyId) return "the key or the algorithm is unknown";
  if (!same(signature, hmac(account, `${head}.${body}`, "base64url"))) return "the signature is wrong";
  if (claims.iss !== account.merchant || claims["v-c-merchant-id"] !== account.merchant
    || claims["v-c-jwt-version"] !== "2") return "the merchant or the version is unknown";
  const [issued, expires] = [Number(scalar(claims.iat)), Number(scalar(claims.exp))];
  const now = account.now() / 1000;
  if (expires - issued > 120 || expires < now || issued > now + account.skew) return "the token is of another time";
  const host = ask.headers.host ?? "";
  if (claims["request-host"] !== host && claims["request-host"] !== host.replace(/:\d+$/, ""))
    return "the token is for another host";
  if (claims["request-method"] !== ask.method.toLowerCase() || claims["request-resource-path"] !== ask.target)
    return "the token is for another request";
  if (withBody.has(ask.method) && (claims["digest-algorithm"] !== "SHA-256" || claims.digest !== digestOf(ask.body)))
    return "the digest is wrong";
  return scalar(claims.jti) === "" ? "the token has no id" : undefined;
}

function decoded(part: string): JsonObject | undefined {
  try {
    const json = readJson(Buffer.from(part, "base64url").toString("utf8"));
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}
