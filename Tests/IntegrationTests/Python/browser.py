"""Opens a page in a headless Chromium until a condition holds, over its debugging pipe.

    browser.py URL --until 'document.title === "x"' --value 'document.body.innerText' [--picture FILE] [--width N] [--dark]

Prints JSON: the value, what the console said, and the URLs that were asked for.
"""

import argparse
import base64
import json
import os
import select
import subprocess
import sys
import tempfile
import time


class Browser:
    def __init__(self, folder):
        read_theirs, self.write_ours = os.pipe()
        self.read_ours, write_theirs = os.pipe()

        def hand_over():
            # Above both, so that neither is closed before it is handed over.
            reading, writing = os.dup(read_theirs), os.dup(write_theirs)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--hide-scrollbars", "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-default-apps", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
             "--user-data-dir=" + folder, "--remote-debugging-pipe", "about:blank"],
            preexec_fn=hand_over, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(read_theirs)
        os.close(write_theirs)
        self.number = 0
        self.buffer = b""
        self.session = None
        self.events = []

    def message(self, deadline):
        while b"\0" not in self.buffer:
            if not select.select([self.read_ours], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.read_ours, 1 << 16)
            if not part:
                raise EOFError("the browser has ended")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, seconds=30, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write_ours, json.dumps(request).encode() + b"\0")
        deadline = time.monotonic() + seconds
        while True:
            message = self.message(deadline)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def said(self):
        lines = []
        for event in self.events:
            content = event.get("params", {})
            if event.get("method") == "Runtime.consoleAPICalled":
                lines.append(" ".join(str(part.get("value")) for part in content["args"]))
            elif event.get("method") == "Runtime.exceptionThrown":
                lines.append(json.dumps(content["exceptionDetails"]))
            elif event.get("method") == "Log.entryAdded":
                lines.append(content["entry"]["text"])
        return lines

    def asked(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--until", default="true")
    parser.add_argument("--value", default="null")
    parser.add_argument("--picture")
    parser.add_argument("--width", type=int, default=1100)
    parser.add_argument("--height", type=int, default=1400)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ["Page", "Runtime", "Log", "Network"]:
                browser.call(domain + ".enable")
            browser.call("Emulation.setDeviceMetricsOverride", width=options.width, height=options.height,
                         deviceScaleFactor=1, mobile=False)
            scheme = "dark" if options.dark else "light"
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.call("Page.navigate", url=options.url)
            end = time.monotonic() + options.seconds
            while not browser.value(f"document.readyState === 'complete' && Boolean({options.until})"):
                if time.monotonic() > end:
                    sys.exit(f"not so within {options.seconds} s: {options.until}; {browser.said()}; "
                             + str(browser.value("document.body.innerText"))[:2000])
                time.sleep(0.1)
            if options.picture:
                picture = browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
                with open(options.picture, "wb") as file:
                    file.write(base64.b64decode(picture))
            print(json.dumps({"value": browser.value(options.value), "console": browser.said(), "asked": browser.asked()}))
        finally:
            browser.process.kill()
            browser.process.wait()


main()
