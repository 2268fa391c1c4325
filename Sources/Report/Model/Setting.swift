/// One setting that was in force, named by the key that a profile gives it, such as `reload.settle`.
public struct Setting: Codable, Sendable, Equatable {
  public var key: String
  public var value: SettingValue
  /// `s`, `1/s` or `ms`, where the value is a number that has one.
  public var unit: String?

  public init(_ key: String, _ value: SettingValue, unit: String? = nil) {
    self.key = key
    self.value = value
    self.unit = unit
  }
}

/// What a check may find out by itself, by the keys of its settings.
public enum FoundSetting: String, CaseIterable, Sendable {
  case backendHeader
  case generationHeader
  case body
  case targets

  /// Whether it is the name of a header.
  fileprivate var isHeader: Bool {
    switch self {
    case .backendHeader, .generationHeader: true
    case .body, .targets: false
    }
  }
}

extension Setting {
  public init(_ found: FoundSetting, _ value: SettingValue) { self.init(found.rawValue, value) }

  /// The setting with the name of a header in small letters, as names of headers differ in nothing by their case
  /// (RFC 9110, section 5.1).
  var inMeaning: Setting {
    guard FoundSetting(rawValue: key)?.isHeader == true, case .text(let name) = value else { return self }
    return Setting(key, .text(name.lowercased()), unit: unit)
  }

  /// The value in a sentence: each text of a list in quotes, so that it is seen where it ends.
  public var quoted: String {
    guard case .list(let values) = value else { return inWords }
    return values.map { "\"\($0.inWords)\"" }.joined(separator: ", ")
  }

  /// The value with its unit: `10 s`, `500/s`.
  public var inWords: String {
    switch unit {
    case nil: value.inWords
    case "1/s": "\(value.inWords)/s"
    case let unit?: "\(value.inWords) \(unit)"
    }
  }
}

/// A setting's value as JSON has it.
public enum SettingValue: Codable, Sendable, Equatable {
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([SettingValue])

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let isOn = try? container.decode(Bool.self) {
      self = .truth(isOn)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .list(try container.decode([SettingValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .truth(let isOn): try container.encode(isOn)
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .list(let values): try container.encode(values)
    }
  }

  var inWords: String {
    switch self {
    case .truth(let isOn): isOn ? "yes" : "no"
    case .number(let number): Int64(exactly: number).map(String.init) ?? "\(number)"
    case .text(let text): text
    case .list(let values): values.map(\.inWords).joined(separator: ", ")
    }
  }
}
