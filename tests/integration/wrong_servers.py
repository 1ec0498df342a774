# SPDX-License-Identifier: GPL-2.0-or-later
"""Name servers that do something wrong, each at a loopback address of its own."""

import socket
import struct
import threading

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from harness import loopback_address


def respond(query, rcode=dns.rcode.NOERROR, flags=0):
    response = dns.message.make_response(query)
    response.set_rcode(rcode)
    response.flags |= flags
    return response


def servfail(query, tcp):
    return respond(query, dns.rcode.SERVFAIL).to_wire()


def refused(query, tcp):
    return respond(query, dns.rcode.REFUSED).to_wire()


def not_implemented(query, tcp):
    return respond(query, dns.rcode.NOTIMP).to_wire()


def silent(query, tcp):
    return None


def garbage(query, tcp):
    return query.to_wire()[:2] + b"\x80\x00garbage, not a message"


def lame(query, tcp):
    """A referral to the root, as of a server that has never heard of the domain."""
    response = respond(query)
    response.authority.append(dns.rrset.from_text(".", 3600, "IN", "NS", "ns.root."))
    return response.to_wire()


def truncated(query, tcp):
    return respond(query, flags=dns.flags.TC | dns.flags.AA).to_wire()


def absent(query, tcp):
    response = respond(query, dns.rcode.NXDOMAIN, dns.flags.AA)
    response.authority.append(dns.rrset.from_text("tld.", 60, "IN", "SOA", "ns. h. 1 1 1 1 1"))
    return response.to_wire()


class WrongServer:
    """A server that answers each query as a function says, by UDP and, if so, by TCP."""

    def __init__(self, answer, tcp=True, port=53):
        self.answer = answer
        self.address = loopback_address()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((self.address, port))
        self.sockets = [self.udp]
        self.threads = [threading.Thread(target=self.serve_udp)]
        if tcp:
            self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.tcp.bind((self.address, port))
            self.tcp.listen(100)
            self.sockets.append(self.tcp)
            self.threads.append(threading.Thread(target=self.serve_tcp))
        self.stopped = threading.Event()

    def reply(self, wire, tcp):
        try:
            return self.answer(dns.message.from_wire(wire), tcp)
        except dns.exception.DNSException:
            return None

    def serve_udp(self):
        while not self.stopped.is_set():
            try:
                wire, client = self.udp.recvfrom(65535)
                answer = self.reply(wire, False)
                if answer is not None:
                    self.udp.sendto(answer, client)
            except OSError:
                pass

    def serve_tcp(self):
        while not self.stopped.is_set():
            try:
                client, _ = self.tcp.accept()
                with client:
                    client.settimeout(5)
                    size = struct.unpack("!H", client.recv(2, socket.MSG_WAITALL))[0]
                    answer = self.reply(client.recv(size, socket.MSG_WAITALL), True)
                    if answer is not None:
                        client.sendall(struct.pack("!H", len(answer)) + answer)
            except (OSError, struct.error):
                pass

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        for sock in self.sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join()
        for sock in self.sockets:
            sock.close()
