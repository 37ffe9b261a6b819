#!/bin/sh
# Checks and runs everything in tests/ that is TypeScript: types, lint, the stand-ins, then the
# real program.
#   npm test                      (in tests/; WEFT names the program, default ../build/weft)
# Uses the pinned node of node_modules, not the system's. Exit 0 when all passed.
set -eu
cd "$(dirname "$0")/.."
[ -d node_modules/typescript ] || npm ci
./node node_modules/typescript/bin/tsc --noEmit
./node node_modules/eslint/bin/eslint.js .
./node --test "systems/**/*.test.ts"
./node --test --test-timeout=300000 --test-concurrency=1 "program/*.test.ts"
