import { defineConfig } from "vitest/config";
import { wordsByModule } from "./tools/words.ts";

export default defineConfig({
  plugins: [wordsByModule()],
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
    testTimeout: 60_000 /* a machine that is busy with other things is no fault */,
  },
});
