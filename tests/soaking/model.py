# SPDX-License-Identifier: BSD-2-Clause
"""What taxiway-run(8) promises, written a second time.

For each source: between which two moments its next poll starts, and in which
state it is.  Nothing here knows how the program throws its dice; a moment that
it may choose is a window.  Times are ns: boot (never set, goes on through
sleep) unless a name says wall.
"""
from datetime import datetime, timedelta, timezone

SECOND = 10 ** 9
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND
LEAST = 10 * SECOND     # between two polls
SPREAD = 60 * SECOND    # what was missed starts within
BUSY = 30 * SECOND
NEVER = 1 << 62
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Calendar:
    """mon-fri 18:00 +02:00"""

    def __init__(self, text):
        words = text.split()
        self.days = set(range(7))
        if words[0][0].isalpha():
            self.days = set()
            for part in words.pop(0).split(","):
                first, _, last = part.partition("-")
                a, b = DAYS.index(first), DAYS.index(last or first)
                self.days |= {(a + i) % 7 for i in range((b - a) % 7 + 1)}
        self.hour, self.minute = map(int, words[0].split(":"))
        self.zone = timezone.utc
        if len(words) > 1:
            sign = -1 if words[1][0] == "-" else 1
            h, m = map(int, words[1][1:].split(":"))
            self.zone = timezone(sign * timedelta(hours=h, minutes=m))

    def after(self, wall):
        """The first such time behind it."""
        when = datetime.fromtimestamp(wall // SECOND, self.zone)
        for day in range(9):
            at = (when + timedelta(days=day)).replace(
                hour=self.hour, minute=self.minute, second=0, microsecond=0)
            ns = int(at.timestamp()) * SECOND
            if at.weekday() in self.days and ns > wall:
                return ns
        raise AssertionError("a week has every day")


def duration(text):
    unit = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
    return int(text[:-1]) * unit[text[-1]]


class Plan:
    """A source in the eyes of a careful reader of the manual."""

    def __init__(self, config, host, now):
        self.name, self.host = config["name"], host
        self.polls = self.failures = self.crashes = 0
        self.last = self.last_wall = self.ended = None
        self.stubborn = self.paused = self.asked = self.changed = False
        self.not_before = None
        self.state, self.success_wall = None, None
        self.stored_wall = None   # of the newest poll that the store has
        self.stored_last = None
        self.retry_wall = None
        self.running = None
        self.born = now
        self.touched = now   # when a person last changed its terms
        self.configure(config)

    def configure(self, config):
        self.every = duration(config["every"]) if "every" in config else 0
        self.times = [Calendar(t) for t in config.get("at", [])]
        self.jitter = duration(config["jitter"]) if "jitter" in config else \
            min(self.every // 20, 5 * MINUTE) if self.every else MINUTE
        self.floor = duration(config.get("floor", "10s"))
        self.retry_max = duration(config["retry-max"]) \
            if "retry-max" in config else \
            min(max(self.every or DAY, HOUR), DAY)
        span = self.every
        if self.times:
            t, gaps = 0, []
            for _ in range(60):
                n = min(c.after(t) for c in self.times)
                gaps.append(n - t)
                t = n
            span = max(gaps[1:])
        self.late = 2 * span + 10 * MINUTE
        self.stale = max(10 * span, 7 * DAY)

    @property
    def newest(self):
        return max(t for t in (self.last, self.ended, -NEVER)
                   if t is not None)

    def window(self, now, wall, woken):
        """(earliest, latest) start, as if nobody else ran."""
        woken = max(woken, self.born)
        if self.asked:
            return now, now
        if self.paused:
            return NEVER, NEVER
        failures = max(self.failures, self.crashes)
        if self.last is None:
            return woken, woken + SPREAD
        if self.changed:
            first = last = self.last + LEAST
        elif failures:
            wait = (15 * MINUTE if self.stubborn else MINUTE) \
                * 2 ** min(failures - 1, 20)
            wait = min(wait, self.retry_max)
            first = self.newest + wait
            last = first + wait // 8
        elif self.every:
            first = self.last + self.every
            last = first + self.jitter
        else:
            after = self.last_wall
            if after > wall + DAY:
                after = wall  # a clock was wrong
            at = min(c.after(after) for c in self.times)
            first = now + (at - wall)
            last = first + self.jitter
        floor = max(self.newest + LEAST, self.last + self.floor) \
            if self.last is not None else -NEVER
        first, last = max(first, floor), max(last, floor)
        if self.not_before is not None:
            first = max(first, self.not_before)
            last = max(last, self.not_before)
        if first < woken:
            first, last = woken, max(last, woken + SPREAD)
        return first, max(last, self.touched)

    # ---- what happens

    def started(self, now, wall):
        self.running = now
        self.asked = self.changed = False
        self.last, self.last_wall = now, wall

    def finished(self, now, wall, began_wall, result):
        """result: ok, held, failing, auth, moved; killed: nothing was written."""
        self.running = None
        self.ended = now
        if result == "killed":
            self.crashes += 1
            return
        self.crashes = 0
        self.polls += 1
        self.stored_wall, self.state = began_wall, result
        self.stubborn = result in ("auth", "moved")
        self.failures = 0 if result in ("ok", "held") else self.failures + 1
        self.not_before = self.retry_wall = None
        if result == "ok":
            self.success_wall = wall

    def server_asked(self, now, wall, wait):
        self.not_before, self.retry_wall = now + wait, wall + wait

    def restarted(self, now, wall):
        """Only what is in the store is known now."""
        self.born = self.touched = now
        self.running = self.ended = None
        self.crashes = 0
        self.asked = self.changed = False
        self.last = self.last_wall = None
        if self.stored_wall is not None:
            self.last = now - max(0, wall - self.stored_wall)
            self.last_wall = self.stored_wall
        self.not_before = None
        if self.retry_wall is not None and \
                0 < self.retry_wall - wall <= 7 * DAY:
            self.not_before = now + self.retry_wall - wall

    # ---- its state

    def health(self, wall):
        if self.paused:
            return "paused"
        if self.state in ("auth", "moved", "held"):
            return self.state
        since = self.success_wall
        if since is not None and wall >= since + self.stale:
            return "stale"
        if self.state == "failing":
            return "failing"
        if since is not None and wall >= since + self.late:
            return "late"
        return self.state
