"""Runs a command in whose network 10.9.9.2:80 is a server that sends the last segment of every second answer first, and the
other one so many seconds later. Needs a network namespace of its own.

    overtaking.py SECONDS COMMAND...
"""

import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
FIN, SYN, PUSH, ACK = 0x01, 0x02, 0x08, 0x10

tunnel = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tunnel, TUNSETIFF, struct.pack("16sH", b"overtaking", IFF_TUN | IFF_NO_PI))
for step in ("link set lo up", "addr add 10.9.9.1/24 dev overtaking", "link set overtaking up"):
    subprocess.run(["ip", *step.split()], check=True)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(source, target, ports, number, acknowledged, flags, content=b""):
    numbers = (number & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF)
    tcp = struct.pack("!HHIIBBHHH", *ports, *numbers, 5 << 4, flags, 65535, 0, 0)
    pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp) + len(content))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp + content)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(content), 0, 0, 64, 6, 0, source, target)
    return ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp + content


FIRST = b"HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 100\r\n\r\n" + b"x" * 50
LAST = b"y" * 50

command = subprocess.Popen(sys.argv[2:])
numbers = {}
waiting = []
answers = 0
while command.poll() is None:
    now = time.monotonic()
    for packet in [packet for due, packet in waiting if due <= now]:
        os.write(tunnel, packet)
    waiting = [(due, packet) for due, packet in waiting if due > now]
    if not select.select([tunnel], [], [], min([0.02] + [due - now for due, _ in waiting]))[0]:
        continue
    packet = os.read(tunnel, 65536)
    if packet[0] >> 4 != 4 or packet[9] != 6:
        continue
    client, server = packet[12:16], packet[16:20]
    port, own, number, _, offset, flags = struct.unpack("!HHIIBB", packet[20:34])
    content = packet[20 + (offset >> 4) * 4:]

    def say(ours, theirs, flags, content=b""):
        return segment(server, client, (own, port), ours, theirs, flags, content)

    if flags & SYN:
        numbers[port] = 1001
        os.write(tunnel, say(1000, number + 1, SYN | ACK))
    elif content:
        ours, theirs = numbers[port], number + len(content)
        answers += 1
        first, last = say(ours, theirs, PUSH | ACK, FIRST), say(ours + len(FIRST), theirs, PUSH | ACK, LAST)
        if answers % 2:
            os.write(tunnel, last)
            waiting.append((time.monotonic() + float(sys.argv[1]), first))
        else:
            os.write(tunnel, first)
            os.write(tunnel, last)
        numbers[port] += len(FIRST) + len(LAST)
    elif flags & FIN:
        os.write(tunnel, say(numbers.get(port, 1001), number + 1, FIN | ACK))
sys.exit(command.returncode)
