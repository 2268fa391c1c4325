internal import FoundationEssentials

/// A file that holds what one would otherwise say on the command line, in JSON5.
///
///     {
///       target: "http://alvin.xyz/",
///       resolve: ["alvin.xyz:80:127.0.0.1"],
///       backendHeader: "X-Backend",
///       backends: { "app-1": 5, "app-2": 1, "spare": "backup" },
///       requests: 3000,
///     }
///
/// Every key is the name of an option in camel case, but for `target`, `backends` (name to weight or "backup") and `headers`
/// (name to value). The command line wins over the profile.
package struct Profile: Sendable, Equatable {
  /// One option with the values it is given; none for a flag.
  package struct Setting: Sendable, Equatable {
    /// The key as it stands in the file.
    package let key: String
    /// The option's name without dashes, such as `backend-header`.
    package let option: String
    package let values: [String]
  }

  package let path: String
  package let target: String?
  /// In the file's order.
  package let settings: [Setting]

  /// Reads a profile's text.
  ///
  /// - Throws: ``ProfileError`` naming the file, the key and what was expected.
  package init(json5 text: String, path: String) throws(ProfileError) {
    let value: JSON5
    do throws(JSON5.SyntaxError) {
      value = try JSON5(text)
    } catch {
      throw ProfileError(path, error.description)
    }
    guard case .object(let members) = value else { throw ProfileError(path, "expected an object { … }") }
    var target: String?
    var settings: [Setting] = []
    for member in members {
      let (key, value) = (member.key, member.value)
      switch key {
      case "target":
        guard case .text(let url) = value else { throw ProfileError(path, "target: expected a URL in quotes") }
        target = url
      case "backends":
        settings.append(
          Setting(key: key, option: "backend", values: try Profile.pairs(value, key, path, joinedBy: "=")))
      case "headers":
        settings.append(
          Setting(key: key, option: "header", values: try Profile.pairs(value, key, path, joinedBy: ": ")))
      default:
        guard let values = try Profile.values(value, key, path) else { continue }
        settings.append(Setting(key: key, option: Profile.option(key), values: values))
      }
    }
    self.path = path
    self.target = target
    self.settings = settings
  }

  /// Reads a profile's file.
  package init(path: String) throws(ProfileError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ProfileError(path, "cannot be read")
    }
    guard let text = String(data: data, encoding: .utf8) else { throw ProfileError(path, "not UTF-8") }
    try self.init(json5: text, path: path)
  }

  private static func values(_ value: JSON5, _ key: String, _ path: String) throws(ProfileError) -> [String]? {
    switch value {
    case .truth(let isOn): return isOn ? [] : nil
    case .list(let elements):
      var texts: [String] = []
      for element in elements { texts.append(try scalar(element, key, path)) }
      return texts
    default: return [try scalar(value, key, path)]
    }
  }

  private static func pairs(
    _ value: JSON5, _ key: String, _ path: String, joinedBy mark: String
  ) throws(ProfileError) -> [String] {
    switch value {
    case .object(let members):
      var texts: [String] = []
      for member in members {
        texts.append(member.key + mark + (try scalar(member.value, "\(key).\(member.key)", path)))
      }
      return texts
    default: return try values(value, key, path) ?? []
    }
  }

  private static func scalar(_ value: JSON5, _ key: String, _ path: String) throws(ProfileError) -> String {
    switch value {
    case .text(let text): return text
    case .number(let number):
      let whole = Int(exactly: number)
      return whole.map(String.init) ?? "\(number)"
    default: throw ProfileError(path, "\(key): expected a text or a number")
    }
  }

  /// `backendHeader` as `backend-header`.
  private static func option(_ key: String) -> String {
    key.reduce(into: "") { name, character in
      if character.isUppercase { name += "-" }
      name += character.lowercased()
    }
  }
}

/// A profile that cannot be used: the file, the place in it and what was expected.
package struct ProfileError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ path: String, _ reason: String) { description = "\(path): \(reason)" }
}
