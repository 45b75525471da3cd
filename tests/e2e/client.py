"""Uses the helper through docker-pycreds: HOST has the stored key, whose username is USERNAME."""

import sys

import dockerpycreds

host, username = sys.argv[1:]
other = "other.example.com"
store = dockerpycreds.Store("swr")

login = store.get(host)
assert (login["ServerURL"], login["Username"]) == (host, username), login

try:
    store.get(other)
    raise AssertionError("nothing is stored for it yet")
except dockerpycreds.CredentialsNotFound:
    pass

store.store(other, "somebody", "a password")
assert store.get(other) == {"ServerURL": other, "Username": "somebody", "Secret": "a password"}
assert store.list() == {host: username, other: "somebody"}, store.list()

# What docker does after a login of its own.
store.store(host, login["Username"], login["Secret"])

store.erase(other)
assert store.list() == {host: username}, store.list()
try:
    store.get(other)
    raise AssertionError("it was erased")
except dockerpycreds.CredentialsNotFound:
    pass
