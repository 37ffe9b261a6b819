import { defineConfig } from "vitest/config";
import { wordsByModule } from "./tools/words.ts";

export default defineConfig({
  plugins: [wordsByModule()],
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
