#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Private details between real nodes: sealed copies travel to those they are sealed to and to nobody
# else; nodes that die meanwhile; copies that are over; files by courier alone. Names of parts as
# arguments run only these.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DETENTE_BIN=${DETENTE_BIN:-$root/build/dev/bin} exec node "$root/tests/e2e/sealed_copies.mjs" "$@"
