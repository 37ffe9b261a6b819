#!/bin/bash
# filler.sh NAME [BUILD]: makes tests/bench/NAME.c, which fills stores, a program: build-bench/NAME.
# BUILD is where weft has been built, with whose libraries it is linked (default: build).
set -euo pipefail
cd "$(dirname "$0")/../.."
made=$PWD/build-bench/$1 source=$PWD/tests/bench/$1.c include=$PWD/runtime

cd "${2:-build}"
[[ $made -nt $source && $made -nt weft ]] && exit
mkdir -p "${made%/*}"
libs=$(sed -n '/^build weft:/,/^$/s/^ *LINK_LIBRARIES = //p' build.ninja)
# shellcheck disable=SC2086 # many words
gcc -std=c11 -D_GNU_SOURCE -O2 -I"$include" "$source" $libs -o "$made"
