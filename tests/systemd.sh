#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The units under a real systemd: PID 1 of a namespace of its own in ROOT, a
# system that has the packages (tests/packaging.sh makes one).  It needs root
# and cgroups.  Start, reload, a configuration that is wrong, the watchdog, stop.
#
#   tests/systemd.sh ROOT
set -eu
root=$(cd "$1" && pwd)
group=/sys/fs/cgroup
[ -d "$group/unified" ] && group=$group/unified
group=$group/taxiway-test-$$
if [ "$(id -u)" != 0 ] || ! mkdir "$group" 2>/dev/null; then
	echo "skipped: no cgroup can be made"
	exit 77
fi

cat >"$root/root/boot.sh" <<'BOOT'
set -eu
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=755 tmpfs dev
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
	IFS=: read -r name major minor <<-NODE
		$node
	NODE
	mknod -m 666 "dev/$name" c "$major" "$minor"
done
mkdir dev/pts dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
pivot_root . .
umount -l .
exec env -i container=taxiway PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --unit=multi-user.target
BOOT

cat >"$root/root/live.sh" <<'LIVE'
set -eu
config=/etc/taxiway/taxiway.yaml
of() { systemctl show -P "$1" taxiway; }
is() {
	[ "$(of "$1")" = "$2" ] || {
		echo "$1 is '$(of "$1")', not '$2'"
		journalctl --no-pager -u taxiway -n 30
		exit 1
	}
}
mkdir -p /run/systemd/system/taxiway.service.d
printf '[Service]\nWatchdogSec=3\n' \
	>/run/systemd/system/taxiway.service.d/test.conf
printf 'sources:\n- {name: one, url: %s, every: 1h}\n' \
	/usr/share/doc/taxiway/examples/bundle.json >$config
chown root:taxiway $config
chmod 640 $config
systemctl daemon-reload
systemctl restart taxiway
is ActiveState active
is StatusText "sources: 1"
grep -q "^CapEff:[[:space:]]*0*$" "/proc/$(of MainPID)/status"
grep -q "^NoNewPrivs:[[:space:]]*1$" "/proc/$(of MainPID)/status"
[ "$(stat -c '%a %U %G' /var/lib/taxiway/store.mdb-sock)" = \
	"660 taxiway taxiway" ]
echo reload
printf -- '- {name: two, url: %s, every: 2h}\n' \
	/usr/share/doc/taxiway/examples/bundle.json >>$config
systemctl reload taxiway
is StatusText "sources: 2"
echo "- {name: three" >>$config
! systemctl reload taxiway 2>/dev/null
is ActiveState active
is StatusText "sources: 2"
sed -i '$d' $config
kill -HUP "$(of MainPID)"
echo stop
began=$(date +%s%N)
systemctl stop taxiway
[ $(($(date +%s%N) - began)) -lt 5000000000 ]
is Result success
is ExecMainStatus 0
echo watchdog
systemctl start taxiway
kill -STOP "$(of MainPID)"
for _ in $(seq 60); do
	[ "$(of Result)" = watchdog ] && break
	sleep 0.5
done
is Result watchdog
echo "a wrong configuration is not tried again"
systemctl stop taxiway
systemctl reset-failed taxiway
echo "sources: {" >$config
! systemctl start taxiway 2>/dev/null
is ActiveState failed
is ExecMainStatus 2
is NRestarts 0
LIVE

(
	echo "$BASHPID" >"$group/cgroup.procs"
	exec unshare --pid --fork --kill-child --mount --uts --ipc --cgroup \
		bash "$root/root/boot.sh" "$root" </dev/null
) >"$root/root/boot.log" 2>&1 &
boot=$!
trap 'pkill -KILL -P $boot; wait $boot 2>/dev/null || :
	sleep 1
	find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :' EXIT
inside() {
	nsenter -t "$(pgrep -P $boot)" -p -m -u -i -C -r -w env -i \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}
for _ in $(seq 120); do
	kill -0 $boot 2>/dev/null || break
	inside systemctl is-system-running 2>/dev/null |
		grep -q 'running\|degraded' && break
	sleep 0.5
done
inside bash /root/live.sh
echo "systemd: all of it went well"
