#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Everything that must hold, in one command.  Installs what the tests need,
# builds with warnings as errors, runs every test, again under sanitizers and
# valgrind, builds with clang, and runs the static checkers.  Logs stay in
# build/check-logs; the last line is "N passed, N failed".
#
#   ./check.sh          all of it, in two lanes side by side
#   ./check.sh quick    the gcc build with its tests only
set -u
cd "$(dirname "$0")" || exit 1
. tests/setup.sh
# shellcheck disable=SC2086
need_packages $BUILD_PACKAGES $TEST_PACKAGES || exit 1

logs=$PWD/build/check-logs
venv=$PWD/build/check-venv
mkdir -p "$logs"
exec 9>build/check.lock
flock -n 9 || {
	echo "another check.sh is at work in this tree" >&2
	exit 1
}
rm -rf "${logs:?}"/*
export PYTHONDONTWRITEBYTECODE=1
trap 'kill $(jobs -p) 2>/dev/null' EXIT
trap 'exit 1' INT TERM

# stage LOG COUNTER NAME COMMAND…: run a command and count with COUNTER; one
# that fails without a failed test counts as a failed test.  The counts go to
# LOG.count, since lanes are processes of their own.
stage() {
	local log=$logs/$1.log counter=$2 name=$3 start=$SECONDS row status=0
	shift 3
	"$@" >"$log" 2>&1 </dev/null || status=$?
	row=$($counter "$log" 2>>"$log") || row="0 1 0"
	# shellcheck disable=SC2086
	set -- $row
	if [ $status != 0 ] && [ "$2" = 0 ]; then
		set -- "$1" 1 "$3"
	fi
	echo "$1 $2 $3" >"${log%.log}.count"
	printf '%-46s %5d ok %3d bad %3d skipped %4d s\n' \
		"$name" "$1" "$2" "$3" $((SECONDS - start))
	if [ "$2" != 0 ]; then
		printf '%s\n' "---- the end of $log" "$(tail -n 40 "$log")" ----
	fi
	[ "$2" = 0 ]
}

# Counters print "passed failed skipped"; the folder under test is $tree.
once() { grep -q '^FAILED$' "$1" && echo 0 1 0 || echo 1 0 0; }
by_make() { python3 tests/tally.py automake "$tree/tests"; }
by_pytest() { python3 tests/tally.py junit "$tree/e2e.xml"; }

build() {
	configure_in "$@" && make -s -j2 -C "$1" all || { echo FAILED; return 1; }
}
unit() {
	find "$tree/tests" \( -name '*.trs' -o -name '*.log' \) -delete
	make -k -j2 -C "$tree" check "$@"
	# The summary of automake hides the output of what failed.
	local status=$?
	find "$tree/tests" -name '*.trs' -exec \
		grep -l '^:test-result: \(FAIL\|ERROR\)' {} + |
		sed 's/trs$/log/' | xargs -r tail -n 30
	return $status
}
end_to_end() {
	rm -f "$tree/e2e.xml"
	TAXIWAY_BIN=$PWD/$tree/taxiway TOP_BUILDDIR=$PWD/$tree \
		TAXII20_PYTHON=$venv-2.0/bin/python \
		"$venv/bin/python" -m pytest -q -n 3 -p no:cacheprovider \
		--junit-xml="$tree/e2e.xml" -o junit_family=xunit1 tests/e2e
}
# make_venv FOLDER REQUIREMENTS
make_venv() {
	cmp -s "$2" "$1/requirements.txt" && return 0
	rm -rf "$1"
	"$(system_python)" -m venv "$1" &&
		"$1/bin/pip" install -q --disable-pip-version-check -r "$2" &&
		cp "$2" "$1/requirements.txt" || { echo FAILED; return 1; }
}
make_venvs() {
	make_venv "$venv" tests/requirements.txt &&
		make_venv "$venv-2.0" tests/requirements-2.0.txt
}
# The lives of a store are 250 elsewhere, also under sanitizers.
under_valgrind() {
	TAXIWAY_LIFE="1 50" \
	unit TESTS="$(make -s -C "$tree" print-valgrind-tests | tr '\n' ' ')" \
		LOG_COMPILER="$PWD/$tree/libtool --mode=execute valgrind -q \
--error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
--suppressions=$PWD/tests/valgrind.supp"
}
static_check() {
	# It takes the address of a variable for its value in base/fs.c.
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr -j2 \
		--enable=warning,portability --suppress=missingInclude \
		--suppress=uninitvar:base/fs.c -I. -Iinclude -D__GNUC__ \
		--library=tests/cppcheck.cfg \
		base stix store sync cmd || { echo FAILED; return 1; }
}
clang_build() {
	build build/check-clang CC=clang --enable-werror --enable-fuzzers &&
		make -s -j2 -C build/check-clang check TESTS= ||
		{ echo FAILED; return 1; }
}
dist_check() {
	# What is optimised at link time was built and tested already.
	make -s -j2 -C build/check distcheck \
		DISTCHECK_CONFIGURE_FLAGS=--disable-lto ||
		{ echo FAILED; return 1; }
}

plain_lane() {
	tree=build/check
	stage build once "build: gcc, warnings are errors" \
		build $tree --enable-werror --enable-test-hooks || return
	stage unit by_make "unit tests, corpora, structure" unit
	stage e2e by_pytest "end to end" end_to_end
	[ "${1:-}" = quick ] && return
	stage valgrind by_make "unit tests under valgrind" under_valgrind
	stage dist once "make distcheck" dist_check
}
sanitizer_lane() {
	tree=build/check-asan
	export ASAN_OPTIONS=detect_stack_use_after_return=1
	export ASAN_OPTIONS=$ASAN_OPTIONS:strict_string_checks=1
	export UBSAN_OPTIONS=print_stacktrace=1
	if stage asan-build once "build: address and undefined sanitizers" \
		build $tree --enable-werror --enable-test-hooks \
		--with-sanitizer=address,undefined CFLAGS='-g -O1'; then
		stage asan-unit by_make "unit tests under sanitizers" unit
		stage asan-e2e by_pytest "end to end under sanitizers" end_to_end
	fi
	stage clang once "build: clang, warnings are errors, fuzzers" \
		clang_build
	stage cppcheck once "cppcheck" static_check
}

stage venv once "Python environments" make_venvs
if [ ! -f configure ]; then
	stage autoreconf once "autoreconf" autoreconf -i
fi
plain_lane "${1:-}" &
if [ "${1:-}" != quick ]; then
	sanitizer_lane &
fi
wait
cat "$logs"/*.count | {
	passed=0 failed=0
	while read -r good bad _; do
		passed=$((passed + good)) failed=$((failed + bad))
	done
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}
