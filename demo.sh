#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Taxiway in a minute, on this machine alone: installs what the build needs
# (apt-get, only when something is missing), builds, pulls a sample feed from
# the bundled TAXII server into a temporary store and asks it questions.
# Leaves a working ./taxiway behind.
set -eu
cd "$(dirname "$0")"
. tests/setup.sh

need_packages $BUILD_PACKAGES
mkdir -p build
echo "building (log: build/demo.log)"
if ! { configure_in build/demo && make -s -j2 -C build/demo; } \
	>build/demo.log 2>&1 </dev/null; then
	tail -n 30 build/demo.log
	echo "the build failed; all of it: build/demo.log" >&2
	exit 1
fi
ln -sfn build/demo/taxiway taxiway

folder=$(mktemp -d)
server=
finish() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	rm -rf "$folder"
}
trap finish EXIT
trap 'exit 1' INT TERM
export no_proxy='*'
store=$folder/store.mdb

# show COMMAND…: print it as it would be typed, then run it.
show() {
	printf '\n$ %s\n' "$*"
	"$@"
}
# lookup VALUE EXPECTED: a look-up that must end with that exit status.
lookup() {
	local status=0
	show ./taxiway -s "$store" lookup "$1" || status=$?
	echo "(exit status $status)"
	[ "$status" = "$2" ] || {
		echo "the demonstration expected exit status $2" >&2
		exit 1
	}
}

# One indicator of the feed stays valid for a few seconds only.
valid=4
"$(system_python)" tests/server/sample.py $valid >"$folder/feed.json"
gone=$(($(date +%s) + valid + 1))
mkfifo "$folder/first-line"
"$(system_python)" tests/server/taxiid.py "$folder/feed.json" \
	>"$folder/first-line" &
server=$!
read -r _ _ url <"$folder/first-line"

show ./taxiway -s "$store" pull "$url"taxii2/ --collection "Botnet C2"
# Asked at once, while the short-lived one is still valid.
lookup 192.0.2.45 0
show ./taxiway -s "$store" status
lookup 198.51.100.7 0
lookup http://EVIL.example/a?b=1 0
lookup 203.0.113.99 0
lookup 192.0.2.44 1

printf '\nwaiting until the short-lived indicator is over\n'
while [ "$(date +%s)" -lt "$gone" ]; do
	sleep 0.2
done
lookup 192.0.2.45 1
show ./taxiway -s "$store" explain 192.0.2.45
show ./taxiway -s "$store" pull "$url"taxii2/ --collection "Botnet C2"
show ./taxiway -s "$store" verify

printf '\n./taxiway is built and ready: ./taxiway --help\n'
