#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the page from its lock file and runs its tests in Chromium. Arguments go to the test
# runner, e.g. tests/e2e/run.sh --test-name-pattern=STOP
# Needs node 20, npm and /usr/bin/chromium (or DETENTE_CHROMIUM).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
web=$(cd "$here/../../web" && pwd)
(cd "$web" && npm ci --no-audit --no-fund --loglevel=error && npm run --silent check && npm run --silent build)
exec node --test --test-concurrency=1 "$@" "$here"/*.test.mjs
