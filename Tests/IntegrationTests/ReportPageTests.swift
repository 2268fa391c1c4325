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

    /// What a page measures in a frame of some width.
    private struct Measure: Decodable {
      let width: Int
      let scrolls: Int
      let background: String
      let charts: Int
      /// The smallest text of a chart, in pixels as it is drawn.
      let smallest: Double
      /// Tables and charts of which a part is out of sight.
      let cut: [String]
      /// Texts whose contrast is below 4.5 to 1, or 3 to 1 where they are large.
      let faint: [String]
      /// How many texts were looked at for that.
      let texts: Int
      /// Texts of charts that an upright line passes through.
      let crossed: [String]
      /// Texts of charts side by side with no room between them.
      let touching: [String]
      /// What a reader by ear would miss: names, heads, languages, levels of headings.
      let unnamed: [String]
    }

    /// What a page measures in frames of some widths, in light or dark.
    private func measures(_ page: String, widths: [Int], dark: Bool) throws -> [Measure] {
      _ = try tool.folder.write(
        """
        <!DOCTYPE html><body><script>
        \(Self.reading)
        Promise.all([\(widths.map(String.init).joined(separator: ", "))].map(width => new Promise(done => {
          const frame = document.createElement("iframe");
          frame.style = `width: ${width}px; height: 40000px; border: 0`;
          frame.onload = () => done(read(frame));
          frame.src = "\(page)";
          document.body.append(frame);
        }))).then(all => document.body.textContent = "[[" + JSON.stringify(all) + "]]");
        </script></body>
        """, to: "frames.html")
      let options = ["--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom"]
      let visit = try visit("frames.html", dark: dark, options)
      let start = try #require(visit.output.range(of: "[["), "\(visit.output)\(visit.log)")
      let end = try #require(visit.output.range(of: "]]</body>", options: .backwards))
      let json = visit.output[start.upperBound..<end.lowerBound].replacing("&lt;", with: "<").replacing(
        "&gt;", with: ">"
      )
      .replacing("&nbsp;", with: " ").replacing("&amp;", with: "&")
      return try JSONDecoder().decode([Measure].self, from: Data(json.utf8))
    }

    /// Contrast is that of WCAG 2.2: of a text in HTML against the backgrounds of what it is in, of one in a chart against the shapes
    /// that are behind it.
    private static let reading = """
      const colour = text => {
        const parts = (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
        return [...parts.slice(0, 3), parts.length > 3 ? parts[3] : 1];
      };
      const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
      const luminance = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const part = c[i] / 255;
        return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      }, 0);
      const contrast = (a, b) => {
        const [x, y] = [luminance(a), luminance(b)];
        return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
      };
      const read = frame => {
        const view = frame.contentWindow, page = frame.contentDocument, root = page.documentElement;
        const style = element => view.getComputedStyle(element);
        const box = element => element.getBoundingClientRect();
        const isShown = element => box(element).width > 1 && box(element).height > 1;
        const ground = element => {
          const chain = [];
          for (let e = element; e; e = e.parentElement) chain.unshift(colour(style(e).backgroundColor));
          return chain.reduce((under, top) => over(top, under), [255, 255, 255, 1]);
        };
        const behind = text => {
          const svg = text.closest("svg"), rect = box(text);
          const stack = page.elementsFromPoint(rect.x + rect.width / 2, rect.y + rect.height / 2).reverse();
          return stack.filter(e => svg.contains(e) && ["rect", "circle", "polygon"].includes(e.tagName)).reduce((under, e) => {
            const fill = colour(style(e).fill);
            return over([...fill.slice(0, 3), fill[3] * Number(style(e).fillOpacity)], under);
          }, ground(svg));
        };
        const words = [...page.body.querySelectorAll("*")].filter(e => isShown(e) && !e.closest("caption, thead .hidden")
          && e.tagName !== "title" && e.tagName !== "desc" && e.tagName !== "style"
          && [...e.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
        const faint = words.flatMap(e => {
          const drawn = e.closest("svg"), size = parseFloat(style(e).fontSize);
          const isLarge = size >= 24 || (size >= 18.66 && Number(style(e).fontWeight) >= 700);
          const ratio = contrast(colour(drawn ? style(e).fill : style(e).color), drawn ? behind(e.closest("text")) : ground(e));
          return ratio >= (isLarge ? 3 : 4.5) ? [] : [`${e.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`];
        });
        const charts = [...root.querySelectorAll("svg")].filter(isShown);
        const sizes = charts.flatMap(svg => [...svg.querySelectorAll("text")].map(text =>
          Number(text.getAttribute("font-size")) * box(svg).width / svg.viewBox.baseVal.width));
        const crossed = charts.flatMap(svg => {
          const shapes = [...svg.querySelectorAll("line, text, rect")];
          return shapes.flatMap((text, place) => text.tagName !== "text" ? [] : shapes.filter((line, other) => {
            if (line.tagName !== "line" || line.getAttribute("x1") !== line.getAttribute("x2")) return false;
            const [l, t] = [box(line), box(text)];
            // What was drawn between the two hides the line.
            const isHidden = other < place && shapes.slice(other, place).some(rect => rect.tagName === "rect"
              && box(rect).left <= l.left && box(rect).right >= l.right && box(rect).top <= t.top + 4 && box(rect).bottom >= t.bottom - 4);
            return !isHidden && l.left > t.left + 1 && l.left < t.right - 1 && l.top < t.bottom - 4 && l.bottom > t.top + 4;
          }).map(() => `${svg.querySelector("title").textContent}: ${text.textContent}`));
        });
        const touching = charts.flatMap(svg => {
          const texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, box(text)]);
          return texts.flatMap(([words, a], place) => texts.slice(place + 1).filter(([, b]) =>
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4 && Math.max(a.left, b.left) - Math.min(a.right, b.right) < 3)
            .map(([other]) => `${words} | ${other}`));
        });
        const levels = [...page.querySelectorAll("h1, h2, h3, h4")].map(e => Number(e.tagName[1]));
        const unnamed = [
          ...charts.filter(svg => !(svg.getAttribute("aria-labelledby") || "").split(" ").every(id => id
            && page.getElementById(id)?.textContent.trim())).map(() => "a chart"),
          ...[...page.querySelectorAll("th")].filter(e => !e.scope || !e.textContent.trim()).map(e => `a head ${e.textContent}`),
          ...[...page.querySelectorAll("table")].filter(e => !e.caption?.textContent.trim()).map(() => "a table"),
          ...[...page.querySelectorAll("a, button, input, figure")].filter(e => !(e.getAttribute("aria-label") || e.textContent).trim())
            .map(e => e.tagName),
          ...(root.lang ? [] : ["the language"]), ...(page.title ? [] : ["the title"]),
          ...(page.querySelectorAll("h1").length === 1 && page.querySelectorAll("main").length === 1 ? [] : ["the page"]),
          ...levels.filter((level, i) => level > (levels[i - 1] || 0) + 1).map(level => `a heading of level ${level}`),
        ];
        return {
          width: view.innerWidth, scrolls: root.scrollWidth, background: style(page.body).backgroundColor, charts: charts.length,
          smallest: Math.min(99, ...sizes), faint, texts: words.length, crossed, touching, unnamed,
          cut: [...page.querySelectorAll(".wide, figure, pre")].filter(e => e.scrollWidth > e.clientWidth)
            .map(e => e.querySelector("caption")?.textContent || e.getAttribute("aria-label") || e.tagName),
        };
      };
      """

    @Test("A browser shows a reload's page in light and dark, on a phone too, and loads nothing for it")
    func reload() throws {
      let outcome = try tool.run(
        ["reload-test", "--testbed", "--settle", "1s", "--out", "report"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      try check("report/report.html", charts: 4)
    }

    @Test("A browser shows the shares of a weighted rotation beside those that were expected")
    func shares() throws {
      let turn = Recorder()
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          let name = ["app-1", "app-1", "app-2", "app-1", "app-3", "app-1", "app-1"][turn.next() % 7]
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: \(name)\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let outcome = try tool.run([
        "fairness", "http://127.0.0.1:\(server.port)/", "--out", "shares", "--requests", "700", "--backend", "app-1",
        "--backend", "app-2", "--backend", "app-3",
      ])
      #expect(outcome.status == 1, "\(outcome.messages)")
      try check("shares/report.html", charts: 2)
      withExtendedLifetime(server) {}
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
      try check("hostile/report.html", charts: 2)
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
        let widths = [320, 360, 500, 719, 721, 900, 1000, 1055, 1057, 1100]
        let measures = try measures(page, widths: widths, dark: dark)
        #expect(measures.map(\.width) == widths)
        for measure in measures {
          try hold(measure, background: dark ? "rgb(15, 19, 25)" : "rgb(255, 255, 255)", charts)
        }
      }
      try checkPrint(page, charts: charts)
    }

    private func hold(_ measure: Measure, background: String, _ charts: Int) throws {
      let place = "at \(measure.width) on \(background)"
      #expect(measure.scrolls <= measure.width && measure.cut.isEmpty, "\(measure.cut) \(place)")
      #expect(measure.background == background)
      #expect(measure.charts == charts, "\(place)")
      // At 320 pixels the smallest screens may show a little less.
      #expect(measure.smallest >= (measure.width < 360 ? 10 : 11), "\(measure.smallest) \(place)")
      #expect(measure.texts > 30)
      #expect(measure.faint.isEmpty, "\(measure.faint) \(place)")
      #expect(measure.crossed.isEmpty, "\(measure.crossed) \(place)")
      #expect(measure.touching.isEmpty, "\(measure.touching) \(place)")
      #expect(measure.unnamed.isEmpty, "\(measure.unnamed) \(place)")
    }

    /// On paper the page is white in dark mode too, and all of it is there: A4 has some 688 pixels between the margins.
    private func checkPrint(_ page: String, charts: Int) throws {
      let html = try #require(tool.folder.read(page))
      // As if the screen were paper.
      let paper = html.replacing("@media print", with: "@media all").replacing("@media screen", with: "@media not all")
      #expect(paper != html)
      _ = try tool.folder.write(paper, to: "paper.html")
      for measure in try measures("paper.html", widths: [688], dark: true) {
        try hold(measure, background: "rgb(255, 255, 255)", charts)
      }
      let file = "\(tool.folder.path)/\(UUID().uuidString).pdf"
      _ = try visit(page, dark: true, ["--print-to-pdf=\(file)", "--no-pdf-header-footer"])
      let pdf = try #require(FileManager.default.contents(atPath: file))
      #expect(pdf.starts(with: Array("%PDF".utf8)) && pdf.count > 10_000)
      try checkBreaks(html)
    }

    /// Wherever a sheet ends, no head of a table stands at its end without a row, no heading without what it is of, and no
    /// remark is parted from its row.
    private func checkBreaks(_ html: String) throws {
      let main = try #require(html.firstMatch(of: /<main>.*<\/main>/.dotMatchesNewlines()))
      // The same page begins further down on its first sheet each time.
      let copies = (0..<16).map { "<div style=\"break-before: page; height: \($0 * 60)px\"></div>\(main.output)" }
      _ = try tool.folder.write(html.replacing(main.output, with: copies.joined()), to: "sheets.html")
      let file = "\(tool.folder.path)/sheets.pdf"
      _ = try visit("sheets.html", ["--print-to-pdf=\(file)", "--no-pdf-header-footer"])
      let sheets = try texts(of: file)
      let heads = html.matches(of: /<thead>(.*?)<\/thead>/.dotMatchesNewlines()).map { match in
        match.output.1.matches(of: /<th[^>]*>(.*?)<\/th>/).prefix(2).map { String($0.output.1) }
      }
      let headings = html.matches(of: /<h[23]>(.*?)<\/h[23]>/).map { $0.output.1.replacing(/<[^>]*>/, with: "") }
      func isHead(_ line: Substring) -> Bool {
        heads.contains { head in
          line.hasPrefix(head[0])
            && head.dropFirst().allSatisfy { line.dropFirst(head[0].count).drop { $0 == " " }.hasPrefix($0) }
        }
      }
      #expect(sheets.count > 16 && sheets.joined().contains(where: isHead))
      for sheet in sheets {
        guard let last = sheet.last else { continue }
        #expect(!isHead(last) && !headings.contains(last), "a sheet ends in: \(last)")
        for (line, next) in zip(sheet, sheet.dropFirst()) where isHead(line) {
          #expect(next.prefixMatch(of: /(Why|What to do|Detail):/) == nil, "after a head: \(next)")
        }
      }
    }

    /// The lines of each sheet of a PDF file, as they stand on it.
    private func texts(of file: String) throws -> [[Substring]] {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["pdftotext", "-layout", file, file + ".txt"]
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0, "pdftotext ended with \(process.terminationStatus)")
      return try String(contentsOfFile: file + ".txt", encoding: .utf8).split(separator: "\u{C}").map { sheet in
        sheet.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
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
