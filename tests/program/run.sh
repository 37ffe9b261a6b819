#!/bin/sh
# Checks and runs everything in tests/ that is TypeScript: types, lint, the stand-ins, then the real program.
#   npm test                      (in tests/; WEFT names the program, default ../build/weft)
# Uses the pinned node of node_modules, not the system's. Exit 0 when all passed.
set -eu
cd "$(dirname "$0")/.."
[ -x node_modules/.bin/node ] || npm ci
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
tsc --noEmit
eslint .
node --test "systems/**/*.test.ts"
node --test --test-concurrency=1 "program/*.test.ts"
