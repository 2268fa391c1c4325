internal import Checks
internal import Report

/// Applies a profile's settings to options, and refuses what no command understands.
struct ProfileReading {
  let profile: Profile

  init(_ profile: Profile) { self.profile = profile }

  /// Every option of any command.
  private static let everything = Program.commands.filter(\.readsProfiles).flatMap(\.settings)

  /// The options that a profile gives a command.
  ///
  /// One profile serves all commands: options of other commands are checked, and ignored.
  ///
  /// - Parameter isTyped: Whether the command line gives an option, which then wins, lists included.
  func request(for command: Command, isTyped: (Option) -> Bool = { _ in false }) throws(ProfileError) -> Request {
    var request = command.defaults
    request.target.url = profile.target
    let own = command.settings
    var places: [String: String] = [:]
    for setting in profile.settings {
      let taken = own.option(of: setting)
      guard let (option, isNegated) = taken ?? Self.everything.option(of: setting) else { throw unknown(setting) }
      if setting.section == nil, setting.value != .unset {
        if let earlier = places.updateValue(setting.place, forKey: option.name) {
          throw failure(setting.place, "means the same as '\(earlier)'; give only one of them")
        }
      }
      var scratch = Request()
      try apply(setting, option, isNegated, to: &scratch)
      if taken != nil, !isTyped(option) { try apply(setting, option, isNegated, to: &request) }
    }
    return request
  }

  private func apply(
    _ setting: Profile.Setting, _ option: Option, _ isNegated: Bool, to request: inout Request
  ) throws(ProfileError) {
    if option.valueName == nil { return try applyFlag(setting, option, isNegated, to: &request) }
    switch setting.value {
    case .unset: return
    case .truth(let isOn): throw failure(setting.place, "expected \(option.expectation), not \(isOn)")
    case .unusable(let kind): throw failure(setting.place, "expected \(option.expectation), not \(kind)")
    case .single(let item): try apply(item, option, to: &request)
    case .list(let items) where option.takesWords:
      if let item = items.first(where: { CommandWords.isOperator($0.text) }) {
        throw failure(
          item.place,
          "'\(shown(item.text))' is shell syntax, and the command is run without a shell; give [\"sh\", \"-c\", \"…\"]")
      }
      let text = CommandWords.line(items.map(\.text))
      try apply(ProfileValue.Item(place: setting.place, text: text), option, to: &request)
    case .list(let items):
      guard option.isRepeatable else {
        throw failure(setting.place, "expected \(option.expectation), not a list")
      }
      for item in items { try apply(item, option, to: &request) }
    }
  }

  private func applyFlag(
    _ setting: Profile.Setting, _ option: Option, _ isNegated: Bool, to request: inout Request
  ) throws(ProfileError) {
    switch setting.value {
    case .unset: return
    case .truth(let isOn):
      guard isOn != isNegated else { return }
      try apply(ProfileValue.Item(place: setting.place, text: ""), option, to: &request)
    case .single(let item) where item.isNumber:
      throw failure(setting.place, "expected true or false, not \(item.text)")
    case .single(let item): throw failure(setting.place, "expected true or false, not '\(shown(item.text))'")
    case .list: throw failure(setting.place, "expected true or false, not a list")
    case .unusable(let kind): throw failure(setting.place, "expected true or false, not \(kind)")
    }
  }

  private func apply(
    _ item: ProfileValue.Item, _ option: Option, to request: inout Request
  ) throws(ProfileError) {
    guard !item.isNumber || option.takesNumbers else {
      throw failure(item.place, "expected \(option.expectation) in quotes, not the number \(item.text)")
    }
    guard !Secrets.holdsHash(item.text) else {
      throw failure(
        item.place, "a secret is masked in '\(shown(item.text))'; write it, or print the profile with --show-secrets")
    }
    do throws(ValueError) {
      try option.apply(&request, item.text)
    } catch {
      throw failure(item.place, error.refusal(of: option.withoutSecrets(item.text)), excerpt: error.marked)
    }
  }

  private func unknown(_ setting: Profile.Setting) -> ProfileError {
    let options = Self.everything
    let sections = options.compactMap(\.section)
    let keys =
      setting.section.map { section in options.filter { $0.section == section }.map { "\(section).\($0.key.name)" } }
      ?? options.map { Option.key($0.positiveName) } + ["target", "backends", "headers"] + sections
    let near = Suggestions.closest(to: setting.place, among: keys)
    return failure(setting.place, "unknown key" + (near.map { "; did you mean '\($0)'?" } ?? ""))
  }

  private func failure(_ place: String, _ reason: String, excerpt: [String] = []) -> ProfileError {
    ProfileError(profile.path, "\(shown(place)): \(reason)", excerpt: excerpt)
  }

  private func shown(_ text: String) -> String { Escaping.terminal(text, width: 80) }
}

extension Command {
  /// The options that a profile may set.
  var settings: [Option] { options.filter { $0.scope != .process } }
}

extension [Option] {
  /// The option of a profile's setting, and whether the setting negates the flag: `retry` for `--no-retry`.
  fileprivate func option(of setting: Profile.Setting) -> (option: Option, isNegated: Bool)? {
    if let section = setting.section {
      return first { $0.section == section && $0.key.name == setting.name }.map { ($0, $0.key.isNegated) }
    }
    let (name, negation) = ("--" + setting.name, "--no-" + setting.name)
    if let option = first(where: { $0.name == name }) { return (option, false) }
    return first { $0.name == negation && $0.valueName == nil }.map { ($0, true) }
  }
}
