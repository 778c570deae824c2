"""Connects the Temporal Python SDK with a client certificate and prints `admitted`, or what the SDK says."""
import asyncio
import os
import sys

from temporalio.client import Client, TLSConfig


def read(path):
    with open(path, "rb") as file:
        return file.read()


async def main():
    port, server_name, server_ca, certificate, key = sys.argv[1:]
    tls = TLSConfig(
        server_root_ca_cert=read(server_ca),
        domain=server_name,
        client_cert=read(certificate) if certificate else None,
        client_private_key=read(key) if key else None,
    )
    try:
        # Connecting asks GetSystemInfo, whose request and answer may both be empty: an echo is an answer.
        await asyncio.wait_for(Client.connect(f"127.0.0.1:{port}", namespace=server_name.removesuffix(".tmprl.cloud"), tls=tls), 120)
        print("admitted")
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


asyncio.run(main())
sys.stdout.flush()
# The SDK's own threads sometimes outlive the interpreter, which then aborts.
os._exit(0)
