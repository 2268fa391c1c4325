internal import Checks
internal import Deployment
internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics

extension OptionType<ExpectedBackend> {
  /// `NAME`, `NAME=WEIGHT` or `NAME=backup`; the name may hold colons.
  static var backend: Self {
    Self(
      takes: "NAME, NAME=WEIGHT (1 to 10000) or NAME=backup",
      read: { text in
        guard let equals = text.lastIndex(of: "=") else {
          return text.isEmpty ? nil : ExpectedBackend(name: asShown(text), role: .primary(weight: 1))
        }
        let name = String(text[..<equals])
        let role = String(text[text.index(after: equals)...])
        guard !name.isEmpty else { return nil }
        if role == "backup" { return ExpectedBackend(name: asShown(name), role: .backup) }
        guard Decimal.isDigits(role), let weight = Int(role), (1...10_000).contains(weight) else { return nil }
        return ExpectedBackend(name: asShown(name), role: .primary(weight: weight))
      }, show: { .text("\($0.name)=" + ($0.weight.map(String.init) ?? "backup")) })
  }

  /// A backend's name as reports show it. One with a backslash was copied from a report.
  private static func asShown(_ name: String) -> String { name.contains("\\") ? name : Fingerprint.text(of: name) }
}

extension OptionType<[SplitExpectation.Part]> {
  /// `NAME=WEIGHT,…`; each weight is against the others', so that percentages are weights as well.
  static var split: Self {
    Self(
      takes: "two parts or more with their weights, such as v1=95,v2=5",
      read: { text in
        let items = text.split(separator: ",", omittingEmptySubsequences: false)
        let parts = items.compactMap { item -> SplitExpectation.Part? in
          guard let equals = item.lastIndex(of: "="), equals > item.startIndex else { return nil }
          let weight = item[item.index(after: equals)...]
          guard let number = Decimal.number(String(weight.hasSuffix("%") ? weight.dropLast() : weight)), number > 0
          else { return nil }
          return SplitExpectation.Part(name: String(item[..<equals]), weight: number)
        }
        return parts.count == items.count && (2...64).contains(parts.count) ? parts : nil
      },
      show: { parts in
        .text(parts.map { "\($0.name)=\(Decimal.text($0.weight))" }.joined(separator: ","))
      })
  }
}

extension OptionType<BalancingPolicy> {
  static var policy: Self { choice(where: BalancingPolicy.expectable.contains) }
}

extension OptionType<CheckKind> {
  /// A check that a gate can run.
  static var gatedCheck: Self { choice(where: \.measures) }
}

extension OptionType<NamedManager> {
  /// A manager's name and what it manages, such as `gunicorn:/run/shop.pid`.
  static var manager: Self {
    Self(
      read: { (text) throws(ValueError) in
        do throws(ManagerError) {
          return try NamedManager(text)
        } catch {
          throw ValueError(takes: error.description)
        }
      }, show: { .text($0.text) })
  }
}

extension OptionType<[String]> {
  /// A program with its arguments: words, with quotes of either kind around those that hold spaces.
  static var command: Self {
    Self(
      read: { (text) throws(ValueError) in try CommandWords(text).words },
      show: { .list($0.map(SettingValue.text)) })
  }
}

extension OptionType<LatencyObjective> {
  /// `P=D`: a percentile with its limit.
  static var percentile: Self {
    Self(
      takes: "a percentile with its limit, such as 99.5=300ms (above 0, below 100)",
      read: { text in
        let halves = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2, let percentile = Decimal.number(halves[0]), percentile > 0, percentile < 100,
          let limit = try? OptionType<UInt64>.timeout.read(halves[1])
        else { return nil }
        return LatencyObjective(percentile: percentile, limit: limit)
      }, show: { .text("\(Decimal.text($0.percentile))=\(Decimal.text(nanoseconds: $0.limit))") })
  }
}

extension OptionType<PercentileAim> {
  /// `pP within SHARE`.
  static var aim: Self {
    Self(
      takes: "a percentile and how well to know it, such as 'p99 within 5%' (0.1% to 50%)",
      read: { text in
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3, words[0].first == "p", words[1] == "within",
          let percentile = Decimal.number(String(words[0].dropFirst())), percentile > 0, percentile < 100,
          let margin = try? OptionType<Double>.precision.read(words[2])
        else { return nil }
        return PercentileAim(percentile: percentile, margin: margin)
      }, show: { .text("p\(Decimal.text($0.percentile)) within \(Decimal.text($0.margin))") })
  }
}

extension OptionType<Threshold> {
  static var threshold: Self {
    Self(
      read: { (text) throws(ValueError) in
        do throws(ThresholdError) {
          return try Threshold(text)
        } catch {
          throw ValueError(takes: error.expectation, marked: error.marked)
        }
      }, show: { .text($0.text) })
  }
}

extension OptionType<Shard> {
  /// `I/N`: the I-th of N parts, from 1.
  static var shard: Self {
    Self(
      takes: "a part of a number of parts such as 2/4, from 1/4 to 4/4",
      read: { text in
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy(Decimal.isDigits), let number = Int(halves[0]),
          let count = Int(halves[1])
        else { return nil }
        return Shard(index: number - 1, count: count)
      }, show: { .text("\($0.index + 1)/\($0.count)") })
  }
}

extension OptionType<[ReportFormat]> {
  /// Formats with commas between them.
  static var formats: Self {
    Self(
      takes: "\(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")), or several with commas",
      read: { text in
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let formats = names.compactMap(ReportFormat.init)
        return formats.count == names.count ? formats : nil
      }, show: { .text($0.map(\.rawValue).joined(separator: ",")) })
  }
}
