"""Prints what Python's zoneinfo knows of every zone of the system, for the test of base/time_zone.

  python3 moments.py            U zone utc_s offset_s | L zone local_s utc_s
  python3 moments.py rules      a rule of a file's footer utc_s offset_s  (the saved table rules.txt)
"""
import random
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone
from pathlib import Path

epoch = datetime(1970, 1, 1)
not_zones = {"Factory", "localtime"}


def offset_s(zone, utc_s):
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=utc_s)
    return int(moment.astimezone(zone).utcoffset().total_seconds())


def change_between(zone, low, high):
    """The first second with the offset of `high`, when one change lies between."""
    while high - low > 1:
        middle = (low + high) // 2
        if offset_s(zone, middle) == offset_s(zone, low):
            low = middle
        else:
            high = middle
    return high


def changes(zone, first_year, last_year):
    at = int((datetime(first_year, 1, 1) - epoch).total_seconds())
    end = int((datetime(last_year, 1, 1) - epoch).total_seconds())
    step = 7 * 86400
    while at < end:
        if offset_s(zone, at) != offset_s(zone, at + step):
            yield change_between(zone, at, at + step)
        at += step


def moment_of(zone, local_s):
    """The earlier moment of a wall time; of one that was skipped, the jump."""
    wall = (epoch + timedelta(seconds=local_s)).replace(tzinfo=zone)
    utc_s = local_s - int(wall.utcoffset().total_seconds())
    if utc_s + offset_s(zone, utc_s) == local_s:
        return utc_s
    return change_between(zone, utc_s - 86400, utc_s + 86400)


def footer(name):
    data = (Path("/usr/share/zoneinfo") / name).read_bytes()
    return data.rstrip(b"\n").rsplit(b"\n", 1)[-1].decode()


def main():
    names = sorted(zoneinfo.available_timezones() - not_zones)
    draw = random.Random(5)
    if sys.argv[1:] == ["rules"]:  # from 2088 on: some files list transitions until 2086
        for rule, name in sorted({footer(name): name for name in names}.items()):
            zone = zoneinfo.ZoneInfo(name)
            moments = [draw.randrange(3723840000, 4102444800) for _ in range(6)]
            for change in list(changes(zone, 2088, 2089)) + list(changes(zone, 2097, 2098)):
                moments += [change - 1, change]
            for moment in moments:
                print(rule, moment, offset_s(zone, moment))
        return
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        year = draw.choice(range(2030, 2100))
        near = list(changes(zone, year, year + 1))
        moments = [draw.randrange(-2208988800, 4102444800) for _ in range(40)]
        for moment in moments + [c + d for c in near for d in (-1, 0, 1)]:
            print("U", name, moment, offset_s(zone, moment))
        locals_ = [draw.randrange(2208988800, 4102444800) // 86400 * 86400 for _ in range(10)]
        for change in near:
            wall = change + offset_s(zone, change - 1)
            locals_ += [wall + d for d in (-3600, -1800, -1, 0, 1, 1800, 3600)]
        for wall in locals_:
            print("L", name, wall, moment_of(zone, wall))


main()
