internal import Checks
internal import Report

/// Takes a profile's settings over into options, and takes nothing that no command understands.
struct ProfileReading {
  let profile: Profile
  /// All that read profiles.
  let commands: [Command]

  init(_ profile: Profile, commands: [Command] = Program.commands) {
    self.profile = profile
    self.commands = commands.filter(\.readsProfiles)
  }

  /// The options that a profile gives a command.
  ///
  /// One profile serves all commands: what only others take is checked, and left to them.
  ///
  /// - Parameter isTyped: Whether the command line gives an option, which then wins, lists included.
  func options(for command: Command, isTyped: (Option) -> Bool = { _ in false }) throws(ProfileError) -> Options {
    var options = Options()
    options.target = profile.target
    var places: [String: String] = [:]
    for setting in profile.settings {
      guard let name = setting.option else { throw unknown(setting) }
      let section = ProfileSchema.sections.first { $0.name == setting.section }
      let takers = commands.filter { section?.command == nil || section?.command == $0.name }
      guard
        let taker = takers.first(where: { $0.name == command.name && $0.setting(name) != nil })
          ?? takers.first(where: { $0.setting(name) != nil }), let (option, isNegated) = taker.setting(name)
      else {
        if section != nil { continue }
        throw unknown(setting)
      }
      if setting.section == nil, setting.value != .unset {
        if let earlier = places.updateValue(setting.place, forKey: option.name) {
          throw failure(setting.place, "says the same as '\(earlier)'; give one of them")
        }
      }
      var scratch = Options()
      try apply(setting, option, isNegated, to: &scratch)
      if taker.name == command.name, !isTyped(option) { try apply(setting, option, isNegated, to: &options) }
    }
    return options
  }

  private func apply(
    _ setting: Profile.Setting, _ option: Option, _ isNegated: Bool, to options: inout Options
  ) throws(ProfileError) {
    if option.valueName == nil { return try applyFlag(setting, option, isNegated, to: &options) }
    switch setting.value {
    case .unset: return
    case .truth(let isOn): throw failure(setting.place, "expected \(expectation(of: option)), not \(isOn)")
    case .unusable(let kind): throw failure(setting.place, "expected \(expectation(of: option)), not \(kind)")
    case .single(let item): try apply(item, option, to: &options)
    case .list(let items) where option.takesWords:
      if let item = items.first(where: { CommandWords.isOperator($0.text) }) {
        throw failure(
          item.place,
          "'\(shown(item.text))' is a shell's, and the command is run without one; give [\"sh\", \"-c\", \"…\"]")
      }
      let text = ValueFormatting.command(items.map(\.text))
      try apply(ProfileValue.Item(place: setting.place, text: text), option, to: &options)
    case .list(let items):
      guard option.isRepeatable else {
        throw failure(setting.place, "expected \(expectation(of: option)), not a list")
      }
      for item in items { try apply(item, option, to: &options) }
    }
  }

  private func applyFlag(
    _ setting: Profile.Setting, _ option: Option, _ isNegated: Bool, to options: inout Options
  ) throws(ProfileError) {
    switch setting.value {
    case .unset: return
    case .truth(let isOn):
      guard isOn != isNegated else { return }
      try apply(ProfileValue.Item(place: setting.place, text: ""), option, to: &options)
    case .single(let item) where item.isNumber:
      throw failure(setting.place, "expected true or false, not \(item.text)")
    case .single(let item): throw failure(setting.place, "expected true or false, not '\(shown(item.text))'")
    case .list: throw failure(setting.place, "expected true or false, not a list")
    case .unusable(let kind): throw failure(setting.place, "expected true or false, not \(kind)")
    }
  }

  private func apply(
    _ item: ProfileValue.Item, _ option: Option, to options: inout Options
  ) throws(ProfileError) {
    guard !item.isNumber || option.takesNumbers else {
      throw failure(item.place, "expected \(expectation(of: option)) in quotes, not the number \(item.text)")
    }
    do throws(ValueError) {
      try option.apply(&options, item.text)
    } catch {
      throw failure(item.place, error.refusal(of: option.withoutSecrets(item.text)), excerpt: error.marked)
    }
  }

  /// What an option takes: what it says when it is given nothing.
  private func expectation(of option: Option) -> String {
    var scratch = Options()
    do throws(ValueError) {
      try option.apply(&scratch, "")
      return "a text"
    } catch {
      return error.expectation
    }
  }

  private func unknown(_ setting: Profile.Setting) -> ProfileError {
    let sections = ProfileSchema.sections
    let own = sections.first { $0.name == setting.section }?.keys.map { "\(setting.section ?? "").\($0.name)" }
    let flat = commands.flatMap(\.settingKeys) + ["target", "backends", "headers"] + sections.map(\.name)
    let near = Suggestions.closest(to: setting.place, among: own ?? flat)
    return failure(setting.place, "unknown key" + (near.map { "; did you mean '\($0)'?" } ?? ""))
  }

  private func failure(_ place: String, _ reason: String, excerpt: [String] = []) -> ProfileError {
    ProfileError(profile.path, "\(shown(place)): \(reason)", excerpt: excerpt)
  }

  private func shown(_ text: String) -> String { Escaping.terminal(text, width: 80) }
}

extension Command {
  /// Options about the profile itself, about the program, or about which part of the whole a process makes, say nothing within
  /// one.
  private static let meta = Set(
    ["--profile", "--print-profile", "--help"] + OptionGroup.sharding.options.flatMap(\.names))

  /// The options that a profile may set.
  var settings: [Option] { options.filter { !Command.meta.contains($0.name) } }

  /// The option that a profile's key means, and whether the key says the opposite of the flag: `retry` for `--no-retry`.
  func setting(_ name: String) -> (option: Option, isNegated: Bool)? {
    if let option = settings.first(where: { $0.name == "--" + name }) { return (option, false) }
    return settings.first { $0.name == "--no-" + name && $0.valueName == nil }.map { ($0, true) }
  }

  /// The keys of its options at the top of a profile, for suggestions.
  var settingKeys: [String] { settings.map { $0.settingKey.name } }
}

extension Option {
  /// The key that ``--print-profile`` uses, the positive one for `--no-…`, and whether it says the opposite of the flag.
  var settingKey: (name: String, isNegated: Bool) {
    let isNegated = valueName == nil && name.hasPrefix("--no-")
    return (ProfileSchema.key(String(name.dropFirst(isNegated ? 5 : 2))), isNegated)
  }
}
