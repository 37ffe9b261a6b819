import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/"] },
  {
    files: ["systems/**/*.ts", "program/**/*.ts", "second/**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      // node:test keeps the promises of its own calls.
      "@typescript-eslint/no-floating-promises": ["error", {
        allowForKnownSafeCalls: [{ from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] }],
      }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "max-len": ["error", { code: 120 }],
      "max-lines-per-function": ["error", { max: 70 }],
      "max-lines": ["error", 500],
    },
  },
  // A describe() block is a table of tests, not a function.
  { files: ["**/*.test.ts"], rules: { "max-lines-per-function": "off" } },
);
