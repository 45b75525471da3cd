"""Asks Huawei's signer what it makes of requests.

    oracle.py vectors FOLDER       writes the stages beside each FOLDER/*/request
    oracle.py random SEED COUNT    prints random requests with their stages, one JSON object a line
"""

import json
import pathlib
import random
import sys
import urllib.parse

import sdk

STAGES = ("canonical-request", "string-to-sign", "signature", "authorization")


def main():
    command, *arguments = sys.argv[1:]
    {"vectors": vectors, "random": randoms}[command](*arguments)


def vectors(folder):
    for file in sorted(pathlib.Path(folder).glob("*/request")):
        ak, sk = file.with_name("key").read_text(encoding="utf-8").split()
        head, _, body = file.read_text(encoding="utf-8").partition("\n\n")
        line, *headers = head.split("\n")
        method, target = line.split(" ")
        path, _, query = target.partition("?")
        stages = sdk.stages(
            ak,
            sk,
            method,
            path,
            urllib.parse.parse_qsl(query, keep_blank_values=True),
            dict(header.split(": ", 1) for header in headers),
            body,
        )
        for stage in STAGES:
            file.with_name(stage).write_bytes(stages[stage].encode())


# What encodings, sorting and trimming stumble over.
ODD = " !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~äß€中𝄞\u00a0é"
PLAIN = "abcXYZ019-_.~"


def randoms(seed, count):
    source = random.Random(int(seed))

    def text(letters, most, least=0):
        return "".join(source.choice(letters) for _ in range(source.randint(least, most)))

    for _ in range(int(count)):
        letters = source.choice((PLAIN, PLAIN + ODD))
        segments = [text(letters.replace("/", ""), 6) for _ in range(source.randint(1, 4))]
        query = [(text(letters, 3, 1), text(letters, 6)) for _ in range(source.randint(0, 4))]
        query += [(name, text(letters, 3)) for name, _ in query if source.random() < 0.3]
        headers = {
            "Host": source.choice(("swr-api.cn-north-4.myhuaweicloud.com", "iam.example:8443")),
            "X-Sdk-Date": f"20{source.randint(10, 99)}{source.randint(1, 12):02}{source.randint(1, 28):02}"
            f"T{source.randint(0, 23):02}{source.randint(0, 59):02}{source.randint(0, 59):02}Z",
        }
        for name in ("X-Project-Id", "x-lower", "X_Under_Score", "X-A", "X-AB"):
            if source.random() < 0.4:
                blank = source.choice(("", " ", "  "))
                headers[name] = blank + text(letters, 12) + blank
        if source.random() < 0.4:
            # Of any other type the SDK leaves the body unsigned, and this project sends none.
            headers["Content-Type"] = "application/json"
        if source.random() < 0.4:
            headers["X-Security-Token"] = text(PLAIN, 400, 1)
        case = {
            "ak": text(PLAIN[:9], 30, 1),
            "sk": text(PLAIN[:9], 100, 1),
            "method": source.choice(("GET", "POST", "PUT")),
            "path": "/" + "/".join(segments),
            "query": query,
            "headers": headers,
            "body": text(PLAIN + ODD + "\n{}", 200) if source.random() < 0.5 else "",
        }
        expected = sdk.stages(**{**case, "path": urllib.parse.quote(case["path"], safe="/~")})
        print(json.dumps({**case, "expected": expected}))


main()
