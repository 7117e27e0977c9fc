#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Private checks between real nodes: plans against plans and against a list; nodes that die at any
# step; a cut link; the end of an epoch; files by courier alone. Names of parts as arguments run
# only these.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DETENTE_BIN=${DETENTE_BIN:-$root/build/dev/bin} exec node "$root/tests/e2e/private_checks.mjs" "$@"
