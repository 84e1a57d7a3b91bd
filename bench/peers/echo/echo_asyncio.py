"""Echo of frames behind a 4-byte length by asyncio: "streams" as in its documentation's echo server, or "protocol"."""

import asyncio
import platform
import sys

MAX_FRAME_BYTES = 1 << 24


async def serve_stream(reader, writer):
    try:
        while True:
            header = await reader.readexactly(4)
            size = int.from_bytes(header, "big")
            if size > MAX_FRAME_BYTES:
                break
            writer.write(header + await reader.readexactly(size))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


class EchoProtocol(asyncio.Protocol):
    def __init__(self):
        self.rest = b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        data = self.rest + data if self.rest else data
        replies = []
        at = 0
        while len(data) - at >= 4:
            end = at + 4 + int.from_bytes(data[at : at + 4], "big")
            if end - at > MAX_FRAME_BYTES:
                return self.transport.abort()
            if end > len(data):
                break
            replies.append(data[at:end])
            at = end
        self.rest = data[at:]
        self.transport.writelines(replies)

    # Who does not read the replies is not read from.
    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main(mode):
    if mode == "protocol":
        loop = asyncio.get_running_loop()
        server = await loop.create_server(EchoProtocol, "127.0.0.1", 0, backlog=511)
    else:
        server = await asyncio.start_server(serve_stream, "127.0.0.1", 0, backlog=511)
    print("listening", server.sockets[0].getsockname()[1], platform.python_version())
    await server.serve_forever()


asyncio.run(main(sys.argv[1]))
