# install.sh - what run and check need from Debian and npm; sourced, not run.
#
# Nothing is installed that is there already, and apt-get update runs once at most.

packages_build=(
    gcc libc6-dev cmake ninja-build pkg-config ca-certificates
    libjansson-dev libssl-dev libuv1-dev libcurl4-openssl-dev libmicrohttpd-dev libgnutls28-dev
    libsqlite3-dev
    liblua5.4-dev libicu-dev libgmp-dev libjemalloc-dev libzstd-dev libxml2-dev
    libcsv-dev libyaml-dev libpcre2-dev libargon2-dev unixodbc-dev
)
packages_check=(
    ccache openssl libcmocka-dev clang clang-format clang-tidy libclang-rt-14-dev lld llvm python3
    odbc-postgresql postgresql openssh-server chromium
)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$@"; exit 1; }

# as_root COMMAND...: as it is for root, else by sudo.
as_root() {
    if [[ $EUID -eq 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "not root and no sudo here; as root: $*"
    fi
}

# Servers that the tests start by themselves are not started by their installation.
policy=/usr/sbin/policy-rc.d
install_quietly() { # NAME...
    local own= status=0

    if [[ ! -e $policy ]]; then
        own=1
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "$@" >/dev/null || status=$?
    [[ -z $own ]] || as_root rm -f "$policy"
    return $status
}

apt_updated=
# install_packages NAME...: those that are missing.
install_packages() {
    local missing=() name

    command -v dpkg-query >/dev/null || die "this is not Debian; install by hand: $*"
    for name; do
        [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null) == ii* ]] ||
            missing+=("$name")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    say "installing ${missing[*]}"
    if [[ -z $apt_updated ]]; then
        as_root apt-get update -qq
        apt_updated=1
    fi
    install_quietly "${missing[@]}"
}

# npm_there FOLDER: "whole" or "--omit=dev", when the packages of the lock file are there, all or
# without those of development; "other whole", when there are others, those of development among
# them; else nothing.
npm_there() {
    [[ -f $1/node_modules/.package-lock.json ]] || return 0
    node - "$1" <<'JS'
const { existsSync, readFileSync } = require("fs");
const folder = process.argv[2];
const read = (file) => JSON.parse(readFileSync(`${folder}/${file}`, "utf8")).packages;
const there = read("node_modules/.package-lock.json");
const fits = ({ os, cpu, libc }) =>
  (!os || os.includes(process.platform)) && (!cpu || cpu.includes(process.arch)) &&
  (!libc || libc.includes("glibc"));
const wanted = Object.entries(read("package-lock.json")).filter(([name, one]) => name && fits(one));
const has = ([name, one]) =>
  there[name] && there[name].integrity === one.integrity && existsSync(`${folder}/${name}`);
const isOurs = ([, one]) => !one.dev;
if (wanted.every(has)) console.log("whole");
else if (Object.values(there).some((one) => one.dev)) console.log("other whole");
else if (wanted.filter(isOurs).every(has)) console.log("--omit=dev");
JS
}

# install_npm FOLDER [npm ci's options]: when the lock file has changed since the last time. What
# was installed whole stays whole: others may be at work with it.
install_npm() {
    local folder=$1 want have=
    shift
    command -v npm >/dev/null || install_packages nodejs npm

    want=$(sha256sum <"$folder/package-lock.json")
    if [[ -f $folder/node_modules/.lock-sum ]]; then
        have=$(<"$folder/node_modules/.lock-sum")
    else
        have="$want $(npm_there "$folder")" || return
    fi
    # What was installed whole is enough for a part of it.
    if [[ $have == "$want whole" || $have == "$want ${*:-whole}" ]]; then
        printf '%s\n' "$have" >"$folder/node_modules/.lock-sum"
        return 0
    fi
    [[ $have != *whole ]] || set --
    say "npm ci in $folder"
    (cd "$folder" && npm ci "$@" --no-fund --no-audit >/dev/null) || return
    npm_again "$folder" "$@" || return
    printf '%s\n' "$want ${*:-whole}" >"$folder/node_modules/.lock-sum"
}

# npm leaves out optional packages that want a newer node than the one it runs by, such as Debian's:
# then the node that the folder brings installs once more.
npm_again() {
    local folder=$1 pinned node status=0
    shift

    pinned=$(find "$folder"/node_modules/node-linux-*/bin/node -print -quit 2>/dev/null)
    [[ -n $pinned && $(node -p 'parseInt(process.versions.node)') -lt 20 ]] || return 0
    node=$(mktemp) && cp "$pinned" "$node" && chmod 755 "$node" || return
    # It trusts its own list of authorities; Debian's has those of this house, too. npm leaves out
    # without a word what is optional and cannot be fetched.
    (cd "$folder" && NODE_PATH=/usr/share/nodejs:/usr/lib/nodejs \
        NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt} \
        "$node" "$(readlink -f "$(command -v npm)")" ci "$@" --no-fund --no-audit >/dev/null) ||
        status=$?
    rm -f "$node"
    return $status
}

# build_web: the browser side, into web/dist, when something of it is newer.
build_web() {
    install_npm web --omit=dev || return
    [[ -f web/dist/index.html && -z $(find web/src web/public web/tools web/index.html \
        web/vite.config.ts web/package-lock.json -newer web/dist/index.html -print -quit) ]] &&
        return
    (cd web && ./node node_modules/vite/bin/vite.js build --logLevel warn) && return
    # What is missing there is installed the next time.
    [[ ! -f web/node_modules/.lock-sum ]] || sed -i '1s/^/not /' web/node_modules/.lock-sum
    return 1
}

# build FOLDER TARGET... -- CMAKE-OPTION...: configures when needed, then builds.
build() {
    local folder=$1 targets=() launcher=()
    shift
    while [[ $# -gt 0 && $1 != -- ]]; do
        targets+=("$1")
        shift
    done
    shift || true
    ! command -v ccache >/dev/null || launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
    mkdir -p "$folder"
    cmake -S . -B "$folder" -G Ninja "${launcher[@]}" "$@" >"$folder/build.log" 2>&1 &&
        ninja -C "$folder" "${targets[@]}" >>"$folder/build.log" 2>&1 && return
    grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking|Generating)|^-- ' "$folder/build.log" >&2
    return 1
}

# build_clang TARGET...: everything by clang, for the sanitizers and the fuzzers.
build_clang() {
    build build-clang "$@" -- -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DWEFT_TESTS=ON \
        -DWEFT_FUZZ=ON -DWEFT_SANITIZE=fuzzer-no-link,address,undefined -DWEFT_DEBUG=-g1
}

# build_sim: the simulation, of the same objects as the program.
build_sim() { build build sim -- -DCMAKE_BUILD_TYPE=Release -DWEFT_TESTS=ON; }
