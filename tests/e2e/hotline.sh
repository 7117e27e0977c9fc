#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Real nodes, a real webhook: a STOP is heard on the other side while the agreement is suspended,
# while thousands of entries wait on a slow link, after a cut link comes back, in a flood of ten
# thousand; and replays, revoked officers and old courier files raise nothing. Prints the times that
# docs/performance.md quotes. About three minutes. Names of parts as arguments run only these.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DETENTE_BIN=${DETENTE_BIN:-$root/build/dev/bin} exec node "$root/tests/e2e/hotline.mjs" "$@"
