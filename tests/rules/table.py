"""One rule table: reads a *.rules file and plays it. README.md tells the format; verbs.py the verbs."""
import json
import os
import re
import shlex

VERBS = {}


class Wrong(AssertionError):
    """A line does not hold. The rest of the file still means something."""


class Unreadable(AssertionError):
    """A line makes no sense or its request failed: what follows would mean nothing."""


def verb(usage, check=False):
    """Registers a method as a verb; `usage` begins with its word. A check changes nothing."""
    def register(function):
        function.usage = usage
        function.is_check = check
        VERBS[usage.split()[0]] = function
        return function
    return register


def describe():
    import verbs  # noqa: F401
    out = []
    for function in VERBS.values():
        first = (function.__doc__ or "").strip().split("\n")[0]
        out.append(f"  {function.usage}\n      {first}")
    return "\n".join(out)


def statements(text):
    """(line number, statement): a line and the indented ones below it."""
    number, lines = 0, []
    for at, line in enumerate([*text.split("\n"), "."], 1):
        if line.lstrip().startswith("#") or not line.strip():
            continue
        if line[0].isspace() and lines:
            lines.append(line)
            continue
        if lines:
            yield number, "\n".join(lines)
        number, lines = at, [line]


def deep_merge(base, more):
    out = dict(base)
    for key, value in more.items():
        out[key] = deep_merge(out[key], value) \
            if isinstance(value, dict) and isinstance(out.get(key), dict) else value
    return out


class Line:
    """The words of a statement, its JSON value if it has one, and what must come of it."""

    def __init__(self, text, names):
        text = re.sub(r"\$([\w.\-]+\w)", lambda found: names(found.group(1)), text.split(" => ")[0]) \
            + (" => " + text.split(" => ", 1)[1] if " => " in text else "")
        command, _, expected = text.partition(" => ")
        self.json = None
        found = re.search(r"(?:^|\s)(?=[{\[])", command)
        if found:
            self.json, end = json.JSONDecoder().raw_decode(command[found.end():])
            command = command[:found.start()] + " " + command[found.end() + end:]
        try:
            self.words = shlex.split(command)
        except ValueError as error:
            raise Unreadable(f"cannot be read: {error}") from None
        self.expected = []
        self.status = None
        rest = expected.strip()
        found = re.match(r"(\d{3})(\s|$)", rest)
        if found:
            self.status = int(found.group(1))
            rest = rest[found.end():]
        while rest:
            found = re.match(r"([\w.\-]+)(=|~|!=)(\"(?:[^\"\\]|\\.)*\"|\S+)\s*", rest)
            if not found:
                raise Unreadable(f"cannot read what must come: {rest}")
            self.expected.append(found.groups())
            rest = rest[found.end():]


def value_at(value, path):
    """data.0.points, data.length; None when it is not there. A name may contain dots."""
    if path == "":
        return value
    if isinstance(value, list):
        head, _, rest = path.partition(".")
        if head == "length":
            return len(value)
        if not re.fullmatch(r"-?\d+", head) or not -len(value) <= int(head) < len(value):
            return None
        return value_at(value[int(head)], rest)
    if isinstance(value, dict):
        if path in value:
            return value[path]
        for end in [found.start() for found in re.finditer(r"\.", path)]:
            if path[:end] in value:
                return value_at(value[path[:end]], path[end + 1:])
    return None


def read_value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


class Table:
    def __init__(self, path):
        self.path = path
        self.file = os.path.relpath(path)
        with open(path, encoding="utf-8") as file:
            self.statements = list(statements(file.read()))
        self.problems = []
        self.checks = 0
        self.client = None
        self.kept = {}
        self.not_replayed = {}  # what the file says of it: reason -> how many
        words = self.statements[0][1].split() if self.statements else []
        if len(words) != 3 or words[0] != "project":
            raise Unreadable(f"{self.file}: begin with `project ZONE CURRENCY`")
        self.zone, self.currency = words[1:]

    def create(self, store, name):
        """The project; before the server runs."""
        store.create_project(name, self.zone, self.currency, sandbox=True)
        self.key = store.create_key(project=name)

    def run(self, client):
        from verbs import Play
        play = Play(self, client)
        for number, text in self.statements[1:]:
            try:
                self.step(play, text)
            except Wrong as error:
                self.fail(number, text, error)
            except Exception as error:  # pylint: disable=broad-except
                self.fail(number, text, error if isinstance(error, AssertionError) else repr(error))
                self.problems[-1] += "\n    (the rest of the file was not run)"
                return
        self.replay(play)

    def replay(self, play):
        """Whatever was told: the rules of the time must come to what history has, order by order."""
        for program in play.get("/v1/loyalties?limit=100")["campaigns"]:
            path = f"/v1/loyalties/{program['id']}/backtests"
            made = play.call("POST", path, {"from": "2000-01-01", "to": "2200-01-01"})
            play.wait_for(made["async_action_id"])
            result = play.get(f"{path}/{made['id']}")["result"]
            told = {"points", "taken_back"}
            was = {name: result["as_they_were"][name] for name in told}
            then = {name: result["of_the_time"][name] for name in told}
            missing = {reason: count for reason, count in result["not_replayed"]["reasons"].items()
                       if self.not_replayed.get(reason) != count}
            if missing or (was != then and not self.not_replayed):
                self.problems.append(f"{self.file}: the backtest of {program['name']} must come to history: "
                                     f"{was}, {then}, {json.dumps(result['not_replayed'])}")
            self.checks += 1

    def fail(self, number, text, error):
        first = text.split("\n")[0]
        self.problems.append(f"{self.file}:{number}: {first}\n    {error}")

    def step(self, play, text):
        """One statement: `refused KEY: …` and `wrong: …` turn it round."""
        turned = text.startswith("wrong: ")
        if turned:
            text = text[len("wrong: "):]
        found = re.match(r"refused (\S+): ", text)
        if found:
            play.refusal = found.group(1)
            text = text[found.end():]
        line = Line(text, play.named)
        word = line.words[0] if line.words else ""
        function = VERBS.get(word)
        if function is None:
            raise Unreadable(f"there is no verb {word}; tests/rules/run --verbs lists them")
        line.words = line.words[1:]
        try:
            play.answer = None
            function(play, line)
            if line.expected or line.status:
                play.expect(line)
            if play.refusal:
                raise Wrong(f"must be refused with {play.refusal}")
            if function.is_check or line.expected or found:
                self.checks += 1
        except Refused as refused:
            self.checks += 1
            play.answer = refused.answer
            play.refusal = None
            play.expect(line)
        except Wrong:
            if not turned:
                raise
            turned = False
            self.checks += 1
        finally:
            play.refusal = None
        if turned:
            raise Wrong("must not hold, but it does")


class Refused(Exception):
    """The request was refused as the line says."""

    def __init__(self, answer):
        super().__init__(repr(answer))
        self.answer = answer
