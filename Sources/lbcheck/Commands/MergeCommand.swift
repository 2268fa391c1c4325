internal import Checks
internal import FoundationEssentials
internal import HTTP
internal import Load
internal import Report

extension Command {
  static let merge = Command(
    name: "merge", abstract: "Merge the parts of one check that several processes ran, and judge them as one.",
    discussion: """
        lbcheck merge parts/
        lbcheck merge parts/part-1-of-2.json other/part-2-of-2.json --out Reports/whole
      """,
    positional: ("part", "The parts, or folders that hold them."),
    groups: [.merging, .trafficReport], takesMany: true
  ) { (request, invocation) throws(CommandError) in
    try invocation.merge(request)
  }
}

extension Invocation {
  fileprivate func merge(_ request: Request) throws(CommandError) -> Outcome {
    let merge = try CommandError.asUsage { () throws(UsageError) in
      guard !request.operands.isEmpty else { throw UsageError("no parts: give their files or folders") }
      if request.report.formats.contains(.csv) {
        throw UsageError("--format csv needs every request, which parts do not hold: give it to the parts")
      }
      return try parts(request.operands)
    }
    let findings: CheckFindings
    do throws(PartMerge.Refusal) {
      findings = try merge.findings(allowMissing: request.sharding.allowsMissing)
    } catch {
      throw .unusable(error.lines)
    }
    guard let reference = merge.reference else { throw .unusable(["no part to judge"]) }
    return try report(on: findings, of: reference, request)
  }

  /// Reads parts one after another.
  private func parts(_ paths: [String]) throws(UsageError) -> PartMerge {
    var merge = PartMerge()
    var count = 0
    for path in paths {
      for file in try PartFiles.named(path) {
        count += 1
        do throws(ReportFormatError) {
          merge.add(try PartDocument(path: file), from: Escaping.terminal(file))
        } catch {
          merge.refuse(error.description)
        }
      }
    }
    guard count > 0 else {
      throw UsageError("no file part-I-of-N.json in \(paths.map { Escaping.terminal($0) }.joined(separator: ", "))")
    }
    return merge
  }

  private func report(
    on findings: CheckFindings, of part: PartDocument, _ request: Request
  ) throws(CommandError) -> Outcome {
    let command = part.check.command
    let target = part.target.replacing("…", with: "%E2%80%A6")
    let completed = try CommandError.asUsage { () throws(UsageError) in
      try PlanParameters.request(part.parameters, target: target, for: command).completed(for: part.check)
    }
    var settings = try settings(completed, reading: .asGiven)
    settings.backendHeader = findings.backendHeader
    guard let make = completed.divisible(part.check) else {
      throw .usage(UsageError("parts of \(command.name) cannot be judged"))
    }
    var document = make(completed, settings, CheckWatch(stop: stop)).report(on: findings)
    document.settings = command.inForce(completed, found: document.settings ?? [])
    let place = try ReportPlace(part.check, host: settings.target.host, request.report)
    return .report(
      ReportOutcome(
        document, in: place, request.report, tolerance: completed.tolerance(of: part.check),
        formats: request.report.formats))
  }
}

/// Finds the files of parts.
enum PartFiles {
  /// A file as it is; for a folder its parts, ordered by number.
  ///
  /// - Throws: ``UsageError`` for a path that leads nowhere.
  static func named(_ path: String) throws(UsageError) -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw UsageError("\(Escaping.terminal(path)): no such file or folder")
    }
    guard isFolder else { return [path] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let numbered = names.compactMap { name in numbers(in: name).map { (name, $0.count, $0.number) } }
    let sorted = numbered.sorted { ($0.1, $0.2) < ($1.1, $1.2) }
    return sorted.map { path + (path.hasSuffix("/") ? "" : "/") + $0.0 }
  }

  /// The numbers in `part-I-of-N.json`; `nil` for any other name.
  static func numbers(in name: String) -> (number: Int, count: Int)? {
    let words = name.split(separator: "-", omittingEmptySubsequences: false)
    guard words.count == 4, words[0] == "part", words[2] == "of", words[3].hasSuffix(".json"),
      let number = Int(words[1]), let count = Int(words[3].dropLast(5)), number >= 1, count >= 1
    else { return nil }
    return (number, count)
  }
}

extension OptionGroup {
  fileprivate static let merging = OptionGroup(
    title: "Merging", .process,
    options: [
      .flag(
        "--allow-missing",
        help: "Report on the parts that are there if some are missing; the verdict is inconclusive at best.",
        sets: \.sharding.allowsMissing)
    ])
}
