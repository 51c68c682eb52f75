"""Makes vectors.jsonl: see README.md beside it.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py CLASSPATH

CLASSPATH has the jars of lib-recur and of what it needs.
"""

import collections
import datetime
import itertools
import json
import random
import signal
import subprocess
import sys
import zoneinfo

from dateutil import rrule

import rfc5545

PER_VECTOR = 16
"""Occurrences that a vector has at most."""
END = datetime.datetime(2040, 12, 31, 23, 59, 59)
ZONES = ["Europe/Berlin", "Europe/London", "America/New_York", "America/Santiago", "America/Sao_Paulo", "Australia/Lord_Howe",
         "Australia/Sydney", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "Asia/Tokyo", "UTC"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
UTC = datetime.timezone.utc
INSTANTS = {}
"""What `zoneinfo` has said, by wall time and zone."""
zoneinfo.reset_tzpath([])  # the package tzdata, not what this machine has


def instant(wall, zone):
    """RFC 5545 section 3.3.5: the first of two, and in a gap what the offset before it makes. `fold=0` is both."""
    answer = wall.replace(tzinfo=zoneinfo.ZoneInfo(zone), fold=0).astimezone(UTC)
    INSTANTS[wall, zone] = answer
    return answer


def some(rng, low, high, most=3):
    return ",".join(str(number) for number in sorted({rng.randint(low, high) for _ in range(rng.randint(1, most))}))


def signed(rng, high, most=3):
    numbers = {rng.randint(1, high) * rng.choice([1, 1, -1]) for _ in range(rng.randint(1, most))}
    return ",".join(map(str, sorted(numbers)))


def weekdays(rng, most=4):
    return ",".join(sorted(rng.sample(DAYS, rng.randint(1, most)), key=DAYS.index))


def numbered(rng, high):
    return ",".join(f"{rng.randint(1, high) * rng.choice([1, -1])}{day}" for day in rng.sample(DAYS, rng.randint(1, 2)))


def made_rule(rng, freq, within_days):
    """A rule of random parts, each as likely as people use it."""
    parts, likely = [f"FREQ={freq}"], lambda chance: rng.random() < chance
    if likely(0.5):
        parts.append(f"INTERVAL={rng.choice([2, 2, 3, 4, 5, 6, 10, 12, 15, 18, 30, 45, 90])}")
    if likely(0.3 if freq != "YEARLY" else 0.5):
        parts.append(f"BYMONTH={some(rng, 1, 12)}")
    dates = rng.random()
    if freq == "YEARLY" and dates < 0.2:
        parts.append(f"BYWEEKNO={signed(rng, 53)}")
        if likely(0.7):
            parts.append(f"BYDAY={weekdays(rng, 2)}")
    elif freq == "YEARLY" and dates < 0.4 or freq in ("HOURLY", "MINUTELY") and dates < 0.2:
        parts.append(f"BYYEARDAY={signed(rng, 366, 5)}")
    elif freq != "WEEKLY" and dates < 0.55:
        parts.append(f"BYMONTHDAY={signed(rng, 31, 4)}")
        if likely(0.25):
            parts.append(f"BYDAY={weekdays(rng)}")
    elif dates < 0.85:
        if freq in ("MONTHLY", "YEARLY") and likely(0.5):
            in_year = freq == "YEARLY" and not any(part.startswith("BYMONTH=") for part in parts)
            parts.append(f"BYDAY={numbered(rng, 53 if in_year else 5)}")
        else:
            parts.append(f"BYDAY={weekdays(rng)}")
    if within_days:
        if likely(0.4):
            parts.append(f"BYHOUR={some(rng, 0, 23)}")
        if likely(0.3):
            parts.append(f"BYMINUTE={some(rng, 0, 59)}")
        if likely(0.1):
            parts.append(f"BYSECOND={some(rng, 0, 59)}")
    if len(parts) > 2 and any(part.startswith("BY") for part in parts) and likely(0.3):
        parts.append(f"BYSETPOS={signed(rng, 4, 2)}")
    if likely(0.2):
        parts.append(f"WKST={rng.choice(DAYS)}")
    return ";".join(parts)


def made_end(rng, start, zone):
    """COUNT, UNTIL or nothing."""
    chance = rng.random()
    if chance < 0.15:
        return f";COUNT={rng.randint(1, 12)}"
    until = start + datetime.timedelta(days=rng.choice([1, 30, 400, 2000]), minutes=rng.randint(0, 1440))
    if chance < 0.25:
        return f";UNTIL={until:%Y%m%d}"
    if chance < 0.35 and zone:
        return f";UNTIL={instant(until, zone):%Y%m%dT%H%M%SZ}"
    return ""


def transitions(zone, first, last):
    """The instants at which the offset of a zone changes, by bisection of days."""
    tz, day, found = zoneinfo.ZoneInfo(zone), datetime.timedelta(days=1), []
    offset = lambda at: at.astimezone(tz).utcoffset()
    at = datetime.datetime(first, 1, 1, tzinfo=UTC)
    while at.year < last:
        if offset(at) != offset(at + day):
            low, high = at, at + day
            while high - low > datetime.timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            found.append((high.replace(microsecond=0), offset(high) - offset(low)))
        at += day
    return found


def asked(rng):
    """What is worked out: (rule, start, zone or None for whole days, kind)."""
    for _ in range(700):
        freq = rng.choices(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"], [5, 6, 4, 3, 2, 2])[0]
        zone = rng.choice(ZONES + ([None] if freq not in ("HOURLY", "MINUTELY") else []))
        start = datetime.datetime(rng.randint(2024, 2037), 1, 1) + datetime.timedelta(days=rng.randint(0, 364))
        if zone:
            start += datetime.timedelta(minutes=rng.randint(0, 1439))
        rule = made_rule(rng, freq, within_days=zone is not None and (freq in ("HOURLY", "MINUTELY") or rng.random() < 0.3))
        end = made_end(rng, start, zone)
        if end.startswith(";COUNT="):
            # The start counts whether or not the rule meets it, which neither implementation does; so it begins with one that does.
            start = next(iter(by_dateutil(rule, start, 1) or []), start)
        yield rule + end, start, zone, "generated"
    # Days on which clocks change; before 2024 for Samoa, which skipped a day, and for São Paulo, which skipped midnights.
    edges = [(zone, change) for zone in ZONES for change in transitions(zone, 2024, 2040)[:: 5]]
    edges += [("Pacific/Apia", change) for change in transitions("Pacific/Apia", 2011, 2013)]
    edges += [("America/Sao_Paulo", change) for change in transitions("America/Sao_Paulo", 2016, 2019)]
    for zone, (change, jump) in edges:
        wall = change.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
        inside = wall - abs(jump) / 2
        hours = sorted({hour % 24 for hour in range(inside.hour - 1, inside.hour + 3)})
        for rule, start in [
            ("FREQ=DAILY", inside - datetime.timedelta(days=2)),
            ("FREQ=WEEKLY", inside - datetime.timedelta(days=7)),
            (rng.choice(["FREQ=HOURLY", "FREQ=HOURLY;INTERVAL=2", "FREQ=HOURLY;BYMINUTE=0,30"]), wall - datetime.timedelta(hours=4)),
            (f"FREQ=MINUTELY;INTERVAL={rng.choice([15, 20, 25, 30, 45, 50, 90])}", wall - datetime.timedelta(minutes=155)),
            (f"FREQ=DAILY;BYHOUR={','.join(map(str, hours))};BYMINUTE=0,{rng.choice([15, 30, 45])}",
             wall - datetime.timedelta(days=2, minutes=wall.minute)),
        ]:
            yield rule, start.replace(second=0), zone, "clocks change"


def cut(rule, zone, walls):
    """UNTIL, which rests on the zone and so is applied here."""
    until = next((part[6:] for part in rule.split(";") if part.startswith("UNTIL=")), None)
    if until is None:
        return walls
    if len(until) == 8:
        return [wall for wall in walls if f"{wall:%Y%m%d}" <= until]
    return [wall for wall in walls if f"{instant(wall, zone):%Y%m%dT%H%M%SZ}" <= until]


def without_until(rule):
    return ";".join(part for part in rule.split(";") if not part.startswith("UNTIL="))


def by_dateutil(rule, start, most):
    """The occurrences, or None where they take longer than three seconds."""
    def stop(_signal, _frame):
        raise TimeoutError
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(3)
    try:
        found = rrule.rrulestr(without_until(rule), dtstart=start)
        return list(itertools.islice(itertools.takewhile(lambda wall: wall <= END, found), most))
    except TimeoutError:
        return None
    except ValueError as wrong:
        if "empty set" not in str(wrong):
            raise
        return []  # it saw that no period can ever meet the rule
    finally:
        signal.alarm(0)


def by_lib_recur(cases, classpath, most):
    lines = "".join(
        json.dumps([without_until(rule), f"{start:%Y%m%dT%H%M%S}", f"{END:%Y%m%dT%H%M%S}", str(most)]) + "\n"
        for rule, start, _, _ in cases)
    answer = subprocess.run(["java", "-cp", classpath, "LibRecur.java"], input=lines, capture_output=True, text=True, check=True)
    read = lambda text: datetime.datetime.strptime(text, "%Y%m%dT%H%M%S")
    return [None if line.startswith("!") else [read(item) for item in line.split(",") if item] for line in answer.stdout.split("\n")[:len(cases)]]


def disputed():
    """The walls and zones of which java.time says another instant."""
    asked = sorted(INSTANTS)
    lines = "".join(f"{wall:%Y-%m-%dT%H:%M:%S} {zone}\n" for wall, zone in asked)
    answer = subprocess.run(["java", "AtZone.java"], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    read = lambda text: datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    said = map(read, answer.stdout.split())
    return {which for which, other in zip(asked, said, strict=True) if other != INSTANTS[which]}


def rests_on(line, walls_and_zones):
    """Whether a vector has one of these."""
    zone = line["zone"]
    return any((datetime.datetime.fromisoformat(wall), zone) in walls_and_zones for wall in line["occurrences"])


def borne_out(rule):
    """Which of the two RFC 5545 bears out where they differ: README.md says why."""
    parts = dict(part.split("=") for part in rule.split(";"))
    dates = {"BYMONTHDAY", "BYYEARDAY", "BYDAY"} & parts.keys()
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts or "BYWEEKNO" in parts and not dates:
        return "lib-recur"
    if parts["FREQ"] == "YEARLY" and "BYMONTHDAY" in parts and "BYMONTH" not in parts:
        return "dateutil"
    if parts["FREQ"] in ("HOURLY", "MINUTELY") and "BYYEARDAY" in parts or {"BYWEEKNO", "BYMONTH", "BYDAY"} <= parts.keys():
        return "dateutil"
    return "?"


def vector(rule, start, zone, walls, whole, source):
    """`whole`: whether nothing more comes before the end of 2040."""
    line = {"rule": rule, "start": start.isoformat() if zone else start.date().isoformat(), "zone": zone, "whole": whole}
    if zone:
        # Of many walls, so that one that clocks skip and that comes late is not missed.
        instants = sorted({instant(wall, zone) for wall in walls})[:PER_VECTOR]
        line["occurrences"] = [wall.isoformat() for wall in walls[:PER_VECTOR]]
        line["instants"] = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in instants]
    else:
        line["occurrences"] = [wall.date().isoformat() for wall in walls[:PER_VECTOR]]
    return {**line, "source": source}


def rfc_vectors():
    zone = "America/New_York"
    for rule, day, expected in rfc5545.EXAMPLES:
        start = datetime.datetime.fromisoformat(f"{day}T09:00:00")
        walls = [datetime.datetime.fromisoformat(wall) for wall in expected]
        found = cut(rule, zone, by_dateutil(rule, start, 200))[:len(walls)]
        if found != walls:
            print("RFC 5545 and dateutil differ:", rule, found[:5], walls[:5])
        line = vector(rule, start, zone, walls, "COUNT" in rule or "UNTIL" in rule, "RFC 5545")
        line["occurrences"] = [wall.isoformat() for wall in walls]
        line["instants"] = [f"{instant(wall, zone):%Y-%m-%dT%H:%M:%SZ}" for wall in walls]
        yield line


def main(classpath):
    rng = random.Random(5545)
    most = 2 * PER_VECTOR
    lines, counts, differing = list(rfc_vectors()), collections.Counter(), []
    seen, cases = set(), []
    for case in asked(rng):
        if case[:3] not in seen:
            seen.add(case[:3])
            cases.append(case)
    second = by_lib_recur(cases, classpath, most)
    for (rule, start, zone, kind), other in zip(cases, second):
        found = by_dateutil(rule, start, most)
        if found is None or other is None:
            counts[kind, "one of them gave up"] += 1
        elif found != other:
            counts[kind, "differ"] += 1
            differing.append({"rule": without_until(rule), "start": start.isoformat(), "right": borne_out(rule),
                              "dateutil": [at.isoformat() for at in found[:PER_VECTOR]],
                              "lib-recur": [at.isoformat() for at in other[:PER_VECTOR]]})
        else:
            counts[kind, "kept"] += 1
            walls = cut(rule, zone, found)
            lines.append(vector(rule, start, zone, walls, len(walls) <= PER_VECTOR, f"{kind}: python-dateutil and lib-recur agree"))
    elsewhere = disputed()
    agreed = [line for line in lines if not rests_on(line, elsewhere)]
    counts["instants", "asked of both"], counts["instants", "differ"] = len(INSTANTS), len(elsewhere)
    counts["vectors", "left out as instants differ"] = len(lines) - len(agreed)
    lines = agreed
    with open("vectors.jsonl", "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    with open("differing.jsonl", "w", encoding="utf-8") as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in differing)
    for key, count in sorted(counts.items()):
        print(*key, count)


if __name__ == "__main__":
    main(sys.argv[1])
