internal import Platform

/// A JSON5 file that holds options of the command line.
///
///     {
///       target: "http://alvin.xyz/",
///       resolve: ["alvin.xyz:80:127.0.0.1"],
///       backendHeader: "X-Backend",
///       backends: { "app-1": 5, "app-2": 1, "spare": "backup" },
///       requests: 3000,
///       deploy: { pm2: "dumbflix-frontend" },
///       reload: { settle: "5s", restart: false },
///     }
///
/// Every key is the name of an option in camel case, but for `target`, `backends` (name to weight or "backup"), `headers`
/// (name to value) and the sections, such as `deploy`, whose keys the table of options has. The command line wins over the
/// profile.
struct Profile: Sendable, Equatable {
  /// One key with its value.
  struct Setting: Sendable, Equatable {
    /// The keys that lead to it, such as `deploy.reload`.
    let place: String
    /// The section that holds it; `nil` at the top.
    let section: String?
    /// Its key in that section; at the top the option's name without dashes, such as `backend-header`.
    let name: String
    let value: ProfileValue
  }

  let path: String
  let target: String?
  /// In the file's order, those of sections last: a section is for fewer commands, and overrides.
  let settings: [Setting]

  /// The sections: objects that hold settings.
  private static let sections = Set(Program.commands.flatMap(\.options).compactMap(\.section))

  /// Reads a profile's text.
  ///
  /// - Throws: ``ProfileError`` naming the file, the key and what was expected.
  init(json5 text: String, path: String) throws(ProfileError) {
    let value: JSON5
    do throws(JSON5.SyntaxError) {
      value = try JSON5(text)
    } catch {
      throw ProfileError(path, error.description)
    }
    guard case .object(let members) = value else { throw ProfileError(path, "expected an object { … }") }
    var target: String?
    var settings: [Setting] = []
    var sections: [Setting] = []
    for member in members {
      let (key, value) = (member.key, member.value)
      if Self.sections.contains(key) {
        sections += try Profile.settings(of: key, value, path)
        continue
      }
      switch key {
      case "target":
        if value == .null { continue }
        guard case .text(let url) = value, !url.isEmpty else {
          throw ProfileError(path, "target: expected a URL in quotes, not \(ProfileValue.kind(value))")
        }
        target = url
      case "backends": settings.append(try Profile.pairs(value, key, path, name: "backend", joinedBy: "="))
      case "headers": settings.append(try Profile.pairs(value, key, path, name: "header", joinedBy: ": "))
      default:
        settings.append(
          Setting(place: key, section: nil, name: Option.name(ofKey: key), value: ProfileValue(value, at: key)))
      }
    }
    self.path = path
    self.target = target
    self.settings = settings + sections
  }

  /// Reads a profile's file.
  init(path: String) throws(ProfileError) {
    let bytes: [UInt8]
    do throws(OutsideFile.Refusal) {
      bytes = try OutsideFile.read(path, limit: 1 << 20)
    } catch {
      throw ProfileError(path, error.kind == .unreadable ? "cannot be read: \(error.reason)" : error.reason)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw ProfileError(path, "not UTF-8") }
    try self.init(json5: text, path: path)
  }

  private static func settings(
    of section: String, _ value: JSON5, _ path: String
  ) throws(ProfileError) -> [Setting] {
    if value == .null { return [] }
    guard case .object(let members) = value else {
      throw ProfileError(path, "\(section): expected an object { … }, not \(ProfileValue.kind(value))")
    }
    return members.map { member in
      let place = "\(section).\(member.key)"
      return Setting(
        place: place, section: section, name: member.key, value: ProfileValue(member.value, at: place))
    }
  }

  /// Reads the values of a repeatable option from an object's members, or from a list.
  private static func pairs(
    _ value: JSON5, _ key: String, _ path: String, name: String, joinedBy mark: String
  ) throws(ProfileError) -> Setting {
    guard case .object(let members) = value else {
      return Setting(place: key, section: nil, name: name, value: ProfileValue(value, at: key))
    }
    var items: [ProfileValue.Item] = []
    for member in members {
      let place = "\(key).\(member.key)"
      guard let item = ProfileValue.item(member.value, at: place) else {
        throw ProfileError(path, "\(place): expected a text or a number, not \(ProfileValue.kind(member.value))")
      }
      items.append(ProfileValue.Item(place: place, text: member.key + mark + item.text))
    }
    return Setting(place: key, section: nil, name: name, value: .list(items))
  }
}
