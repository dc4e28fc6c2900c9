"""Holds every answer against /openapi.json: its status must be one that the operation names, its body
must have the content type and the types that it shows. The harness calls it for all calls of all tests.

An operation's schema comes from its example, so it requires nothing; what it shows must be true:
properties of the types shown (or null), items like the first one.
"""
import json
import threading
import urllib.parse

METHODS = ("get", "put", "post", "delete", "patch")


class NotDescribed(AssertionError):
    pass


class Description:
    def __init__(self, document):
        self.document = document
        self.tree = {}
        self.seen = set()  # operations with a success that was checked
        self.wrong = {}  # the first of each kind
        for path, item in document["paths"].items():
            node = self.tree
            for part in path.strip("/").split("/"):
                node = node.setdefault("{}" if part.startswith("{") else part, {})
            for method in METHODS:
                if method in item:
                    node[method.upper() + " "] = (path, item[method])

    def find(self, method, path):
        """The (template, operation) of a call; nothing when no operation takes it."""
        parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]

        def walk(node, rest):
            if not rest:
                return node.get(method + " ")
            for key in (rest[0], "{}"):
                if key in node and isinstance(node[key], dict):
                    found = walk(node[key], rest[1:])
                    if found:
                        return found
            return None
        return walk(self.tree, parts)

    def resolve(self, part):
        while "$ref" in part:
            found = self.document
            for name in part["$ref"].lstrip("#/").split("/"):
                found = found[name]
            part = found
        return part

    def note(self, method, target, status, content_type, body):
        """The check. The test itself goes on; the run fails at its end."""
        try:
            self.check(method, target, status, content_type, body)
        except NotDescribed as wrong:
            self.wrong.setdefault(str(wrong).partition(";")[0].partition("\n")[0], str(wrong))

    def check(self, method, target, status, content_type, body):
        if method == "HEAD":
            method = "GET"
        found = self.find(method, urllib.parse.urlsplit(target).path)
        if not found:
            return  # pages, what is planned only, and what is not there: no promise is made of them
        path, operation = found
        where = f"{method} {path} answered {status}"
        response = operation["responses"].get(str(status)) or operation["responses"].get(
            f"{status // 100}XX")
        if response is None:
            raise NotDescribed(f"{where}; described are {sorted(operation['responses'])}: {body[:300]}")
        content = self.resolve(response).get("content")
        if status == 304 or not body:
            if status < 300 and not content:
                self.seen.add((method, path))
            return
        if not content:
            raise NotDescribed(f"{where} with a body; none is described: {body[:300]}")
        kind = (content_type or "").partition(";")[0]
        if kind not in content:
            raise NotDescribed(f"{where} with {kind}; described is {sorted(content)}")
        if kind != "application/json":
            if status < 300:
                self.seen.add((method, path))
            return
        problem = self.problem(self.resolve(content[kind]["schema"]), json.loads(body), "")
        if problem:
            raise NotDescribed(f"{where}: {problem}\n{body[:600]}")
        if status < 300:
            self.seen.add((method, path))

    def problem(self, schema, value, at):
        """What does not fit, in words; nothing when all fits."""
        schema = self.resolve(schema)
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(is_a(one, value) for one in types):
            return f"{at or 'the body'} must be {' or '.join(types)}, and is {json.dumps(value)[:80]}"
        if isinstance(value, dict):
            for name in schema.get("required", []):
                if name not in value:
                    return f"{at}/{name} is missing"
            for name, inner in schema.get("properties", {}).items():
                if name in value:
                    found = self.problem(inner, value[name], f"{at}/{name}")
                    if found:
                        return found
        if isinstance(value, list) and "items" in schema:
            for number, one in enumerate(value):
                found = self.problem(schema["items"], one, f"{at}/{number}")
                if found:
                    return found
        return None


def is_a(kind, value):
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "object": dict, "array": list}[kind])


_lock = threading.Lock()
_description = None


def description(read):
    """Of the binary under test; read once, since all servers of it have the same."""
    global _description
    with _lock:
        if _description is None:
            text = read()
            if text is None:
                return None
            _description = Description(json.loads(text))
        return _description


def wrong():
    """What was answered and is not described, each kind once."""
    return [] if _description is None else sorted(_description.wrong.values())


def report():
    """Prints what was checked and what was wrong. Returns how many answers were not as described."""
    if _description is None:
        return 0
    operations = [(method.upper(), path) for path, item in _description.document["paths"].items()
                  for method in METHODS if method in item]
    print(f"answers of {len(_description.seen)} of {len(operations)} operations were held against "
          "/openapi.json")
    for one in wrong():
        print(f"NOT DESCRIBED: {one}")
    return len(wrong())
