#!/bin/bash
# run.sh [w1|w2|cold|all] [--secs N] [--repeat N] [--conns LIST]
# run.sh peer NAME URL [--pid PID] [the same options]
#
# Builds Weft and measures it: W1 maps, routes and answers a payment event, W2 posts it to a mock
# before the answer, cold is from exec to the first answered webhook. The server has core 0, wrk and
# the mock core 1. A table on stdout, every single run as a line of build-bench/results.jsonl.
# peer puts the load of W1 on any other server that answers POST URL, for a look side by side.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/install.sh

install_packages "${packages_build[@]}" wrk nginx-light python3 util-linux
[[ ${1:-all} == peer ]] || build build weft -- -DCMAKE_BUILD_TYPE=Release
exec python3 tests/bench/bench.py "$@"
