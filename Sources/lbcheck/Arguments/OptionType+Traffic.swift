internal import Checks
internal import HTTP
internal import Load
internal import Platform
internal import Report

extension OptionType<String> {
  static var text: Self {
    Self(takes: "a text that is not empty", read: { $0.isEmpty ? nil : $0 }, show: { .text($0) })
  }

  /// The name of a header field (RFC 9110, section 5.1).
  static var fieldName: Self {
    Self(
      takes: "the name of a header such as X-Request-Id",
      read: { !$0.isEmpty && $0.utf8.allSatisfy { isTokenByte($0) } ? $0 : nil }, show: { .text($0) })
  }

  /// What a request carries.
  static var content: Self {
    text.hiding { text, _ in ValueReference(text) == nil ? Secrets.body(text) : text }
  }

  /// Cookies as curl's `-b` has them.
  static var cookies: Self {
    Self(
      takes: "NAME=VALUE, NAME=@FILE or NAME=@env:VARIABLE, several with semicolons",
      read: { text in
        let pairs = text.split(separator: ";", omittingEmptySubsequences: false)
        let areNamed = pairs.allSatisfy { pair in
          let name = pair.drop { $0 == " " }.prefix { $0 != "=" }
          return !name.isEmpty && name.utf8.allSatisfy { isTokenByte($0) } && pair.contains("=")
        }
        let isSent = (try? RequestTemplate(path: "/", headers: [HeaderField(name: "Cookie", value: text)])) != nil
        return areNamed && isSent ? text : nil
      }, show: { .text($0) }
    ).hiding { Secrets.cookies($0, $1, mayRefer: true) }
  }
}

extension OptionType<BodyExpectation> {
  static var body: Self {
    Self(
      read: { (text) throws(ValueError) in
        do throws(BodyExpectationError) {
          return try BodyExpectation(text)
        } catch {
          throw ValueError(takes: error.description)
        }
      }, show: { .text($0.text) })
  }
}

extension OptionType<BodyGeneration> {
  static var generation: Self {
    Self(
      read: { (text) throws(ValueError) in
        do throws(BodyExpectationError) {
          return try BodyGeneration(text)
        } catch {
          throw ValueError(takes: error.description)
        }
      }, show: { .text($0.text) })
  }
}

extension OptionType<HeaderField> {
  /// `name: value`, as curl's `-H`.
  static var header: Self {
    let taken = "a header such as 'Accept: text/html'"
    return Self(
      read: { (text) throws(ValueError) in
        guard let colon = text.firstIndex(of: ":") else { throw ValueError(takes: taken) }
        let value = text[text.index(after: colon)...].drop { $0 == " " }
        let field = HeaderField(name: String(text[..<colon]), value: String(value))
        do throws(TemplateError) {
          _ = try RequestTemplate(path: "/", headers: [field])
        } catch {
          throw ValueError(takes: "\(taken) (\(error.description))")
        }
        return field
      }, show: { .text("\($0.name): \($0.value)") }
    ).hiding { Secrets.field($0, $1, mayRefer: true) }
  }
}

extension OptionType<RequestChoice> {
  /// `[METHOD ]PATH[=WEIGHT]`: a further kind of request.
  static var request: Self {
    Self(
      takes: "a path such as /, '/watch=3' or 'POST /list=1' (method, path, weight)",
      read: { text in
        var rest = text[...]
        var method: String?
        if let blank = rest.firstIndex(of: " ") {
          method = String(rest[..<blank])
          rest = rest[rest.index(after: blank)...]
        }
        var weight = 1
        // An equals sign within a query is the path's own.
        if let equals = rest.lastIndex(of: "="), !rest[..<equals].contains("?") {
          guard let number = Decimal.whole(String(rest[rest.index(after: equals)...]), 1...1_000_000) else {
            return nil
          }
          weight = number
          rest = rest[..<equals]
        }
        guard (try? RequestTemplate(method: method ?? "GET", path: String(rest))) != nil else { return nil }
        return RequestChoice(method: method, path: String(rest), weight: weight)
      },
      show: { choice in
        let needsWeight = choice.weight != 1 || choice.path.prefix { $0 != "?" }.contains("=")
        return .text(
          (choice.method.map { $0 + " " } ?? "") + choice.path + (needsWeight ? "=\(choice.weight)" : ""))
      })
  }
}

extension OptionType<GRPCMethod> {
  static var call: Self {
    Self(
      takes: "a gRPC service and its method, such as grpc.health.v1.Health/Check", read: { GRPCMethod($0) },
      show: { .text($0.name) })
  }
}

extension OptionType<[SocketAddress]> {
  /// Numeric addresses with commas between them.
  static var addresses: Self {
    Self(
      takes: "addresses such as 127.0.0.2,127.0.0.3 (at most 4096)",
      read: { text in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        // A whole number would be an address, too.
        let addresses = parts.compactMap { part in
          part.contains { ".:".contains($0) } ? SocketAddress(String(part), port: 0) : nil
        }
        return addresses.count == parts.count && parts.count <= 4096 ? addresses : nil
      }, show: { .text($0.map(\.host).joined(separator: ",")) })
  }
}

extension OptionType<StatusSet> {
  /// Statuses as `200,204`, `200-299` or `2xx`.
  static var statuses: Self {
    Self(
      takes: "statuses such as 200,204, 200-299 or 2xx (100 to 999)",
      read: { text in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let ranges = parts.compactMap(range)
        return ranges.count == parts.count ? StatusSet(ranges) : nil
      },
      show: { statuses in
        .text(
          statuses.ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ","))
      })
  }

  private static func range(_ part: Substring) -> ClosedRange<Int>? {
    if part.count == 3, part.hasSuffix("xx"), Decimal.isDigits(part.prefix(1)), let hundreds = Int(part.prefix(1)),
      hundreds > 0
    {
      return hundreds * 100...hundreds * 100 + 99
    }
    let ends = part.split(separator: "-", omittingEmptySubsequences: false)
    let statuses = ends.compactMap { end in
      end.count == 3 && Decimal.isDigits(end) ? Int(end).flatMap { $0 >= 100 ? $0 : nil } : nil
    }
    guard ends.count <= 2, statuses.count == ends.count, let first = statuses.first, let last = statuses.last,
      first <= last
    else { return nil }
    return first...last
  }
}

extension OptionType<RateRamp> {
  /// `FROM..TO`: two rates.
  static var ramp: Self {
    Self(
      takes: "two rates such as 10..500",
      read: { text in
        guard let dots = text.firstRange(of: ".."),
          let from = Decimal.scaled(String(text[..<dots.lowerBound])),
          let to = Decimal.scaled(String(text[dots.upperBound...])), max(from, to) >= 1e-6,
          max(from, to) <= Pacer.highestRate
        else { return nil }
        return RateRamp(from: from, to: to)
      }, show: { .text("\(Decimal.text($0.from))..\(Decimal.text($0.to))") })
  }
}

extension OptionType<[Pacer.Step]> {
  /// `RATE:DURATION,…`.
  static var steps: Self {
    Self(
      takes: "steps such as 100:10s,200:10s",
      read: { text in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let steps = parts.compactMap { part -> Pacer.Step? in
          let halves = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
          guard halves.count == 2, let rate = try? OptionType<Double>.rate.read(halves[0]),
            let time = try? OptionType<UInt64>.duration.read(halves[1])
          else { return nil }
          return Pacer.Step(rate: rate, seconds: Double(time) / 1e9)
        }
        return steps.count == parts.count ? steps : nil
      },
      show: { steps in
        .text(
          steps.map {
            "\(Decimal.text($0.rate)):\(Decimal.text(nanoseconds: Nanoseconds(($0.seconds * 1e9).rounded())))"
          }
          .joined(separator: ","))
      })
  }
}
