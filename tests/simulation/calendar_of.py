"""Local days of a zone, as milliseconds since 1970: what the model and the generator reckon with."""
import calendar
import datetime
import zoneinfo

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MS = datetime.timedelta(milliseconds=1)
HOUR = 3_600_000
DAY = 24 * HOUR


class Zone:
    def __init__(self, name):
        self.name = name
        self.info = zoneinfo.ZoneInfo(name)

    def day(self, at):
        """The local date of a moment."""
        return (EPOCH + at * MS).astimezone(self.info).date()

    def start(self, day):
        """The first moment of a local day, also where midnight is left out."""
        local = datetime.datetime(day.year, day.month, day.day, tzinfo=self.info)
        return (local - EPOCH) // MS

    def end(self, day):
        """The first moment after a local day."""
        return self.start(day + datetime.timedelta(days=1))

    def changes(self, since, days):
        """Moments in so many days from `since` on at which the clocks change, to the hour."""
        out = []
        for hour in range(days * 24):
            at = since + hour * HOUR
            if self.offset(at) != self.offset(at + HOUR):
                out.append(at + HOUR)
        return out

    def offset(self, at):
        return (EPOCH + at * MS).astimezone(self.info).utcoffset()


def iso(at):
    moment = EPOCH + at * MS
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def moment(text):
    return (datetime.datetime.fromisoformat(text) - EPOCH) // MS


def last_of_month(year, month):
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def plus_months(day, months):
    """31 January + 1 month = 28 or 29 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def plus_span(day, text):
    """P3M, P90D."""
    number = int(text[1:-1])
    if text[-1] == "M":
        return plus_months(day, number)
    return day + datetime.timedelta(days=number)


def first_of_period(day, period):
    months = {"MONTH": 1, "QUARTER": 3, "HALF_YEAR": 6, "YEAR": 12}[period]
    return datetime.date(day.year, (day.month - 1) // months * months + 1, 1), months
