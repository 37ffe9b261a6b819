#!/bin/bash
# first_run.sh - how long it takes from a clone to the first green run by docs/GUIDE.md.
#
# In a fresh clone, on a Debian 12 that has nothing of the project yet: ./run --build-only installs
# and builds, then the suite of the guide starts everything and carries out each line of the page.
# The browser is there before the clock begins, as it is on anybody's desk. Prints what each part
# took; ends with 1 when it is more than 15 minutes together.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/install.sh

most=900
install_packages chromium
[[ ! -e build/weft ]] || die "this clone is built already: the measurement is of a fresh one"

begin=$SECONDS
./run --build-only
built=$((SECONDS - begin))
install_npm tests
install_npm web
(cd web && ./node --test e2e/guide.test.ts)
all=$((SECONDS - begin))
printf 'installed and built: %d s; the guide: %d s; together %d s, at most %d\n' \
    "$built" "$((all - built))" "$all" "$most"
[[ $all -le $most ]]
