internal import Glibc
internal import Load
package import Report
package import Statistics

/// What `part-I-of-N.json` holds: what one shard of a check measured, and of which plan it is a part. It has no verdict: only all
/// parts together are judged.
package struct PartDocument: Codable, Sendable, Equatable {
  /// The name and version of the format that this module reads and writes.
  package static let currentSchema = "lbcheck.part/2"

  package var schema = PartDocument.currentSchema
  package var tool = ToolSection.lbcheck
  package var check: CheckKind
  /// The target's URL.
  package var target: String
  package var shard: PartShard
  /// All settings of the check, which have to be the same in all parts.
  package var parameters: [PartParameter]
  /// A checksum of tool, check, target, count and parameters, by which parts of one plan are recognised.
  package var digest: String
  package var findings: CheckFindings

  /// What one shard of a check measured.
  ///
  /// - Parameter parameters: all settings of the check.
  package init(
    _ findings: CheckFindings, of check: CheckKind, target: String, sharding: Sharding, parameters: [PartParameter]
  ) {
    self.check = check
    self.target = target
    shard = PartShard(
      number: sharding.shard.index + 1, count: sharding.shard.count, host: Self.hostName, source: sharding.source)
    self.parameters = parameters
    digest = sharding.digest
    self.findings = findings
  }

  private static var hostName: String? {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return nil }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A checksum of what has to be the same in all shards of a plan.
  package static func digest(check: CheckKind, url: String, count: Int, _ parameters: [PartParameter]) -> String {
    var text = "\(ToolSection.lbcheck.version)\n\(check.rawValue)\n\(url)\n\(count)\n"
    for parameter in parameters { text += "\(parameter.name)=\(parameter.values.joined(separator: "\u{1F}"))\n" }
    // FNV-1a, 64 bits (Fowler, Noll and Vo).
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The part as it may be written; its parameters are listed without credentials from the start.
  package var withoutSecrets: PartDocument {
    var part = self
    part.target = Secrets.text(target, .hashed)
    part.findings.notes = findings.notes.map { Secrets.text($0, .hashed) }
    part.findings.actions = findings.actions?.withoutSecrets
    return part
  }
}

/// Reading a part, which is untrusted input.
extension PartDocument {
  /// Distributions in all stages together.
  package static let mostHistograms = 3_000

  /// Reads a part from JSON bytes in UTF-8.
  ///
  /// - Parameter budget: the memory that it may take.
  /// - Throws: an error that names the schema found when it is not ``currentSchema``, or the field that is wrong.
  package init(
    json: [UInt8],
    within budget: DecodingBudget = DecodingBudget(
      histograms: mostHistograms, rows: 2 * CapacityLadder.mostRecordsInAll)
  ) throws(ReportFormatError) {
    self = try SchemaReading(noun: "part", schemas: [Self.currentSchema]).read(json, [.decodingBudget: budget])
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    schema = try fields.decodeName(forKey: .schema)
    tool = try fields.decode(ToolSection.self, forKey: .tool)
    try fields.demand([tool.name, tool.version], atMost: 2, ofBytes: FindingsLimits.name, .tool)
    check = try fields.decode(CheckKind.self, forKey: .check)
    target = try fields.decodeName(forKey: .target)
    shard = try fields.decode(PartShard.self, forKey: .shard)
    try fields.demand(
      [shard.host, shard.source].compactMap(\.self), atMost: 2, ofBytes: FindingsLimits.name, .shard)
    parameters = try fields.decode([PartParameter].self, forKey: .parameters)
    try fields.demand(parameters.count, atMost: FindingsLimits.lines, .parameters)
    for parameter in parameters {
      let texts = [parameter.name] + parameter.values
      try fields.demand(texts, atMost: FindingsLimits.lines, ofBytes: FindingsLimits.name, .parameters)
    }
    digest = try fields.decodeName(forKey: .digest)
    findings = try fields.decode(CheckFindings.self, forKey: .findings)
    try fields.demand(consistency)
  }

  /// What holds between the findings and the check of which they are a part.
  private var consistency: [(field: CodingKeys, rule: Consistency)] {
    let isFirst = shard.number == 1
    let names = findings.stages.map(\.name)
    var rules = names.map { name in
      (
        field: CodingKeys.findings,
        rule: Consistency.holds(
          name.check == check && (isFirst || name.isShared),
          "stage \(name) is none of part \(shard.number) of \(check.rawValue)")
      )
    }
    rules += [
      // The first part acts, and the others make traffic meanwhile.
      (
        .findings,
        .holds(
          (findings.actions != nil) == (isFirst && check == .reloadTest),
          findings.actions == nil
            ? "actions is missing, which the first part has" : "actions are the first part's alone")
      )
    ]
    return rules
  }
}

/// Which part of how many.
package struct PartShard: Codable, Sendable, Equatable {
  /// From 1, as `--shard I/N` counts.
  package var number: Int
  package var count: Int
  /// The machine's name.
  package var host: String?
  /// What set it, such as `--shard` or `Slurm`.
  package var source: String?

  package init(number: Int, count: Int, host: String? = nil, source: String? = nil) {
    self.number = number
    self.count = count
    self.host = host
    self.source = source
  }

  /// The name of the part's file, such as `part-2-of-4.json`.
  package var file: String { "part-\(number)-of-\(count).json" }
}

/// One setting of a check: an option with its values.
package struct PartParameter: Codable, Sendable, Equatable {
  /// The option's long name, such as `--rate`.
  package var name: String
  /// As the command line takes them; empty for an option that was not given, `true` for a flag.
  package var values: [String]

  package init(name: String, values: [String]) {
    self.name = name
    self.values = values
  }
}
