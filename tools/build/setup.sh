# SPDX-License-Identifier: Apache-2.0
# Sourced by ./run and ./test: installs what a fresh Debian 12 lacks, and builds.
# Nothing is installed when everything is there, so a second start costs a second.

DETENTE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

PACKAGES_BUILD="clang-19 lld-19 cmake ninja-build ccache pkg-config ca-certificates
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libssl-dev libsodium-dev
  libsqlite3-dev libzip-dev libexpat1-dev libs2-dev libabsl-dev libgeographiclib-dev libfmt-dev libexpected-dev libcli11-dev libcurl4-openssl-dev"
PACKAGES_TEST="clang-tidy-19 clang-format-19 llvm-19 libclang-rt-19-dev g++ libgtest-dev
  libgmock-dev libbenchmark-dev librapidcheck-dev dump1090-mutability chromium curl openssl gzip
  fonts-dejavu-core golang-go golang-golang-x-mod-dev sqlite3 openssh-client spin"

say() { printf '\n== %s\n' "$*"; }

install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Install these packages first: ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  # The feed decoder asks a question when it is installed; the standard answer is right.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_node() {
  command -v node >/dev/null && command -v npm >/dev/null && return 0
  install_packages nodejs npm
}

# build_preset PRESET [cmake options] -- targets
build_preset() (
  local preset=$1 options=() targets=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
  [ $# -gt 0 ] && shift
  targets=("$@")
  cd "$DETENTE_ROOT"
  cmake --preset "$preset" "${options[@]}" >"build-$preset.log" 2>&1 ||
    { cat "build-$preset.log" >&2; return 1; }
  rm -f "build-$preset.log"
  NINJA_STATUS="[$preset %f/%t %es] " ninja -C "build/$preset" "${targets[@]}"
)

# The page, only when its sources are newer than what was built.
build_page() (
  cd "$DETENTE_ROOT/web"
  if [ -f dist/index.html ] &&
     [ -z "$(find src build.mjs basemap.mjs package.json package-lock.json ../examples -newer dist/index.html -print -quit)" ]; then
    return 0
  fi
  say "Building the page"
  [ node_modules/.package-lock.json -nt package-lock.json ] ||
    npm ci --no-audit --no-fund --loglevel=error
  npm run --silent build
)
