# SPDX-License-Identifier: BSD-2-Clause
"""The soak: a daemon, its providers, what befalls them, and the model."""
import collections
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

import clock
import model
import world
from model import DAY, HOUR, MINUTE, SECOND

EVENT = re.compile(
    r"\b(poll-started|poll-ended|poll-failed|task-failed|reloaded|"
    r"reload-refused|clock-jumped|started|stopped|not-started|not-recorded|"
    r"store-unreadable)\b(?:.*?\bsource=(?:\"([^\"]*)\"|(\S+)))?")
PATIENCE = 120          # s of the machine's own time
SILENCE = 903 * SECOND  # then a keeper gives a fetcher up
WALL = 1740787200 * SECOND  # 2025-03-01


class Wrong(Exception):
    """The program did not do what the model says."""


class Soak:
    def __init__(self, binary, folder, sources, days, seed=1, real=0,
                 calm=1, tell=lambda text: None):
        self.binary, self.folder, self.seed = binary, folder, seed
        self.tell, self.calm = tell, calm
        self.dice = random.Random(world.number(seed, "actions"))
        self.clock = clock.Real() if real else clock.Held(folder, WALL)
        # In real time an hour of weather is so many seconds.
        self.hour = real / 24 if real else world.HOUR
        self.days = days
        self.any_memory = False
        self.end = int(real or days * 86400) * SECOND
        # poll(2) counts in ms and is asked for one more.
        self.slack = 6 * SECOND if real else SECOND // 500
        self.world = world.World(self.clock, folder, seed, sources,
                                 max(10, self.hour * 6))
        for s in self.world.sources:
            s.spells = world.forecast(s, seed, 1 if real else days,
                                      self.hour)
        self.store = folder / "store.mdb"
        self.config = folder / "taxiway.yaml"
        self.rows = {s.name: {**s.config(), **self.rhythm(s)}
                     for s in self.world.sources}
        self.hosts = {s.name: s.host or "" for s in self.world.sources}
        self.plans, self.retired = {}, {}
        self.at_once, self.per_host = 8, 2
        self.woken = 0
        self.blocked = {}       # name: boot at which it had no room
        self.daemon = None
        # Its and ours: each line goes to the end, whoever else writes, and is
        # read by another file, whose place is not the writers'.
        self.log = open(folder / "daemon.log", "ab", buffering=0)
        self.said = open(folder / "daemon.log", "rb")
        self.read_to, self.deaf = 0, False
        self.heard = collections.deque()
        if real:
            threading.Thread(target=self.listen, daemon=True).start()
        self.turned = None
        self.counts = dict.fromkeys(
            ("polls", "ok", "bad", "killed", "jumps", "sleeps", "reloads",
             "refused", "restarts", "asked", "pauses", "checks", "lookups",
             "turns"), 0)
        self.sizes = []
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder),
                    "TZ": "UTC", "LANG": "C.UTF-8", "no_proxy": "*",
                    **self.clock.env}
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "LSAN_",
                                "LD_LIBRARY_PATH")):
                self.env[name] = value

    # ---- the configuration

    def rhythm(self, source):
        dice = random.Random(world.number(self.seed, "rhythm", source.index))
        if not self.clock.held:
            return {"every": dice.choice(["15s", "20s", "30s", "60s"]),
                    "jitter": "2s", "retry-max": "60s"}
        if source.index % 10 == 7:
            return {"at": dice.choice([["03:17"], ["mon-fri 18:00 +02:00",
                                                   "06:30"],
                                       ["00:00", "12:00 -05:00"]])}
        row = {"every": "%dh" % (self.calm *
                                 dice.choice([1, 2, 3, 4, 6, 12]))}
        if dice.random() < 0.3:
            row["jitter"] = dice.choice(["0s", "30s", "10m"])
        if dice.random() < 0.2:
            row["floor"] = dice.choice(["5m", "20m", "1h"])
        if dice.random() < 0.3:
            row["retry-max"] = dice.choice(["5m", "30m", "2h"])
        return row

    def write(self, extra=None):
        top = {"polls-at-once": self.at_once, "polls-per-host": self.per_host,
               "sweep-every": "1h", "snapshot": "copy.mdb",
               "snapshot-every": "12h", "allow-builtin": False}
        self.config.write_text(json.dumps(
            {**top, "sources": list(self.rows.values()), **(extra or {})}))

    # ---- the daemon

    def start(self):
        self.bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.bell.bind("\0soak-%d-%d" % (os.getpid(), self.counts["turns"]))
        self.bell.settimeout(0.002)
        name = self.bell.getsockname()
        self.daemon = subprocess.Popen(
            [self.binary, "-s", self.store, "-c", self.config, "run"],
            env={**self.env, "NOTIFY_SOCKET": "@" + name[1:].decode()},
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        now, wall = self.clock.boot, self.clock.wall
        self.woken = now
        for plan in self.plans.values():
            plan.restarted(now, wall)
        for name, row in self.rows.items():
            if name not in self.plans:
                self.plans[name] = self.retired.pop(name, None) or \
                    model.Plan(row, self.hosts[name], now)
                self.plans[name].configure(row)
        self.turned = None
        end = time.monotonic() + PATIENCE
        while not any(e == "started" for e, _ in self.events()):
            if self.daemon.poll() is not None or time.monotonic() > end:
                raise Wrong("the daemon does not start")
            time.sleep(0.005)
        self.settle()

    def stop(self, how):
        self.daemon.send_signal(how)
        if how == signal.SIGTERM:
            self.turn()
            status = self.daemon.wait(timeout=PATIENCE)
            if status != 0:
                raise Wrong(f"the daemon ended with {status}")
        else:
            self.daemon.wait(timeout=PATIENCE)
        self.until(lambda: not self.busy(), "workers outlive the daemon")
        self.take_events()
        self.bell.close()
        self.until(lambda: not self.world.waiting(), "held without workers")
        return [p for p in self.plans.values() if p.running is not None]

    def busy(self):
        """Processes of ours beside the daemon."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            if b"_work" in words and str(self.store).encode() in words:
                found.append(int(pid))
        return found

    def until(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise Wrong(what)
            time.sleep(0.002)

    def ask(self, line, lines=None):
        """Say it; the first lines of the reply (None: all of them)."""
        s = socket.socket(socket.AF_UNIX)
        with s:
            s.settimeout(PATIENCE)
            s.connect(str(self.store) + "-sock")
            s.sendall(line.encode() + b"\n")
            said = []
            for text in s.makefile(encoding="utf-8"):
                said.append(text.rstrip("\n"))
                if text[0] != "{" or len(said) == lines:
                    return said
        return said

    # ---- time

    def turn(self):
        """Have the daemon look about it."""
        self.counts["turns"] += 1
        if self.clock.held:
            self.clock.tick()
        os.kill(self.daemon.pid, signal.SIGCHLD)

    def waiting(self):
        """Polls that wait for time to pass."""
        held = [h for h in self.world.waiting()
                if not self.given_up(h)]
        return len(held) + len(self.clock.sleepers())

    def given_up(self, held):
        """Its keeper has lost patience and is about to say so."""
        return self.clock.mono >= held.since + SILENCE

    def settle(self):
        """Wait until nothing is left to do at this moment."""
        if not self.clock.held:
            self.take_events()
            return
        self.turn()
        end = time.monotonic() + PATIENCE
        nudge = time.monotonic() + 0.5
        while True:
            try:
                said = dict(line.split("=", 1) for line in self.bell.recv(
                    4096).decode().splitlines() if "=" in line)
                if "X_TURN" in said:
                    self.turned = {k: int(v) for k, v in said.items()}
                    continue
            except TimeoutError:
                pass
            t = self.turned
            if t and t["X_TURN"] == self.clock.turn and \
                    t["X_WORKERS"] == self.waiting():
                break
            if self.daemon.poll() is not None:
                raise Wrong(f"the daemon died: {self.daemon.returncode}")
            if time.monotonic() > nudge:
                os.kill(self.daemon.pid, signal.SIGCHLD)
                nudge += 0.5
            if time.monotonic() > end:
                raise Wrong(f"no rest: {t} at turn {self.clock.turn}, "
                            f"{self.waiting()} wait, workers {self.busy()}")
        self.take_events()

    def advance(self, ns):
        if not self.clock.held:
            time.sleep(ns / SECOND)
            self.world.moves(0)
        else:
            self.world.moves(ns)
            self.clock.tick(ns)
        self.world.release()

    # ---- what the daemon says

    def listen(self):
        """In real time: note when each line came, whatever else we do."""
        with open(self.folder / "daemon.log", "rb") as f:
            while not self.deaf:
                line = f.readline()
                if line.endswith(b"\n"):
                    self.heard.append((f.tell(), self.clock.boot,
                                       self.clock.wall))
                else:
                    f.seek(f.tell() - len(line))
                    time.sleep(0.01)

    def moment(self):
        """When the line came that ends at read_to."""
        while not self.clock.held:
            while self.heard and self.heard[0][0] < self.read_to:
                self.heard.popleft()
            if self.heard:
                return self.heard[0][1:]
            time.sleep(0.005)
        return self.clock.boot, self.clock.wall

    def unread(self):
        """The lines that are whole, and were not read yet."""
        self.said.seek(self.read_to)
        text = self.said.read()
        return text[:text.rfind(b"\n") + 1].splitlines(True)

    def events(self):
        for line in self.unread():
            self.read_to += len(line)
            m = EVENT.search(line.decode())
            if m:
                yield m[1], m[2] or m[3]

    def take_events(self):
        for event, name in self.events():
            now, wall = self.moment()
            if event == "poll-started":
                self.begun(name, now, wall)
            elif event in ("poll-ended", "poll-failed"):
                self.over(name, event, now, wall)
            elif event in ("not-started", "task-failed", "not-recorded",
                           "store-unreadable"):
                raise Wrong(f"{event} ({name})")
            elif event == "clock-jumped" and self.clock.held and \
                    now != self.jumped:
                raise Wrong("a jump of the clock that was none")
        self.check_room()
        self.check_overdue(self.clock.boot, self.clock.wall)

    def begun(self, name, now, wall):
        plan = self.plans[name]
        first, last = plan.window(now, wall, self.woken)
        first -= 0 if self.clock.held else self.slack
        last += self.slack
        late = now > last and self.blocked.get(name) is None
        if now < first or late or plan.running is not None:
            raise Wrong(f"{name}: polled at {self.at(now)}, not between "
                        f"{self.at(first)} and {self.at(last)}: "
                        f"{vars(plan)}")
        self.blocked.pop(name, None)
        plan.started(now, wall)
        plan.began_wall = wall
        plan.doomed = None
        plan.weather = []
        self.counts["polls"] += 1

    def over(self, name, event, now, wall):
        plan = self.plans.get(name) or self.retired[name]
        good = event == "poll-ended"
        s = self.world.by_name[name]
        age = (plan.running - self.clock.born) / SECOND
        seen = [s.spell_at(age)] if s.kind != "exec" else [None]
        if now != plan.running and s.kind != "exec":
            seen += [x for x in s.spells
                     if age <= x[0] <= (now - self.clock.born) / SECOND]
        kinds = {x[2] if x else "" for x in seen}
        result = "ok" if good else "failing"
        if plan.doomed:
            result = plan.doomed if not good else "ok"
        elif not good and kinds == {"few"}:
            result = "held"
        elif not good and kinds <= {"401", "403"}:
            result = "auth"
        elif not good and kinds == {"410"}:
            result = "moved"
        elif not good and len(kinds) > 1:  # the weather changed meanwhile
            result = self.status()[name]["state"]
            result = "failing" if result in ("stale", "late") else result
        if not plan.doomed:
            bad = kinds & (set(world.BAD) | {"stall", "few"})
            if self.clock.held and good and bad and "" not in kinds and \
                    not kinds & {"drip", "few"}:
                raise Wrong(f"{name}: went well in {kinds}")
            if not good and not bad:
                raise Wrong(f"{name}: failed in fair weather at "
                            f"{self.at(now)}")
        plan.finished(now, wall, plan.began_wall, result)
        if result != "killed":
            if not good and "429" in kinds and not plan.doomed:
                spell = next(x for x in seen if x and x[2] == "429")
                plan.server_asked(now, wall, spell[3] * SECOND)
            plan.listing = s.now() if result == "ok" else None
        self.counts["killed" if result == "killed" else
                    "ok" if good else "bad"] += 1

    def running(self):
        return [p for p in self.all_plans() if p.running is not None]

    def all_plans(self):
        return list(self.plans.values()) + list(self.retired.values())

    def check_room(self):
        """Who has to wait for others, at this moment."""
        runs = self.running()
        hosts = {}
        for p in runs:
            hosts[p.host] = hosts.get(p.host, 0) + 1
        if len(runs) > self.at_once:
            raise Wrong(f"{len(runs)} polls at once")
        for host, n in hosts.items():
            if host and n > self.per_host:
                raise Wrong(f"{n} polls of {host} at once")
        for name, p in self.plans.items():
            full = len(runs) >= self.at_once or \
                (p.host and hosts.get(p.host, 0) >= self.per_host)
            if full and p.running is None:
                self.blocked[name] = self.clock.boot
            elif self.clock.held or (self.blocked.get(name, 0) <
                                     self.clock.boot - self.slack):
                self.blocked.pop(name, None)

    def check_overdue(self, now, wall):
        for name, p in self.plans.items():
            if p.running is not None or name in self.blocked:
                continue
            last = p.window(now, wall, self.woken)[1]
            if last + self.slack < now:
                raise Wrong(f"{name}: not polled by {self.at(last)}, it is "
                            f"{self.at(now)}: {vars(p)}")

    def at(self, boot):
        return "%.3f s" % ((boot - self.clock.born) / SECOND)

    # ---- what befalls it

    jumped = None

    def jump(self):
        by = self.dice.choice([-36, -5, -1, -0.1, 0.1, 1, 5, 36, 47])
        self.counts["jumps"] += 1
        self.note(f"the clock is set by {by} h")
        self.jumped = self.woken = self.clock.boot
        self.clock.tick(wall=int(by * 3600) * SECOND)

    def sleep(self):
        by = self.dice.choice([0.1, 0.5, 1, 3, 9]) * 3600
        self.counts["sleeps"] += 1
        self.note(f"asleep for {by / 3600} h")
        self.world.moves(int(by) * SECOND)
        self.clock.tick(int(by) * SECOND, asleep=True)
        self.jumped = self.woken = self.clock.boot
        self.world.release()

    def reload(self):
        self.counts["reloads"] += 1
        dice = self.dice
        name = dice.choice(sorted(self.rows))
        how = dice.choice(["change", "rhythm", "remove", "bad", "same"])
        now = self.clock.boot
        self.note(f"reload: {how} {name}")
        self.plans[name].touched = now
        if how == "bad":
            self.write({"sources": [{"name": name, "urll": "x"}]})
            self.counts["refused"] += 1
        elif how == "change":
            self.rows[name]["reliability"] = dice.choice("ABCDE".replace(
                self.rows[name].get("reliability", "-"), ""))
            self.plans[name].changed = True
        elif how == "rhythm" and self.clock.held:
            self.rows[name].pop("at", None)
            self.rows[name]["every"] = "%dh" % (
                self.calm * dice.choice([1, 5, 8]))
            self.plans[name].configure(self.rows[name])
        elif how == "remove":
            for gone in [n for n in self.hosts if n not in self.rows]:
                s = self.world.by_name[gone]
                self.rows[gone] = {**s.config(), **self.rhythm(s)}
                plan = self.retired.pop(gone)
                running = plan.running
                plan.restarted(now, self.clock.wall)
                plan.configure(self.rows[gone])
                plan.running = running
                self.plans[gone] = plan
            del self.rows[name]
            self.retired[name] = self.plans.pop(name)
        if how != "bad":
            self.write()
        os.kill(self.daemon.pid, signal.SIGHUP)
        want = "reload-refused" if how == "bad" else "reloaded"
        self.until_said(want)
        if how == "bad":
            self.write()

    def until_said(self, want):
        end = time.monotonic() + PATIENCE
        while True:
            if any(re.search(rf"\b{want}\b", line.decode())
                   for line in self.unread()):
                return
            if time.monotonic() > end:
                raise Wrong(f"it does not say {want}")
            time.sleep(0.002)

    def restart(self):
        how = self.dice.choice([signal.SIGTERM, signal.SIGKILL])
        away = self.dice.choice([0, 0, 60, 3600, 7 * 3600])
        if not self.clock.held:
            away = self.dice.choice([0, 3])
        self.counts["restarts"] += 1
        self.note(f"restart with {how.name}, {away} s later")
        for p in self.running():
            p.doomed = "failing" if how == signal.SIGTERM else "killed"
        if how == signal.SIGKILL and self.dice.random() < 0.5:
            self.daemon.send_signal(signal.SIGSTOP)
            for pid in self.busy():  # all of it dies at once
                os.kill(pid, signal.SIGKILL)
        for p in self.stop(how):
            # Its keeper died with the daemon, or ended after it looked.
            self.settle_dead(p)
        if away:
            self.advance(away * SECOND)
        self.start()

    def settle_dead(self, plan):
        """A poll whose end nobody told: did it reach the store?"""
        stored = self.status().get(plan.name)
        polls = stored["polls"] if stored else 0
        wall, now = self.clock.wall, self.clock.boot
        plan.finished(now, wall, plan.began_wall,
                      "killed" if polls == plan.polls else
                      stored["state"])
        self.counts["killed"] += 1

    prey = 0

    def kill(self):
        """The next that waits for its server, or its keeper."""
        self.prey += 1

    def hunt(self):
        waiting = [h for h in self.world.waiting() if not h.gone]
        names = {h.source.name for h in waiting} & {
            p.name for p in self.running()}
        if not names:
            return
        self.prey -= 1
        name = self.dice.choice(sorted(names))
        status = [json.loads(x) for x in self.ask(f"status {name}")[:-1]]
        runs = status[-1].get("running")
        if not runs:
            return
        keeper = runs["pid"]
        victim, whom = keeper, "keeper"
        if self.dice.random() < 0.5:
            try:
                with open(f"/proc/{keeper}/task/{keeper}/children",
                          encoding="ascii") as f:
                    victim, whom = int(f.read().split()[0]), "fetcher"
            except (OSError, IndexError):
                pass
        plan = self.plans.get(name) or self.retired[name]
        plan.doomed = "killed" if whom == "keeper" else "failing"
        self.note(f"kill -9 of the {whom} of {name}")
        os.kill(victim, signal.SIGKILL)
        self.until(lambda: not os.path.exists(f"/proc/{keeper}"),
                   "a worker stays")
        self.until(lambda: name not in {h.source.name for h in
                                        self.world.waiting()},
                   "a request stays")

    def pull(self):
        name = self.dice.choice(sorted(self.rows))
        self.counts["asked"] += 1
        self.note(f"pull {name}")
        said = json.loads(self.ask(f"pull {name}", 1)[0])
        if said["event"] == "queued":
            self.plans[name].asked = True

    def pause(self):
        name = self.dice.choice(sorted(self.rows))
        plan = self.plans[name]
        if plan.running is not None:
            return  # the store is the keeper's
        self.counts["pauses"] += 1
        verb = "resume" if plan.paused else "pause"
        self.note(f"{verb} {name}")
        if self.ask(f"{verb} {name}")[-1] != "ok":
            raise Wrong(f"{verb} {name} was refused")
        plan.paused = not plan.paused
        plan.touched = self.clock.boot

    def unpause(self):
        for name, plan in self.plans.items():
            if plan.paused and plan.running is None:
                self.ask(f"resume {name}")
                plan.paused = False
                plan.touched = self.clock.boot

    def note(self, text):
        self.log.write(f"soak: at {self.at(self.clock.boot)}: {text}\n"
                       .encode())

    # ---- what is to hold

    def verb(self, *args, status=0):
        done = subprocess.run(
            [self.binary, "-s", self.store, "-c", self.config, *args],
            env=self.env, cwd=self.folder, capture_output=True, check=False,
            timeout=PATIENCE)
        if status is not None and done.returncode != status:
            raise Wrong(f"{args}: status {done.returncode}: "
                        f"{done.stderr.decode()}")
        return done.stdout.decode()

    def status(self):
        if not self.store.exists():
            return {}
        return {s["name"]: s for s in
                json.loads(self.verb("status", "--json"))["sources"]}

    def check(self):
        """States and counts of all sources, what they list, and what the
        daemon costs."""
        self.counts["checks"] += 1
        stored, wall = self.status(), self.clock.wall
        for name, plan in self.plans.items():
            if plan.running is not None or plan.state is None:
                continue
            s, want = stored[name], plan.health(wall)
            if self.clock.held and s["state"] != want:
                raise Wrong(f"{name}: is {s['state']}, not {want}: {s} "
                            f"{vars(plan)}")
            if abs(s["polls"] - plan.polls) > (not self.clock.held):
                raise Wrong(f"{name}: {s['polls']} polls, not {plan.polls}")
        for name in self.dice.sample(sorted(self.plans),
                                     min(10, len(self.plans))):
            self.look_up(name)
        self.measure()

    def look_up(self, name):
        plan, s = self.plans[name], self.world.by_name[name]
        epoch = getattr(plan, "listing", None)
        if epoch is None or plan.running is not None:
            return
        values = [s.value(n) for n in
                  range(2 * epoch + 4, 2 * epoch + world.KEPT)]
        self.counts["lookups"] += len(values)
        if s.kind in ("taxii21", "taxii20", "misp") and \
                abs(self.clock.wall - self.world.true_wall()) > HOUR:
            return  # they end by a clock that is wrong
        if s.kind == "misp" and epoch != s.now():
            return
        if epoch not in (s.now(), s.now() - 1):
            return
        self.verb("lookup", *values)

    def measure(self):
        pid = self.daemon.pid
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            anon = next(int(x.split()[1]) for x in f
                        if x.startswith("RssAnon"))
        self.sizes.append({
            "age": self.clock.age / DAY, "anon": anon,
            "fds": len(os.listdir(f"/proc/{pid}/fd")),
            "busy": len(self.running()),
            "store": os.stat(self.store).st_size,
            "threads": len(os.listdir(f"/proc/{pid}/task"))})
        self.tell("day %.2f: %d polls, daemon %d KiB and %d descriptors, "
                  "store %.1f MiB" % (
                      self.clock.age / DAY, self.counts["polls"], anon,
                      self.sizes[-1]["fds"],
                      self.sizes[-1]["store"] / (1 << 20)))

    def check_flat(self):
        """The last third costs what the second did."""
        third = self.days / 3
        middle = [x for x in self.sizes if third <= x["age"] < 2 * third]
        last = [x for x in self.sizes if x["age"] >= 2 * third]
        if not middle or not last or not self.clock.held:
            return
        for x in last:
            if not self.any_memory and \
                    x["anon"] > max(m["anon"] for m in middle) + 1024:
                raise Wrong(f"memory grows: {middle[-1]}, {x}")
            if x["fds"] - x["busy"] > max(m["fds"] - m["busy"]
                                          for m in middle):
                raise Wrong(f"descriptors grow: {middle[-1]}, {x}")
        if self.days >= 20 and max(x["store"] for x in last) > \
                1.3 * max(m["store"] for m in middle):
            raise Wrong(f"the store grows: {middle[-1]}, {last[-1]}")

    # ---- the whole

    def plan_actions(self):
        """(age, what) of all that is done to it, in order."""
        dice = random.Random(world.number(self.seed, "plan"))
        rates = {"pull": 6, "reload": 3, "kill": 8, "pause": 2,
                 "restart": 1}
        if self.clock.held:
            rates.update(jump=0.7, sleep=0.5)
        days = self.days if self.clock.held else 1
        few = 1 if self.days > 5 or not self.clock.held else 3
        actions = []
        for what, rate in rates.items():
            for _ in range(max(1, int(rate * days * few))):
                actions.append((int(dice.uniform(0.02, 1) * self.end), what))
        step = self.end // max(8, min(60, int(2 * days)))
        actions += [(t, "check") for t in range(step, self.end, step)]
        return sorted(actions)

    def run(self):
        self.write()
        self.start()
        actions = self.plan_actions()
        while self.clock.age < self.end:
            if actions and actions[0][0] <= self.clock.age:
                getattr(self, actions.pop(0)[1])()
                self.settle()
                continue
            if self.prey and self.world.waiting():
                self.hunt()
                self.settle()
            self.advance(self.step(actions))
            self.settle()
        self.finish()

    def step(self, actions):
        """To the next moment at which somebody wants to act."""
        if not self.clock.held:
            return SECOND // 5
        ends = [self.turned["X_WAIT"] * 1000000, self.end - self.clock.age]
        ends += [h.until - self.clock.age for h in self.world.waiting()]
        ends += [h.since + SILENCE - self.clock.mono
                 for h in self.world.waiting()]
        ends += [t - self.clock.mono for t in self.clock.sleepers()]
        if actions:
            ends.append(actions[0][0] - self.clock.age)
        return max(1, min(ends))

    def finish(self):
        self.unpause()
        self.settle()
        self.check()
        self.check_flat()
        for p in self.running():
            p.doomed = "failing"
        self.stop(signal.SIGTERM)
        self.deaf = True
        self.verb("verify")
