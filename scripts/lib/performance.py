"""Measures nv2 for docs/performance.md, and draws what was measured. scripts/performance.sh prepares what is needed and calls this.

    performance.py measure NV2 DIR DATA     measures, and writes DATA (tab-separated: topic, series, x, value)
    performance.py render DATA PAGE IMAGES  writes the tables of PAGE and the pictures in IMAGES from DATA
"""

import base64
import datetime
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time

CORES = os.cpu_count()
HOST = "registry.example.com"
SHOWN_OPERATIONS = [
    ("sign-rsa2048", "sign, RSA-2048", "rsa-sign"),
    ("sign-p256", "sign, P-256", "ecdsa-sign"),
    ("verify-p256-pinned", "verify, P-256, one certificate", "ecdsa-verify"),
    ("verify-p256-chain", "verify, P-256, chain of 3", "ecdsa-verify"),
    ("verify-p256-policy", "verify, P-256, chain of 3, trust policy", "ecdsa-verify"),
    ("verify-p256-jws", "verify, P-256, chain of 3, jws", "ecdsa-verify"),
    ("verify-p256-cose", "verify, P-256, chain of 3, cose", "ecdsa-verify"),
]


# --- measuring -------------------------------------------------------------------------------------------------------


class Measurement:
    """What is measured, with the files that scripts/performance.sh made."""

    def __init__(self, nv2, folder):
        self.nv2 = nv2
        self.folder = folder
        self.rows = []
        self.seconds = float(os.environ.get("NV2_PERFORMANCE_SECONDS", "2"))
        self.rounds = int(os.environ.get("NV2_PERFORMANCE_ROUNDS", "3"))
        self.requests = int(os.environ.get("NV2_PERFORMANCE_REQUESTS", "1000000"))
        self.environment = {"PATH": os.environ["PATH"], "HOME": folder}

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return base64.b64encode(file.read()).decode()

    def add(self, topic, series, x, value):
        self.rows.append((topic, series, x, value))
        print(f"{topic}\t{series}\t{x}\t{value:.6g}", file=sys.stderr)

    def sign_request(self, key, certificate):
        return {
            "protocolVersion": "1.0", "manifest": self.read("manifest.json"), "references": [f"{HOST}/app:v1"],
            "keyId": self.path(key), "pluginConfig": {"certificate": self.path(certificate)},
        }

    def verify_request(self, signature, trusted):
        request = {"protocolVersion": "1.0", "manifest": self.read("manifest.json"), "signature": self.read(signature)}
        if trusted is None:
            return request | {"reference": f"{HOST}/app:v1", "trustHome": self.path("trust")}
        return request | {"trustedCertificates": [self.read(trusted)]}

    def operations(self):
        return {
            "sign-rsa2048": ("generate-signature", self.sign_request("rsa2048.key", "rsa2048.crt")),
            "sign-p256": ("generate-signature", self.sign_request("p256.key", "p256.crt")),
            "verify-p256-pinned": ("verify-signature", self.verify_request("p256.jwt", "p256.der")),
            "verify-p256-chain": ("verify-signature", self.verify_request("chain3.jwt", "root.der")),
            "verify-p256-policy": ("verify-signature", self.verify_request("chain3.jwt", None)),
            "verify-p256-jws": ("verify-signature", self.verify_request("chain3.jws", "root.der")),
            "verify-p256-cose": ("verify-signature", self.verify_request("chain3.cose", "root.der")),
        }

    def start_stream(self, command, **options):
        return subprocess.Popen([self.nv2, command, "--stream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.environment, **options)

    def stream_rate(self, command, request, seconds=None):
        """Requests that one process answers in a second, while it is kept busy."""
        seconds = seconds or self.seconds
        block = (json.dumps(request) + "\n").encode() * 64
        stream = self.start_stream(command)
        is_over = threading.Event()

        def write():
            try:
                while not is_over.is_set():
                    stream.stdin.write(block)
            finally:
                stream.stdin.close()

        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(256):  # What a process does once: it reads the keys and the certificates.
            first = stream.stdout.readline()
        require_success(first)
        count = 0
        start = time.perf_counter()
        while (taken := time.perf_counter() - start) < seconds:
            part = stream.stdout.read1(1 << 20)
            count += part.count(b"\n")
        is_over.set()
        stream.stdout.read()
        writer.join()
        require(stream.wait() == 0, f"{command} --stream failed")
        return count / taken

    def openssl_rates(self):
        """Operations in a second on all cores, by openssl's own measurement."""
        seconds = str(max(1, round(self.seconds)))
        text = run(["openssl", "speed", "-seconds", seconds, "-multi", str(CORES), "rsa2048", "ecdsap256"]).decode()
        rsa = re.search(r"rsa 2048 bits .*?([\d.]+)\s+([\d.]+)\s*$", text, re.MULTILINE)
        ecdsa = re.search(r"256 bits ecdsa \(nistp256\).*?([\d.]+)\s+([\d.]+)\s*$", text, re.MULTILINE)
        return {"rsa-sign": float(rsa[1]), "rsa-verify": float(rsa[2]), "ecdsa-sign": float(ecdsa[1]), "ecdsa-verify": float(ecdsa[2])}

    def throughput(self):
        """Each operation beside openssl's, in turns, so that whatever else the machine does falls on both."""
        operations = self.operations()
        for turn in range(self.rounds):
            for peer, rate in self.openssl_rates().items():
                self.add("openssl", peer, turn, rate)
            for name, (command, request) in operations.items():
                self.add("stream", name, turn, self.stream_rate(command, request))

    def memory(self):
        """The resident memory of one process that answers request after request."""
        command, request = self.operations()["verify-p256-chain"]
        lines = 64
        block = (json.dumps(request) + "\n").encode() * lines
        stream = self.start_stream(command)
        deadline = time.monotonic() + 180

        def write():
            written = 0
            while written < self.requests and time.monotonic() < deadline:
                stream.stdin.write(block)
                written += lines
            stream.stdin.close()

        writer = threading.Thread(target=write)
        writer.start()
        count = 0
        step = max(1, self.requests // 40)
        following = 0
        while part := stream.stdout.read1(1 << 20):
            count += part.count(b"\n")
            if count >= following:
                self.add("memory", "rss", count, resident_kib(stream.pid))
                following = count + step
        writer.join()
        require(stream.wait() == 0, "the stream of verifications failed")

    def latency(self):
        """How long one request takes in a stream that has nothing else to do, beside the key operation."""
        rates = {"sign-p256": "ecdsa-sign", "verify-p256-chain": "ecdsa-verify", "sign-rsa2048": "rsa-sign"}
        for name, peer in rates.items():
            command, request = self.operations()[name]
            line = (json.dumps(request) + "\n").encode()
            stream = self.start_stream(command, bufsize=0)
            times = []
            for turn in range(400):
                time.sleep(0.002)
                start = time.perf_counter()
                stream.stdin.write(line)
                answer = b""
                while not answer.endswith(b"\n"):
                    answer += stream.stdout.read(1 << 16)
                if turn >= 50:
                    times.append((time.perf_counter() - start) * 1000)
            stream.stdin.close()
            stream.wait()
            operation = statistics.median(value for topic, series, _, value in self.rows if (topic, series) == ("openssl", peer))
            self.add("latency", f"{name} median", 0, statistics.median(times))
            self.add("latency", f"{name} p99", 0, sorted(times)[int(len(times) * 0.99)])
            self.add("latency", f"{name} key operation", 0, 1000 * CORES / operation)

    def chains(self):
        """The cost of a request by the number of certificates in the chain."""
        for count in (1, 2, 3, 4, 6, 8):
            trusted, option = ("p256", "-c") if count == 1 else ("root", "--ca-cert")
            for series, request in (
                ("verify", ("verify-signature", self.verify_request(f"chain{count}.jwt", f"{trusted}.der"))),
                ("sign", ("generate-signature", self.sign_request("p256.key", f"chain{count}.crt"))),
            ):
                self.add("chain", f"{series} in a stream", count, 1e6 / self.stream_rate(*request, seconds=self.seconds / 2))
            cold = [self.nv2, "verify", "-f", self.path(f"chain{count}.jwt"), option, self.path(f"{trusted}.crt"), self.path("manifest.json")]
            self.add("chain", "verify in a process", count, 1e6 * self.median_time(cold))

    def signatures(self):
        """The time of one verification by the number of signatures beside the artifact."""
        for count in (1, 2, 4, 8, 16, 32, 64):
            layout = self.path(f"signatures{count}")
            for series, options in (("one has to be valid", []), ("all have to be valid", ["--all"])):
                command = [self.nv2, "verify", "--ca-cert", self.path("root.crt"), *options, "--oci-layout", layout]
                self.add("signatures", series, count, 1000 * self.median_time(command))

    def calls(self):
        """The time of a number of verifications: in one stream, and by a process each."""
        command, request = self.operations()["verify-p256-chain"]
        line = (json.dumps(request) + "\n").encode()
        for count in (1, 10, 100, 1000, 10000):
            self.add("calls", "one stream", count, self.time_once([self.nv2, command, "--stream"], line * count))
            if count <= 100:
                start = time.perf_counter()
                for _ in range(count):
                    self.run([self.nv2, command], line)
                self.add("calls", "a process each", count, time.perf_counter() - start)

    def hashing(self):
        """Large inputs, beside openssl dgst, in turns."""
        large, layout = self.path("large"), self.path("blobs")
        trusted = ["--ca-cert", self.path("root.crt")]
        jobs = {
            "openssl, a file": ["openssl", "dgst", "-sha256", large],
            "nv2, a file": [self.nv2, "verify", *trusted, "--signature", self.path("large.jws"), "--blob", large],
            "openssl, a pipe": ["sh", "-c", f"cat {large} | openssl dgst -sha256"],
            "nv2, a pipe": ["sh", "-c", f"cat {large} | {self.nv2} verify {' '.join(trusted)} --signature {self.path('large.jws')} --blob -"],
            "openssl, 8 blobs": ["sh", "-c", f"find {layout}/blobs -size +1M -exec cat {{}} + | openssl dgst -sha256"],
            "openssl, 8 files": ["sh", "-c", f"openssl dgst -sha256 $(find {layout}/blobs -size +1M)"],
            "nv2, 8 blobs": [self.nv2, "verify", *trusted, "--oci-layout", layout],
        }
        for turn in range(self.rounds):
            for name, command in jobs.items():
                start = time.perf_counter()
                self.run(command, b"")
                self.add("hashing", name, turn, time.perf_counter() - start)
        for name in ("nv2, a file", "nv2, a pipe", "nv2, 8 blobs"):
            self.add("hashing-memory", name, 0, self.peak_kib(jobs[name]))

    def run(self, command, stdin):
        return run(command, stdin, self.environment)

    def time_once(self, command, stdin=b""):
        start = time.perf_counter()
        self.run(command, stdin)
        return time.perf_counter() - start

    def median_time(self, command, runs=15):
        self.run(command, b"")
        return statistics.median(self.time_once(command) for _ in range(runs))

    def peak_kib(self, command):
        report = self.path("peak")
        self.run(["time", "-f", "%M", "-o", report, *command], b"")
        with open(report) as file:
            return int(file.read())


def run(command, stdin=b"", environment=None):
    result = subprocess.run(command, input=stdin, capture_output=True, env=environment)
    require(result.returncode == 0, f"{' '.join(command)[:300]} ended with {result.returncode}: {result.stderr.decode()[-500:]}")
    return result.stdout


def require(condition, failure):
    if not condition:
        sys.exit(f"performance.py: {failure}")


def require_success(line):
    response = json.loads(line)
    require("errorCode" not in response and response.get("verified", True), f"a request failed: {line.decode()}")


def resident_kib(process):
    with open(f"/proc/{process}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def measure(nv2, folder, data):
    measurement = Measurement(nv2, folder)
    load = os.getloadavg()[0]
    for step in (measurement.throughput, measurement.latency, measurement.chains, measurement.signatures, measurement.calls, measurement.hashing, measurement.memory):
        start = time.monotonic()
        step()
        print(f"# {step.__name__}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    with open("/proc/cpuinfo") as info:
        processor = re.search(r"model name\s*: (.*)", info.read())[1]
    facts = {
        "date": datetime.date.today().isoformat(), "load": f"{load:.1f}", "cores": CORES, "processor": processor,
        "nv2": run([nv2, "--version"]).decode().strip(), "openssl": run(["openssl", "version"]).decode().split(" (")[0].strip(),
    }
    with open(data, "w") as file:
        for name, fact in facts.items():
            file.write(f"fact\t{name}\t\t{fact}\n")
        for topic, series, x, value in measurement.rows:
            file.write(f"{topic}\t{series}\t{x}\t{value:.6g}\n")


# --- drawing ---------------------------------------------------------------------------------------------------------


def load(data):
    with open(data) as file:
        return [line.rstrip("\n").split("\t") for line in file]


def points(rows, topic):
    """The series of a topic, each a list of (x, value) in the order of the file."""
    series = {}
    for row_topic, name, x, value in rows:
        if row_topic == topic:
            series.setdefault(name, []).append((float(x), float(value)))
    return series


def median_of(rows, topic, name):
    return statistics.median(value for _, value in points(rows, topic)[name])


def ratios(rows, name, peer):
    """The ratio of each turn: both were measured within the same minute."""
    return [value / other for (_, value), (_, other) in zip(points(rows, "stream")[name], points(rows, "openssl")[peer])]


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def table(header, lines):
    width = len(header)
    rule = ["---"] + ["---:"] * (width - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, rule, *lines])


def tables(rows):
    facts = {name: fact for topic, name, _, fact in rows if topic == "fact"}
    rate = lambda value: f"{value:,.0f}"
    throughput = table(
        ["in one stream", "per second", "of `openssl speed`"],
        [[title, rate(median_of(rows, "stream", name)), spread(ratios(rows, name, peer))] for name, title, peer in SHOWN_OPERATIONS])
    peers = ", ".join(f"{title} {rate(median_of(rows, 'openssl', name))}" for name, title in (
        ("rsa-sign", "RSA-2048 signing"), ("ecdsa-sign", "P-256 signing"), ("ecdsa-verify", "P-256 verification")))
    sign, verify = median_of(rows, "openssl", "ecdsa-sign"), median_of(rows, "openssl", "ecdsa-verify")
    both = 1 / (1 / sign + 1 / verify)
    seconds = {name: statistics.median(value for _, value in values) for name, values in points(rows, "hashing").items()}
    peaks = {name: values[0][1] / 1024 for name, values in points(rows, "hashing-memory").items()}
    hashing = table(["4 GiB", "nv2, seconds", "`openssl dgst`, seconds", "speed of nv2 to openssl", "peak of nv2, MiB"], [
        [title, f"{seconds[own]:.2f}", f"{seconds[peer]:.2f}", f"{seconds[peer] / seconds[own]:.2f}", f"{peaks[own]:.1f}"]
        for title, own, peer in (("a file", "nv2, a file", "openssl, a file"), ("a pipe", "nv2, a pipe", "openssl, a pipe"),
                                 ("a layout of 8 blobs", "nv2, 8 blobs", "openssl, 8 files"))])
    latencies = points(rows, "latency")
    latency = table(["one request in an idle stream", "median, ms", "99th percentile, ms", "key operation alone, ms"], [
        [title] + [f"{latencies[f'{name} {what}'][0][1]:.3f}" for what in ("median", "p99", "key operation")]
        for name, title in (("sign-rsa2048", "sign, RSA-2048"), ("sign-p256", "sign, P-256"), ("verify-p256-chain", "verify, P-256, chain of 3"))])
    memory = points(rows, "memory")["rss"]
    settled = [value / 1024 for count, value in memory[len(memory) // 4:]]
    return {
        "machine": f"{facts['processor']}, {facts['cores']} cores; {facts['openssl']}; nv2 {facts['nv2']}; {facts['date']}.\n"
                   f"Load average before the measurement: {facts['load']}. With 1 or more, other programs ran at the same time, and the numbers say little.",
        "throughput": f"{throughput}\n\n`openssl speed -multi {facts['cores']}` in the same run, per second: {peers}.\n"
                      f"Signing and verifying once each on P-256 would be {rate(both)} in a second; `nv2` does both for each signature, {median_of(rows, 'stream', 'sign-p256') / both:.2f} of that.",
        "latency": latency,
        "hashing": hashing,
        "memory": f"{memory[-1][0]:,.0f} requests; from a quarter of them on, between {min(settled):.1f} and {max(settled):.1f} MiB.",
    }


COLOURS = ["#0b6e4f", "#c8553d", "#2e5eaa", "#8a6d3b"]


def ticks(low, high, count=5):
    """Round numbers from low to high."""
    step = 10 ** len(str(int((high - low) / count or 1))) / 10
    step = next((step * factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= count), step * 10)
    first = int(low / step) * step
    return [first + step * index for index in range(int((high - first) / step) + 2)]


def draw(series, title, x_title, y_title, logarithmic=False):
    """A line picture as SVG."""
    import math

    width, height, left, right, top, bottom = 720, 380, 70, 20, 46, 52
    xs = [x for values in series.values() for x, _ in values]
    ys = [y for values in series.values() for _, y in values]
    scale = (lambda value: math.log10(value)) if logarithmic else (lambda value: value)
    y_marks = [10 ** power for power in range(math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys))) + 1)] if logarithmic else ticks(0, max(ys))
    x_marks = sorted(set(xs)) if len(set(xs)) <= 8 else ticks(0, max(xs), 8)
    x_low, x_high = (scale(min(xs)), scale(max(xs))) if logarithmic else (min(0, *xs), max(xs))
    y_low, y_high = scale(y_marks[0]), scale(y_marks[-1])
    place_x = lambda x: left + (scale(x) - x_low) / (x_high - x_low) * (width - left - right)
    place_y = lambda y: height - bottom - (scale(y) - y_low) / (y_high - y_low) * (height - top - bottom)
    text = lambda x, y, words, anchor="middle", more="": f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{words}</text>'
    number = lambda value: f"{value:,.10g}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{title}"'
        ' font-family="sans-serif" font-size="13" fill="#333">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        text(left, 22, title, "start", ' font-size="15" font-weight="bold"'),
    ]
    for mark in y_marks:
        y = place_y(mark)
        parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(text(left - 8, y + 4, number(mark), "end"))
    for mark in x_marks:
        if x_low <= scale(mark) <= x_high:
            parts.append(text(place_x(mark), height - bottom + 20, number(mark)))
    parts.append(text((left + width - right) / 2, height - 10, x_title))
    parts.append(text(16, (top + height - bottom) / 2, y_title, "middle", f' transform="rotate(-90 16 {(top + height - bottom) / 2:.1f})"'))
    for index, (name, values) in enumerate(series.items()):
        colour = COLOURS[index % len(COLOURS)]
        line = " ".join(f"{place_x(x):.1f},{place_y(y):.1f}" for x, y in values)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(values) <= 12:
            parts += [f'<circle cx="{place_x(x):.1f}" cy="{place_y(y):.1f}" r="3.5" fill="{colour}"/>' for x, y in values]
        parts.append(f'<rect x="{left + 12}" y="{top + 4 + 20 * index}" width="12" height="12" fill="{colour}"/>')
        parts.append(text(left + 30, top + 15 + 20 * index, name, "start"))
    return "\n".join([*parts, "</svg>", ""])


def pictures(rows):
    memory = {"resident memory": [(count, kib / 1024) for count, kib in points(rows, "memory")["rss"]]}
    chain = points(rows, "chain")
    streamed = {name: values for name, values in chain.items() if name.endswith("in a stream")}
    return {
        "performance-chain.svg": draw(streamed, "One request of a stream, by the length of the chain", "certificates in the chain", "microseconds"),
        "performance-signatures.svg": draw(points(rows, "signatures"), "One verification, by the number of signatures", "signatures beside the artifact", "milliseconds"),
        "performance-requests.svg": draw(points(rows, "calls"), "Verifications, by their number", "requests", "seconds", logarithmic=True),
        "performance-memory.svg": draw(memory, "Memory of one process", "requests answered", "MiB"),
    }


def render(data, page, images):
    rows = load(data)
    os.makedirs(images, exist_ok=True)
    for name, picture in pictures(rows).items():
        with open(os.path.join(images, name), "w") as file:
            file.write(picture)
    with open(page) as file:
        text = file.read()
    for name, content in tables(rows).items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        require(len(pattern.findall(text)) == 1, f"{page} has no place for {name}")
        text = pattern.sub(lambda match: f"{match[1]}{content}\n{match[2]}", text)
    with open(page, "w") as file:
        file.write(text)


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] in ("measure", "render"):
        {"measure": measure, "render": render}[sys.argv[1]](*sys.argv[2:])
    else:
        sys.exit(__doc__)
