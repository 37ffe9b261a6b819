#!/bin/bash
# run.sh [--seconds N] [NAME...]
#
# Builds the fuzzers tests/fuzz/NAME.c with clang and runs each for N seconds (20). A fuzzer starts
# from tests/fuzz/corpus/NAME/ where there is one, and keeps what it finds in build-clang/corpus/.
# What breaks it is left in build-clang/broken/; put it into the corpus once it is mended. The last
# line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. .ci/install.sh

seconds=20 names=()
while [[ $# -gt 0 ]]; do
    case $1 in
    --seconds) seconds=${2:-}; shift ;;
    -*) sed -n '2,7s/^# \{0,1\}//p' tests/fuzz/run.sh >&2; exit 2 ;;
    *) names+=("$1") ;;
    esac
    shift
done
[[ $seconds =~ ^[0-9]+$ ]] || { say "--seconds needs a number"; exit 2; }
if [[ ${#names[@]} -eq 0 ]]; then
    for file in tests/fuzz/*.c; do
        [[ -e $file ]] || { say "there is no fuzzer in tests/fuzz"; exit 1; }
        file=${file##*/}
        names+=("${file%.c}")
    done
fi

install_packages "${packages_build[@]}" libcmocka-dev clang libclang-rt-14-dev llvm || exit 1
build_clang "${names[@]/#/fuzz_}" || exit 1

# fuzz NAME: a line at its end; the whole output only when it broke.
fuzz() {
    local name=$1 log=build-clang/$1.log corpus=()

    mkdir -p "build-clang/corpus/$name" build-clang/broken
    corpus=("build-clang/corpus/$name")
    [[ ! -d tests/fuzz/corpus/$name ]] || corpus+=("tests/fuzz/corpus/$name")
    if "build-clang/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="build-clang/broken/$name-" -print_final_stats=1 "${corpus[@]}" \
        >"$log" 2>&1; then
        printf 'ok     %s, %s inputs\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    else
        printf 'BROKEN %s\n' "$name"
        tail -n 60 "$log"
        return 1
    fi
}

passed=0 failed=0 running=()
settle() { # waits for the oldest
    if wait "${running[0]}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
    running=("${running[@]:1}")
}
for name in "${names[@]}"; do
    [[ ${#running[@]} -lt $(nproc) ]] || settle
    fuzz "$name" &
    running+=($!)
done
while [[ ${#running[@]} -gt 0 ]]; do
    settle
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
