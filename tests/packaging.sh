#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The Debian packages: built from a copy of what git has, read by lintian, and
# installed, upgraded and purged in a clean system made by debootstrap (root).
# Not part of check.sh: it needs debhelper, lintian and debootstrap, a mirror,
# and a quarter of an hour.
#
#   tests/packaging.sh [FOLDER]     the packages and the logs stay in FOLDER
set -eu
cd "$(dirname "$0")/.."
folder=${1:-$(mktemp -d)}
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

for program in dpkg-buildpackage dh lintian; do
	command -v "$program" >/dev/null || {
		echo "skipped: no $program"
		exit 77
	}
done
mkdir -p "$folder/taxiway"
folder=$(cd "$folder" && pwd)
git archive HEAD | tar -x -C "$folder/taxiway"

echo "building (log: $folder/build.log)"
(cd "$folder/taxiway" && dpkg-buildpackage -us -uc -b) \
	>"$folder/build.log" 2>&1 || {
	tail -n 30 "$folder/build.log"
	exit 1
}
lintian --fail-on error "$folder"/*.changes

if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
	echo "skipped: the chroot, which needs root and debootstrap"
	exit 77
fi
root=$folder/root
debootstrap --variant=minbase --include=systemd \
	"$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" \
	>"$folder/debootstrap.log" 2>&1 || {
	echo "skipped: no chroot can be made (log: $folder/debootstrap.log)"
	exit 77
}
# Without /proc systemd-tmpfiles makes no folders.
mount --bind /proc "$root/proc"
trap 'umount "$root/proc"' EXIT
# Not in /tmp, which a systemd that starts empties.
for package in "$folder"/*.deb; do
	case $package in
	*-dbgsym_*) ;;
	*) cp "$package" "$root/srv/" ;;
	esac
done
inside() { chroot "$root" "$@"; }
inside apt-get -qq -o Dpkg::Use-Pty=0 update
install_all() {
	inside sh -c 'apt-get -qq -y -o Dpkg::Use-Pty=0 \
		--no-install-recommends --reinstall install /srv/*.deb'
}

echo install
install_all
inside taxiway --version
inside getent passwd taxiway
[ "$(inside stat -c '%a %U %G' /etc/taxiway)" = "750 root taxiway" ]
[ "$(inside stat -c '%a %U %G' /var/lib/taxiway)" = "750 taxiway taxiway" ]
inside test -L \
	/etc/systemd/system/multi-user.target.wants/taxiway.service
inside test ! -e \
	/etc/systemd/system/timers.target.wants/taxiway-pull.timer
inside taxiway presets >/dev/null

echo "under systemd as PID 1"
tests/systemd.sh "$root" || [ $? = 77 ]
rm -f "$root"/etc/taxiway/taxiway.yaml "$root"/var/lib/taxiway/*

echo "upgrade: the store and the configuration stay"
inside taxiway -s /var/lib/taxiway/store.mdb pull \
	/usr/share/doc/taxiway/examples/bundle.json
echo "# mine" >"$root/etc/taxiway/taxiway.yaml"
install_all
inside taxiway -s /var/lib/taxiway/store.mdb lookup 198.51.100.7 >/dev/null
grep -q mine "$root/etc/taxiway/taxiway.yaml"

echo purge
inside dpkg --purge taxiway taxiway-doc libtaxiway-dev libtaxiway0
inside test ! -e /usr/bin/taxiway
inside test ! -e /var/lib/taxiway
inside test ! -e /etc/systemd/system/multi-user.target.wants/taxiway.service
grep -q mine "$root/etc/taxiway/taxiway.yaml"
echo "all of it went well; $folder can be removed"
