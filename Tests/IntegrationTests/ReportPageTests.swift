import Foundation
import Support
import Testing

extension Integration {
  /// How a browser shows the HTML page of a report.
  @Suite struct ReportPageTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private struct Visit {
      let output: String
      let log: String
      /// What the browser asked of the network for the page, not for itself.
      let requests: [Substring]

      var console: [Substring] { log.split(separator: "\n").filter { $0.contains(":CONSOLE") } }
    }

    /// Opens a page in a browser of its own that finds no host.
    private func visit(_ page: String, dark: Bool = false, _ options: [String]) throws -> Visit {
      let name = "browser-\(UUID().uuidString.prefix(8))"
      let folder = tool.folder.path + "/" + name
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let files = ["out", "log"].map { "\(folder)/\($0)" }
      for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        [
          "timeout", "60", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
          "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update",
          "--disable-sync", "--disable-default-apps", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
          "--enable-logging=stderr", "--v=0", "--user-data-dir=\(folder)/profile", "--log-net-log=\(folder)/net.json",
          "--blink-settings=preferredColorScheme=\(dark ? 0 : 1)",
        ] + options + ["file://\(tool.folder.path)/\(page)"]
      process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: files[0])
      process.standardError = FileHandle(forWritingAtPath: files[1])
      try process.run()
      process.waitUntilExit()
      let log = tool.folder.read(name + "/log") ?? ""
      try #require(process.terminationStatus == 0, "chromium ended with \(process.terminationStatus): \(log)")
      let net = try #require(tool.folder.read(name + "/net.json"))
      // The browser's own requests have no origin; those of a page in a file have one that is "null".
      let requests = net.split(separator: "\n").filter {
        $0.contains("\"initiator\":\"null\"") || $0.contains("\"initiator\":\"file:")
      }
      return Visit(output: tool.folder.read(name + "/out") ?? "", log: log, requests: requests)
    }

    /// Takes a picture of a page.
    private func picture(_ page: String, width: Int, dark: Bool) throws -> Data {
      let file = "\(tool.folder.path)/\(UUID().uuidString).png"
      let visit = try visit(page, dark: dark, ["--window-size=\(width),1400", "--screenshot=\(file)"])
      #expect(visit.console.isEmpty, "\(visit.console)")
      #expect(visit.requests.isEmpty, "\(visit.requests)")
      let png = try #require(FileManager.default.contents(atPath: file))
      #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(Array(png[16..<20]) == [0, 0, UInt8(width >> 8), UInt8(width & 255)])
      // An empty page of that size takes some 5 kB.
      #expect(png.count > 30_000)
      return png
    }

    /// What a page measures in frames of some widths, and with which colour behind.
    private func measures(_ page: String, widths: [Int], dark: Bool) throws -> [[String: Any]] {
      _ = try tool.folder.write(
        """
        <!DOCTYPE html><body><script>
        const read = frame => {
          const view = frame.contentWindow, root = frame.contentDocument.documentElement;
          const style = view.getComputedStyle(root.ownerDocument.body);
          const charts = [...root.querySelectorAll("svg")];
          return {
            width: view.innerWidth, scrolls: root.scrollWidth, background: style.backgroundColor,
            smallest: Math.min(...charts.map(chart => chart.getBoundingClientRect().width)), charts: charts.length,
          };
        };
        Promise.all([\(widths.map(String.init).joined(separator: ", "))].map(width => new Promise(done => {
          const frame = document.createElement("iframe");
          frame.style = `width: ${width}px; height: 800px; border: 0`;
          frame.onload = () => done(read(frame));
          frame.src = "\(page)";
          document.body.append(frame);
        }))).then(all => document.body.textContent = "[[" + JSON.stringify(all) + "]]");
        </script></body>
        """, to: "frames.html")
      let options = ["--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom"]
      let visit = try visit("frames.html", dark: dark, options)
      let start = try #require(visit.output.range(of: "[["), "\(visit.output)\(visit.log)")
      let end = try #require(visit.output.range(of: "]]", options: .backwards))
      let json = visit.output[start.upperBound..<end.lowerBound]
      return try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    }

    @Test("A browser shows a reload's page in light and dark, on a phone too, and loads nothing for it")
    func reload() throws {
      let outcome = try tool.run(
        ["reload-test", "--testbed", "--settle", "500ms", "--no-restart", "--out", "report"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      try check("report/report.html", charts: 2)
    }

    @Test("A browser shows pages of hostile names, as text, without scrolling sideways or loading anything")
    func hostileNames() throws {
      let names = [
        "<script>console.log(1)</script>]]><img src='http://127.0.0.1:9/x.png'>", "a|b`c`\"onload=\"x&amp;&#x3c;",
        String(repeating: "x", count: 4096), "\u{9B}31mred\u{202E}dlrow </style></svg></main> --><svg onload=x>",
      ]
      let turn = Recorder()
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          let name = names[turn.next() % names.count]
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: \(name)\r\nServer: \(name)\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let url = "http://127.0.0.1:\(server.port)/"
      let fairness = try tool.run(["fairness", url, "--out", "hostile", "--requests", "400"])
      #expect([0, 1, 3].contains(fairness.status), "\(fairness.messages)")
      #expect(tool.folder.read("hostile/report.html")?.contains("&lt;script&gt;") == true)
      try check("hostile/report.html", charts: 1)
      let inspect = try tool.run(["inspect", url, "--out", "inspected"])
      #expect([0, 1, 3].contains(inspect.status), "\(inspect.messages)")
      try check("inspected/report.html", charts: 0)
      withExtendedLifetime(server) {}
    }

    private func check(_ page: String, charts: Int) throws {
      let pictures = try [false, true].map { try picture(page, width: 1100, dark: $0) }
      #expect(pictures[0] != pictures[1])
      _ = try picture(page, width: 500, dark: false)
      for dark in [false, true] {
        let widths = [320, 360, 500, 1100]
        let measures = try measures(page, widths: widths, dark: dark)
        #expect(measures.compactMap { $0["width"] as? Int } == widths)
        for measure in measures {
          let width = try #require(measure["width"] as? Int)
          #expect(try #require(measure["scrolls"] as? Int) <= width, "\(page) scrolls sideways at \(width)")
          #expect(measure["background"] as? String == (dark ? "rgb(15, 19, 25)" : "rgb(255, 255, 255)"))
          #expect(measure["charts"] as? Int == charts)
          if charts > 0 { #expect(try #require(measure["smallest"] as? Double) >= 600) }
        }
      }
    }

    @Test("The watch over the network and the console sees a page that does load and talk")
    func control() throws {
      _ = try tool.folder.write(
        "<!DOCTYPE html><body><img src=\"http://127.0.0.1:9/x.png\"><script>console.log('talk')</script></body>",
        to: "loads.html")
      let visit = try visit("loads.html", ["--dump-dom"])
      #expect(visit.requests.count == 1)
      #expect(visit.console.count == 1)
    }
  }
}
