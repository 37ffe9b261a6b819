# suites.sh - the suites of check; sourced. Each function sets `passed` and `failed`, or returns
# non-zero.

suites_all="format gcc clang unit tsan tidy clang-tidy docs flows ts systems program web browser"
suites_all+=" sim crash bugs fuzz"
suites_slow="tsan clang-tidy browser crash bugs fuzz"
# Tests wait for timers, disks and other processes about a third of their time.
at_once=$(($(nproc) + 1))
LIMIT_PROGRAM=$((10 * 1024 * 1024)) # bytes of build/weft; a third is the browser side

c_files() { # headers keep their tables, and are not formatted by machine
    find . \( -name node_modules -o -name 'build*' -o -name .git -o -path ./tests/tidy/selftest \) \
        -prune -o -type f -name '*.c' -printf '%P\n' | sort
}

# once COMMAND...: one test case.
once() {
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

# Sums what the cmocka programs, and tests without them, did in the last ctest run of FOLDER.
count_ctest() {
    local counts

    counts=$(awk '
        function close_case() { if (open && !counted) { if (good) passed++; else failed++ } }
        /^[0-9]+\/[0-9]+ Testing: / { close_case(); open = 1; counted = 0; good = 0 }
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4; counted = 1 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4; counted = 1; bad = 1 }
        /^Test Passed\./ { good = 1 }
        /^Test Failed\./ { if (!bad) { failed++; counted = 1 } bad = 0 }
        END { close_case(); print passed + 0, failed + 0 }' \
        "$1/Testing/Temporary/LastTest.log") || return
    passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
}

run_ctest() {
    local folder=$1 status=0
    shift
    ctest --test-dir "$folder" --output-on-failure -j "$at_once" --no-tests=error "$@" |
        grep -vE '^ +Start +[0-9]+: |   Passed  '
    status=${PIPESTATUS[0]}
    count_ctest "$folder"
    [[ $status -eq 0 || $failed -gt 0 ]]
}

# A folder in memory for what tests write, where there is room: some thousand stores are made and
# synced, and the longer a disk takes for that, the longer everything waits. Else one on the disk.
scratch_make() {
    local room left

    room=$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)
    left=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
    if [[ ${room:-0} -gt $((4 << 20)) && $left -gt $((6 << 20)) ]]; then
        mktemp -d -p /dev/shm weft-check-XXXXXX
    else
        mktemp -d
    fi
}

# run_node FOLDER FILE...: node:test, with the node that the tests pin.
run_node() {
    local folder=$1 status=0 report scratch
    shift

    install_npm tests || return
    report=$(mktemp) scratch=$(scratch_make) || return
    chmod 711 "$scratch" # a database server's own user goes through it
    (cd "$folder" && TMPDIR=$scratch ./node --test --test-timeout=600000 --test-reporter=spec \
        --test-reporter-destination=stdout --test-reporter=tap \
        --test-reporter-destination="$report" "$@") || status=$?
    passed=$((passed + $(sed -n 's/^# pass //p' "$report" | tail -n 1)))
    failed=$((failed + $(sed -n 's/^# fail //p; s/^# cancelled //p' "$report" | tail -n 2 |
        paste -sd+ | sed 's/^$/0/')))
    rm -rf "$report" "$scratch"
    [[ $status -eq 0 || $failed -gt 0 ]]
}

# The program carries the browser side.
build_weft() { build_web && build build weft -- -DCMAKE_BUILD_TYPE=Release; }

c_files_are_formatted() {
    c_files | xargs -P "$(nproc)" -n 50 clang-format --dry-run -Werror
}
suite_format() { once c_files_are_formatted; }

program_is_small() {
    local size

    size=$(stat -c %s build/weft) || return
    echo "build/weft has $size bytes, at most $LIMIT_PROGRAM"
    [[ $size -le $LIMIT_PROGRAM ]]
}
# gcc's eye on the tests, which clang builds.
tests_are_clean() {
    local flags

    flags=$(pkg-config --cflags libxml-2.0 lua5.4) || return
    # shellcheck disable=SC2086 # many words
    find tests/{unit,nodes,scenario,world,tidy} -maxdepth 1 -name '*.c' -print0 |
        xargs -0 -P "$(nproc)" -n 8 gcc -std=c11 -D_GNU_SOURCE -DSOURCE_DIR="\"$PWD\"" \
            -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Werror -Iruntime -I. -Itests $flags
}
suite_gcc() {
    once build_weft
    [[ $failed -eq 0 ]] || return
    once program_is_small
    once tests_are_clean
}

suite_clang() { once build_clang; }

suite_unit() {
    local status=0

    build_clang || return
    run_ctest build-clang --exclude-regex '^tidy' || status=1
    once python3 tests/unit/exact_python.py build-clang/unit_exact_pipe
    return $status
}

# The store's writer beside the loop; its sweeps, which go the same ways a thousand times, are left
# to the unit suite. The room for long rules is no subject: Lua leaves its calls by longjmp, which
# this sanitizer does not see, and jansson lets go of values without a fence that it knows.
suite_tsan() {
    local targets

    targets=$(printf '%s\n' tests/unit/{store*,loop}.c |
        sed '/store_\(disk\|refuse\|pack\)/d; s|.*/\(.*\)\.c|unit_\1|')
    build build-tsan $targets -- -DCMAKE_BUILD_TYPE=Debug -DWEFT_TESTS=ON \
        -DWEFT_SANITIZE=thread -DWEFT_DEBUG=-g1 || return
    run_ctest build-tsan --tests-regex '^unit\.(store|loop)' \
        --exclude-regex 'store_(disk|refuse|pack)$'
}

suite_tidy() {
    build_clang tidy || return
    run_ctest build-clang --tests-regex '^tidy'
}

# The bugprone set. The analyzer's checks take minutes: tests/campaign/run.sh analyze.
suite_clang-tidy() {
    build_clang || return
    once run-clang-tidy -quiet -p build-clang -j "$(nproc)" -checks='-clang-analyzer-*' \
        "^$PWD/(runtime|nodes|designer-api)/"
}

docs_are_fresh() { build/weft types --markdown | diff -u docs/NODES.md -; }
suite_docs() {
    build_weft || return
    once docs_are_fresh
    once python3 .ci/proofs.py
}

suite_flows() {
    local line

    build_weft || return
    once build/weft check flows
    line=$(build/weft test flows | tee /dev/stderr | tail -n 1)
    [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || return
    passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
}

in_tests() { (cd tests && "$@"); }
suite_ts() {
    local running

    install_npm tests || return
    # Each works on one core.
    in_tests ./node node_modules/eslint/bin/eslint.js . &
    running=$!
    once in_tests ./node node_modules/typescript/bin/tsc --noEmit
    once in_tests ./node node_modules/@stoplight/spectral-cli/dist/index.js lint -F warn \
        -r ../designer-api/spectral.yaml ../designer-api/openapi.yaml
    once wait "$running"
}

in_web() { (cd web && "$@"); }
web_unit_tests() {
    local status=0 report

    report=$(mktemp)
    in_web ./node node_modules/vitest/vitest.mjs run --reporter=default --reporter=json \
        --outputFile.json="$report" || status=$?
    passed=$((passed + $(grep -o '"numPassedTests":[0-9]*' "$report" | cut -d: -f2)))
    failed=$((failed + $(grep -o '"numFailedTests":[0-9]*' "$report" | cut -d: -f2)))
    rm -f "$report"
    [[ $status -eq 0 || $failed -gt 0 ]]
}
suite_web() {
    install_npm web || return
    in_web ./node node_modules/openapi-typescript/bin/cli.js ../designer-api/openapi.yaml \
        -o src/api/schema.d.ts || return
    once in_web ./node node_modules/typescript-native/bin/tsc -p .
    once in_web ./biome check --error-on-warnings .
    web_unit_tests || return
    once build_web
    once in_web ./node tools/sizes.ts
}

# The real program in a real browser.
suite_browser() {
    install_npm tests && install_npm web || return
    build_weft || return
    run_node web --test-concurrency="$at_once" 'e2e/*.test.ts'
}

suite_systems() {
    build_weft || return # some of second/ speak with the program itself
    run_node tests 'systems/**/*.test.ts' 'second/**/*.test.ts'
}

suite_program() {
    local file files=()

    build_weft || return
    for file in tests/program/*.test.ts; do
        [[ $file == */crash.test.ts || $file == */books.test.ts ]] || files+=("${file#tests/}")
    done
    run_node tests --test-concurrency="$at_once" "${files[@]}"
}

# The engine under 2,000 seeds, with every commit, send and allocation failing for the reference
# flows (tests/sim/sim.h). The seeds are played beside the sweeps.
suite_sim() {
    local counts flow seeds

    build_sim || return
    build/sim --seeds 2000 >build/seeds.log 2>&1 &
    seeds=$!
    for flow in f1put f1once f2; do
        once build/sim --sweep "$flow"
    done
    for flow in f3 f6 f11 f12 review wait signal call tick poll file heard jobonce jobkey conn \
        race alarmed walk reverse reversekey; do
        once build/sim --sweep "$flow" --point most
    done
    wait "$seeds" || cat build/seeds.log
    counts=$(sed -nE 's/^([0-9]+) seeds, ([0-9]+) failed.*/\1 \2/p' build/seeds.log)
    [[ -n $counts ]] || counts="1 1" # it did not come to its end
    passed=$((passed + ${counts% *} - ${counts#* })) failed=$((failed + ${counts#* }))
}

# A few of the bugs that the simulation must find; tests/campaign/run.sh bugs tries all of them.
suite_bugs() {
    local line

    build_sim || return
    line=$(python3 tests/bugs/run.py --few 4 | tee /dev/stderr | tail -n 1)
    [[ $line =~ ^([0-9]+)\ caught,\ ([0-9]+)\ not$ ]] || return
    passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
    once python3 tests/bugs/run.py --check
}

# Killed at random moments and at each named point; WEFT_KILLS sets how often.
suite_crash() {
    build_weft || return
    run_node tests --test-concurrency=2 program/crash.test.ts program/books.test.ts
}

suite_fuzz() {
    local line

    line=$(tests/fuzz/run.sh --seconds 6 | tee /dev/stderr | tail -n 1)
    [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || return
    passed=${BASH_REMATCH[1]} failed=${BASH_REMATCH[2]}
}
