"""Bytes as they are: for what a proper HTTP client would not send."""
import socket


class Raw:
    def __init__(self, port, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer may be there already

    def answer(self):
        """(status, headers, body) of the next answer; None when the connection ends before."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return None
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines[1:])}
        size = int(headers.get("content-length", 0))
        while len(self.rest) < size:
            if not self._more():
                return None
        body, self.rest = self.rest[:size], self.rest[size:]
        return int(lines[0].split()[1]), headers, body

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.rest += data
        return bool(data)


def request(method, path, headers, body=b""):
    """The bytes of a request. `path` is bytes."""
    lines = [method.encode() + b" " + path + b" HTTP/1.1", b"Host: localhost"]
    lines += [f"{name}: {value}".encode("latin-1") for name, value in headers.items()]
    if body is not None and "Content-Length" not in headers and "Transfer-Encoding" not in headers:
        lines.append(b"Content-Length: " + str(len(body)).encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")
