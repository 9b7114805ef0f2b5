# SPDX-License-Identifier: BSD-2-Clause
# Sourced by demo.sh and check.sh, from the top of the tree: packages, logs.

BUILD_PACKAGES="gcc libc6-dev make autoconf automake libtool pkg-config \
libcurl4-openssl-dev libjansson-dev liblmdb-dev uuid-dev libidn2-dev \
libzstd-dev libyaml-dev libarchive-dev libpcre2-dev libseccomp-dev \
libmicrohttpd-dev python3"
TEST_PACKAGES="binutils clang cppcheck g++ libc6-dbg libclang-rt-14-dev \
libcmocka-dev openssl python3-venv universal-ctags valgrind yara"

# need_packages NAME…: install what is missing, quietly, with apt-get.
need_packages() {
	command -v dpkg-query >/dev/null || return 0
	missing=
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	echo "installing:$missing"
	sudo=
	if [ "$(id -u)" != 0 ]; then
		sudo=sudo
	fi
	mkdir -p build
	# shellcheck disable=SC2086
	if ! { $sudo apt-get -qq update &&
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install \
			-y --no-install-recommends $missing; } \
		</dev/null >build/apt.log 2>&1; then
		tail -n 20 build/apt.log
		echo "could not install$missing (log: build/apt.log)" >&2
		return 1
	fi
}

# The system's Python, for its venv module; else whichever there is.
system_python() {
	if [ -x /usr/bin/python3 ]; then
		echo /usr/bin/python3
	else
		command -v python3
	fi
}

# configure_in FOLDER ARGUMENT…: configure there, unless it is done already
# with the same arguments for the same configure.ac.
configure_in() {
	folder=$1
	shift
	mkdir -p "$folder"
	if [ ! -f configure ] || [ configure.ac -nt configure ] ||
		[ Makefile.am -nt configure ]; then
		autoreconf -i
	fi
	wanted="$* $(cksum configure.ac m4/tw_*.m4)"
	if [ -f "$folder/config.status" ] &&
		[ "$wanted" = "$(cat "$folder/configured" 2>/dev/null)" ]; then
		return 0
	fi
	(cd "$folder" && ../../configure -q "$@") || return 1
	printf '%s\n' "$wanted" >"$folder/configured"
}
