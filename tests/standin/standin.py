"""Stands in for SWR's registries and API, IAM, STS, CCE and the metadata service of an ECS server, on 127.0.0.1.

    standin.py FOLDER

Prints its ports as one line of JSON and serves until its stdin ends. In FOLDER it keeps

    requests.jsonl   one line a request: what was asked, who signed it, what was answered; no secrets
    ca.pem           the authority that signed its certificate, made anew each time
    control.json     written by the test, read at every request: how to behave (see DEFAULTS)

It is stricter than the services: a method, path, query, header or body that the documents do not have is answered with
status 400, and logged with its `problem`. Every signature is computed again with Huawei's own SDK.
"""

import base64
import calendar
import email.utils
import hashlib
import hmac
import http.server
import json
import pathlib
import re
import select
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

import sdk

REGION = "cn-north-4"
API_HOSTS = tuple(f"{service}.cn-north-4.myhuaweicloud.com" for service in ("swr-api", "iam", "sts", "cce"))
REGISTRIES = ("swr.cn-north-4.myhuaweicloud.com", "swr.cn-south-1.myhuaweicloud.com", "swr.eu-de.otc.t-systems.com")
PROJECTS = {
    REGION: "0605767b5e00d5762fb4c00a0a2b0d39",
    f"{REGION}_team": "77b6a44cba5143ab91d13ab9a8ff44fd",
    "cn-north-1": "1a2b3c4d5e6f40718293a4b5c6d7e8f9",
}
INSTANCE = "5a6e8d6e-7a3d-4a2b-9c1f-0123456789ab"
INSTANCE_HOST = "acme-w5peto.swr-pro.myhuaweicloud.com"
INSTANCE_DOMAIN = "registry.acme.example"

# Access keys as `AK: (SK, security token)`; the first three are published as examples, the others are what the calls mint.
KEYS = {
    "QTWAOYTTINDUT2QVKYUC": ("MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc", None),
    "NQIZW3SSNRDLT0ZKZANS": ("Wn3QykqzsyD5osUFc2hFH6qozqOtV5FvetckJ7fr", None),
    "P0HEQUQ4XBWXY5WD69X0": ("3WJuF1oMFSoSJSWKAWrhUVOVWvtAnATAbS61hDVs", "EXAMPLE-SECURITY-TOKEN"),
    "ASSUMEDROLE000000001": ("assumed0role0secret0key00000000000000001", "gQpjbi1ub3J0aC00+assumed/role=="),
    "TOKENUSER00000000001": ("token0user0secret0key0000000000000000001", "gQpjbi1ub3J0aC00+token/user=="),
    "SERVERAGENCY00000001": ("server0agency0secret0key000000000000001a", "gQpjbi1ub3J0aC00+server/agency=="),
    "ASSUMEDFIVE000000001": ("assumed0five0secret0key00000000000000001", "gQpjbi1ub3J0aC00+assumed/five=="),
    "ASSUMEDSECOND0000001": ("assumed0second0secret0key000000000000001", "gQpjbi1ub3J0aC00+assumed/second=="),
    "GITHUBAGENCY00000001": ("github0agency0secret0key000000000000001a", "gQpjbi1ub3J0aC00+github/agency=="),
    "FEDERATEDUSER0000001": ("federated0user0secret0key00000000000001a", "gQpjbi1ub3J0aC00+federated/user=="),
    "PODOFTEAMA0000000001": ("pod0of0team0a0secret0key0000000000000001", "gQpjbi1ub3J0aC00+pod/of/team/a=="),
    "PODOFTEAMB0000000001": ("pod0of0team0b0secret0key0000000000000001", "gQpjbi1ub3J0aC00+pod/of/team/b=="),
}
# Whose temporary login is not the usual one, so that a mistaken identity is seen.
LOGINS = {ak: [f"{REGION}@{ak}LOGIN", f"temporary-password-of-{ak}"] for ak in KEYS if ak.startswith("POD")}
# Agencies that trust a cluster's service accounts, as `name: (namespace, AK)`; the audience is theirs to demand.
ACCOUNT = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
PROVIDER = f"iam::{ACCOUNT}:oidcProvider:cluster"
AUDIENCE = "sts.huaweicloud.com"
AGENCIES = {
    f"iam::{ACCOUNT}:agency:team-a-pull": ("team-a", "PODOFTEAMA0000000001"),
    f"iam::{ACCOUNT}:agency:team-b-pull": ("team-b", "PODOFTEAMB0000000001"),
    f"iam::{ACCOUNT}:agency:github-push": ("repo:acme/app:ref", "GITHUBAGENCY00000001"),
}
# Agencies of IAM 5, as `name: (who may assume it, external ID, AK)`.
TRUSTING = {
    f"iam::{ACCOUNT}:agency:swr-pull": (None, None, "ASSUMEDFIVE000000001"),
    f"iam::{ACCOUNT}:agency:swr-second": ("ASSUMEDFIVE000000001", None, "ASSUMEDSECOND0000001"),
    f"iam::{ACCOUNT}:agency:swr-partner": (None, "ticket-42", "ASSUMEDSECOND0000001"),
}
# What a job of GitHub Actions asks for its ID token with, and for what.
GITHUB_TOKEN = "the-token-of-a-job"
GITHUB_SUBJECT = "repo:acme/app:ref:refs/heads/main"
# An identity provider of IAM 3, and the unscoped token that it brings.
IDP = "acme-gitlab"
UNSCOPED = "MIIF4567" + "cD5-" * 900
# The cluster, its issuer and the key that it signs service account tokens with.
CLUSTER = "7c8d9e0f-1a2b-3c4d-5e6f-708192a3b4c5"
CLUSTER_AUDIENCE = "service.cce.pods"
ISSUER = "https://kubernetes.default.svc.cluster.local"
ISSUER_KEY = b"the key of the cluster's issuer"
USER = {"name": "alice", "password": "correct horse", "domain": {"name": "acme"}}
# As long as a real one.
TOKEN = "MIIF0123" + "aB3-" * 2250
METADATA_TOKEN = "metadata-session-token"
ENCODED_REASON = "Egpjbi1ub3J0aC00" + "reason" * 40
TOKEN_LIFETIME = 24 * 3600
SKEW_LIMIT = 15 * 60

DEFAULTS = {
    # The registries that a temporary login is for, and the login: username and password.
    "hosts": ["swr.cn-north-1.myhuaweicloud.com", "swr.cn-north-4.myhuaweicloud.com"],
    "login": [f"{REGION}@TEMPORARYLOGIN000001", "0" * 40 + "temporary-password"],
    # Its lifetime in seconds; null for a reply that does not say.
    "lifetime": 6 * 3600,
    # Seconds that this clock is ahead.
    "skew": 0,
    # The status with which the metadata service answers who wants a token.
    "metadata_token": 200,
    # Whether the server was given an agency.
    "agency": True,
    # One of FAULTS, for the paths that begin with `path`, and only so many `times`.
    "fault": None,
    "path": "/",
    "times": None,
    # The header of this name, where a fault has a status.
    "retry_after": None,
    # How many calls a second are taken, of the paths that begin with `path`; the others are answered with 429.
    "rate": None,
    # AKs, or "token", that are refused; those that were given out before this was told, or all.
    "revoked": [],
    "revoked_before": False,
    # How moments are written.
    "time": "%Y-%m-%dT%H:%M:%S.811000Z",
    # How many other instances of the Enterprise edition there are.
    "instances": 1,
    # What a key of an agency must be asked for with, besides who it is.
    "terms": None,
    # Seconds before an answer that is no fault, for the paths that begin with `path`.
    "delay": 0,
}


class Problem(Exception):
    """The request is not as the documents have it."""


class Refusal(Exception):
    """The request is well-formed, and is answered with an error."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Standin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: pathlib.Path
    names: set
    lock = threading.Lock()
    faults_left: dict = {}
    renewed: set = set()
    taken: list = []

    def handle_one_request(self):
        # A client that goes away is part of the tests.
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True

    def do(self):
        self.control = {**DEFAULTS, **read_json(self.folder / "control.json")}
        self.signer = None
        self.time = time.monotonic()
        self.target, _, self.raw_query = self.path.partition("?")
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.take_fault()
        if fault:
            self.log(f"fault {fault}", None)
            FAULTS[fault](self)
            return
        problem = None
        try:
            self.check_rate()
            self.check_envelope()
            answer = self.route()
        except Problem as error:
            problem = str(error)
            answer = (400, {}, error_body(self.target, "STANDIN.0001", problem))
        except Refusal as error:
            answer = (error.status, {}, error_body(self.target, error.code, error.message))
        if self.target.startswith(self.control["path"]):
            time.sleep(self.control["delay"])
        self.log(answer[0], problem)
        self.answer(*answer)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = do

    # -- what is right -------------------------------------------------------------------------------------------------

    def check_rate(self):
        rate = self.control["rate"]
        if rate is None or not self.target.startswith(self.control["path"]):
            return
        with self.lock:
            now = self.time = time.monotonic()
            Standin.taken = [then for then in self.taken if then > now - 1]
            if len(self.taken) >= rate:
                raise Refusal(429, "APIGW.0308", "The throttling threshold has been reached")
            self.taken.append(now)

    def check_envelope(self):
        names = [name.lower() for name in self.headers.keys()]
        demand(len(names) == len(set(names)), "a header is there twice")
        demand(self.headers["Host"] in self.names, f"Host is {self.headers['Host']}")
        demand("Transfer-Encoding" not in self.headers, "the body is chunked")
        demand(self.headers["User-Agent"].startswith("docker-credential-swr/"), "no User-Agent of the helper")
        demand("Cookie" not in self.headers, "there is a cookie")
        if self.body or (self.command == "POST" and self.target.startswith("/v2/")):
            demand(self.headers["Content-Type"] == "application/json", "Content-Type is not JSON")
        self.query = urllib.parse.parse_qsl(self.raw_query, keep_blank_values=True, strict_parsing=bool(self.raw_query))

    def route(self):
        routes = {
            ("POST", r"/v2/manage/utils/secret"): self.secret,
            ("POST", r"/v2/manage/utils/authorizationtoken"): self.authorization_token,
            ("POST", r"/v2/([^/]+)/instances/([^/]+)/temp-credential"): self.temp_credential,
            ("GET", r"/v2/([^/]+)/instances"): self.instances,
            ("GET", r"/v2/([^/]+)/instances/([^/]+)/domainname"): self.domain_names,
            ("POST", r"/v5/agencies/assume"): self.assume,
            ("GET", r"/v5/caller-identity"): self.caller_identity,
            ("POST", r"/v3\.0/OS-AUTH/id-token/tokens"): self.id_token_tokens,
            ("GET", r"/github//idtoken/job"): self.github_id_token,
            ("POST", r"/v1/credentials"): self.pod_credentials,
            ("GET", r"/v3/projects"): self.projects,
            ("POST", r"/v3/auth/tokens"): self.tokens,
            ("POST", r"/v3\.0/OS-CREDENTIAL/securitytokens"): self.securitytokens,
            ("POST", r"/v5/agencies/assume-with-oidc"): self.assume_with_oidc,
            ("POST", r"/api/v3/projects/([^/]+)/clusters/([^/]+)/assume-agency-for-pod-identity"): self.assume_for_pod,
            ("PUT", r"/meta-data/latest/api/token"): self.metadata_token,
            ("GET", r"/openstack/latest/securitykey"): self.securitykey,
            ("GET", r"/v2/"): self.challenge,
            ("GET", r"/swr/auth/v2/registry/auth/"): self.registry_token,
        }
        for (method, path), call in routes.items():
            found = re.fullmatch(path, self.target)
            if found and method == self.command:
                return call(*found.groups())
        raise Problem(f"no such call: {self.command} {self.target}")

    def challenge(self):
        host = self.headers["Host"]
        demand(host in REGISTRIES, f"{host} is no registry")
        demand("Authorization" not in self.headers, "a login is sent before it is asked for")
        realm = f"https://{host}/swr/auth/v2/registry/auth/"
        return 401, {"WWW-Authenticate": f'Bearer realm="{realm}",service="dockyard"'}, "{}"

    def registry_token(self):
        demand(self.headers["Host"] in REGISTRIES, f"{self.headers['Host']} is no registry")
        demand(self.query == [("service", "dockyard")], f"the query is {self.raw_query}")
        kind, _, login = self.headers["Authorization"].partition(" ")
        demand(kind == "Basic", "no Basic login")
        username, _, password = base64.b64decode(login).decode().partition(":")
        project, _, self.signer = username.partition("@")
        sk, token = KEYS.get(self.signer, ("", None))
        login_key = hmac.new(sk.encode(), self.signer.encode(), hashlib.sha256).hexdigest()
        derived = sk and token is None and password == login_key and self.headers["Host"].split(".")[1] in project
        if not derived and [username, password] != self.control["login"]:
            raise Refusal(401, "UNAUTHORIZED", "Authenticate Error")
        return 200, {}, {"token": "a registry's token"}

    def secret(self):
        self.expect_no_body()
        demand([name for name, _ in self.query] == ["projectname"], f"the query is {self.raw_query}")
        self.authenticate(signed_or_token=True)
        project = self.query[0][1]
        if project not in PROJECTS:
            raise Refusal(404, "SVCSTG.SWR.4040000", "the project does not exist")
        project_id = self.headers["X-Project-Id"]
        # The region's own project needs no ID.
        is_own = project == REGION or self.control["hosts"][-1].startswith(f"swr.{project}.")
        wanted = {PROJECTS[project], None} if is_own or self.signer == "token" else {PROJECTS[project]}
        demand(project_id in wanted, f"X-Project-Id is {project_id}")
        username, password = LOGINS.get(self.signer, self.control["login"])
        login = base64.b64encode(f"{username}:{password}".encode()).decode()
        decoy = base64.b64encode(b"decoy:decoy").decode()
        auths = {host: {"auth": decoy} for host in self.control["hosts"][:-1]}
        host = self.control["hosts"][-1]
        headers = {"X-Swr-Dockerlogin": f"docker login -u {username} -p {password} {host}"}
        if self.control["lifetime"] is not None:
            headers["X-Swr-Expireat"] = self.moment(self.control["lifetime"])
        return 200, headers, {"auths": {**auths, host: {"auth": login}}}

    def authorization_token(self):
        self.expect_no_body()
        demand(not self.query, f"the query is {self.raw_query}")
        self.authenticate(signed_or_token=True)
        _, password = self.control["login"]
        login = base64.b64encode(f"bearertoken@{self.signer}:{password}".encode()).decode()
        host = self.control["hosts"][-1]
        return 200, {"X-Swr-Expireat": self.moment(self.control["lifetime"] or 3600)}, {"auths": {host: {"auth": login}}}

    def temp_credential(self, project, instance):
        self.expect_no_body()
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=True)
        demand(self.headers["X-Project-Id"] == project, "X-Project-Id is not that of the path")
        if (project, instance) != (PROJECTS[REGION], INSTANCE):
            raise Refusal(404, "SVCSTG.SWR.4040001", "the instance does not exist")
        username, password = self.control["login"]
        return 201, {}, {
            "user_id": username,
            "auth_token": password,
            "created_at": self.moment(0),
            "expire_date": self.moment(self.control["lifetime"] or 0),
            "token_id": "1234",
        }

    def instances(self, project):
        self.expect_no_body()
        query = dict(self.query)
        demand(set(query) == {"limit", "offset"} and query["limit"] == "100", f"the query is {self.raw_query}")
        self.authenticate(signed_or_token=True)
        self.check_project(project)
        others = [
            {"id": f"other-{n}", "project_id": project, "access_address": f"other-{n:06}.swr-pro.myhuaweicloud.com"}
            for n in range(self.control["instances"])
        ]
        ours = {"id": INSTANCE, "project_id": project, "access_address": INSTANCE_HOST, "name": "acme"}
        page = (others + [ours])[int(query["offset"]) :][:100]
        return 200, {}, {"instances": page, "total": len(others) + 1}

    def domain_names(self, project, instance):
        self.expect_no_body()
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=True)
        self.check_project(project)
        name = INSTANCE_DOMAIN if instance == INSTANCE else f"{instance}.example"
        return 200, {}, {"domain_name_infos": [{"uid": "1", "instance_id": instance, "domain_name": name}]}

    def check_project(self, project):
        demand(self.headers["X-Project-Id"] == project, "X-Project-Id is not that of the path")
        if project != PROJECTS[REGION]:
            raise Refusal(403, "SVCSTG.SWR.4030001", "no permission for this project")

    def assume(self):
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=True)
        demand(self.signer != "token", "STS takes no token")
        body = self.json()
        must, may = {"agency_urn", "agency_session_name"}, {"duration_seconds", "policy", "policy_ids", "external_id"}
        demand(must <= set(body) <= must | may, "the body's form")
        self.check_terms(body)
        allowed, external_id, ak = TRUSTING.get(body["agency_urn"], ("nobody", None, None))
        if allowed not in (None, self.signer) or body.get("external_id") != external_id:
            raise Refusal(403, "STS5.1100", f"the trust policy of {body['agency_urn']} does not allow it")
        return 200, {}, self.sts_reply(ak, body)

    def check_terms(self, body):
        demand(re.fullmatch(r"[\w+=,.@-]{2,128}", body["agency_session_name"], re.ASCII), "the session's name")
        demand(900 <= body.get("duration_seconds", 3600) <= 43200, "duration_seconds is out of bounds")
        if "policy" in body:
            demand(isinstance(json.loads(body["policy"]), dict), "the policy")
        if self.control["terms"] is not None:
            ours = {"agency_urn", "provider_urn", "id_token"}
            terms = {name: value for name, value in body.items() if name not in ours}
            demand(terms == self.control["terms"], f"the terms are {terms}")

    def sts_reply(self, ak, body):
        self.given_out(ak)
        sk, token = KEYS[ak]
        return {
            "source_identity": "",
            "assumed_agency": {"urn": f"sts::{ACCOUNT}::assumed-agency:{body['agency_session_name']}", "id": "1:2"},
            "credentials": {
                "access_key_id": ak,
                "secret_access_key": sk,
                "security_token": token,
                "expiration": self.moment(body.get("duration_seconds", 3600)),
            },
        }

    def caller_identity(self):
        self.expect_no_body()
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=True)
        demand(self.signer != "token", "STS takes no token")
        urn = f"iam::{ACCOUNT}:user:of-{self.signer[:4]}"
        return 200, {}, {"account_id": ACCOUNT, "principal_urn": urn, "principal_id": "1"}

    def id_token_tokens(self):
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=False)
        body = self.json()
        demand(set(body) == {"auth"} and set(body["auth"]) == {"id_token"}, "the body's form")
        demand(set(body["auth"]["id_token"]) == {"id"}, "the token's form")
        claims = verified(body["auth"]["id_token"]["id"])
        if self.headers["X-Idp-Id"] != IDP or claims["namespace"] != "team-a":
            raise Refusal(401, "401", f"The identity provider does not know {body['auth']['id_token']['id']}")
        return 201, {"X-Subject-Token": UNSCOPED}, {"token": {"expires_at": self.moment(3600), "methods": ["mapped"]}}

    def github_id_token(self):
        self.expect_no_body()
        demand([name for name, _ in self.query] == ["api-version", "audience"], f"the query is {self.raw_query}")
        if self.headers["Authorization"] != f"Bearer {GITHUB_TOKEN}":
            raise Refusal(401, "401", "no such job")
        return 200, {}, {"value": signed(GITHUB_SUBJECT, dict(self.query)["audience"])}

    def pod_credentials(self):
        demand(not self.query, "there is a query")
        demand(self.json() == {}, "the body")
        demand(self.headers["X-Auth-Token"] is None, "a token")
        claims = verified(self.headers["Authorization"])
        agencies = {namespace: ak for namespace, ak in AGENCIES.values()}
        if claims["namespace"] not in agencies:
            raise Refusal(403, "CCE.01403001", f"no pod identity association: {self.headers['Authorization']}")
        ak = agencies[claims["namespace"]]
        self.given_out(ak)
        sk, token = KEYS[ak]
        key = {"accessKeyId": ak, "secretAccessKey": sk, "securityToken": token, "expiration": self.moment(3600)}
        return 200, {}, {"assumedAgency": {"urn": "x", "id": "1:2"}, "audience": CLUSTER_AUDIENCE, "credentials": key}

    def projects(self):
        self.expect_no_body()
        demand([name for name, _ in self.query] == ["name"], f"the query is {self.raw_query}")
        self.authenticate(signed_or_token=True)
        name = self.query[0][1]
        # IAM finds by part of the name here, so that a client that takes the first is found out.
        found = [{"id": id, "name": other} for other, id in reversed(PROJECTS.items()) if name in other]
        return 200, {}, {"links": {}, "projects": found}

    def tokens(self):
        demand(self.query == [("nocatalog", "true")], f"the query is {self.raw_query}")
        self.authenticate(signed_or_token=False)
        body = self.json()
        demand(set(body) == {"auth"} and set(body["auth"]) == {"identity", "scope"}, "the body's form")
        identity, scope = body["auth"]["identity"], body["auth"]["scope"]
        demand(set(identity) == {"methods", "password"} and identity["methods"] == ["password"], "the identity's form")
        demand(set(identity["password"]) == {"user"}, "the password's form")
        user = identity["password"]["user"]
        demand(set(user) == {"name", "password", "domain"} and set(user["domain"]) == {"name"}, "the user's form")
        demand(set(scope) == {"project"} and set(scope["project"]) in ({"name"}, {"id"}), "the scope's form")
        if user != USER:
            raise Refusal(401, "401", f"The username or password is wrong: {user['password']}.")
        project = scope["project"]
        if project.get("name", REGION) not in PROJECTS or project.get("id", PROJECTS[REGION]) not in PROJECTS.values():
            raise Refusal(404, "404", "Could not find project.")
        self.given_out("token")
        headers = {"X-Subject-Token": TOKEN}
        return 201, headers, {"token": {"expires_at": self.moment(TOKEN_LIFETIME), "methods": ["password"]}}

    def securitytokens(self):
        demand(not self.query, "there is a query")
        body = self.json()
        demand(set(body) == {"auth"} and set(body["auth"]) == {"identity"}, "the body's form")
        identity = body["auth"]["identity"]
        [method] = identity["methods"]
        arguments = identity[method]
        if method == "token" and "id" in arguments:
            self.authenticate(signed_or_token=False)
            demand(set(identity) == {"methods", "token"}, "the identity's form")
            demand(set(arguments) == {"id", "duration_seconds"}, "the token's form")
            if arguments["id"] != UNSCOPED:
                raise Refusal(401, "401", f"The token is not valid: {arguments['id']}")
            return 201, {}, self.credential("FEDERATEDUSER0000001", arguments["duration_seconds"])
        self.authenticate(signed_or_token=True)
        demand({"methods", method} <= set(identity) <= {"methods", method, "policy"}, "the identity's form")
        if method == "assume_role":
            must = {"agency_name", "domain_name", "duration_seconds"}
            demand(must <= set(arguments) <= must | {"session_user"}, "the role's form")
            if self.control["terms"] is not None:
                terms = {name: arguments[name] for name in ("duration_seconds", "session_user") if name in arguments}
                terms |= {"policy": identity["policy"]} if "policy" in identity else {}
                demand(terms == self.control["terms"], f"the terms are {terms}")
            if (arguments["agency_name"], arguments["domain_name"]) != ("swr-pull", "acme"):
                raise Refusal(403, "403", "You have no right to do this action")
            ak = "ASSUMEDROLE000000001"
        else:
            demand(method == "token" and set(arguments) == {"duration_seconds"}, "the token's form")
            demand(self.signer == "token", "a key asks for the key of a token")
            ak = "TOKENUSER00000000001"
        demand(900 <= arguments["duration_seconds"] <= 86400, "duration_seconds is out of bounds")
        return 201, {}, self.credential(ak, arguments["duration_seconds"])

    def assume_with_oidc(self):
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=False)
        body = self.json()
        must = {"provider_urn", "agency_urn", "agency_session_name", "id_token"}
        demand(must <= set(body) <= must | {"duration_seconds", "policy", "policy_ids"}, "the body's form")
        self.check_terms(body)
        demand(4 <= len(body["id_token"]) <= 20000, "the token's length")
        claims = verified(body["id_token"])
        namespace, ak = AGENCIES.get(body["agency_urn"], (None, None))
        trusted = body["provider_urn"] == PROVIDER and AUDIENCE in claims["aud"] and claims["namespace"] == namespace
        if not trusted:
            raise Refusal(403, "STS5.1001", f"the trust policy does not allow {claims['sub']}: {body['id_token']}")
        more = {"audience": AUDIENCE, "provider": PROVIDER, "subject_from_id_token": claims["sub"]}
        return 200, {}, {**self.sts_reply(ak, body), **more}

    def assume_for_pod(self, project, cluster):
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=True)
        body = self.json()
        demand(set(body) == {"token"}, "the body's form")
        demand(self.headers["X-Project-Id"] == project, "X-Project-Id is not that of the path")
        if (project, cluster) != (PROJECTS[REGION], CLUSTER):
            raise Refusal(404, "CCE.01404001", "the cluster does not exist")
        claims = verified(body["token"])
        agencies = {namespace: ak for namespace, ak in AGENCIES.values()}
        if CLUSTER_AUDIENCE not in claims["aud"] or claims["namespace"] not in agencies:
            raise Refusal(403, "CCE.01403001", f"no pod identity association for {claims['sub']}: {body['token']}")
        ak = agencies[claims["namespace"]]
        self.given_out(ak)
        sk, token = KEYS[ak]
        return 200, {}, {
            "assumedAgency": {"urn": f"sts::{ACCOUNT}::assumed-agency:x", "id": "1:2"},
            "audience": CLUSTER_AUDIENCE,
            "credentials": {
                "accessKeyId": ak,
                "secretAccessKey": sk,
                "securityToken": token,
                "expiration": self.moment(3600),
            },
            "podIdentityAssociationId": "0000",
            "subject": {"namespace": claims["namespace"], "serviceAccount": claims["account"]},
        }

    def metadata_token(self):
        self.expect_no_body()
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=False)
        demand(self.headers["X-Metadata-Token-Ttl-Seconds"] == "21600", "X-Metadata-Token-Ttl-Seconds")
        status = self.control["metadata_token"]
        return (200, {}, METADATA_TOKEN) if status == 200 else (status, {}, "no tokens here")

    def securitykey(self):
        self.expect_no_body()
        demand(not self.query, "there is a query")
        self.authenticate(signed_or_token=False)
        wanted = METADATA_TOKEN if self.control["metadata_token"] == 200 else None
        if self.headers["X-Metadata-Token"] != wanted:
            return 401, {}, "token invalid"
        if not self.control["agency"]:
            return 401, {}, "Please configure Cloud Service Agency first"
        return 200, {}, self.credential("SERVERAGENCY00000001", 3600)

    # -- who asks ------------------------------------------------------------------------------------------------------

    def authenticate(self, signed_or_token):
        authorization, token = self.headers["Authorization"], self.headers["X-Auth-Token"]
        if not signed_or_token:
            demand(authorization is None and token is None, "credentials where none are asked for")
        elif authorization is not None:
            demand(token is None, "a signature and a token")
            self.check_signature(authorization)
        elif token != TOKEN:
            raise Refusal(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
        else:
            self.signer = "token"
            self.check_revoked("token")

    def check_signature(self, authorization):
        form = r"SDK-HMAC-SHA256 Access=(\w+), SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
        found = re.fullmatch(form, authorization)
        demand(found, "Authorization is malformed")
        ak, names = found[1], found[2].split(";")
        self.signer = ak
        present = {name.lower() for name in self.headers.keys()}
        must = present & {"host", "x-sdk-date", "x-security-token", "x-project-id", "content-type"}
        demand({"host", "x-sdk-date"} <= must <= set(names) <= present, f"signed headers are {names}")
        wrong = "Incorrect IAM authentication information: "
        if ak not in KEYS:
            raise Refusal(401, "APIGW.0301", f"{wrong}Get secretKey failed,ak:{ak},err:ak not exist")
        sk, token = KEYS[ak]
        now, date = self.now(), self.headers["X-Sdk-Date"]
        if abs(parse_sdk_date(date) - now) > SKEW_LIMIT:
            times = f"signature time:{date},server time:{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}"
            raise Refusal(401, "APIGW.0301", f"{wrong}calc aksk signature fail:signature expired, {times}")
        headers = {name: self.headers[name] for name in names}
        headers["Host"] = headers.pop("host")
        body = self.body.decode()
        stages = sdk.stages(ak, sk, self.command, self.target, self.query, headers, body)
        if stages["authorization"] != authorization or self.headers["X-Security-Token"] != token:
            canonical = stages["canonical-request"].replace("\n", "|")
            raise Refusal(401, "APIGW.0301", f"{wrong}verify aksk signature fail, canonicalRequest:{canonical}")
        self.check_revoked(ak)

    # -- helpers -------------------------------------------------------------------------------------------------------

    def expect_no_body(self):
        demand(not self.body, "there is a body")
        if self.command != "GET":
            demand(self.headers["Content-Length"] == "0", "Content-Length does not say that there is no body")

    def json(self):
        return json.loads(self.body)

    def now(self):
        return time.time() + self.control["skew"]

    def moment(self, later):
        return time.strftime(self.control["time"], time.gmtime(self.now() + later))

    def check_revoked(self, name):
        """Refuses a key or token that was revoked, unless it is a new one."""
        if name in self.control["revoked"]:
            if not (self.control["revoked_before"] and (json.dumps(self.control), name) in self.renewed):
                raise Refusal(401, "APIGW.0301", "Incorrect IAM authentication information: The token must be updated")

    def given_out(self, name):
        Standin.renewed.add((json.dumps(self.control), name))

    def credential(self, ak, lifetime):
        self.given_out(ak)
        sk, token = KEYS[ak]
        credential = {"access": ak, "secret": sk, "securitytoken": token, "expires_at": self.moment(lifetime)}
        return {"credential": credential}

    def take_fault(self):
        fault, times = self.control["fault"], self.control["times"]
        if not fault or not self.target.startswith(self.control["path"]):
            return None
        with self.lock:
            key = json.dumps(self.control)
            left = self.faults_left.get(key, times)
            if left is not None:
                if left == 0:
                    return None
                self.faults_left[key] = left - 1
        return fault

    def answer(self, status, headers, body):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(self.now(), usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log(self, status, problem):
        entry = {
            "time": self.time,
            "method": self.command,
            "path": self.target,
            "query": self.raw_query,
            "signer": self.signer,
            "status": status,
            "problem": problem,
            "tls": isinstance(self.connection, ssl.SSLSocket),
        }
        with self.lock, open(self.folder / "requests.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def log_message(self, *_):
        pass


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def failing(status, code, message):
    def fault(request):
        retry_after = request.control["retry_after"]
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        request.answer(status, headers, error_body(request.target, code, message))

    return fault


def bare(status, text):
    return lambda request: request.answer(status, {}, text)


def encoded(request):
    """Says why in a form that the account's administrator alone can read."""
    reason = {"encoded_authorization_message": ENCODED_REASON}
    request.answer(403, {}, {**error_body(request.target, "APIGW.0302", "The user has no permission"), **reason})


def slow(request):
    # Until the client goes away, or the test ends.
    select.select([request.connection], [], [], 60)
    request.close_connection = True


def trickle(request):
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.05)


def cut(request):
    time.sleep(request.control["retry_after"] or 0)
    request.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"auths":')
    request.close_connection = True


def hang_up(request):
    request.connection.shutdown(socket.SHUT_RDWR)
    request.close_connection = True


def raw(data):
    def fault(request):
        request.wfile.write(data)
        request.close_connection = True

    return fault


def redirect(request):
    request.answer(307, {"Location": f"http://{request.headers['Host']}/elsewhere"}, {})


def echo(request):
    """Repeats everything secret that it was sent, as a gateway does that explains a signature."""
    secrets = [value for _, value in request.headers.items()] + [request.body.decode()]
    request.answer(403, {}, error_body(request.target, "APIGW.0301", "you sent " + " ".join(secrets)))


FAULTS = {
    "400": failing(400, "SVCSTG.SWR.4000000", "the parameter is not valid"),
    "ended": failing(401, "APIG.0307", "The token must be updated."),
    "encoded": encoded,
    "session": bare(401, "token invalid"),
    "401": failing(401, "APIGW.0301", "Incorrect IAM authentication information"),
    "403": failing(403, "SVCSTG.SWR.4030001", "no permission for swr::createLoginSecret"),
    "404": failing(404, "APIGW.0101", "The API does not exist"),
    "429": failing(429, "APIGW.0308", "The throttling threshold has been reached"),
    "500": failing(500, "SVCSTG.SWR.5000000", "internal error"),
    "502": failing(502, "APIGW.0201", "Backend unavailable"),
    "503": failing(503, "APIGW.0201", "Backend unavailable"),
    "slow": slow,
    "trickle": trickle,
    "cut": cut,
    "hang-up": hang_up,
    "garbage": lambda request: request.answer(200, {}, "<html>log in to the hotel's network</html>"),
    "not-http": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "redirect": redirect,
    "huge": lambda request: request.answer(200, {}, "[" + " " * 300_000 + "]"),
    "endless-headers": lambda request: request.answer(200, {f"X-{n}": "x" * 4000 for n in range(30)}, {}),
    "echo": echo,
}


def error_body(path, code, message):
    """Returns an error as the service behind `path` writes it."""
    if code.startswith("SVCSTG"):
        return {"errors": [{"errorCode": code, "errorMessage": message}]}
    if path.startswith("/v3") and code.isdigit():
        return {"error": {"code": int(code), "message": message, "title": "Error"}}
    return {"error_msg": message, "error_code": code, "request_id": "5a63903e690bcd18d9ddf5c2ca75e827"}


def verified(token):
    """Returns the claims of a service account token of the cluster."""
    try:
        signed, _, signature = token.rpartition(".")
        header, payload = signed.split(".")
        expected = base64.urlsafe_b64encode(hmac.new(ISSUER_KEY, signed.encode(), hashlib.sha256).digest())
        if signature != expected.rstrip(b"=").decode() or decoded(header)["alg"] != "HS256":
            raise ValueError("the signature")
        claims = decoded(payload)
        kind, _, account = claims["sub"].rpartition(":")
        claims["namespace"], claims["account"] = kind.removeprefix("system:serviceaccount:"), account
        if claims["iss"] != ISSUER or claims["exp"] < time.time():
            raise ValueError("the issuer, or the end")
    except (ValueError, KeyError):
        raise Refusal(401, "STS5.1002", f"the id token is not valid: {token}") from None
    return claims


def signed(subject, audience):
    """Returns an ID token of the issuer."""
    claims = {"iss": ISSUER, "sub": subject, "aud": [audience], "exp": int(time.time()) + 600}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, claims)]
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    signature = hmac.new(ISSUER_KEY, text.encode(), hashlib.sha256).digest()
    return text + "." + base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def demand(condition, problem):
    if not condition:
        raise Problem(problem)


def parse_sdk_date(text):
    try:
        return calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise Problem("X-Sdk-Date is malformed") from None


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


# -- the servers -------------------------------------------------------------------------------------------------------


class Proxy(http.server.BaseHTTPRequestHandler):
    """A proxy to whom every name is the stand-in itself."""

    folder: pathlib.Path
    https: int

    def do_CONNECT(self):
        with open(self.folder / "proxied.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps({"target": self.path, "auth": self.headers["Proxy-Authorization"]}) + "\n")
        with socket.create_connection(("127.0.0.1", self.https)) as there:
            self.send_response_only(200)
            self.end_headers()
            here = self.connection
            while True:
                for source in select.select([here, there], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    (there if source is here else here).sendall(data)

    def log_message(self, *_):
        pass


def certificate(folder):
    """Makes an authority and a certificate of it; returns the paths of certificate and key."""
    names = ",".join(["IP:127.0.0.1", "DNS:localhost", *(f"DNS:{host}" for host in API_HOSTS + REGISTRIES)])
    (folder / "extensions").write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n", encoding="utf-8")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for command in (
        ["req", "-x509", *new_key, "-subj", "/CN=Test CA", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"],
        ["req", *new_key, "-subj", "/CN=standin", "-keyout", "server.key", "-out", "server.csr"],
        ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
        + ["-extfile", "extensions", "-out", "server.pem"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return folder / "server.pem", folder / "server.key"


def serve(handler, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    # A client that does not trust the certificate is part of the tests.
    server.handle_error = lambda *_: None
    if context:
        # The handshake is made in the request's thread.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    folder = pathlib.Path(sys.argv[1])
    Standin.folder = Proxy.folder = folder
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(folder))
    ports = {"http": serve(Standin), "https": serve(Standin, context)}
    Proxy.https = ports["https"]
    ports["proxy"] = serve(Proxy)
    Standin.names = {f"{host}:{port}" for host in ("127.0.0.1", "localhost") for port in ports.values()}
    Standin.names |= set(API_HOSTS + REGISTRIES)
    print(json.dumps(ports), flush=True)
    sys.stdin.read()


main()
