import { describe, expect, it } from "vitest";
import {
  asksAddress,
  beginningOf,
  type Connector,
  httpConnector,
  originsOf,
  secretsOf,
  wayOf,
  withVault,
  withWay,
} from "./shared.ts";

const connector = {
  connector: "erp",
  environments: [
    { name: "production", base_url: "https://{region}.erp.example/api" },
    { name: "own", base_url: "{address}/api" },
  ],
} as unknown as Connector;

describe("where a secret may be sent", () => {
  it("is the system's address and each that the settings name, once", () => {
    const settings = { region: "eu", authority: "https://login.example:8443/x", tenant: "contoso" };
    expect(originsOf(connector, { settings })).toEqual([
      "https://eu.erp.example",
      "https://login.example:8443",
    ]);
    expect(
      originsOf(connector, { environment: "own", settings: { address: "http://10.1.2.3/" } }),
    ).toEqual(["http://10.1.2.3"]);
  });

  it("is nowhere while no address is known", () => {
    expect(
      originsOf(connector, { environment: "own", settings: { tenant: "mailto:x@y" } }),
    ).toEqual([]);
  });
});

describe("a system that no manifest describes", () => {
  const http = httpConnector("Any system");

  it("is asked for its address, and its secret goes to that alone", () => {
    expect(asksAddress(http)).toBe(true);
    expect(asksAddress(connector)).toBe(false);
    expect(originsOf(http, { base_url: "https://bank.example/v1" })).toEqual([
      "https://bank.example",
    ]);
    const mail = { ...connector, environments: [], schemes: "smtps smtp" } as unknown as Connector;
    expect(originsOf(mail, { base_url: "smtp://mail.example:587" })).toEqual([
      "smtp://mail.example:587",
    ]);
  });

  it("signs in in one of four ways, each with its own secret and nothing of another", () => {
    const place = { base_url: "https://bank.example" };
    expect(secretsOf(http, place)).toEqual([]);
    const token = withVault(withWay(place, "bearer"), "secret", "bank_production_secret");
    expect(token).toEqual({
      base_url: "https://bank.example",
      auth: { type: "bearer", secret: "secret" },
      secrets: { secret: { vault: "bank_production_secret" } },
    });
    expect(secretsOf(http, token).map((one) => one.name)).toEqual(["secret"]);
    expect(withWay(token, "none")).toEqual(place);
    expect(wayOf({ auth: { type: "hmac" } })).toBeUndefined();
  });
});

describe("what a flow needs of such a system", () => {
  const http = httpConnector("Any system");
  const needs = { description: "ctAPI", auth: {}, secrets: ["license_key", "site_key"] };

  it("is asked for: secrets that its steps name, and the sign-in that it has", () => {
    const place = beginningOf(http, needs);
    expect(secretsOf(http, place).map((one) => one.name)).toEqual(["license_key", "site_key"]);
    const token = beginningOf(http, {
      ...needs,
      auth: { type: "header", header: "X-Key", secret: "token" },
    });
    expect(token.auth).toEqual({ type: "header", header: "X-Key", secret: "secret" });
    expect(secretsOf(http, token).map((one) => one.name)).toEqual([
      "secret",
      "license_key",
      "site_key",
    ]);
  });

  it("stays when another way to sign in is chosen", () => {
    const kept = withVault(
      withVault(withWay(beginningOf(http, needs), "bearer"), "license_key", "a"),
      "secret",
      "b",
    );
    expect(withWay(kept, "none").secrets).toEqual({ license_key: { vault: "a" }, site_key: {} });
    expect(withWay(kept, "basic").secrets).toEqual({ license_key: { vault: "a" }, site_key: {} });
  });
});
