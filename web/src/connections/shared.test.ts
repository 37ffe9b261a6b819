import { describe, expect, it } from "vitest";
import { type Connector, originsOf } from "./shared.ts";

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
