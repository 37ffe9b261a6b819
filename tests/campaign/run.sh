#!/bin/bash
# campaign/run.sh - the long proofs, each with a line in ledger.jsonl.
#
#   run.sh sim [--seeds N] [--from N] [--cores N]   seeds of the simulation (default 50,000)
#   run.sh sweep [FLOW...]                every n of every fault point, for each flow
#   run.sh kill [--kills N]               kill -9 of the real program under load (default 1,000)
#   run.sh bugs [NAME...]                 every seeded bug must be caught (tests/bugs)
#   run.sh books [--operations N]         nine systems under faults: the books agree (50,000)
#   run.sh analyze                        clang's analyzer over all of the program
#   run.sh erp [--operations N]           Dynamics 365 under faults and kills (default 2,000)
#   run.sh sl [--operations N]            payments of Dynamics SL under faults (default 2,000)
#   run.sh hostile [--scripts N] [--from N]   random hostile rules, of two kinds (default 20,000)
#   run.sh sql [--kills N]                kill -9 while payments go to a database (default 100)
#   run.sh templates [--seeds N] [--from N]   the pairings' templates under faults (default 20)
#
# A failing seed is played again by: build/sim --seed N --trace
set -uo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/../.." || exit 1
. .ci/install.sh

flows_all="f1put f1key f1once f2 f3 f6 f11 f12 review wait signal call tick poll file heard
jobonce jobkey conn race alarmed walk reverse reversekey reverseloop reversecall"

# note WHAT COUNT FAILURES SECONDS MORE: a line of the ledger.
note() {
    local commit
    commit=$(git rev-parse --short HEAD)
    git diff --quiet HEAD -- runtime nodes || commit+=+
    printf '{"date":"%s","commit":"%s","what":"%s","count":%d,"failures":%d,"seconds":%d%s}\n' \
        "$(date -u +%FT%TZ)" "$commit" "$1" "$2" "$3" "$4" "${5:-}" |
        tee -a tests/campaign/ledger.jsonl
}

# option NAME DEFAULT ARGUMENT...
option() {
    local name=$1 value=$2
    shift 2
    while [[ $# -gt 1 ]]; do
        [[ $1 != "$name" ]] || value=$2
        shift
    done
    printf '%s\n' "$value"
}

# On --cores (default 2) at once, each its part of the seeds.
campaign_sim() {
    local seeds from cores part n started=$SECONDS counts failed folder
    seeds=$(option --seeds 50000 "$@")
    from=$(option --from 1 "$@")
    cores=$(option --cores 2 "$@")
    part=$(((seeds + cores - 1) / cores))

    build_sim || return
    folder=$(mktemp -d)
    for ((n = 0; n < cores; n++)); do
        build/sim --from $((from + n * part)) --seeds "$part" >"$folder/$n" &
    done
    wait
    grep -h '^seed ' "$folder"/*
    counts=$(sed -nE 's/^([0-9]+) seeds, ([0-9]+) failed.*/\1 \2/p' "$folder"/* |
        awk '{ played += $1; failed += $2 } END { print played + 0, failed + 0 }')
    rm -rf "$folder"
    failed=${counts#* }
    note sim "${counts% *}" "$failed" $((SECONDS - started)) ",\"from\":$from"
    [[ ${counts% *} -ge $seeds && $failed -eq 0 ]]
}

campaign_sweep() {
    local flow output started status=0 points wrong
    [[ $# -gt 0 ]] || set -- $flows_all

    build_sim || return
    output=$(mktemp)
    for flow; do
        started=$SECONDS
        build/sim --sweep "$flow" >"$output" || status=1
        cat "$output"
        points=$(awk '/^sweep /{ n += $4 } END { print n + 0 }' "$output")
        wrong=$(awk '/^sweep /{ n += $6 } END { print n + 0 }' "$output")
        note "sweep $flow" "$points" "$wrong" $((SECONDS - started))
    done
    rm -f "$output"
    return $status
}

# Each case of the crash suite that kills at random takes its share of the kills.
campaign_kill() {
    local kills each started=$SECONDS output failed
    kills=$(option --kills 1000 "$@")
    each=$(((kills + 6) / 7)) # files; three flows, each without and with trouble behind them

    build build weft -- -DCMAKE_BUILD_TYPE=Release || return
    install_npm tests || return
    output=$(mktemp)
    (cd tests && WEFT_KILLS=$each ./node --test --test-timeout=14400000 --test-reporter=tap \
        program/crash.test.ts) >"$output" || true
    failed=$(sed -n 's/^# fail //p; s/^# cancelled //p' "$output" | paste -sd+ | sed 's/^$/1/')
    failed=$((failed))
    [[ $failed -eq 0 ]] || cat "$output"
    grep -o 'seed [0-9]*, [0-9]* kills, [0-9]* acknowledged' "$output"
    rm -f "$output"
    note kill $((each * 7)) "$failed" $((SECONDS - started))
    [[ $failed -eq 0 ]]
}

# load WHAT VARIABLE COUNT FILE SHOWN: one file of tests/program with its full load, which the
# environment variable sets; of what it says, the lines that match SHOWN are shown.
load() {
    local what=$1 variable=$2 count=$3 file=$4 shown=$5 started=$SECONDS output failed

    build build weft -- -DCMAKE_BUILD_TYPE=Release || return
    install_npm tests || return
    output=$(mktemp)
    (cd tests && env "$variable=$count" ./node --test --test-timeout=14400000 \
        --test-reporter=tap "program/$file.test.ts") >"$output" || true
    failed=$(sed -n 's/^# fail //p; s/^# cancelled //p' "$output" | paste -sd+ | sed 's/^$/1/')
    failed=$((failed))
    [[ $failed -eq 0 ]] || cat "$output"
    grep -E "^ +# ($shown)" "$output"
    rm -f "$output"
    note "$what" "$count" "$failed" $((SECONDS - started))
    [[ $failed -eq 0 ]]
}

campaign_books() {
    load books WEFT_PAY_OPERATIONS "$(option --operations 50000 "$@")" books \
        '[a-z0-9_]+: [0-9]+ succeeded|seed'
}
campaign_erp() { load erp WEFT_ERP_OPERATIONS "$(option --operations 2000 "$@")" erp_events took; }
campaign_sl() { load sl WEFT_SL_OPERATIONS "$(option --operations 2000 "$@")" soap took; }
campaign_sql() {
    load sql WEFT_SQL_KILLS "$(option --kills 100 "$@")" sql '[0-9]+ acknowledged'
}

# The templates of all pairings, their systems failing by another lot for each seed.
campaign_templates() {
    local seeds from seed started=$SECONDS output failed=0 played=0
    seeds=$(option --seeds 20 "$@")
    from=$(option --from 1 "$@")

    build build weft -- -DCMAKE_BUILD_TYPE=Release || return
    install_npm tests || return
    output=$(mktemp)
    for ((seed = from; seed < from + seeds; seed++)); do
        played=$((played + 1))
        (cd tests && WEFT_SEED=$seed ./node --test --test-timeout=900000 --test-concurrency=2 \
            --test-reporter=spec program/{order_to_cash,d365_receivables,settlement}.test.ts \
            program/{sage_paytrace,sl_paytrace,sl_cybersource,sl_renewals,customers}.test.ts) \
            >"$output" 2>&1 && continue
        failed=$((failed + 1))
        sed "s/^/seed $seed: /" "$output"
    done
    rm -f "$output"
    note templates "$played" "$failed" $((SECONDS - started)) ",\"from\":$from"
    [[ $failed -eq 0 ]]
}

# What random scripts call and how they try not to end: by what they did, and by the processor's
# time, of which each takes at most 50 ms more than its budget.
campaign_hostile() {
    local scripts from program output failed=0 started=$SECONDS
    scripts=$(option --scripts 20000 "$@")
    from=$(option --from 1 "$@")

    build build-hostile unit_rule_hostile unit_rule_hostile_grammar -- \
        -DCMAKE_BUILD_TYPE=Release -DWEFT_TESTS=ON || return
    output=$(mktemp)
    for program in unit_rule_hostile unit_rule_hostile_grammar; do
        WEFT_HOSTILE=$scripts WEFT_HOSTILE_SEED=$from WEFT_HOSTILE_CLOCK=1 \
            "build-hostile/$program" >"$output" 2>&1 || failed=$((failed + 1))
        grep -vE '^\[ RUN|^\[==' "$output"
    done
    rm -f "$output"
    note hostile $((3 * scripts)) "$failed" $((SECONDS - started)) ",\"from\":$from"
    [[ $failed -eq 0 ]]
}

# clang-tidy with the analyzer's checks, which ./check leaves out.
campaign_analyze() {
    local started=$SECONDS found

    build_clang || return
    found=$(run-clang-tidy -quiet -p build-clang -j "$(nproc)" \
        "^$PWD/(runtime|nodes|designer-api)/" 2>&1 | grep -E '(warning|error): ' | sort -u |
        tee /dev/stderr | wc -l)
    note analyze "$(find runtime nodes designer-api -name '*.c' | wc -l)" "$found" \
        $((SECONDS - started))
    [[ $found -eq 0 ]]
}
campaign_bugs() {
    local started=$SECONDS output counts
    build_sim || return
    output=$(mktemp)
    python3 tests/bugs/run.py "$@" | tee "$output"
    counts=$(sed -nE 's/^([0-9]+) caught, ([0-9]+) not$/\1 \2/p' "$output")
    rm -f "$output"
    [[ -n $counts ]] || return
    note bugs "${counts% *}" "${counts#* }" $((SECONDS - started))
    [[ ${counts#* } -eq 0 ]]
}

what=${1:-}
if ! declare -F "campaign_$what" >/dev/null; then
    sed -n '2,17s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
shift
install_packages "${packages_build[@]}" "${packages_check[@]}" || exit 1
"campaign_$what" "$@"
