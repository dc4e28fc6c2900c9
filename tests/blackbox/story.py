"""Stories: text files that tell what a shop does, and what it must see. Paragraphs, in order:

    project Europe/Bucharest RON      zone and currency of the sandbox project (first paragraph)
    program                           the program, as `perennial apply` takes it
    {"campaign": …}
    clock 2036-03-01T10:00:00Z        moves the test clock to a moment
    advance 3 days                    moves it on
    POST /v1/orders                   a request, its body if it has one,
    {"source_id": "POS-1", …}         then the status and the answer that must come
    200 {"status": "PAID", …}

In what must come, … stands for anything: {"a": 1, …} has more keys, [1, …] more items, "a": … any
value. A word "$name" keeps what comes under that name; later $name is that, in paths, bodies and
answers. Lines that begin with # are for the reader.
"""
import datetime
import json
import re

ANY = "…"
DAYS_A_STEP = 3000


class Wrong(AssertionError):
    pass


def parse_pattern(text):
    """JSON with … in it: outside of strings it becomes the string …, as a key {"…": "…"}."""
    out, stack, last, quoted, escaped = [], [], "", False, False
    for char in text:
        if quoted:
            quoted, escaped = (char != '"' or escaped), (char == "\\" and not escaped)
        elif char == ANY:
            char = '"…":"…"' if stack and stack[-1] == "{" and last in "{," else '"…"'
        elif char == '"':
            quoted = True
        elif char in "{[":
            stack.append(char)
        elif char in "}]":
            stack.pop()
        out.append(char)
        if not char.isspace():
            last = char[-1]
    return json.loads("".join(out))


def paragraphs(text):
    """(line number, lines) of each."""
    block, begin = [], 0
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            begin = begin if block else number
            block.append(line)
        elif block:
            yield begin, block
            block = []


class Story:
    def __init__(self, path, store):
        self.path, self.store = path, store
        self.names = {}

    def run(self):
        with open(self.path, encoding="utf-8") as file:
            blocks = list(paragraphs(file.read()))
        number, block = blocks[0]
        word, zone, currency = block[0].split()
        if word != "project":
            raise Wrong(f"{self.path}:{number}: begin with `project ZONE CURRENCY`")
        self.store.create_project("shop", zone, currency, sandbox=True)
        self.store.key = self.store.create_key()
        rest = blocks[1:]
        if rest and rest[0][1][0] == "program":
            self.apply("\n".join(rest[0][1][1:]))
            rest = rest[1:]
        self.store.serve()
        self.client = self.store.client()
        for number, block in rest:
            try:
                self.step(block)
            except AssertionError as error:
                raise Wrong(f"{self.path}:{number}: {block[0]}\n{error}") from None

    def apply(self, program):
        file = f"{self.store.folder}/program.json"
        with open(file, "w", encoding="utf-8") as out:
            out.write(program)
        self.store.command("apply", file, project="shop")

    def step(self, block):
        first = block[0].split()
        if first[0] == "clock":
            self.move_clock(datetime.datetime.fromisoformat(first[1]))
        elif first[0] == "advance":
            self.client.need("POST", "/v1/clock/advance", {"days": int(first[1])})
        else:
            self.request(first[0], first[1], block[1:])

    def move_clock(self, to):
        while True:  # the API takes a step of at most ten years
            now = datetime.datetime.fromisoformat(self.client.need("GET", "/v1/clock")["now"])
            step = min(to, now + datetime.timedelta(days=DAYS_A_STEP))
            self.client.need("POST", "/v1/clock/advance",
                             {"to": step.astimezone(datetime.timezone.utc).strftime(
                                 "%Y-%m-%dT%H:%M:%S.") + f"{step.microsecond // 1000:03}Z"})
            if step == to:
                return

    def named(self, text):
        """$name -> what was kept under it."""
        return re.sub(r"\$(\w+)", lambda found: str(self.names[found.group(1)]), text)

    def request(self, method, path, lines):
        answer_at = next((i for i, line in enumerate(lines) if re.match(r"\d{3}( |$)", line)), None)
        if answer_at is None:
            raise Wrong("say the status that must come")
        body = self.named("\n".join(lines[:answer_at])).encode() or None
        status, _, expected = "\n".join(lines[answer_at:]).partition(" ")
        answer = self.client.call(method, self.named(path), body)
        if answer.status != int(status.strip()):
            raise Wrong(f"status {status.strip()} must come, but {answer!r} came")
        if expected.strip():
            shown = json.dumps(answer.json, ensure_ascii=False, indent=1)
            self.match(parse_pattern(expected), answer.json, "", shown)

    def match(self, want, have, where, shown):
        def wrong(what):
            raise Wrong(f"{where or 'the answer'}: {what}\nin {shown}")
        if want == ANY:
            return
        if isinstance(want, str) and re.fullmatch(r"\$\w+", want):
            if self.names.setdefault(want[1:], have) != have:
                wrong(f"{self.names[want[1:]]!r} must come, but {have!r} came")
        elif isinstance(want, dict) and isinstance(have, dict):
            for key in want.keys() - {ANY}:
                if key not in have:
                    wrong(f"there is no {key}")
                self.match(want[key], have[key], f"{where}/{key}", shown)
            more = have.keys() - want.keys()
            if more and ANY not in want:
                wrong(f"there are also {sorted(more)}")
        elif isinstance(want, list) and isinstance(have, list):
            open_end = bool(want) and want[-1] == ANY
            items = want[:-1] if open_end else want
            if len(have) < len(items) or (len(have) > len(items) and not open_end):
                wrong(f"{len(items)} items must come, but {len(have)} came")
            for number, item in enumerate(items):
                self.match(item, have[number], f"{where}/{number}", shown)
        elif type(want) is not type(have) or want != have:
            wrong(f"{want!r} must come, but {have!r} came")
