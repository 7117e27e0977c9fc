#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Three real nodes meet what goes wrong in the field: killed at every named site of the store, a
# full and a read-only disk, a clock that jumps or stands, an old copy put back, files lost, bytes
# changed, a peer that drips, lies or talks nonsense. After each, nothing that was acknowledged is
# missing and every folder verifies. About three minutes. Names of parts as arguments run only these.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DETENTE_BIN=${DETENTE_BIN:-$root/build/dev/bin} exec node "$root/tests/e2e/faults.mjs" "$@"
