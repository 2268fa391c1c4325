extension ReportDocument {
  /// The report as it may be shown: without the credentials in what was typed, answered and said by managers.
  public var withoutSecrets: ReportDocument {
    var document = self
    document.target = target.withoutSecrets
    document.summary = Secrets.text(summary, .hashed)
    document.assertions = assertions.map(\.withoutSecrets)
    document.notes = notes.map { Secrets.text($0, .hashed) }
    document.notJudged = notJudged?.map { Secrets.text($0, .hashed) }
    document.advice = advice?.map { Secrets.text($0) }
    document.command = command.map { Secrets.words($0) }
    document.method = method?.map { MeasuredBy(name: $0.name, value: Secrets.text($0.value, .hashed)) }
    document.manager = Secrets.text(manager, .hashed)
    document.comparison?.base.path = Secrets.text(comparison?.base.path, .hashed)
    document.comparison?.candidate.path = Secrets.text(comparison?.candidate.path, .hashed)
    document.settings = settings?.map(\.withoutSecrets)
    document.comparison?.settings = comparison?.settings?.map { setting in
      ComparedSetting(
        key: setting.key, base: setting.base?.withoutSecrets, candidate: setting.candidate?.withoutSecrets)
    }
    document.requestKinds = requestKinds?.withoutSecrets
    document.phases = phases?.map(\.withoutSecrets)
    document.rounds = rounds?.withoutSecrets
    document.runs?.problem = Secrets.text(runs?.problem, .hashed)
    document.sessions?.actions = sessions?.actions?.map(\.withoutSecrets)
    document.inspection = inspection?.withoutSecrets
    document.gate = gate?.withoutSecrets
    return document
  }
}

extension TargetSection {
  fileprivate var withoutSecrets: TargetSection {
    TargetSection(url: Secrets.text(url, .hashed), addresses: addresses)
  }
}

extension Setting {
  /// The options' table has already left out known secrets; this is for reports of other versions.
  fileprivate var withoutSecrets: Setting { Setting(key, value.withoutSecrets, unit: unit) }
}

extension SettingValue {
  fileprivate var withoutSecrets: SettingValue {
    switch self {
    case .truth, .number: self
    case .text(let text): .text(Secrets.text(text, .hashed))
    case .list(let values): .list(values.map(\.withoutSecrets))
    }
  }
}

extension Assertion {
  fileprivate var withoutSecrets: Assertion {
    var assertion = self
    assertion.expected = Secrets.text(expected, .hashed)
    assertion.actual = Secrets.text(actual, .hashed)
    assertion.detail = Secrets.text(detail, .hashed)
    assertion.advice = advice.map { Secrets.text($0) }
    assertion.meaning = Secrets.text(meaning, .hashed)
    return assertion
  }
}

extension PhaseSection {
  fileprivate var withoutSecrets: PhaseSection {
    var phase = self
    phase.action = phase.action?.withoutSecrets
    return phase
  }
}

extension RoundsSection {
  fileprivate var withoutSecrets: RoundsSection {
    var section = self
    section.problem = Secrets.text(problem, .hashed)
    for index in section.rows.indices {
      section.rows[index].phases = section.rows[index].phases.map(\.withoutSecrets)
    }
    return section
  }
}

extension ActionSection {
  /// The action as it may be shown.
  public var withoutSecrets: ActionSection {
    var action = self
    action.command = Secrets.words(command)
    action.claim = Secrets.text(claim, .hashed)
    action.problem = Secrets.text(problem, .hashed)
    return action
  }
}

extension InspectionSection {
  fileprivate var withoutSecrets: InspectionSection {
    var section = self
    section.groups = groups.map { group in
      var group = group
      group.title = Secrets.text(group.title, .hashed)
      group.rows = group.rows.map { row in
        var row = row
        row.value =
          row.name.lowercased().hasSuffix("cookie") ? Secrets.mask(row.value, .hidden) : Secrets.text(row.value)
        row.note = Secrets.text(row.note)
        return row
      }
      return group
    }
    return section
  }
}

extension GateSection {
  fileprivate var withoutSecrets: GateSection {
    var section = self
    section.checks = checks.map { check in
      var check = check
      check.problem = Secrets.text(check.problem)
      check.thresholds = check.thresholds.map(\.withoutSecrets)
      check.report = check.report?.withoutSecrets
      return check
    }
    return section
  }
}
