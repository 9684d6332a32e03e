#!/usr/bin/env python3
"""token_server.py FOLDER PORT - the token service of an OCI registry, for the tests.

GET /token?service=S&scope=repository:NAME:ACTIONS with basic credentials gives a token that Debian's
docker-registry takes: a JSON web token signed with FOLDER/token.key (RS256), its certificate in the
head (x5c). It lives as many seconds as FOLDER/life says. TLS with FOLDER/server.key and
FOLDER/server-chain.pem. Every request is a line of FOLDER/tokens.log: status and scopes.
"""
import base64
import http.server
import json
import ssl
import subprocess
import sys
import time
import urllib.parse

FOLDER, PORT = sys.argv[1], int(sys.argv[2])
USER = "Basic " + base64.b64encode(b"machine:a secret: with colons").decode()


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_token(service, scopes, life):
    pem = open(FOLDER + "/token.pem").read()
    der = "".join(pem.split("-----")[2].split())
    now = int(time.time())
    access = []
    for scope in scopes:
        kind, name, actions = scope.split(":")
        access.append({"type": kind, "name": name, "actions": actions.split(",")})
    head = url64(json.dumps({"typ": "JWT", "alg": "RS256", "x5c": [der]}).encode())
    body = url64(json.dumps({"iss": "test", "sub": "machine", "aud": service, "exp": now + life,
                             "nbf": now - 10, "iat": now, "jti": str(time.time_ns()),
                             "access": access}).encode())
    signed = (head + "." + body).encode()
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", FOLDER + "/token.key"],
                               input=signed, capture_output=True, check=True).stdout
    return head + "." + body + "." + url64(signature)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        scopes = query.get("scope", [])
        status, answer = 401, {"errors": "who are you"}
        if self.headers.get("Authorization") == USER:
            life = int(open(FOLDER + "/life").read())
            status = 200
            answer = {"token": make_token(query["service"][0], scopes, life), "expires_in": life}
        with open(FOLDER + "/tokens.log", "a") as log:
            log.write("%d %s\n" % (status, " ".join(scopes)))
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(FOLDER + "/server-chain.pem", FOLDER + "/server.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
