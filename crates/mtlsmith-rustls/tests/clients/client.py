"""Connects with a client certificate, begins HTTP/2 and prints `admitted`, or what the TLS library says."""
import socket
import ssl
import sys

port, server_name, server_ca, certificate, key, version = sys.argv[1:]
context = ssl.create_default_context(cafile=server_ca)
context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
if certificate:
    context.load_cert_chain(certificate, key)
context.set_alpn_protocols(["h2"])
try:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname=server_name) as stream:
            stream.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
            print("admitted" if stream.recv(9) else "closed")
except ssl.SSLError as error:
    print(error)
