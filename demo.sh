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
	local word
	printf '\n$'
	for word; do
		case $word in
		*' '*) printf ' "%s"' "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	"$@"
}
# say TEXT: what comes next.
say() {
	printf '\n# %s\n' "$1"
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

pull=(./taxiway -s "$store" pull "$url"taxii2/ --collection "Botnet C2"
	--name demo)
say "Pull a collection of the bundled TAXII 2.1 server into a new store."
show "${pull[@]}"
# Asked at once, while the short-lived one is still valid.
say "An indicator that is valid for $valid more seconds: active."
lookup 192.0.2.45 0
say "An address with its context: malware, confidence, TLP, kill chain."
lookup 198.51.100.7 0
say "A URL in another spelling; an address inside a listed network."
lookup http://EVIL.example/a?b=1 0
lookup 203.0.113.99 0
say "Its valid_until has passed: not active, and the exit status says so."
lookup 192.0.2.44 1
show ./taxiway -s "$store" status

say "Waiting until the short-lived indicator is over; nothing is written."
while [ "$(date +%s)" -lt "$gone" ]; do
	sleep 0.2
done
lookup 192.0.2.45 1
show ./taxiway -s "$store" explain 192.0.2.45
say "A second pull fetches only what is new: nothing."
show "${pull[@]}"
show ./taxiway -s "$store" verify

printf '\n./taxiway is built and ready: ./taxiway --help\n'
