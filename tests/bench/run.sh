#!/bin/bash
# run.sh [w1|w2|cold|all] [--secs N] [--repeat N] [--conns LIST]
# run.sh recover|waiting|foreach|storm [--repeat N] [--secs N] [--runs N] [--spread SECS]
# run.sh lists [--runs N] [--asks N] [--load RATE]
# run.sh people [--runs N] [--asks A_SECOND] [--rounds N] [--secs N] [--rate EVENTS_A_SECOND]
# run.sh browsers [--browsers N] [--rounds N] [--secs N] [--rate EVENTS_A_SECOND]
# run.sh guard [--numbers N]
# run.sh governor [--secs N]
# run.sh peer NAME URL [--pid PID] [the options of w1]
#
# Builds Weft and measures it: W1 maps, routes and answers a payment event, W2 posts it to a mock
# before the answer, cold is from exec to the first answered webhook. The server has core 0, wrk and
# the mock core 1. A table on stdout, every single run as a line of build-bench/results.jsonl.
# recover: from exec until 100,000 unfinished runs have each sent the request they had begun.
# waiting: W1 beside 1,000,000 runs that wait and beside none, by turns, and the memory they take.
# foreach: a run that does a pure step for each of 100,000 items. storm: W1 while 20,000 runs come
# back from their back-off within --spread seconds (0: all at once). --runs changes the number.
# lists: how long people wait for lists, steps and payloads of a store with 1,000,000 runs.
# people: W1 at half of its maximum, alone and beside people who ask for such things, by turns.
# browsers: W1 at half of its maximum, alone and beside browsers that hear of its runs, by turns.
# guard: how fast the card data guard is, and how often it is wrong ([--numbers N] of each kind).
# governor: its share of the instructions of W2 (callgrind).
# peer puts the load of W1 on any other server that answers POST URL, for a look side by side.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/install.sh

install_packages "${packages_build[@]}" wrk nginx-light python3 util-linux
[[ ${1:-all} == peer ]] || build build weft -- -DCMAKE_BUILD_TYPE=Release
case ${1:-all} in
recover | waiting | storm) tests/bench/filler.sh fill ;;
guard)
    mkdir -p build-bench
    gcc -std=c11 -D_GNU_SOURCE -O2 -Iruntime tests/bench/card_speed.c build/libweft_base.a \
        -ljansson -lcrypto -lgmp -ljemalloc -o build-bench/card_speed
    [[ ${2:-} != --numbers ]] || exec build-bench/card_speed "${3:?how many}"
    exec build-bench/card_speed ;;
governor)
    install_packages valgrind
    exec python3 tests/bench/governor.py "${@:2}" ;;
browsers)
    mkdir -p build-bench
    gcc -std=c11 -D_GNU_SOURCE -O2 tests/bench/pace.c -o build-bench/pace
    exec python3 tests/bench/browsers.py "${@:2}" ;;
lists | people)
    tests/bench/filler.sh api_fill
    gcc -std=c11 -D_GNU_SOURCE -O2 tests/bench/pace.c -o build-bench/pace
    [[ $1 == lists ]] && exec python3 tests/bench/api_lists.py "${@:2}"
    exec python3 tests/bench/people.py "${@:2}" ;;
esac
exec python3 tests/bench/bench.py "$@"
